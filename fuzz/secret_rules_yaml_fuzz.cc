#include <cstddef>
#include <cstdint>
#include <string>

#include "secret/rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const void* bytes = data;
  const std::string_view text(static_cast<const char*>(bytes), size);
  static_cast<void>(weir::secret::ParseRules(text, "fuzz"));
  static_cast<void>(weir::secret::DetectRuleFormat(text));
  return 0;
}
