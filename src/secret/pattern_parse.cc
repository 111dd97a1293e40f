#include <algorithm>
#include <array>
#include <utility>

#include "base/strings.h"
#include "secret/pattern.h"

namespace weir::secret {
namespace {

constexpr std::size_t kMaxPattern = 64U << 10U;
constexpr int kMaxDepth = 100;
constexpr std::uint32_t kMaxRepeat = 100'000;

void AddRange(ByteSet& set, unsigned from, unsigned to) {
  for (unsigned byte = from; byte <= to && byte < 256U; ++byte) set.set(byte);
}

void FoldCase(ByteSet& set) {
  for (unsigned c = 'a'; c <= 'z'; ++c) {
    bool either = set.test(c) || set.test(c - 32U);
    set.set(c, either);
    set.set(c - 32U, either);
  }
}

/// \d, \w, \s and what [:NAME:] means.
bool AddNamed(ByteSet& set, std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kClasses = {{
      {"digit", "09"},
      {"lower", "az"},
      {"upper", "AZ"},
      {"alpha", "azAZ"},
      {"alnum", "09azAZ"},
      {"word", "09azAZ__"},
      {"xdigit", "09afAF"},
      {"blank", "\t\t  "},
      {"space", "\t\r  "},
      {"punct", "!/:@[`{~"},
      {"graph", "!~"},
      {"print", " ~"},
      {"ascii", std::string_view("\0\x7f", 2)},
      {"cntrl", std::string_view("\0\x1f\x7f\x7f", 4)},
  }};
  for (const auto& [known, ranges] : kClasses) {
    if (known != name) continue;
    for (std::size_t i = 0; i + 1 < ranges.size(); i += 2)
      AddRange(set, static_cast<unsigned char>(ranges[i]), static_cast<unsigned char>(ranges[i + 1]));
    return true;
  }
  return false;
}

class Parser {
 public:
  Parser(std::string_view text, Rule::Syntax syntax) : text_(text), rust_(syntax == Rule::Syntax::kRust) {}

  std::optional<Node> Run() {
    Node node = Alternation(0);
    if (!ok_ || at_ != text_.size()) return std::nullopt;
    return node;
  }

 private:
  struct Flags {
    bool ignore_case = false, dot_all = false, multi_line = false, lazy = false, extended = false;
  };

