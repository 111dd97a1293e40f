// A vector is refused or has a score on the scale; words never fail.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/severity.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Views of bytes as characters need the cast; nothing else reads them.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(weir::model::ParseSeverity(text));
  if (const auto cvss = weir::model::ParseCvss(text)) {
    if (!(cvss->base_score >= 0.0 && cvss->base_score <= 10.0)) std::abort();
    if (cvss->attack_vector == weir::model::AttackVector::kUnknown) std::abort();
  }
  return 0;
}
