#include "sbom/python_text.h"

#include "base/strings.h"

namespace weir::sbom {
namespace {

constexpr std::size_t kMaxHeaders = 5000;
constexpr std::size_t kMaxValue = 64 * 1024;
constexpr std::size_t kMaxName = 200;

bool IsNameChar(char c) { return IsAlpha(c) || IsDigit(c) || c == '-' || c == '_' || c == '.'; }

}  // namespace

std::string NormalizePythonName(std::string_view name) {
  std::string out;
  for (char c : name) {
    bool separator = c == '-' || c == '_' || c == '.';
    if (separator && out.ends_with('-')) continue;
    out += separator ? '-' : c;
  }
  return ToLower(out);
}

PythonRequirement ParseRequirement(std::string_view text) {
  PythonRequirement out;
  text = Trim(text);
  std::size_t end = 0;
  while (end < text.size() && IsNameChar(text[end])) ++end;
  if (end == 0 || end > kMaxName || !(IsAlpha(text[0]) || IsDigit(text[0]))) return out;
  std::string_view name = text.substr(0, end), rest = Trim(text.substr(end));
  if (!rest.empty() && std::string_view("[(<>=!~;@").find(rest[0]) == std::string_view::npos) return out;
  out.name = NormalizePythonName(name);
  if (std::size_t semicolon = rest.find(';'); semicolon != std::string_view::npos) {
    out.for_extra = rest.substr(semicolon).find("extra") != std::string_view::npos;
    rest = Trim(rest.substr(0, semicolon));
  }
  if (rest.starts_with('[')) {
    std::size_t close = rest.find(']');
    rest = close == std::string_view::npos ? std::string_view() : Trim(rest.substr(close + 1));
  }
  if (rest.starts_with('(') && rest.ends_with(')')) rest = Trim(rest.substr(1, rest.size() - 2));
  if (!rest.starts_with("==")) return out;
  rest.remove_prefix(rest.starts_with("===") ? 3 : 2);
  rest = Trim(rest);
  if (rest.empty() || rest.size() > kMaxName ||
      rest.find_first_of(",* \t<>=!~\"'{}$") != std::string_view::npos)
    return out;
  out.version = rest;
  return out;
}

Headers ParseHeaders(std::string_view text) {
  Headers out;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (!text.empty() && out.size() < kMaxHeaders) {
    std::string_view line = NextLine(text);
    if (Trim(line).empty()) break;  // the description follows
    if (line[0] == ' ' || line[0] == '\t') {
      if (!out.empty() && out.back().second.size() < kMaxValue) {
        out.back().second += '\n';
        out.back().second += Trim(line);
      }
      continue;
    }
    std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    out.emplace_back(ToLower(Trim(line.substr(0, colon))), Trim(line.substr(colon + 1)));
  }
  return out;
}

}  // namespace weir::sbom