  Node Fail() {
    ok_ = false;
    at_ = text_.size();
    return {};
  }
  bool AtEnd() const { return at_ >= text_.size(); }
  char Peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool Take(std::string_view what) {
    if (!text_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }

  void SkipBlank() {
    while (flags_.extended && !AtEnd()) {
      if (Peek() == '#') {
        while (!AtEnd() && Peek() != '\n') ++at_;
      } else if (Peek() == ' ' || (Peek() >= '\t' && Peek() <= '\r')) {
        ++at_;
      } else {
        return;
      }
    }
  }

  /// Flags that are set inside hold until the group ends, so the caller restores them.
  Node Alternation(int depth) {
    if (depth > kMaxDepth) return Fail();
    std::vector<Node> arms(1);
    while (ok_) {
      SkipBlank();
      if (AtEnd() || Peek() == ')') break;
      if (Take("|")) {
        arms.emplace_back();
        continue;
      }
      Node item = Atom(depth);
      if (!ok_) return {};
      if (item.kind == Node::Kind::kSequence && item.children.empty()) continue;  // flags alone
      item = Repeats(std::move(item));
      arms.back().children.push_back(std::move(item));
    }
    for (Node& arm : arms)
      if (arm.children.size() == 1) arm = Node(std::move(arm.children.front()));
    if (arms.size() == 1) return std::move(arms.front());
    Node node;
    node.kind = Node::Kind::kAlternate;
    node.children = std::move(arms);
    return node;
  }

  Node Repeats(Node item) {
    for (int times = 0; ok_; ++times) {
      SkipBlank();
      std::uint32_t min = 0, max = Node::kNoMax;
      if (Take("*")) {
      } else if (Take("+")) {
        min = 1;
      } else if (Take("?")) {
        max = 1;
      } else if (Peek() != '{' || !Counts(min, max)) {
        return item;
      }
      if (times > 0) return Fail();  // "a**" means nothing
      bool lazy = flags_.lazy;
      if (Take("?")) lazy = !lazy;
      if (Peek() == '+') return Fail();  // possessive, in PCRE only
      if (item.kind == Node::Kind::kAssertion) return Fail();
      Node repeat;
      repeat.kind = Node::Kind::kRepeat;
      repeat.min = min;
      repeat.max = max;
      repeat.lazy = lazy;
      repeat.children.push_back(std::move(item));
      item = std::move(repeat);
    }
    return item;
  }

  /// "{m}", "{m,}" or "{m,n}"; anything else is text.
  bool Counts(std::uint32_t& min, std::uint32_t& max) {
    std::size_t close = text_.find('}', at_);
    if (close == std::string_view::npos) return false;
    std::string_view inside = text_.substr(at_ + 1, close - at_ - 1);
    std::size_t comma = inside.find(',');
    std::optional<std::uint64_t> low = ParseUint(inside.substr(0, comma)), high = low;
    if (!low) return false;
    if (comma != std::string_view::npos) {
      std::string_view second = inside.substr(comma + 1);
      high = second.empty() ? Node::kNoMax : ParseUint(second);
      if (!high) return false;
    }
    if (*low > kMaxRepeat || (*high > kMaxRepeat && *high != Node::kNoMax) || *high < *low) {
      Fail();
      return false;
    }
    min = static_cast<std::uint32_t>(*low);
    max = static_cast<std::uint32_t>(*high);
    at_ = close + 1;
    return true;
  }

  Node Atom(int depth) {
    char c = Peek();
    if (c == '(') return Group(depth);
    if (c == '[') return Class();
    ++at_;
    if (c == '.') {
      Node node = OfSet(ByteSet().set());
      if (!flags_.dot_all) node.set.reset('\n');
      return node;
    }
    if (c == '^')
      return OfAssertion(flags_.multi_line ? Node::Assertion::kLineStart : Node::Assertion::kTextStart);
    if (c == '$')
      return OfAssertion(flags_.multi_line ? Node::Assertion::kLineEnd : Node::Assertion::kTextEnd);
    if (c == '*' || c == '+' || c == '?') return Fail();
    if (c == '\\') return Escape();
    return Character(static_cast<unsigned char>(c));
  }

  Node Group(int depth) {
    ++at_;
    Flags before = flags_;
    bool captured = true;
    std::string name;
    if (Take("?P<") || (Peek() == '?' && Peek(1) == '<' && Peek(2) != '=' && Peek(2) != '!' && Take("?<"))) {
      std::size_t end = text_.find('>', at_);
      if (end == std::string_view::npos) return Fail();
      name = text_.substr(at_, end - at_);
      at_ = end + 1;
    } else if (Take("?")) {
      captured = false;
      bool on = true;
      while (!AtEnd() && Peek() != ':' && Peek() != ')') {
        char flag = Peek();
        ++at_;
        if (flag == '-')
          on = false;
        else if (flag == 'i')
          flags_.ignore_case = on;
        else if (flag == 's')
          flags_.dot_all = on;
        else if (flag == 'm')
          flags_.multi_line = on;
        else if (flag == 'U')
          flags_.lazy = on;
        else if (flag == 'x' && rust_)
          flags_.extended = on;
        else if (flag == 'u' && rust_)
          continue;  // bytes it is, either way
        else
          return Fail();
      }
      if (Take(")")) return {};  // for the rest of the group around
      if (!Take(":")) return Fail();
    }
    Node inner = Alternation(depth + 1);
    if (!ok_ || !Take(")")) return Fail();
    flags_ = before;
    Node node;
    // A group of its own even where nothing is captured: what is repeated is all of it.
    node.kind = captured ? Node::Kind::kGroup : Node::Kind::kSequence;
    node.name = std::move(name);
    if (!captured && inner.kind == Node::Kind::kSequence && inner.children.empty()) return Fail();
    node.children.push_back(std::move(inner));
    return node;
  }

  static Node OfSet(const ByteSet& set) {
    Node node;
    node.kind = Node::Kind::kSet;
    node.set = set;
    return node;
  }
  static Node OfAssertion(Node::Assertion assertion) {
    Node node;
    node.kind = Node::Kind::kAssertion;
    node.assertion = assertion;
    return node;
  }

  /// The character that starts with the byte FIRST, which has been taken: all its bytes.
  Node Character(unsigned first) {
    if (first < 0x80U) {
      Node node = OfSet(ByteSet().set(first));
      if (flags_.ignore_case) FoldCase(node.set);
      return node;
    }
    Node node;
    node.children.push_back(OfSet(ByteSet().set(first)));
    while (!AtEnd() && (static_cast<unsigned char>(Peek()) & 0xc0U) == 0x80U) {
      node.children.push_back(OfSet(ByteSet().set(static_cast<unsigned char>(Peek()))));
      ++at_;
    }
    return node;
  }

  /// After a backslash outside a class.
  Node Escape() {
    if (Take("b")) return OfAssertion(Node::Assertion::kWordBorder);
    if (Take("B")) return OfAssertion(Node::Assertion::kNoWordBorder);
    if (Take("A")) return OfAssertion(Node::Assertion::kTextStart);
    if (Take("z")) return OfAssertion(Node::Assertion::kTextEnd);
    Node node = OfSet({});
    bool is_class = false;
    std::optional<unsigned> byte = EscapedByte(node.set, is_class);
    if (!ok_) return {};
    if (byte) node.set.set(*byte);
    if (flags_.ignore_case && !is_class) FoldCase(node.set);
    return node;
  }

  /// After a backslash anywhere: one byte, or IS_CLASS and what it means added to SET.
  std::optional<unsigned> EscapedByte(ByteSet& set, bool& is_class) {
    char c = Peek();
    ++at_;
    static constexpr std::array<std::pair<char, std::string_view>, 3> kNamed = {
        {{'d', "digit"}, {'w', "word"}, {'s', "space"}}};
    for (const auto& [letter, name] : kNamed) {
      if (c != letter && c != letter - 32) continue;
      is_class = true;
      ByteSet named;
      AddNamed(named, name);
      if (letter == 's' && !rust_) named.reset('\v');
      set |= c == letter ? named : ~named;
      return std::nullopt;
    }
    static constexpr std::string_view kFrom = "tnrfva", kTo = "\t\n\r\f\v\a";
    std::size_t known = kFrom.find(c);
    if (c != '\0' && known != std::string_view::npos) return static_cast<unsigned char>(kTo[known]);
    if (c == 'x') return HexByte();
    // Letters and digits mean something that is not known here; the rest stands for itself.
    if (c == '\0' || IsAlpha(c) || IsDigit(c) || static_cast<unsigned char>(c) >= 0x80U) Fail();
    return static_cast<unsigned char>(c);
  }

  std::optional<unsigned> HexByte() {
    std::string_view digits;
    if (Peek() == '{') {
      std::size_t close = text_.find('}', at_);
      if (close == std::string_view::npos) {
        Fail();
        return std::nullopt;
      }
      digits = text_.substr(at_ + 1, close - at_ - 1);
      at_ = close + 1;
    } else {
      digits = text_.substr(std::min(at_, text_.size()), 2);
      at_ += digits.size();
      if (digits.size() != 2) Fail();
    }
    unsigned value = 0;
    for (char c : digits) {
      unsigned digit =
          IsDigit(c) ? static_cast<unsigned>(c - '0') : (static_cast<unsigned>(c) | 32U) - 'a' + 10U;
      if (digit > 15U || value > 0x7fU) Fail();  // characters beyond ASCII are several bytes
      value = value * 16U + digit;
    }
    if (digits.empty() || value > 0x7fU) Fail();
    return value;
  }

  Node Class() {
    ++at_;
    Node node = OfSet({});
    bool negated = Take("^");
    bool first = true;
    while (ok_) {
      if (AtEnd()) return Fail();
      if (rust_ && flags_.extended && (Peek() == ' ' || (Peek() >= '\t' && Peek() <= '\r'))) {
        ++at_;
        continue;
      }
      if (Peek() == ']' && !first) break;
      if (rust_ && (Take("&&") || Take("--") || Take("~~"))) return Fail();
      first = false;
      if (Take("[:")) {
        bool not_it = Take("^");
        std::size_t end = text_.find(":]", at_);
        if (end == std::string_view::npos) return Fail();
        ByteSet named;
        if (!AddNamed(named, text_.substr(at_, end - at_))) return Fail();
        node.set |= not_it ? ~named : named;
        at_ = end + 2;
        continue;
      }
      if (rust_ && Peek() == '[') return Fail();
      Range(node.set);
    }
    ++at_;
    if (flags_.ignore_case) FoldCase(node.set);
    if (negated) node.set.flip();
    if (node.set.none()) return Fail();
    return node;
  }

  /// One character of a class, or a range of them.
  void Range(ByteSet& set) {
    bool is_class = false;
    std::optional<unsigned> low = ClassByte(set, is_class);
    if (!ok_ || is_class || !low) return;
    if (Peek() != '-' || Peek(1) == ']' || Peek(1) == '\0') {
      set.set(*low);
      return;
    }
    ++at_;
    std::optional<unsigned> high = ClassByte(set, is_class);
    if (!high || is_class || *high < *low) {
      Fail();
      return;
    }
    AddRange(set, *low, *high);
  }

  std::optional<unsigned> ClassByte(ByteSet& set, bool& is_class) {
    char c = Peek();
    ++at_;
    if (c == '\\') return EscapedByte(set, is_class);
    if (static_cast<unsigned char>(c) >= 0x80U) Fail();
    return static_cast<unsigned char>(c);
  }

  std::string_view text_;
  bool rust_;
  std::size_t at_ = 0;
  Flags flags_;
  bool ok_ = true;
};

}  // namespace

std::optional<Node> ParsePattern(std::string_view pattern, Rule::Syntax syntax) {
  if (pattern.size() > kMaxPattern) return std::nullopt;
  return Parser(pattern, syntax).Run();
}

}  // namespace weir::secret
