#include <algorithm>
#include <array>
#include <optional>

#include "base/strings.h"
#include "secret/checksum.h"
#include "secret/comments.h"
#include "secret/scan_state.h"

namespace weir::secret {
namespace {

constexpr std::size_t kMaxLineBytes = 16U << 10U;     // of the line around a match that rules look at
constexpr std::uint64_t kMaxDropped = 20'000;         // hits that are counted only
constexpr std::uint64_t kHardWork = 32U << 10U;       // what a search beyond the quick way's bounds costs
constexpr std::uint64_t kMaxSecretBytes = 4U << 20U;  // of one file, together

/// The lines that MATCH lies on, within bounds, without the last newline.
std::string_view LinesOf(std::string_view text, Group match) {
  std::size_t low = match.from - std::min(match.from, kMaxLineBytes);
  std::size_t high = std::min(text.size(), match.to + kMaxLineBytes);
  std::string_view before = text.substr(low, match.from - low);
  std::size_t newline = before.rfind('\n');
  std::size_t from = newline == std::string_view::npos ? low : low + newline + 1;
  std::size_t end = text.substr(0, high).find('\n', match.to);
  return text.substr(from, (end == std::string_view::npos ? high : end) - from);
}

bool ContainsIgnoreCase(std::string_view text, std::string_view lower) {
  auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b; };
  return std::search(text.begin(), text.end(), lower.begin(), lower.end(), same) != text.end();
}

/// What in MATCH is the secret; nothing where the capture that should be it is not part of the match.
std::optional<Group> SecretIn(const ReadyRule& ready, std::string_view text, Group match) {
  std::size_t count = std::min(ready.regex->groups() + 1, Regex::kMaxGroups);
  std::size_t wanted = ready.rule->secret_group;
  if (!ready.rule->secret_group_name.empty()) wanted = ready.regex->GroupNamed(ready.rule->secret_group_name);
  if (count == 1) return wanted == 0 ? std::optional(match) : std::nullopt;
  // As gitleaks does: captures come from the match standing alone, unless it needs what is around it.
  std::array<Group, Regex::kMaxGroups> room;
  std::span<Group> groups(room.data(), count);
  if (ready.regex->Find(text.substr(match.from, match.to - match.from), 0, match.to - match.from, groups)) {
    for (Group& group : groups)
      if (group.matched()) group = {group.from + match.from, group.to + match.from};
  } else if (!ready.regex->Find(text, match.from, match.to, groups)) {
    return match;
  }
  if (wanted > 0) {
    if (wanted >= count || !groups[wanted].matched()) return std::nullopt;
    return groups[wanted];
  }
  for (std::size_t i = 1; i < count; ++i)
    if (groups[i].matched() && groups[i].to > groups[i].from) return groups[i];
  return match;
}

}  // namespace

void Scanner::Impl::Confirm(const Piece& piece, const Window& window) {
  const ReadyRule& ready = rules.ready[window.rule];
  if (!ready.regex || !AppliesToFile(window.rule)) return;
  std::size_t to = window.to, step = std::max<std::size_t>(256, window.to - window.from);
  for (std::size_t at = window.from, grown = 0; at < to;) {
    if (work > max_work || dropped > kMaxDropped) {
      ++candidates_skipped;
      return;
    }
    Group match;
    bool hard = false;
    bool matched = ready.regex->Find(piece.text, at, to, {&match, 1}, &hard);
    // What was looked at, which ends where a match does.
    work += (matched ? match.to : to) - at + 64 + (hard ? kHardWork : 0);
    bool more = matched ? match.to == to && !window.exact : window.grow;
    if (more && to < piece.text.size() && grown < kMaxMatchBytes) {
      // The end may lie beyond the window.
      std::size_t wider = std::min(piece.text.size(), to + step);
      grown += wider - to;
      step *= 2;
      to = wider;
      continue;
    }
    if (!matched) return;
    Accept(piece, window.rule, match);
    at = std::max(match.to, match.from + 1);
  }
}

/// Which of the rules' path conditions hold for the file at hand. Asked at the first candidate.
const std::vector<char>& Scanner::Impl::PathHits() {
  if (path_known) return path_hits;
  path_known = true;
  std::fill(path_hits.begin(), path_hits.end(), char{0});
  auto on_match = [](void* context, std::uint32_t id, std::uint64_t) {
    (*static_cast<std::vector<char>*>(context))[id] = 1;
    return false;
  };
  ScanBytes(rules.paths.get(), path, scratch, on_match, &path_hits);
  for (std::uint32_t test : rules.slow_paths) path_hits[test] = rules.path_tests[test]->Matches(path) ? 1 : 0;
  return path_hits;
}

