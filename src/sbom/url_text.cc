#include "sbom/url_text.h"

#include "base/strings.h"

namespace weir::sbom {

std::string PublicUrl(std::string_view url) {
  static constexpr std::size_t kMaxBytes = 1000;
  url = url.substr(0, url.find('?'));
  std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return ToValidUtf8(url.substr(0, kMaxBytes));
  std::size_t authority = scheme + 3;
  std::size_t slash = url.find('/', authority);
  std::size_t at = url.substr(0, slash).rfind('@');
  std::string out(url.substr(0, authority));
  out += at != std::string_view::npos && at >= authority ? url.substr(at + 1) : url.substr(authority);
  return ToValidUtf8(std::string_view(out).substr(0, kMaxBytes));
}

}  // namespace weir::sbom
