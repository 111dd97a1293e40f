// Images of all runtimes together, and one of them by name.

#include <algorithm>
#include <tuple>

#include "base/strings.h"
#include "base/time_text.h"
#include "discovery/containers.h"

namespace weir::discovery {
namespace {

constexpr std::string_view kDigestPrefix = "sha256:";

/// "alpine" and "alpine:3" name "docker.io/library/alpine:3" or ":latest", as at the runtimes' own command
/// lines.
bool IsNamed(std::string_view full, std::string_view wanted) {
  std::string latest = std::string(wanted) + ":latest";
  for (std::string_view text : {wanted, std::string_view(latest)}) {
    if (full == text) return true;
    if (full.size() > text.size() && full.ends_with(text) && full[full.size() - text.size() - 1] == '/')
      return true;
  }
  return false;
}

}  // namespace

bool IsDigestText(std::string_view text) {
  return text.starts_with(kDigestPrefix) && IsContainerIdText(text.substr(kDigestPrefix.size()));
}

std::string TimeText(std::int64_t seconds) {
  constexpr std::int64_t kLatest = 253'402'300'799;  // the end of year 9999
  if (seconds <= 0 || seconds > kLatest) return {};
  return FormatRfc3339(seconds);
}

std::vector<model::ImageInfo> ListImages(const DiscoveryOptions& options, std::vector<Error>* errors) {
  std::vector<Error> ignored;
  std::vector<Error>& told = errors != nullptr ? *errors : ignored;
  std::vector<model::ImageInfo> out;
  ListDockerImages(options, HttpSocketGet(), out, told);
  ListPodmanImages(options, out, told);
  ListContainerdImages(options, out, told);
  for (model::ImageInfo& image : out) {
    std::sort(image.names.begin(), image.names.end());
    image.names.erase(std::unique(image.names.begin(), image.names.end()), image.names.end());
  }
  auto key = [](const model::ImageInfo& image) {
    return std::tie(image.runtime, image.names, image.id, image.store, image.driver);
  };
  std::sort(out.begin(), out.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  return out;
}

Result<model::ImageInfo> FindImage(const DiscoveryOptions& options, std::string_view runtime,
                                   std::string_view name) {
  if (name.empty()) return Err(Code::kInvalidArgument, "no image named");
  std::vector<Error> errors;
  std::vector<model::ImageInfo> all = ListImages(options, &errors);
  std::vector<const model::ImageInfo*> by_name, by_id;
  std::string chosen;
  std::string_view hex = name.starts_with(kDigestPrefix) ? name.substr(kDigestPrefix.size()) : name;
  for (const model::ImageInfo& image : all) {
    if (!runtime.empty() && image.runtime != runtime) continue;
    auto named = std::find_if(image.names.begin(), image.names.end(),
                              [&](const std::string& full) { return IsNamed(full, name); });
    if (named != image.names.end()) {
      by_name.push_back(&image);
      chosen = *named;
    }
    if (!hex.empty() && std::string_view(image.id).substr(kDigestPrefix.size()).starts_with(hex))
      by_id.push_back(&image);
  }
  const auto& found = by_name.empty() ? by_id : by_name;
  std::string wanted(name);
  // The same image in two places (a storage of each user, a namespace each) is one image.
  bool one = !found.empty() && std::all_of(found.begin(), found.end(), [&](const model::ImageInfo* image) {
    return image->id == found.front()->id;
  });
  if (one) {
    model::ImageInfo image = *found.front();
    auto at = std::find(image.names.begin(), image.names.end(), chosen);
    if (at != image.names.end()) std::rotate(image.names.begin(), at, at + 1);
    return image;
  }
  if (!found.empty())
    return Err(Code::kInvalidArgument, "image " + wanted + ": " + std::to_string(found.size()) +
                                           " match; name the runtime or give more of the name or id");
  std::string message = "image " + wanted + ": none of that name or id";
  for (const Error& error : errors) message += "; " + error.message;
  return Err(errors.empty() ? Code::kNotFound : Code::kUnavailable, message);
}

std::vector<std::string> ImageStateFiles(const DiscoveryOptions& options) {
  std::vector<std::string> out;
  for (const std::string& store : PodmanStores(options))
    for (const char* driver : {"overlay", "vfs"}) out.push_back(store + "/" + driver + "-images/images.json");
  for (const std::string& store : ContainerdStores(options))
    out.push_back(store + "/io.containerd.metadata.v1.bolt/meta.db");
  return out;
}

}  // namespace weir::discovery
