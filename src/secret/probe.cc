#include "secret/probe.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/strings.h"

namespace weir::secret {
namespace {

constexpr std::size_t kGoodWord = 3;    // bytes: what automatons look for quickly
constexpr std::size_t kBestWord = 6;    // longer words are no better
constexpr std::uint32_t kContext = 16;  // bytes kept beside the word
constexpr std::uint32_t kCut = 8;       // a part with so many bytes is enough of an end
constexpr std::size_t kMaxArms = 16;
constexpr std::uint32_t kMaxOpen = 64U << 10U, kWideOpen = 4'096;
constexpr std::size_t kWideSet = 128;

using Nodes = std::vector<Node>;

Node Sequence(Nodes children) {
  Node node;
  node.children = std::move(children);
  return node;
}

bool IsLetter(const ByteSet& set) {
  if (set.count() == 1) return true;
  if (set.count() != 2) return false;
  for (unsigned c = 'a'; c <= 'z'; ++c)
    if (set.test(c)) return set.test(c - 32U);
  return false;
}

/// NODE without captures, its sequences joined and short counted letters written out.
void Flatten(const Node& node, Nodes& out) {
  switch (node.kind) {
    case Node::Kind::kGroup:
      Flatten(node.children.front(), out);
      return;
    case Node::Kind::kSequence:
      for (const Node& child : node.children) Flatten(child, out);
      return;
    case Node::Kind::kAlternate: {
      Node copy = node;
      for (Node& child : copy.children) {
        Nodes inner;
        Flatten(child, inner);
        child = Sequence(std::move(inner));
      }
      out.push_back(std::move(copy));
      return;
    }
    case Node::Kind::kRepeat: {
      Nodes inner;
      Flatten(node.children.front(), inner);
      bool one = inner.size() == 1;
      if (node.min == 1 && node.max == 1) {
        out.insert(out.end(), inner.begin(), inner.end());
        return;
      }
      if (one && node.min == node.max && node.min <= kCut && inner[0].kind == Node::Kind::kSet &&
          IsLetter(inner[0].set)) {
        out.insert(out.end(), node.min, inner[0]);
        return;
      }
      Node copy = node;
      copy.lazy = false;
      copy.children.clear();
      copy.children.push_back(one ? std::move(inner[0]) : Sequence(std::move(inner)));
      out.push_back(std::move(copy));
      return;
    }
    case Node::Kind::kSet:
    case Node::Kind::kAssertion:
      out.push_back(node);
      return;
  }
}

/// Words that are in all kinds of text: by themselves they tell nothing. Longer ones first.
constexpr std::array<std::string_view, 60> kCommonWords = {
    "authorization", "application", "credential", "connection", "certificate", "repository", "signature",
    "encryption",    "integrity",   "password",   "username",   "database",    "internal",   "personal",
    "provider",      "resource",    "endpoint",   "webhook",    "license",     "private",    "account",
    "session",       "service",     "storage",    "project",    "deploy",      "google",     "github",
    "secret",        "public",      "access",     "server",     "bearer",      "client",     "passwd",
    "string",        "master",      "region",     "https",      "token",       "value",      "admin",
    "basic",         "login",       "email",      "cloud",      "index",       "label",      "begin",
    "http",          "auth",        "user",       "name",       "pass",        "code",       "host",
    "data",          "line",        "key",        "api",
};

/// How rare TEXT is: the length of what is left of it without common words, but a word it remains.
std::size_t Rarity(std::string text) {
  std::size_t length = text.size();
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  for (std::string_view common : kCommonWords)
    for (std::size_t at = text.find(common); at != std::string::npos; at = text.find(common, at))
      text.erase(at, common.size());
  std::erase_if(text,
                [](char c) { return c == '_' || c == '-' || c == '.' || c == ' ' || c == '/' || c == ':'; });
  return std::max(text.size(), std::min(length, kGoodWord));
}

char LetterOf(const ByteSet& set) {
  unsigned byte = 255;
  while (byte > 0 && !set.test(byte)) --byte;
  return static_cast<char>(byte);
}

struct Word {
  std::size_t quality = 0;
  std::size_t from = 0, to = 0;  // of the children that it is in
};

std::size_t Quality(const Node& node);

/// The best word that a match of the sequence NODES must have.
Word FindWord(const Nodes& nodes) {
  Word best;
  std::string run;
  auto offer = [&best](std::size_t quality, std::size_t from, std::size_t to) {
    quality = std::min(quality, kBestWord);
    if (quality > best.quality) best = {quality, from, to};
  };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].kind == Node::Kind::kSet && IsLetter(nodes[i].set)) {
      run += LetterOf(nodes[i].set);
      offer(Rarity(run), i + 1 - run.size(), i + 1);
      continue;
    }
    run.clear();
    offer(Quality(nodes[i]), i, i + 1);
  }
  return best;
}

