#include "secret/pattern.h"

#include <algorithm>

#include "base/strings.h"

namespace weir::secret {
namespace {

constexpr std::uint32_t kNoMax = Node::kNoMax;

std::uint32_t Plus(std::uint32_t a, std::uint32_t b) {
  if (a == kNoMax || b == kNoMax) return kNoMax;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(std::uint64_t{a} + b, kNoMax - 1));
}

std::uint32_t Times(std::uint32_t a, std::uint32_t b) {
  if (a == 0 || b == 0) return 0;
  if (a == kNoMax || b == kNoMax) return kNoMax;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(std::uint64_t{a} * b, kNoMax - 1));
}

void PrintByte(unsigned byte, std::string& out) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  char c = static_cast<char>(byte);
  if (byte < 0x80U && (IsAlpha(c) || IsDigit(c) || c == '_')) {
    out += c;
    return;
  }
  out += "\\x";
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 15U];
}

void PrintSet(const ByteSet& set, std::string& out) {
  if (set.count() == 1) {
    unsigned byte = 0;
    while (!set.test(byte)) ++byte;
    PrintByte(byte, out);
    return;
  }
  // A set of the higher half printed as its complement says the same and reads better.
  bool negated = set.count() > 128;
  ByteSet shown = negated ? ~set : set;
  if (shown.none()) {
    out += "[\\x00-\\xff]";
    return;
  }
  out += negated ? "[^" : "[";
  for (unsigned byte = 0; byte < 256U; ++byte) {
    if (!shown.test(byte)) continue;
    unsigned end = byte;
    while (end + 1 < 256U && shown.test(end + 1)) ++end;
    PrintByte(byte, out);
    if (end > byte) {
      if (end > byte + 1) out += '-';
      PrintByte(end, out);
    }
    byte = end;
  }
  out += ']';
}

/// Whether SET is one letter in both cases.
bool IsLetterPair(const ByteSet& set) {
  if (set.count() != 2) return false;
  for (unsigned c = 'a'; c <= 'z'; ++c)
    if (set.test(c)) return set.test(c - 32U);
  return false;
}

void Print(const Node& node, bool captures, std::string& out);

void PrintSequence(const Node& node, bool captures, std::string& out) {
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    // Words whose case does not matter, as words: a matcher looks for those.
    std::size_t end = i;
    while (end < node.children.size() && node.children[end].kind == Node::Kind::kSet &&
           (IsLetterPair(node.children[end].set) || node.children[end].set.count() == 1))
      ++end;
    bool letters = false;
    for (std::size_t k = i; k < end; ++k) letters = letters || IsLetterPair(node.children[k].set);
    bool mixed = false;
    for (std::size_t k = i; k < end && letters; ++k) {
      const ByteSet& set = node.children[k].set;
      for (unsigned c = 'A'; c <= 'z'; ++c)
        mixed = mixed || (set.count() == 1 && set.test(c) && IsAlpha(static_cast<char>(c)));
    }
    if (letters && !mixed && end - i > 1) {
      out += "(?i:";
      for (; i < end; ++i) {
        unsigned byte = 255;
        while (!node.children[i].set.test(byte)) --byte;
        PrintByte(byte, out);
      }
      out += ')';
      --i;
      continue;
    }
    const Node& child = node.children[i];
    bool wrap = child.kind == Node::Kind::kAlternate;
    if (wrap) out += "(?:";
    Print(child, captures, out);
    if (wrap) out += ')';
  }
}

void PrintRepeat(const Node& node, bool captures, std::string& out) {
  const Node& child = node.children.front();
  bool wrap = child.kind != Node::Kind::kSet && child.kind != Node::Kind::kGroup;
  if (child.kind == Node::Kind::kGroup && !captures) wrap = true;
  if (wrap) out += "(?:";
  Print(child, captures, out);
  if (wrap) out += ')';
  if (node.min == 0 && node.max == kNoMax) {
    out += '*';
  } else if (node.min == 1 && node.max == kNoMax) {
    out += '+';
  } else if (node.min == 0 && node.max == 1) {
    out += '?';
  } else {
    out += '{' + std::to_string(node.min);
    if (node.max == kNoMax)
      out += ',';
    else if (node.max != node.min)
      out += ',' + std::to_string(node.max);
    out += '}';
  }
  if (node.lazy) out += '?';
}

