#include "secret/formats/pattern_facts.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/strings.h"

namespace weir::secret {
namespace {

constexpr std::uint64_t kHuge = 1ULL << 40U;
std::uint64_t Add(std::uint64_t a, std::uint64_t b) { return std::min(kHuge, a + b); }
std::uint64_t Multiply(std::uint64_t a, std::uint64_t b) {
  return a != 0 && b > kHuge / a ? kHuge : std::min(kHuge, a * b);
}

class Walk {
 public:
  Walk(std::string_view text, Rule::Syntax syntax) : text_(text), rust_(syntax == Rule::Syntax::kRust) {}

  PatternFacts Run() {
    frames_.push_back({});
    while (at_ < text_.size()) Step();
    if (frames_.size() > 1) facts_.balanced = false;
    while (frames_.size() > 1) Close();
    EndRun();
    facts_.size = frames_[0].size;
    // The operators of gitleaks' generated rules, and the plain forms of hand-written ones.
    for (const std::string_view mark : {"=|", "|=", "[:=", "[=:", ":=", "=>"})
      facts_.names_value = facts_.names_value || text_.find(mark) != std::string_view::npos;
    return facts_;
  }

 private:
  struct Frame {
    std::uint64_t size = 0;
    bool spaced = false;  // (?x) holds outside of the group
  };

  void EndRun() {
    facts_.longest_literal = std::max(facts_.longest_literal, run_);
    run_ = 0;
  }
  /// One that counts COST, and may be repeated by what follows.
  void Atom(std::uint64_t cost, bool literal) {
    if (literal) {
      ++run_;
    } else {
      EndRun();
    }
    last_ = cost;
    frames_.back().size = Add(frames_.back().size, cost);
  }

  void Step() {
    const char c = text_[at_++];
    switch (c) {
      case '\\':
        Escape();
        return;
      case '[':
        Class();
        Atom(1, false);
        return;
      case '(':
        OpenGroup();
        return;
      case ')':
        if (frames_.size() == 1) {
          facts_.balanced = false;
          return;
        }
        Close();
        return;
      case '|':
      case '^':
      case '$':
        EndRun();
        last_ = 0;
        return;
      case '.':
        Atom(1, false);
        return;
      case '*':
      case '+':
      case '?':
        EndRun();
        return;
      case '{':
        if (Repeat()) return;
        break;
      case '#':
        if (spaced_) {
          at_ = std::min(text_.find('\n', at_), text_.size());
          return;
        }
        break;
      case ' ':
      case '\t':
      case '\n':
      case '\r':
        if (spaced_) return;
        break;
      default:
        break;
    }
    Atom(1, true);
  }

  void Escape() {
    if (at_ >= text_.size()) return;
    const char c = text_[at_++];
    if (c == 'x' || c == 'u' || c == 'p' || c == 'P') {
      if (at_ < text_.size() && text_[at_] == '{') {
        at_ = std::min(text_.find('}', at_), text_.size() - 1) + 1;
      } else if (c == 'x') {
        at_ = std::min(at_ + 2, text_.size());
      } else {
        at_ = std::min(at_ + 1, text_.size());
      }
      Atom(1, c == 'x' || c == 'u');
    } else if (c == 'Q') {
      const std::size_t end = std::min(text_.find("\\E", at_), text_.size());
      for (; at_ < end; ++at_) Atom(1, true);
      at_ = std::min(at_ + 2, text_.size());
    } else if (c == 'b' || c == 'B' || c == 'A' || c == 'z' || c == 'Z') {
      EndRun();
      last_ = 0;
    } else {
      Atom(1, !IsAlpha(c) || c == 'n' || c == 'r' || c == 't');  // \d, \w, \s: no literal
    }
  }

  void Class() {
    if (at_ < text_.size() && text_[at_] == '^') ++at_;
    if (at_ < text_.size() && text_[at_] == ']') ++at_;
    int depth = 1;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '\\') {
        if (at_ < text_.size()) ++at_;
      } else if (c == '[' && at_ < text_.size() && text_[at_] == ':') {
        const std::size_t end = text_.find(":]", at_);
        if (end != std::string_view::npos) at_ = end + 2;
      } else if (c == '[' && rust_) {
        ++depth;
      } else if (c == ']' && --depth == 0) {
        return;
      }
    }
    facts_.balanced = false;
  }

  void OpenGroup() {
    EndRun();
    const bool spaced_outside = spaced_;
    if (at_ >= text_.size() || text_[at_] != '?') {
      ++facts_.groups;
    } else {
      const std::string_view rest = text_.substr(at_);
      const bool look = rest.starts_with("?=") || rest.starts_with("?!") || rest.starts_with("?<=") ||
                        rest.starts_with("?<!") || rest.starts_with("?>");
      if (rest.starts_with("?P<") || (rest.starts_with("?<") && !look)) {
        ++facts_.groups;
        at_ = std::min(text_.find('>', at_), text_.size() - 1) + 1;
      } else if (rest.starts_with("?#")) {
        at_ = std::min(text_.find(')', at_), text_.size() - 1) + 1;
        return;
      } else if (look) {
        at_ += rest.starts_with("?<") ? 3U : 2U;
      } else {
        std::size_t end = at_ + 1;
        bool on = true;
        bool spaced = spaced_;
        while (end < text_.size() && (IsAlpha(text_[end]) || text_[end] == '-')) {
          if (text_[end] == '-') on = false;
          if (text_[end] == 'x') spaced = on;
          ++end;
        }
        const bool flags_only = end < text_.size() && text_[end] == ')';
        at_ = std::min(end + 1, text_.size());
        spaced_ = spaced;
        if (flags_only) return;  // they hold up to the end of the group around them
      }
    }
    if (frames_.size() > 1'000) {
      facts_.balanced = false;
      at_ = text_.size();
      return;
    }
    frames_.push_back({0, spaced_outside});
  }

  void Close() {
    EndRun();
    const Frame frame = frames_.back();
    frames_.pop_back();
    spaced_ = frame.spaced;
    last_ = frame.size;
    frames_.back().size = Add(frames_.back().size, frame.size);
  }

  /// After '{'. False where it is no repeat, but the character.
  bool Repeat() {
    const std::size_t end = text_.find('}', at_);
    if (end == std::string_view::npos || end - at_ > 12) return false;
    std::string_view low = text_.substr(at_, end - at_);
    std::string_view high = low;
    if (const std::size_t comma = low.find(','); comma != std::string_view::npos) {
      high = Trim(low.substr(comma + 1));
      low = low.substr(0, comma);
    }
    low = Trim(low);
    const auto from = low.empty() && rust_ ? std::optional<std::uint64_t>(0) : ParseUint(low);
    const auto to = high.empty() ? from : ParseUint(high);
    if (!from || !to) return false;
    at_ = end + 1;
    EndRun();
    const std::uint64_t times = std::max<std::uint64_t>(1, std::max(*from, *to));
    frames_.back().size = Add(frames_.back().size, Multiply(last_, times - 1));
    last_ = Multiply(last_, times);
    return true;
  }

  std::string_view text_;
  const bool rust_;
  std::size_t at_ = 0;
  PatternFacts facts_;
  std::vector<Frame> frames_;
  std::uint64_t last_ = 0;  // what the last atom or group added: what a repeat multiplies
  std::uint32_t run_ = 0;
  bool spaced_ = false;
};

}  // namespace

PatternFacts LookAtPattern(std::string_view pattern, Rule::Syntax syntax) {
  return Walk(pattern, syntax).Run();
}

}  // namespace weir::secret
