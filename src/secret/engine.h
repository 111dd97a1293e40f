// Rules as the scanner uses them. Internal to the room.
// Threading: immutable once made; Regex compiles itself when first used.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "secret/database.h"
#include "secret/probe.h"
#include "secret/regex.h"
#include "secret/secret.h"

namespace weir::secret {

/// Regex cannot be moved, and lists of rules are.
using RegexPtr = std::unique_ptr<Regex>;

struct ReadyAllowlist {
  const Allowlist* list = nullptr;
  RegexPtr regex;                      // any of the list's regexes; none where it has none
  std::vector<std::uint32_t> paths;    // indexes of path tests
  std::vector<std::string> stopwords;  // lower case
};

struct ReadyRule {
  const Rule* rule = nullptr;
  static constexpr std::uint32_t kNoPath = UINT32_MAX;
  RegexPtr regex;                // none: the path alone decides, or a structured format
  std::uint32_t path = kNoPath;  // index of a path test
  std::vector<ReadyAllowlist> allowlists;
  std::vector<std::uint32_t> required;  // indexes of rules; as Rule::required
};

/// What an id that stage one reports stands for.
struct ReadyProbe {
  std::uint32_t rule = 0;
  Reach reach;
};

/// A heavy probe, and its own database.
struct GatedProbe {
  std::uint32_t probe = 0;
  DatabasePtr database;
};

struct Engine::Impl {
  EngineOptions options;
  std::vector<Rule> rules;  // those of structured formats last
  std::vector<Allowlist> lists;
  std::vector<RuleRemark> remarks;
  std::vector<ReadyRule> ready;  // as rules
  std::vector<ReadyAllowlist> global;
  std::string digest;

  // Stage one. Ids are indexes of probes; from kFirstGate on, of gates.
  std::vector<ReadyProbe> probes;
  DatabasePtr content;                            // run over everything
  DatabasePtr heavy;                              // as well: probes that are heavy, and have no gate
  std::vector<std::vector<std::uint32_t>> gates;  // by gate, a keyword: the gated probes that it opens
  std::vector<GatedProbe> gated;
  // All expressions over paths, each once.
  std::vector<RegexPtr> path_tests;
  DatabasePtr paths;                                               // ids are indexes of path tests
  std::vector<std::uint32_t> slow_paths;                           // that the database does not take
  std::vector<std::uint32_t> by_path;                              // rules that a path alone decides
  std::unordered_map<std::string_view, std::uint32_t> structured;  // id of rule
};

inline constexpr std::uint32_t kFirstGate = 1U << 30U;

/// Upper bound on what one match may span.
inline constexpr std::size_t kMaxMatchBytes = 64U << 10U;

}  // namespace weir::secret
