// What stage one looks for in a rule's place: less than the rule's expression, but never
// less than it matches, and cheap for an automaton that hundreds of rules share.
//
// A probe is a word that every match has (the rarest there is), what stands before it, and
// some of what follows; optional beginnings and long ends are left to stage two. Rules
// without such a word ("[a-f0-9]{40}") would make the whole automaton three times slower:
// those probes are heavy, and run by themselves once one of the rule's keywords was seen.
// Threading: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "secret/pattern.h"

namespace weir::secret {

/// At most MAX bytes of SET.
struct Step {
  ByteSet set;
  std::uint32_t max = 0;
};

/// How far from the end of a probe's match the rule's match can reach.
struct Reach {
  static constexpr std::uint32_t kDefaultBefore = 4'096, kDefaultAfter = 256;
  std::vector<Step> before, after;  // from the end outwards
  bool exact = false;               // these are all there can be; else the defaults are tried
  bool grow = false;                // the end may lie far off: the window grows until it is found
};

struct Probe {
  std::string expression;  // in Hyperscan's dialect
  Reach reach;
  bool heavy = false;
};

/// At least one; together they see every match of PATTERN.
std::vector<Probe> MakeProbes(const std::string& pattern, Rule::Syntax syntax);

}  // namespace weir::secret
