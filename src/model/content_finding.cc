#include "model/content_finding.h"

#include <array>
#include <tuple>

namespace weir::model {
namespace {

constexpr std::array<std::string_view, 2> kKinds = {"secret", "malware"};
constexpr std::array<std::string_view, 3> kConfidences = {"low", "medium", "high"};
constexpr std::array<std::string_view, 7> kOrigins = {
    "file", "removed-file", "image-config", "environment", "command-line", "commit", "memory"};
constexpr std::array<std::string_view, 4> kValidations = {"not-tried", "valid", "invalid", "unknown"};

/// The place of NAME in NAMES, as an E; the first where it is none of them.
template <typename E, std::size_t N>
E Parse(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == name) return static_cast<E>(i);
  return E{};
}

}  // namespace

std::string_view ContentKindName(ContentKind kind) { return kKinds.at(static_cast<std::size_t>(kind)); }
std::string_view ConfidenceName(Confidence confidence) {
  return kConfidences.at(static_cast<std::size_t>(confidence));
}
Confidence ParseConfidence(std::string_view name) { return Parse<Confidence>(kConfidences, name); }
std::string_view OriginName(Origin origin) { return kOrigins.at(static_cast<std::size_t>(origin)); }
Origin ParseOrigin(std::string_view name) { return Parse<Origin>(kOrigins, name); }
std::string_view ValidationName(Validation validation) {
  return kValidations.at(static_cast<std::size_t>(validation));
}
Validation ParseValidation(std::string_view name) { return Parse<Validation>(kValidations, name); }

bool ContentFinding::operator==(const ContentFinding& other) const {
  auto all = [](const ContentFinding& f) {
    return std::tie(f.kind, f.rule, f.title, f.severity, f.confidence, f.fingerprint, f.masked, f.validation,
                    f.facts, f.places, f.place_count, f.status, f.status_reason);
  };
  return all(*this) == all(other);
}

}  // namespace weir::model
