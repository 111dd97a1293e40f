#include "console/time_text.h"

#include <chrono>
#include <cstdio>

#include "base/strings.h"

namespace weir::console {
namespace {

std::optional<int> Digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!IsDigit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool Take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string TimeText(store::TimeMs time) {
  using namespace std::chrono;
  sys_seconds at{seconds(time / 1000)};
  auto day = floor<days>(at);
  year_month_day date{day};
  hh_mm_ss clock{at - day};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

std::optional<store::TimeMs> ParseTime(std::string_view text) {
  using namespace std::chrono;
  auto y = Digits(text, 4);
  if (!y || !Take(text, "-")) return std::nullopt;
  auto mo = Digits(text, 2);
  if (!mo || !Take(text, "-")) return std::nullopt;
  auto d = Digits(text, 2);
  if (!d || !Take(text, "Tt ")) return std::nullopt;
  auto h = Digits(text, 2);
  if (!h || !Take(text, ":")) return std::nullopt;
  auto mi = Digits(text, 2);
  if (!mi || !Take(text, ":")) return std::nullopt;
  auto s = Digits(text, 2);
  if (!s) return std::nullopt;
  std::int64_t ms = 0;
  if (Take(text, ".")) {
    int scale = 100;
    bool any = false;
    for (; !text.empty() && IsDigit(text.front()); text.remove_prefix(1), scale /= 10, any = true)
      ms += (text.front() - '0') * scale;
    if (!any) return std::nullopt;
  }
  std::int64_t offset_minutes = 0;
  if (!Take(text, "Zz")) {
    bool behind = text.starts_with('-');
    if (!Take(text, "+-")) return std::nullopt;
    auto oh = Digits(text, 2);
    if (!oh || !Take(text, ":")) return std::nullopt;
    auto om = Digits(text, 2);
    if (!om || *oh > 23 || *om > 59) return std::nullopt;
    offset_minutes = (*oh * 60 + *om) * (behind ? -1 : 1);
  }
  year_month_day date{year(*y), month(static_cast<unsigned>(*mo)), day(static_cast<unsigned>(*d))};
  if (!text.empty() || !date.ok() || *y < 1970 || *h > 23 || *mi > 59 || *s > 60) return std::nullopt;
  std::int64_t at =
      duration_cast<seconds>(sys_days(date).time_since_epoch()).count() + *h * 3600 + *mi * 60 + *s;
  return (at - offset_minutes * 60) * 1000 + ms;
}

}  // namespace weir::console
