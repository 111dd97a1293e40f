// CPE 2.3 formatted strings. Source: NIST IR 7695. Threading: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::advisory {

struct CpeName {
  char part = 0;  // 'a', 'o', 'h'
  // Lower case, without the escaping backslashes ("node.js", "c++").
  std::string vendor, product, version, update, target_software;
  /// Version and update as programs write them: "8.5" and "p1" -> "8.5p1", "2.0" and "rc1" -> "2.0-rc1".
  std::string FullVersion() const;
};

std::optional<CpeName> ParseCpe(std::string_view text);

}  // namespace weir::advisory
