#include <cstddef>
#include <cstdint>
#include <string>

#include "secret/rules.h"

/// The first line makes it TOML, whatever comes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = "[[rules]]\n" + std::string(data, data + size);
  auto rules = weir::secret::ParseRules(text, "fuzz");
  if (rules) weir::secret::MergeRules(*rules, *rules);
  return 0;
}
