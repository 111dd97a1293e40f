// XML, as far as keys and values go: <password>x</password>, <add key="..." value="x"/>,
// <user password="x"/>.
#include <string>

#include "base/strings.h"
#include "secret/codec.h"
#include "secret/plausible.h"
#include "secret/structured/finder.h"

namespace weir::secret {
namespace {

std::string Unescape(std::string_view raw) {
  if (raw.find('&') == raw.npos) return std::string(raw);
  std::string out = ReplaceAll(raw, "&lt;", "<");
  out = ReplaceAll(out, "&gt;", ">");
  out = ReplaceAll(out, "&quot;", "\"");
  out = ReplaceAll(out, "&apos;", "'");
  return ReplaceAll(out, "&amp;", "&");
}

// The next NAME="value" off REST.
bool NextAttribute(std::string_view& rest, std::string_view& name, std::string_view& value) {
  const std::size_t sign = rest.find('=');
  if (sign == rest.npos) return false;
  std::size_t end = sign;
  while (end > 0 && (rest[end - 1] == ' ' || rest[end - 1] == '\t' || rest[end - 1] == '\n')) --end;
  std::size_t begin = end;
  while (begin > 0 && (IsAlpha(rest[begin - 1]) || IsDigit(rest[begin - 1]) || rest[begin - 1] == '-' ||
                       rest[begin - 1] == '_' || rest[begin - 1] == ':' || rest[begin - 1] == '.')) {
    --begin;
  }
  name = rest.substr(begin, end - begin);
  std::size_t quote = sign + 1;
  while (quote < rest.size() && (rest[quote] == ' ' || rest[quote] == '\t' || rest[quote] == '\n')) ++quote;
  if (quote >= rest.size() || (rest[quote] != '"' && rest[quote] != '\'')) {
    rest = rest.substr(sign + 1);
    value = {};
    return true;
  }
  const std::size_t close = rest.find(rest[quote], quote + 1);
  if (close == rest.npos) return false;
  value = rest.substr(quote + 1, close - quote - 1);
  rest = rest.substr(close + 1);
  return true;
}

void Attributes(Finder& finder, std::string_view tag) {
  std::string_view key;
  std::string_view name;
  std::string_view value;
  while (NextAttribute(tag, name, value)) {
    if (value.empty()) continue;
    if (EqualsIgnoreCase(name, "key") || EqualsIgnoreCase(name, "name")) {
      key = value;
    } else if (EqualsIgnoreCase(name, "value") && !key.empty()) {
      finder.Assignment(key, value, Unescape(value));
    } else {
      finder.Assignment(name, value, Unescape(value));
    }
  }
}

void Element(Finder& finder, std::string_view name, std::string_view tag, std::string_view body) {
  if (body.empty() || body.size() > 4096) return;
  if (finder.kind().rule == "file-transfer-client-password") {
    // <Pass encoding="base64">; with encoding="crypt" it is encrypted.
    if (name != "Pass" || tag.find("crypt") != tag.npos) return;
    const auto bytes = tag.find("base64") != tag.npos ? DecodeBase64(body, 4096) : std::string(body);
    if (bytes && bytes->size() >= 3) finder.Secret(finder.kind().rule, name, body, *bytes);
    return;
  }
  // Maven: "{...}" is encrypted.
  if (finder.kind().rule == "maven-settings-password" && body.front() == '{') return;
  finder.Assignment(name, body, Unescape(body));
}

}  // namespace

void ReadXml(Finder& finder) {
  const std::string_view text = finder.text();
  std::size_t at = 0;
  while (!finder.full()) {
    at = text.find('<', at);
    if (at == text.npos || at + 1 >= text.size()) return;
    if (text.substr(at, 4) == "<!--") {
      const std::size_t end = text.find("-->", at);
      if (end == text.npos) return;
      at = end + 3;
      continue;
    }
    const std::size_t end = text.find('>', at);
    if (end == text.npos) return;
    if (text[at + 1] == '/' || text[at + 1] == '!' || text[at + 1] == '?' || end - at > 8192) {
      at = end + 1;
      continue;
    }
    std::string_view tag = text.substr(at + 1, end - at - 1);
    std::size_t length = 0;
    while (length < tag.size() && tag[length] != ' ' && tag[length] != '\t' && tag[length] != '\n' &&
           tag[length] != '/') {
      ++length;
    }
    const std::string_view name = tag.substr(0, length);
    if (length < tag.size()) Attributes(finder, tag.substr(length));
    if (!tag.ends_with("/")) {
      const std::size_t next = text.find('<', end + 1);
      if (next != text.npos && next + 1 < text.size() && text[next + 1] == '/') {
        Element(finder, name, tag, Trim(text.substr(end + 1, next - end - 1)));
      }
    }
    at = end + 1;
  }
}

}  // namespace weir::secret
