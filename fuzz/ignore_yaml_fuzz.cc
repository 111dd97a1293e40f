#include <cstddef>
#include <cstdint>

#include "advisory/ignore.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(static_cast<const char*>(static_cast<const void*>(data)), size);
  auto rules = weir::advisory::ParseIgnoreFile(text);
  if (!rules) return 0;
  weir::model::ScanResult result;
  result.findings.resize(1);
  result.findings[0].vulnerability.id = "CVE-2021-44228";
  result.findings[0].package_name = "log4j-core";
  result.findings[0].location.path = "app/lib/log4j.jar";
  weir::advisory::ApplyIgnoreRules(*rules, "2025-01-01", result);
  return 0;
}
