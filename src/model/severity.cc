#include "model/severity.h"

#include <array>

#include "base/strings.h"
#include "model/cvss/metrics.h"

namespace weir::model {
namespace {

struct Word {
  std::string_view word;
  Severity severity;
};
// The first word of each severity is its name. Vendors: Debian, Ubuntu, Red Hat, SUSE, Amazon, GitHub, NVD.
constexpr std::array kWords = {
    Word{"unknown", Severity::kUnknown},
    Word{"not yet assigned", Severity::kUnknown},
    Word{"untriaged", Severity::kUnknown},
    Word{"end-of-life", Severity::kUnknown},
    Word{"negligible", Severity::kNegligible},
    Word{"unimportant", Severity::kNegligible},
    Word{"none", Severity::kNegligible},
    Word{"informational", Severity::kNegligible},
    Word{"info", Severity::kNegligible},
    Word{"low", Severity::kLow},
    Word{"minor", Severity::kLow},
    Word{"medium", Severity::kMedium},
    Word{"moderate", Severity::kMedium},
    Word{"high", Severity::kHigh},
    Word{"important", Severity::kHigh},
    Word{"severe", Severity::kHigh},
    Word{"major", Severity::kHigh},
    Word{"critical", Severity::kCritical},
    Word{"urgent", Severity::kCritical},
};

AttackVector ParseAttackVector(std::string_view value) {
  if (value == "N") return AttackVector::kNetwork;
  if (value == "A") return AttackVector::kAdjacent;
  if (value == "L") return AttackVector::kLocal;
  return value == "P" ? AttackVector::kPhysical : AttackVector::kUnknown;
}

struct Scoring {
  std::string_view prefix;
  std::string_view version;
  std::span<const MetricRule> (*rules)();
  double (*score)(const Metrics&);
};
constexpr std::array kScorings = {
    Scoring{"CVSS:4.0/", "4.0", Cvss4Rules, Cvss4Score},
    Scoring{"CVSS:3.1/", "3.1", Cvss3Rules, Cvss3Score},
    Scoring{"CVSS:3.0/", "3.0", Cvss3Rules, Cvss3Score},
    Scoring{"", "2.0", Cvss2Rules, Cvss2Score},
};

}  // namespace

std::string_view SeverityName(Severity severity) {
  for (const Word& word : kWords) {
    if (word.severity == severity) return word.word;
  }
  return "unknown";
}

Severity ParseSeverity(std::string_view word) {
  word = Trim(word);
  // Debian's tracker marks its own guesses with stars: "medium**".
  while (!word.empty() && word.back() == '*') word.remove_suffix(1);
  for (const Word& known : kWords) {
    if (EqualsIgnoreCase(word, known.word)) return known.severity;
  }
  return Severity::kUnknown;
}

Severity SeverityOfScore(double base_score) {
  if (base_score >= 9.0) return Severity::kCritical;
  if (base_score >= 7.0) return Severity::kHigh;
  if (base_score >= 4.0) return Severity::kMedium;
  if (base_score > 0.0) return Severity::kLow;
  return base_score == 0.0 ? Severity::kNegligible : Severity::kUnknown;
}

std::optional<Cvss> ParseCvss(std::string_view vector) {
  vector = Trim(vector);
  std::string_view body = vector;
  // NVD wrote version 2 vectors in parentheses.
  if (body.size() > 2 && body.front() == '(' && body.back() == ')') body = body.substr(1, body.size() - 2);
  for (const Scoring& scoring : kScorings) {
    if (body.substr(0, scoring.prefix.size()) != scoring.prefix) continue;
    const std::optional<Metrics> metrics = Metrics::Read(body.substr(scoring.prefix.size()), scoring.rules());
    if (!metrics) return std::nullopt;
    Cvss cvss;
    cvss.vector = vector;
    cvss.version = scoring.version;
    cvss.base_score = scoring.score(*metrics);
    cvss.attack_vector = ParseAttackVector(metrics->Get("AV"));
    return cvss;
  }
  return std::nullopt;
}

}  // namespace weir::model
