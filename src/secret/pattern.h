// A rule's expression as a tree, in the part of RE2's and Rust's syntax that rules use:
// what can be said of it without running it, and its forms in the matchers' dialects.
//
// Sets are of bytes: case-insensitive letters, classes and '.' are all resolved when
// parsing, so that no flag is left to mean different things in different matchers.
// Threading: pure functions.
#pragma once

#include <bitset>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "secret/rule.h"

namespace weir::secret {

using ByteSet = std::bitset<256>;

struct Node {
  static constexpr std::uint32_t kNoMax = std::numeric_limits<std::uint32_t>::max();
  enum class Kind : std::uint8_t {
    kSequence,   // of CHILDREN; none: empty
    kAlternate,  // one of CHILDREN
    kSet,        // one byte of SET
    kRepeat,     // CHILDREN[0], MIN to MAX times
    kGroup,      // CHILDREN[0], captured
    kAssertion,  // nothing wide: ASSERTION
  };
  enum class Assertion : std::uint8_t {
    kTextStart,
    kTextEnd,
    kLineStart,
    kLineEnd,
    kWordBorder,
    kNoWordBorder
  };

  Kind kind = Kind::kSequence;
  Assertion assertion = Assertion::kTextStart;
  bool lazy = false;
  std::uint32_t min = 1, max = 1;
  ByteSet set;
  std::string name;  // of a group
  std::vector<Node> children;
};

/// Nothing where PATTERN has what this does not know (look-around, Unicode classes, back references).
std::optional<Node> ParsePattern(std::string_view pattern, Rule::Syntax syntax);
/// As an expression without flags, with captures where the matcher is to have them.
std::string PrintPattern(const Node& node, bool captures);

/// Bytes that a match can span; Node::kNoMax: without end.
std::uint32_t MinWidth(const Node& node);
std::uint32_t MaxWidth(const Node& node);
/// All bytes that can occur in a match.
ByteSet Alphabet(const Node& node);

/// What a lazy beginning like "[\\w.-]{0,50}?" adds in front of a match of the rest. It decides on nothing
/// but where the match begins, and costs matchers more than everything else.
struct Lead {
  ByteSet set;
  std::uint32_t max = 0;
};
/// Takes such a beginning off NODE.
Lead TakeLead(Node& node);

/// PATTERN as RE2 understands it.
std::string ToRe2(std::string_view pattern, Rule::Syntax syntax);

}  // namespace weir::secret
