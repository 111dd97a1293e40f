#include "target/image_reference.h"

#include <algorithm>
#include <optional>

#include "base/strings.h"

namespace weir::target {
namespace {

constexpr std::size_t kMaxRepository = 255, kMaxTag = 128, kMaxDomain = 260, kSha256Hex = 64;

bool IsLowerAlnum(char c) { return IsDigit(c) || (c >= 'a' && c <= 'z'); }
bool IsAlnum(char c) { return IsDigit(c) || IsAlpha(c); }

/// Lower-case letters and digits, joined by '.', '_', '__' or any number of '-'.
bool IsPathComponent(std::string_view text) {
  if (text.empty() || !IsLowerAlnum(text.front()) || !IsLowerAlnum(text.back())) return false;
  for (std::size_t i = 0; i < text.size();) {
    if (IsLowerAlnum(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && text[end] == text[i]) ++end;
    std::size_t run = end - i;
    bool joined = text[i] == '-' || (text[i] == '.' && run == 1) || (text[i] == '_' && run <= 2);
    if (!joined || !IsLowerAlnum(text[end])) return false;
    i = end;
  }
  return true;
}

bool IsTag(std::string_view text) {
  if (text.empty() || text.size() > kMaxTag || !(IsAlnum(text.front()) || text.front() == '_')) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return IsAlnum(c) || c == '_' || c == '.' || c == '-'; });
}

bool IsDigest(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  if (!text.starts_with(kPrefix) || text.size() != kPrefix.size() + kSha256Hex) return false;
  text.remove_prefix(kPrefix.size());
  return std::all_of(text.begin(), text.end(), [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

bool IsDomain(std::string_view text) {
  if (text.size() > kMaxDomain) return false;
  std::string_view host = text;
  if (host.starts_with('[')) {
    std::size_t end = host.find(']');
    if (end == std::string_view::npos) return false;
    std::string_view address = host.substr(1, end - 1);
    host = host.substr(end + 1);
    if (address.empty() || address.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos)
      return false;
    if (host.empty()) return true;
    if (host.front() != ':') return false;
  } else {
    std::string_view name = host.substr(0, host.find(':'));
    for (std::string_view label : Split(name, '.')) {
      if (label.empty() || !IsAlnum(label.front()) || !IsAlnum(label.back())) return false;
      if (!std::all_of(label.begin(), label.end(), [](char c) { return IsAlnum(c) || c == '-'; }))
        return false;
    }
    host.remove_prefix(name.size());
    if (host.empty()) return true;
  }
  std::optional<std::uint64_t> port = ParseUint(host.substr(1));
  return port && *port > 0 && *port < 65536;
}

tl::unexpected<Error> Bad(std::string_view text, std::string_view why) {
  return Err(Code::kInvalidArgument,
             "\"" + ToValidUtf8(text.substr(0, 200)) + "\" names no image: " + std::string(why));
}

}  // namespace

Result<ImageReference> ParseImageReference(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with("docker://")) rest.remove_prefix(9);
  ImageReference out;
  if (std::size_t at = rest.find('@'); at != std::string_view::npos) {
    out.digest = rest.substr(at + 1);
    if (!IsDigest(out.digest))
      return Bad(text, "its digest is not sha256 and 64 lower-case hexadecimal digits");
    rest = rest.substr(0, at);
  }
  std::size_t slash = rest.rfind('/'), colon = rest.rfind(':');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
    out.tag = rest.substr(colon + 1);
    if (!IsTag(out.tag)) return Bad(text, "bad tag");
    rest = rest.substr(0, colon);
  }
  std::string_view first = rest.substr(0, rest.find('/'));
  bool has_domain = first.size() < rest.size() && (first.find_first_of(".:[") != std::string_view::npos ||
                                                   first == "localhost" || ToLower(first) != first);
  out.domain = has_domain ? first : std::string_view("docker.io");
  if (has_domain) rest.remove_prefix(first.size() + 1);
  if (out.domain == "index.docker.io") out.domain = "docker.io";
  if (!IsDomain(out.domain)) return Bad(text, "bad registry host");
  out.repository = rest;
  if (out.domain == "docker.io" && rest.find('/') == std::string_view::npos)
    out.repository = "library/" + out.repository;
  if (rest.empty() || out.repository.size() > kMaxRepository) return Bad(text, "bad repository");
  for (std::string_view component : Split(out.repository, '/'))
    if (!IsPathComponent(component)) return Bad(text, "bad repository");
  if (out.tag.empty() && out.digest.empty()) out.tag = "latest";
  return out;
}

std::string ImageReference::ToString() const {
  std::string out = domain + "/" + repository;
  if (!tag.empty()) out += ":" + tag;
  if (!digest.empty()) out += "@" + digest;
  return out;
}

std::string ImageReference::ApiHost() const {
  return domain == "docker.io" ? "registry-1.docker.io" : domain;
}

bool ImageReference::IsLocal() const {
  std::string_view host = domain;
  if (host.starts_with('[')) return host.starts_with("[::1]");
  host = host.substr(0, host.find(':'));
  if (host == "localhost") return true;
  // An address, and not a name such as 127.0.0.1.example.
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace weir::target
