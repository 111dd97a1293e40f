#include "advisory/feeds/reader.h"

#include <algorithm>

#include "base/strings.h"

namespace weir::advisory {
namespace {

constexpr std::size_t kMaxUrlBytes = 1024;
constexpr std::size_t kMaxIdBytes = 64;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

}  // namespace

void CountMalformed(FeedStats& stats, std::string_view what, std::string_view why) {
  ++stats.malformed;
  if (!stats.first_error.empty()) return;
  stats.first_error = what.empty() ? CleanLine(why) : CleanLine(what, 120) + ": " + CleanLine(why);
}

void NoteNewest(FeedStats& stats, std::string_view stamp) {
  std::string clean = CleanStamp(stamp);
  if (clean > stats.newest) stats.newest = std::move(clean);
}

std::string CleanLine(std::string_view text, std::size_t limit) {
  text = Trim(text);
  text = text.substr(0, text.find_first_of("\r\n"));
  std::string out = ToValidUtf8(text.substr(0, limit + 4));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  if (out.size() <= limit) return std::string(Trim(out));
  std::size_t end = limit;
  while (end > 0 && IsContinuation(out[end])) --end;
  out.resize(end);
  return std::string(Trim(out));
}

std::string CleanStamp(std::string_view text) {
  auto digits = [&](std::size_t from, std::size_t count) {
    return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(from),
                       text.begin() + static_cast<std::ptrdiff_t>(from + count), IsDigit);
  };
  if (text.size() < 10 || !digits(0, 4) || text[4] != '-' || !digits(5, 2) || text[7] != '-' || !digits(8, 2))
    return {};
  std::string out(text.substr(0, 10));
  bool has_time = text.size() >= 19 && (text[10] == 'T' || text[10] == ' ') && digits(11, 2) &&
                  text[13] == ':' && digits(14, 2) && text[16] == ':' && digits(17, 2);
  return out + (has_time ? "T" + std::string(text.substr(11, 8)) + "Z" : "T00:00:00Z");
}

std::string CleanId(std::string_view text) {
  text = Trim(text);
  if (text.empty() || text.size() > kMaxIdBytes) return {};
  bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  return printable ? std::string(text) : std::string();
}

bool IsCve(std::string_view id) {
  if (!id.starts_with("CVE-") || id.size() < 13 || id.size() > 24 || id[8] != '-') return false;
  std::string_view year = id.substr(4, 4), number = id.substr(9);
  return std::all_of(year.begin(), year.end(), IsDigit) && std::all_of(number.begin(), number.end(), IsDigit);
}

bool IsUsableUrl(std::string_view url) {
  if (url.size() > kMaxUrlBytes || (!url.starts_with("https://") && !url.starts_with("http://")))
    return false;
  return std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace weir::advisory
