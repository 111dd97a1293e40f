// Severity words and CVSS vectors. Source: FIRST CVSS 2.0, 3.1 and 4.0 specifications.
// Threading: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::model {

/// In rising order; kUnknown is below every known word and is never "clean".
enum class Severity : std::uint8_t { kUnknown, kNegligible, kLow, kMedium, kHigh, kCritical };

std::string_view SeverityName(Severity severity);  // "unknown" .. "critical"
/// Accepts any case and the words of vendors: "important", "moderate", "unimportant", "not yet assigned" ...
Severity ParseSeverity(std::string_view word);
/// CVSS 3.x qualitative scale over a base score; 0 is kNegligible.
Severity SeverityOfScore(double base_score);

enum class AttackVector : std::uint8_t { kUnknown, kNetwork, kAdjacent, kLocal, kPhysical };

struct Cvss {
  std::string vector;     // as published, e.g. "CVSS:3.1/AV:N/..."; v2 has no prefix
  std::string version;    // "2.0", "3.0", "3.1", "4.0"
  double base_score = 0;  // 0.0 .. 10.0
  AttackVector attack_vector = AttackVector::kUnknown;
};

/// Parses and scores a base vector; nothing where it is not one.
std::optional<Cvss> ParseCvss(std::string_view vector);

}  // namespace weir::model
