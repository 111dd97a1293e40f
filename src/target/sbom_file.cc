#include <fcntl.h>
#include <sys/stat.h>

#include <string>

#include "base/fd.h"
#include "base/strings.h"
#include "target/file_content.h"
#include "target/target.h"

namespace weir::target {

bool IsSbomFile(std::string_view target) {
  if (target.starts_with("sbom:")) return target.size() > 5;
  // Enough to meet the marker of a document whose generator writes its keys sorted.
  constexpr std::size_t kHead = 64 * 1024;
  struct stat info{};
  std::string path(target);
  if (path.empty() || ::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return false;
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return false;
  std::string head(kHead, '\0');
  Result<std::size_t> got = ReadFully(fd.get(), 0, std::as_writable_bytes(std::span(head)));
  if (!got) return false;
  std::string_view text = std::string_view(head).substr(0, *got);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  text = Trim(text);
  if (text.empty() || text.front() != '{') return false;
  auto has = [&](std::string_view word) { return text.find(word) != std::string_view::npos; };
  if (has("\"spdxVersion\"") && has("SPDX-")) return true;
  return has("\"bomFormat\"") && has("CycloneDX");
}

}  // namespace weir::target