std::size_t Quality(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kSequence:
      return FindWord(node.children).quality;
    case Node::Kind::kAlternate: {
      std::size_t worst = kBestWord;
      for (const Node& child : node.children) worst = std::min(worst, Quality(child));
      return worst;
    }
    case Node::Kind::kRepeat:
      return node.min > 0 ? Quality(node.children.front()) : 0;
    case Node::Kind::kGroup:
      return Quality(node.children.front());
    case Node::Kind::kSet:
      return IsLetter(node.set) ? 1 : 0;
    case Node::Kind::kAssertion:
      return 0;
  }
  return 0;
}

/// Sequences that together are SEQUENCE, split where only some arms of an alternation have a word.
void Split(const Nodes& nodes, std::vector<Nodes>& out, int depth) {
  std::size_t quality = FindWord(nodes).quality;
  for (std::size_t i = 0; i < nodes.size() && depth < 4; ++i) {
    const Node& node = nodes[i];
    if (node.kind != Node::Kind::kAlternate || node.children.size() + out.size() > kMaxArms) continue;
    std::size_t best = 0;
    for (const Node& arm : node.children) best = std::max(best, Quality(arm));
    if (nodes.size() > 1 && (quality >= kGoodWord || best < kGoodWord)) continue;
    for (const Node& arm : node.children) {
      Nodes one(nodes.begin(), nodes.begin() + static_cast<std::ptrdiff_t>(i));
      one.insert(one.end(), arm.children.begin(), arm.children.end());
      one.insert(one.end(), nodes.begin() + static_cast<std::ptrdiff_t>(i) + 1, nodes.end());
      Split(one, out, depth + 1);
    }
    return;
  }
  out.push_back(nodes);
}

bool IsSetRepeat(const Node& node) {
  return node.kind == Node::Kind::kRepeat && node.children.front().kind == Node::Kind::kSet;
}

bool IsOpenAndWide(const Node& node) {
  return node.kind == Node::Kind::kRepeat && node.max > 256 && Alphabet(node).count() > 100;
}

/// The beginning of NODES that stage one is to see: up to a part with enough bytes. NODES that are not, or
/// not wholly, part of it start at the returned index.
std::size_t Beginning(const Nodes& nodes, std::size_t from, Nodes& out) {
  std::uint32_t width = 0;
  for (std::size_t i = from; i < nodes.size(); ++i) {
    const Node& node = nodes[i];
    if (width >= kContext || IsOpenAndWide(node)) return i;
    std::uint32_t min = MinWidth(node);
    if (min >= kCut && IsSetRepeat(node)) {
      out.push_back(node);
      out.back().min = out.back().max = std::min(node.min, kContext);
      return i;
    }
    if (min >= kCut && node.kind == Node::Kind::kAlternate) {
      Node copy = node;
      for (Node& arm : copy.children) {
        Nodes inner;
        Beginning(arm.children, 0, inner);
        arm = Sequence(std::move(inner));
      }
      out.push_back(std::move(copy));
      return i;
    }
    out.push_back(node);
    width += min;
  }
  // What may be missing at the end does not help to find it.
  std::size_t end = nodes.size();
  while (end > from && !out.empty()) {
    Node& last = out.back();
    if (MinWidth(last) == 0) {
      out.pop_back();
    } else if (IsSetRepeat(last) && last.max != last.min) {
      last.max = last.min;
      return end - 1;
    } else {
      break;
    }
    --end;
  }
  return end;
}

