// Checks that issuers build into their secrets. Threading: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/content_finding.h"

namespace weir::secret {

struct ChecksumResult {
  bool passed = false;
  std::optional<model::Severity> severity;  // instead of the rule's: a key without a pass phrase weighs more
  std::optional<model::Confidence> confidence;
  std::vector<std::pair<std::string, std::string>>
      facts;  // that the secret tells: {"aws-account","123456789012"}
};

/// Names that Rule::checksum may have: "github", "npm", "luhn", "aws-account", "jwt", ...
bool IsChecksum(std::string_view name);
ChecksumResult CheckSecret(std::string_view name, std::string_view secret);

}  // namespace weir::secret
