// Diagnostics on standard error: a stable event name and key/value pairs.
//
//   Log(LogLevel::kWarn, "feed.failed", {{"feed", name}, {"error", e.message}});
//
// Never log a secret. Threading: safe from every thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace weir {

enum class LogLevel : std::uint8_t { kError, kWarn, kInfo, kDebug };

/// Lines below this level are dropped. Default kWarn; set once from main.
void SetLogLevel(LogLevel level);
void Log(LogLevel level, std::string_view event,
         std::initializer_list<std::pair<std::string_view, std::string>> fields = {});

}  // namespace weir