/// Whether RULE's path condition and its allowlists leave the file at hand to it.
bool Scanner::Impl::AppliesToFile(std::uint32_t rule) {
  auto allows = [this](const ReadyAllowlist& list) { return IsFileAllowed(list, PathHits(), commit); };
  if (file_applies == Applies::kUnknown)
    file_applies =
        std::any_of(rules.global.begin(), rules.global.end(), allows) ? Applies::kNo : Applies::kYes;
  if (file_applies == Applies::kNo) return false;
  Applies& known = applies[rule];
  if (known == Applies::kUnknown) {
    const ReadyRule& ready = rules.ready[rule];
    bool yes = (ready.path == ReadyRule::kNoPath || PathHits()[ready.path] != 0) &&
               std::none_of(ready.allowlists.begin(), ready.allowlists.end(), allows);
    known = yes ? Applies::kYes : Applies::kNo;
    applies_known.push_back(rule);
  }
  return known == Applies::kYes;
}

bool Scanner::Impl::HasKeyword(const Piece& piece, std::uint32_t rule, Group match) {
  const std::vector<std::string>& keywords = rules.ready[rule].rule->keywords;
  if (keywords.empty()) return true;
  auto any_in = [&keywords](std::string_view text) {
    return std::any_of(keywords.begin(), keywords.end(),
                       [text](const std::string& word) { return ContainsIgnoreCase(text, word); });
  };
  if (any_in(piece.text.substr(match.from, match.to - match.from))) return true;
  std::size_t from = match.from - std::min(match.from, kKeywordReach);
  std::size_t to = std::min(piece.text.size(), match.to + kKeywordReach);
  work += (to - from) / 4;
  return any_in(piece.text.substr(from, to - from));
}

bool Scanner::Impl::IsAllowedByRules(const ReadyRule& rule, const Candidate& candidate) const {
  auto allows = [&candidate](const ReadyAllowlist& list) { return IsAllowed(list, candidate); };
  return std::any_of(rules.global.begin(), rules.global.end(), allows) ||
         std::any_of(rule.allowlists.begin(), rule.allowlists.end(), allows);
}

/// The comment that allows what is at MATCH; LINE becomes the lines it is on.
std::string Scanner::Impl::CommentAt(const Piece& piece, Group match, std::string_view& line) {
  line = LinesOf(piece.text, match);
  if (!rules.options.honour_comments) return {};
  std::string_view marker = FindComment(line);
  return marker.empty() ? std::string() : "comment " + std::string(marker);
}

void Scanner::Impl::Accept(const Piece& piece, std::uint32_t rule, Group match) {
  const ReadyRule& ready = rules.ready[rule];
  // What was wrapped takes part; the text around it was looked at before.
  if (match.to <= piece.body_from || match.from >= piece.body_to) return;
  while (match.from < match.to && piece.text[match.from] == '\n') ++match.from;
  while (match.to > match.from && piece.text[match.to - 1] == '\n') --match.to;
  std::string_view text = piece.text.substr(match.from, match.to - match.from);
  std::optional<Group> part = text.empty() ? std::nullopt : SecretIn(ready, piece.text, match);
  if (!part || part->to == part->from) return;
  Group secret = *part;
  if (!piece.decoded.empty() && (secret.to <= piece.body_from || secret.from >= piece.body_to)) return;
  std::string_view value = piece.text.substr(secret.from, secret.to - secret.from);
  if (ready.rule->entropy > 0 && Entropy(value) <= ready.rule->entropy) return;
  if (!HasKeyword(piece, rule, match)) return;

  Found one;
  std::string_view line;
  one.hit.allowed = CommentAt(piece, match, line);
  if (IsAllowedByRules(ready, {value, text, line, commit, &PathHits()})) return;
  one.rule = rule;
  one.hit.rule = ready.rule;
  one.hit.severity = ready.rule->severity;
  one.hit.confidence = ready.rule->confidence;
  if (!ready.rule->checksum.empty()) {
    ChecksumResult checked = CheckSecret(ready.rule->checksum, value);
    if (!checked.passed) return;
    one.hit.severity = checked.severity.value_or(one.hit.severity);
    one.hit.confidence = checked.confidence.value_or(one.hit.confidence);
    one.hit.facts = std::move(checked.facts);
  }
  if (one.hit.allowed.empty() && !keep_all) one.hit.allowed = KnownSample(value);
  one.hit.secret = value;
  one.hit.decoded = piece.decoded;
  if (piece.decoded.empty()) {
    one.hit.offset = piece.offset + secret.from;
    one.hit.length = secret.to - secret.from;
    one.match_offset = piece.offset + match.from;
  } else if (piece.unit > 0) {
    one.hit.offset = piece.offset + piece.unit * static_cast<std::uint64_t>(secret.from - piece.body_from);
    one.hit.length = piece.unit * static_cast<std::uint64_t>(secret.to - secret.from);
    one.match_offset = one.hit.offset;
  } else {
    one.hit.offset = one.match_offset = piece.offset;
    one.hit.length = piece.wrapped;
  }
  Add(std::move(one));
}

void Scanner::Impl::Add(Found one) {
  secret_bytes += one.hit.secret.size();
  if (found.size() >= 2ULL * rules.options.max_hits || secret_bytes > kMaxSecretBytes) {
    ++dropped;
    return;
  }
  found.push_back(std::move(one));
}

}  // namespace weir::secret