/// What NODE can span. Ends that are open and can be anything are left to growing windows.
Step StepOf(const Node& node, bool& wide) {
  Step step{Alphabet(node), MaxWidth(node)};
  if (step.max >= kMaxOpen) {
    bool any = step.set.count() >= kWideSet;
    wide = wide || any;
    step.max = any ? kWideOpen : kMaxOpen;
  }
  return step;
}

std::vector<Step> StepsBefore(const Nodes& nodes, std::size_t to) {
  std::vector<Step> out;
  bool wide = false;
  for (std::size_t i = to; i > 0; --i) {
    Step step = StepOf(nodes[i - 1], wide);
    step.max = std::min(step.max, kWideOpen);
    if (step.max > 0) out.push_back(step);
  }
  return out;
}

/// A probe that is all of NODES, for want of a word to look for; but for beginnings that may be missing.
Probe Whole(const Nodes& nodes, std::size_t from) {
  Probe probe;
  probe.heavy = true;
  probe.reach.exact = true;
  probe.expression =
      PrintPattern(Sequence(Nodes(nodes.begin() + static_cast<std::ptrdiff_t>(from), nodes.end())), false);
  probe.reach.before = StepsBefore(nodes, nodes.size());
  return probe;
}

Probe Relax(const Nodes& nodes) {
  Word word = FindWord(nodes);
  // Beginnings that may be missing do not help; nor does what must hold before them.
  std::size_t from = 0;
  for (std::size_t i = 0; i < nodes.size() && MinWidth(nodes[i]) == 0; ++i)
    if (nodes[i].kind != Node::Kind::kAssertion) from = i + 1;
  if (word.quality < kGoodWord) return Whole(nodes, from);

  Nodes kept;
  std::uint32_t width = 0;
  std::size_t start = word.from;
  while (start > from && width < kContext && !IsOpenAndWide(nodes[start - 1])) {
    const Node& node = nodes[--start];
    kept.insert(kept.begin(), node);
    if (IsSetRepeat(node) && node.min >= kCut) {
      kept.front().min = kept.front().max = std::min(node.min, kContext);
      ++start;  // the rest of it is before what is kept
      break;
    }
    width += MinWidth(node);
  }
  kept.insert(kept.end(), nodes.begin() + static_cast<std::ptrdiff_t>(word.from),
              nodes.begin() + static_cast<std::ptrdiff_t>(word.to));
  std::size_t rest = Beginning(nodes, word.to, kept);

  Probe probe;
  probe.reach.exact = true;
  probe.expression = PrintPattern(Sequence(kept), false);
  probe.reach.before = StepsBefore(kept, kept.size());
  std::vector<Step> more = StepsBefore(nodes, start);
  probe.reach.before.insert(probe.reach.before.end(), more.begin(), more.end());
  for (std::size_t i = rest; i < nodes.size(); ++i) {
    Step step = StepOf(nodes[i], probe.reach.grow);
    if (step.max > 0) probe.reach.after.push_back(step);
  }
  return probe;
}

}  // namespace

std::vector<Probe> MakeProbes(const std::string& pattern, Rule::Syntax syntax) {
  std::optional<Node> tree = ParsePattern(pattern, syntax);
  if (!tree || MinWidth(*tree) == 0) {
    Probe whole;
    whole.expression = pattern;
    return {whole};
  }
  Nodes flat;
  Flatten(*tree, flat);
  std::vector<Nodes> arms;
  Split(flat, arms, 0);
  std::vector<Probe> out;
  for (const Nodes& arm : arms) out.push_back(Relax(arm));
  return out;
}

}  // namespace weir::secret
