#include "report/text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "base/strings.h"

namespace weir::report {
namespace {

/// Code points that turn the direction of a line or break it: a name could show as another one.
bool SteersLine(std::string_view three) {
  if (three.starts_with("\xe2\x80")) {
    auto last = static_cast<unsigned char>(three[2]);
    return last == 0x8e || last == 0x8f || (last >= 0xa8 && last <= 0xae);
  }
  return three.starts_with("\xe2\x81") && static_cast<unsigned char>(three[2]) >= 0xa6 &&
         static_cast<unsigned char>(three[2]) <= 0xa9;
}

std::string CsvCell(std::string_view text) {
  std::string safe = OneLine(text);
  std::string_view start = Trim(safe);  // some programs drop leading spaces first
  if (!start.empty() && std::string_view("=+-@").find(start[0]) != std::string_view::npos)
    safe.insert(0, "'");
  if (safe.find_first_of(",\"") == std::string::npos) return safe;
  return "\"" + ReplaceAll(safe, "\"", "\"\"") + "\"";
}

bool StartsCodePoint(char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; }

}  // namespace

std::string OneLine(std::string_view text) {
  std::string out = ToValidUtf8(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto byte = static_cast<unsigned char>(out[i]);
    if (byte < 0x20 || byte == 0x7f) out[i] = ' ';
    // C1 controls (U+0080..U+009F) steer some terminals too.
    if (byte == 0xc2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xa0)
      out[i] = out[i + 1] = ' ';
    if (byte == 0xe2 && SteersLine(std::string_view(out).substr(i, 3))) out.replace(i, 3, "\xef\xbf\xbd");
  }
  return out;
}

std::size_t Width(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), StartsCodePoint));
}

std::string Cut(std::string_view utf8, std::size_t width) {
  if (Width(utf8) <= width) return std::string(utf8);
  if (width == 0) return "";
  std::size_t columns = 0, at = 0;
  while (at < utf8.size()) {
    if (StartsCodePoint(utf8[at]) && ++columns == width) break;
    ++at;
  }
  return std::string(utf8.substr(0, at)) + "…";
}

std::string PadRight(std::string_view utf8, std::size_t width) {
  std::size_t have = Width(utf8);
  return std::string(utf8) + std::string(have < width ? width - have : 0, ' ');
}

std::string PadLeft(std::string_view utf8, std::size_t width) {
  std::size_t have = Width(utf8);
  return std::string(have < width ? width - have : 0, ' ') + std::string(utf8);
}

std::string Plural(std::uint64_t count, std::string_view noun) {
  std::string out = std::to_string(count) + " ";
  if (count != 1 && noun.ends_with("y")) return out + std::string(noun.substr(0, noun.size() - 1)) + "ies";
  if (count != 1 && noun.ends_with("ss")) return out + std::string(noun) + "es";
  return out + std::string(noun) + (count == 1 ? "" : "s");
}

std::string ShortReasons(const model::Rank& rank, std::size_t count) {
  std::vector<const model::RankReason*> reasons;
  for (const model::RankReason& reason : rank.reasons)
    if (reason.points != 0 && reason.factor != "severity") reasons.push_back(&reason);
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto* a, const auto* b) { return std::fabs(a->points) > std::fabs(b->points); });
  std::string out;
  for (std::size_t i = 0; i < reasons.size() && i < count; ++i) {
    if (!out.empty()) out += ", ";
    out += reasons[i]->factor;
  }
  return out;
}

bool IsOpen(const model::Finding& finding) {
  return finding.status == model::FindingStatus::kOpen ||
         finding.status == model::FindingStatus::kUnderInvestigation;
}

std::string FixText(const model::Finding& finding) {
  if (!finding.fixed_versions.empty()) return Join(finding.fixed_versions, ", ");
  switch (finding.fix_state) {
    case model::FixState::kNotFixed:
      return "not fixed";
    case model::FixState::kWontFix:
      return "won't fix";
    case model::FixState::kFixed:
      return "fixed";
    case model::FixState::kUnknown:
      break;
  }
  return "unknown";
}

std::string UriPath(std::string_view path) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (char c : path) {
    if (IsAlpha(c) || IsDigit(c) || std::string_view("-._~/!$&'()*+,=@").find(c) != std::string_view::npos) {
      out += c;
    } else {
      auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

std::string Decimal(double value, int digits) {
  char text[400];  // room for the largest double and some decimals
  int length = std::snprintf(text, sizeof text, "%.*f", digits, value);
  return {text, static_cast<std::size_t>(std::max(length, 0))};
}

std::string Thousands(std::uint64_t value) {
  std::string digits = std::to_string(value), out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string ByteCount(std::uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
  std::size_t unit = 0;
  auto value = static_cast<double>(bytes);
  while (value >= 999.5 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  return Decimal(value, unit > 0 && value < 9.95 ? 1 : 0) + " " + std::string(kUnits[unit]);
}

std::string CsvRow(const std::vector<std::string>& cells) {
  std::string out;
  for (std::size_t i = 0; i < cells.size(); ++i) out += (i == 0 ? "" : ",") + CsvCell(cells[i]);
  return out + "\r\n";
}

std::string Signed(double points) { return (points < 0 ? "-" : "+") + Decimal(std::fabs(points), 1); }

}  // namespace weir::report
