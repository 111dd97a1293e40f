// Lists of rules, as `rules list` of secrets and malware prints them.
#pragma once

#include <string>
#include <vector>

#include "model/content_finding.h"

namespace weir::cli {

struct RuleLine {
  std::string id, title;
  model::Severity severity = model::Severity::kUnknown;
  model::Confidence confidence = model::Confidence::kMedium;
  std::string source;
  std::vector<std::string> tags;
  std::string set_aside;  // why it is not in use; empty: it is
};

/// To standard output.
void PrintRules(const std::vector<RuleLine>& rules, bool json);

}  // namespace weir::cli
