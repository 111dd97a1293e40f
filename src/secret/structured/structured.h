// Secrets that their place in a known file format gives away: the value of PASSWORD in
// a dotenv file, of auth in docker's config, a user's client key in a kubeconfig.
// Formats are told by a file's name and beginning. Threading: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "secret/rule.h"

namespace weir::secret {

struct StructuredHit {
  std::string_view rule;               // id of one of StructuredRules
  std::string secret;                  // as its format means it, unquoted and unescaped
  std::size_t offset = 0, length = 0;  // of the value as written
  model::Severity severity = model::Severity::kUnknown;
  model::Confidence confidence = model::Confidence::kLow;
  std::vector<std::pair<std::string, std::string>> facts;  // {"key","DB_PASSWORD"}, {"format","dotenv"}
};

/// The rules that FindStructured reports; they have no pattern.
std::vector<Rule> StructuredRules();
/// Whether FindStructured knows such a file; by PATH and its first bytes. Fast: asked for every file.
bool WantsStructured(std::string_view path, std::string_view header);
/// TEXT is a whole file. Bounded in depth and in number of hits; what is malformed gives fewer hits.
std::vector<StructuredHit> FindStructured(std::string_view path, std::string_view text);

}  // namespace weir::secret
