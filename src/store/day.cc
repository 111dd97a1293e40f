#include "store/day.h"

#include <ctime>

namespace weir::store {

std::string DayOf(TimeMs time) {
  auto seconds = static_cast<std::time_t>(time / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[16];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d", &parts)};
}

}  // namespace weir::store
