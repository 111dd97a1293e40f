// One regular expression of a rule, compiled when it is first needed: most rules of a
// set never meet a candidate, and a scan must start at once.
//
// PCRE2's compiled code is quickest on the short windows that most searches are in, within
// bounds on its work; beyond those RE2, whose work is linear, gives the same answer. What
// one of them does not take is left to the other. Both look at bytes (Latin-1), so that
// binaries and broken UTF-8 are scanned as well.
// Threading: safe from several threads.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "secret/rule.h"

namespace weir::secret {

struct Group {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t from = kNone, to = kNone;  // in the text that was searched
  bool matched() const { return from != kNone; }
};

class Regex {
 public:
  static constexpr std::size_t kMaxGroups = 16;

  explicit Regex(std::string pattern, Rule::Syntax syntax = Rule::Syntax::kGo);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  /// Compiles now. Empty where a matcher takes the pattern, else why none does.
  std::string Check() const;
  /// The leftmost match within [FROM, TO) of TEXT; what is around it decides on \b, ^ and $.
  /// GROUPS[0] is the whole match; groups beyond those of the pattern are left unmatched. HARD, where it is
  /// given, becomes true where the quick way met its bounds.
  bool Find(std::string_view text, std::size_t from, std::size_t to, std::span<Group> groups,
            bool* hard = nullptr) const;
  bool Matches(std::string_view text) const;
  /// Captures of the pattern, without the whole match.
  std::size_t groups() const;
  /// Number of the capture that is called NAME; 0 where there is none.
  std::size_t GroupNamed(std::string_view name) const;
  const std::string& pattern() const { return pattern_; }

 private:
  struct State;
  State& Ready() const;

  std::string pattern_;
  Rule::Syntax syntax_;
  std::unique_ptr<State> state_;
};

}  // namespace weir::secret
