#include "model/cvss/metrics.h"

#include <algorithm>

#include "base/strings.h"

namespace weir::model {
namespace {

bool Allows(const MetricRule& rule, std::string_view value) {
  std::string_view rest = rule.values;
  while (!rest.empty()) {
    if (NextPiece(rest, ' ') == value) return true;
  }
  return false;
}

}  // namespace

std::optional<Metrics> Metrics::Read(std::string_view body, std::span<const MetricRule> rules) {
  Metrics metrics;
  while (!body.empty()) {
    std::string_view value = NextPiece(body, '/');
    const std::string_view name = NextPiece(value, ':');
    const auto rule =
        std::find_if(rules.begin(), rules.end(), [&](const MetricRule& r) { return r.name == name; });
    // The duplicate check also bounds the work: no vector has more metrics than there are rules.
    if (rule == rules.end() || !Allows(*rule, value) || !metrics.Get(name).empty()) return std::nullopt;
    metrics.values_.emplace_back(name, value);
  }
  for (const MetricRule& rule : rules) {
    if (rule.mandatory && metrics.Get(rule.name).empty()) return std::nullopt;
  }
  return metrics;
}

std::string_view Metrics::Get(std::string_view name, std::string_view fallback) const {
  for (const auto& [key, value] : values_) {
    if (key == name) return value;
  }
  return fallback;
}

}  // namespace weir::model
