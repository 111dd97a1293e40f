#include <limits>
#include <string>

#include "base/strings.h"
#include "target/git_target.h"
#include "target/image_target.h"
#include "target/registry_client.h"
#include "target/target.h"
#include "target/tree_target.h"

namespace weir::target {
namespace {

Result<std::unique_ptr<Target>> OpenProcessNamed(std::string_view text) {
  std::optional<std::uint64_t> pid = ParseUint(text);
  if (!pid || *pid == 0 || *pid > std::numeric_limits<std::int32_t>::max())
    return Err(Code::kInvalidArgument, "pid:" + std::string(text) + ": not a process id");
  return OpenProcess(static_cast<std::uint32_t>(*pid));
}

}  // namespace

Result<std::unique_ptr<Target>> OpenTarget(std::string_view target, const OpenOptions& options) {
  if (target.empty()) return Err(Code::kInvalidArgument, "no target given");
  TargetName name = ParseTargetName(target);
  if (name.rest.empty() && name.scheme != "host")
    return Err(Code::kInvalidArgument, name.scheme + ": nothing named after the colon");
  if (name.scheme == "dir") return OpenDirectory(name.rest);
  if (name.scheme == "git") return OpenGitRepository(name.rest);
  if (name.scheme == "docker-archive") return OpenDockerArchive(name.rest, options);
  if (name.scheme == "oci-archive") return OpenOciArchive(name.rest, options);
  if (name.scheme == "oci-dir") return OpenOciFolder(name.rest, options);
  if (name.scheme == "archive") return OpenAnyArchive(name.rest, options);
  if (name.scheme == "registry") {
    if (!name.exact && (target.front() == '/' || target.front() == '.'))
      return Err(Code::kNotFound, std::string(target) + ": no such file or folder");
    return OpenRegistryImage(name.rest, options);
  }
  if (name.scheme == "host") return OpenHost();
  if (name.scheme == "pid") return OpenProcessNamed(name.rest);
  if (name.scheme == "docker" || name.scheme == "podman" || name.scheme == "containerd" ||
      name.scheme == "container")
    return Err(Code::kUnsupported,
               std::string(target) + ": containers are looked up by discovery and opened with OpenContainer");
  if (name.scheme.ends_with("-image"))
    return Err(Code::kUnsupported,
               std::string(target) + ": images are looked up by discovery and opened with OpenLocalImage");
  if (name.scheme == "sbom")
    return Err(Code::kUnsupported, std::string(target) + ": an SBOM is a document and not a file tree");
  return Err(Code::kUnsupported,
             std::string(target) + ": targets of kind " + name.scheme + " cannot be opened");
}

}  // namespace weir::target