void Print(const Node& node, bool captures, std::string& out) {
  switch (node.kind) {
    case Node::Kind::kSequence:
      PrintSequence(node, captures, out);
      return;
    case Node::Kind::kAlternate:
      for (std::size_t i = 0; i < node.children.size(); ++i) {
        if (i > 0) out += '|';
        Print(node.children[i], captures, out);
      }
      return;
    case Node::Kind::kSet:
      PrintSet(node.set, out);
      return;
    case Node::Kind::kRepeat:
      PrintRepeat(node, captures, out);
      return;
    case Node::Kind::kGroup:
      out += !captures ? "(?:" : node.name.empty() ? "(" : "(?P<" + node.name + ">";
      Print(node.children.front(), captures, out);
      out += ')';
      return;
    case Node::Kind::kAssertion:
      switch (node.assertion) {
        case Node::Assertion::kTextStart:
          out += "\\A";
          return;
        case Node::Assertion::kTextEnd:
          out += "\\z";
          return;
        case Node::Assertion::kLineStart:
          out += "(?m:^)";
          return;
        case Node::Assertion::kLineEnd:
          out += "(?m:$)";
          return;
        case Node::Assertion::kWordBorder:
          out += "\\b";
          return;
        case Node::Assertion::kNoWordBorder:
          out += "\\B";
          return;
      }
  }
}

template <typename Fn>
std::uint32_t Width(const Node& node, bool widest, const Fn& fn) {
  switch (node.kind) {
    case Node::Kind::kSet:
      return 1;
    case Node::Kind::kAssertion:
      return 0;
    case Node::Kind::kGroup:
      return fn(node.children.front());
    case Node::Kind::kRepeat:
      return Times(fn(node.children.front()), widest ? node.max : node.min);
    case Node::Kind::kSequence: {
      std::uint32_t sum = 0;
      for (const Node& child : node.children) sum = Plus(sum, fn(child));
      return sum;
    }
    case Node::Kind::kAlternate: {
      std::uint32_t best = fn(node.children.front());
      for (const Node& child : node.children)
        best = widest ? std::max(best, fn(child)) : std::min(best, fn(child));
      return best;
    }
  }
  return 0;
}

}  // namespace

std::string PrintPattern(const Node& node, bool captures) {
  std::string out;
  Print(node, captures, out);
  return out;
}

std::uint32_t MinWidth(const Node& node) {
  return Width(node, false, [](const Node& child) { return MinWidth(child); });
}

std::uint32_t MaxWidth(const Node& node) {
  return Width(node, true, [](const Node& child) { return MaxWidth(child); });
}

ByteSet Alphabet(const Node& node) {
  ByteSet out = node.kind == Node::Kind::kSet ? node.set : ByteSet();
  for (const Node& child : node.children) out |= Alphabet(child);
  return out;
}

Lead TakeLead(Node& node) {
  Lead lead;
  // Groups without a capture are sequences, too.
  Node* sequence = &node;
  while (sequence->kind == Node::Kind::kSequence && !sequence->children.empty()) {
    Node& first = sequence->children.front();
    if (first.kind == Node::Kind::kSequence && !first.children.empty()) {
      sequence = &first;
      continue;
    }
    bool is_lead = first.kind == Node::Kind::kRepeat && first.lazy && first.min == 0 && first.max < 1'000 &&
                   first.children.front().kind == Node::Kind::kSet;
    if (!is_lead || (lead.max > 0 && first.children.front().set != lead.set)) break;
    lead.set = first.children.front().set;
    lead.max += first.max;
    sequence->children.erase(sequence->children.begin());
    if (sequence->children.empty()) break;
  }
  return lead;
}

std::string ToRe2(std::string_view pattern, Rule::Syntax syntax) {
  if (syntax == Rule::Syntax::kGo && pattern.find("(?<") == std::string_view::npos)
    return std::string(pattern);
  std::optional<Node> node = ParsePattern(pattern, syntax);
  return node ? PrintPattern(*node, true) : std::string(pattern);
}

}  // namespace weir::secret
