// The metrics of one CVSS vector, checked against a version's table, and the three scores.
// Threading: pure functions.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::model {

struct MetricRule {
  std::string_view name;
  std::string_view values;  // separated by ' '
  bool mandatory = false;
};

/// Views into the vector it was read from.
class Metrics {
 public:
  /// BODY is "AV:N/AC:L/..." without a version. Nothing where a metric or value is not in RULES,
  /// stands twice, or a mandatory one is missing.
  static std::optional<Metrics> Read(std::string_view body, std::span<const MetricRule> rules);

  /// Value of NAME, or FALLBACK where the vector does not set it.
  std::string_view Get(std::string_view name, std::string_view fallback = {}) const;

 private:
  std::vector<std::pair<std::string_view, std::string_view>> values_;
};

std::span<const MetricRule> Cvss2Rules();
std::span<const MetricRule> Cvss3Rules();
std::span<const MetricRule> Cvss4Rules();

/// Base scores, 0.0 to 10.0.
double Cvss2Score(const Metrics& metrics);
double Cvss3Score(const Metrics& metrics);
/// CVSS 4.0 has one score for all that the vector says, threat and environment included.
double Cvss4Score(const Metrics& metrics);

}  // namespace weir::model
