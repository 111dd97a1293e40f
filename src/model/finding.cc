#include "model/finding.h"

namespace weir::model {

std::string_view FixStateName(FixState state) {
  switch (state) {
    case FixState::kUnknown:
      return "unknown";
    case FixState::kFixed:
      return "fixed";
    case FixState::kNotFixed:
      return "not-fixed";
    case FixState::kWontFix:
      return "wont-fix";
  }
  return "unknown";
}

std::string_view FindingStatusName(FindingStatus status) {
  switch (status) {
    case FindingStatus::kOpen:
      return "open";
    case FindingStatus::kIgnored:
      return "ignored";
    case FindingStatus::kNotAffected:
      return "not-affected";
    case FindingStatus::kFixedByVex:
      return "fixed";
    case FindingStatus::kUnderInvestigation:
      return "under-investigation";
  }
  return "open";
}

std::string_view MatchKindName(MatchKind kind) {
  switch (kind) {
    case MatchKind::kDirect:
      return "direct";
    case MatchKind::kIndirect:
      return "indirect";
    case MatchKind::kCpe:
      return "cpe";
  }
  return "direct";
}

const std::string& Vulnerability::CveId() const {
  if (id.starts_with("CVE-")) return id;
  for (const std::string& alias : aliases)
    if (alias.starts_with("CVE-")) return alias;
  return id;
}

}  // namespace weir::model
