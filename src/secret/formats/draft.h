// A rule on its way from a file to a RuleSet: which of its fields the file gave, and
// what follows for those that it did not. Shared by the readers of all formats.
// Threading: one thread a reader.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "secret/formats/value.h"
#include "secret/rule.h"

namespace weir::secret {

struct Draft {
  Rule rule;
  bool has_severity = false, has_confidence = false, has_generic = false;
};

/// Reads the fields of one table, and remarks what has the wrong kind. What is remarked goes by ID.
class Fields {
 public:
  Fields(const Value& table, std::string id, std::vector<RuleRemark>& remarks)
      : table_(table), id_(std::move(id)), remarks_(remarks) {}

  const Value* Find(std::string_view name) const;
  std::string Text(std::string_view name);
  /// A list of texts; a single text is a list of one.
  std::vector<std::string> Texts(std::string_view name);
  std::optional<double> Number(std::string_view name);
  std::optional<std::uint32_t> Count(std::string_view name);
  std::optional<bool> Flag(std::string_view name);
  void Remark(std::string message, bool left_out = false) {
    remarks_.push_back({id_, std::move(message), left_out});
  }
  /// Remarks the members that are not in KNOWN; case does not matter.
  void RemarkOthers(std::initializer_list<std::string_view> known);
  void set_id(std::string id) { id_ = std::move(id); }
  const std::string& id() const { return id_; }

 private:
  const Value& table_;
  std::string id_;
  std::vector<RuleRemark>& remarks_;
};

/// Sets what the file may say of how bad and how sure: severity, confidence, generic.
void ReadWeight(Fields& fields, Draft& draft);

/// Fills in severity and confidence where the file gave none, from id, title, tags and the shape of the
/// pattern: a rule whose match says what it is, by a literal in the secret itself, is sure and weighs more;
/// one that goes by the name beside it is less sure; a generic one is low.
void Derive(Draft& draft);

/// What is wrong with the rule so that it cannot be used, as a sentence; empty where it can.
std::string Fault(const Rule& rule);

/// Checks and derives; faulty rules become remarks. Of two rules of one id the later stays, as in gitleaks.
void Finish(std::vector<Draft> drafts, std::string_view source, RuleSet& rules);

/// "is not a secret if it has fewer than COUNT of the characters of CLASS" (RE2, without brackets), as a
/// pattern over the whole secret.
std::string FewerThan(std::uint32_t count, std::string_view character_class);

/// A pattern whose first capture is all that PATTERN matches, for formats in which the whole match is the
/// secret.
std::string WholeMatch(std::string_view pattern);

inline constexpr std::size_t kMaxRules = 10'000;
inline constexpr std::size_t kMaxRemarks = 1'000;

}  // namespace weir::secret
