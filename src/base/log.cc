#include "base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "base/strings.h"

namespace weir {
namespace {

spdlog::level::level_enum Level(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kDebug:
      return spdlog::level::debug;
  }
  return spdlog::level::info;
}

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made =
        std::make_shared<spdlog::logger>("weir", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_pattern("%^%l%$ %v");
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return *logger;
}

/// Control characters in outside text must not reach the terminal.
std::string Printable(std::string_view text) {
  std::string out = ToValidUtf8(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto byte = static_cast<unsigned char>(out[i]);
    if (byte < 0x20 || byte == 0x7f) out[i] = ' ';
    // U+0080..U+009F: terminals obey these too (U+009B starts a sequence as ESC [ does).
    if (byte == 0xc2 && static_cast<unsigned char>(out[i + 1]) < 0xa0) out[i] = out[i + 1] = ' ';
  }
  return out;
}

}  // namespace

void SetLogLevel(LogLevel level) { Logger().set_level(Level(level)); }

void Log(LogLevel level, std::string_view event,
         std::initializer_list<std::pair<std::string_view, std::string>> fields) {
  if (!Logger().should_log(Level(level))) return;
  std::string line(event);
  for (const auto& [key, value] : fields) {
    line += ' ';
    line += key;
    line += '=';
    std::string shown = Printable(value);
    bool quote = shown.empty() || shown.find_first_of(" \"=") != std::string::npos;
    line += quote ? '"' + ReplaceAll(shown, "\"", "\\\"") + '"' : shown;
  }
  Logger().log(Level(level), "{}", line);
}

}  // namespace weir
