// What can be told of a pattern without compiling it: one pass over its text, in
// any of the syntaxes that rule files use. Threading: pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "secret/rule.h"

namespace weir::secret {

struct PatternFacts {
  std::uint32_t groups = 0;           // captures
  std::uint32_t longest_literal = 0;  // characters in a row that a match may hold; of a repeated part, once
  bool names_value = false;           // looks for an assignment: the name says what the value is
  /// About as many positions as the pattern has when counted repeats are written out. What a matcher
  /// compiles grows with it.
  std::uint64_t size = 0;
  bool balanced = true;  // parentheses and classes close
};

PatternFacts LookAtPattern(std::string_view pattern, Rule::Syntax syntax);

/// Larger patterns are not taken: the largest that is known of real rules has about 40,000.
inline constexpr std::uint64_t kMaxPatternSize = 300'000;
inline constexpr std::size_t kMaxPatternLength = 32'768;

}  // namespace weir::secret
