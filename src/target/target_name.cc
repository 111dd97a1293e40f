#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "base/strings.h"
#include "target/target.h"

namespace weir::target {
namespace {

constexpr std::string_view kSchemes[] = {
    "dir",          "docker-archive",   "oci-archive", "oci-dir", "registry", "docker",        "podman",
    "containerd",   "container",        "pid",         "sbom",    "archive",  "docker-daemon", "docker-image",
    "podman-image", "containerd-image", "git"};

bool IsNumber(std::string_view text) {
  return !text.empty() && text.size() < 10 && std::all_of(text.begin(), text.end(), IsDigit);
}

}  // namespace

TargetName ParseTargetName(std::string_view target) {
  std::size_t colon = target.find(':');
  if (colon != std::string_view::npos && colon > 0) {
    std::string_view scheme = target.substr(0, colon), rest = target.substr(colon + 1);
    // "docker:5000/x" could be a registry called docker; a scheme wins, as documented.
    if (std::find(std::begin(kSchemes), std::end(kSchemes), scheme) != std::end(kSchemes))
      return {std::string(scheme), std::string(rest), true};
  }
  std::string text(target);
  if (target == "host") return {"host", "", true};
  struct stat info{};
  if (!text.empty() && ::stat(text.c_str(), &info) == 0) {
    if (S_ISDIR(info.st_mode)) {
      struct stat layout{}, index{};
      bool oci = ::stat((text + "/oci-layout").c_str(), &layout) == 0 && S_ISREG(layout.st_mode) &&
                 ::stat((text + "/index.json").c_str(), &index) == 0 && S_ISREG(index.st_mode);
      return {oci ? "oci-dir" : "dir", text, false};
    }
    if (S_ISREG(info.st_mode)) return {IsSbomFile(target) ? "sbom" : "archive", text, false};
  }
  if (IsNumber(target) && ::stat(("/proc/" + text).c_str(), &info) == 0) return {"pid", text, false};
  return {"registry", text, false};
}

}  // namespace weir::target
