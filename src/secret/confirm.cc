#include <algorithm>
#include <array>

#include "base/strings.h"
#include "secret/checksum.h"
#include "secret/comments.h"
#include "secret/scan_state.h"

namespace weir::secret {
namespace {

constexpr std::size_t kMaxLineBytes = 16U << 10U;     // of the line around a match that rules look at
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

}  // namespace

void Scanner::Impl::Confirm(const Piece& piece, std::uint32_t rule, std::size_t from, std::size_t to) {
  const ReadyRule& ready = rules.ready[rule];
  if (!ready.regex || !AppliesToFile(rule)) return;
  std::array<Group, Regex::kMaxGroups> groups;
  std::size_t count = std::min(ready.regex->groups() + 1, groups.size());
  std::size_t largest = from + kMaxMatchBytes;
  for (std::size_t at = from; at < to;) {
    work += to - at;
    if (work > kMaxWorkBytes) {
      ++candidates_skipped;
      return;
    }
    std::span<Group> out(groups.data(), count);
    if (!ready.regex->Find(piece.text, at, to, out)) return;
    if (groups[0].to == to && to < piece.text.size() && to < largest) {
      // It may go on beyond the window.
      to = std::min(piece.text.size(), to + std::max<std::size_t>(256, to - at));
      continue;
    }
    Accept(piece, rule, groups[0], out);
    at = std::max(groups[0].to, groups[0].from + 1);
    largest = at + kMaxMatchBytes;
  }
}

/// Whether RULE's path condition and its allowlists leave the file at hand to it. Asked at the first
/// candidate.
bool Scanner::Impl::AppliesToFile(std::uint32_t rule) {
  if (file_applies == Applies::kUnknown) {
    bool allowed = std::any_of(rules.global.begin(), rules.global.end(), [this](const ReadyAllowlist& list) {
      return IsFileAllowed(list, path, commit);
    });
    file_applies = allowed ? Applies::kNo : Applies::kYes;
  }
  if (file_applies == Applies::kNo) return false;
  Applies& known = applies[rule];
  if (known == Applies::kUnknown) {
    const ReadyRule& ready = rules.ready[rule];
    bool yes = (!ready.path || ready.path->Matches(path)) &&
               std::none_of(ready.allowlists.begin(), ready.allowlists.end(),
                            [this](const ReadyAllowlist& list) { return IsFileAllowed(list, path, commit); });
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

void Scanner::Impl::Accept(const Piece& piece, std::uint32_t rule, Group match,
                           std::span<const Group> context_groups) {
  const ReadyRule& ready = rules.ready[rule];
  // What was wrapped takes part; the text around it was looked at before.
  if (match.to <= piece.body_from || match.from >= piece.body_to) return;
  while (match.from < match.to && piece.text[match.from] == '\n') ++match.from;
  while (match.to > match.from && piece.text[match.to - 1] == '\n') --match.to;
  std::string_view text = piece.text.substr(match.from, match.to - match.from);
  if (text.empty()) return;

  // As gitleaks does, captures come from the match standing alone.
  std::array<Group, Regex::kMaxGroups> groups;
  std::span<Group> alone(groups.data(), context_groups.size());
  if (ready.regex->Find(text, 0, text.size(), alone)) {
    for (Group& group : alone)
      if (group.matched()) group = {group.from + match.from, group.to + match.from};
  } else {
    std::copy(context_groups.begin(), context_groups.end(), alone.begin());
  }
  Group secret = match;
  std::size_t wanted = ready.rule->secret_group;
  if (!ready.rule->secret_group_name.empty()) wanted = ready.regex->GroupNamed(ready.rule->secret_group_name);
  if (wanted > 0) {
    if (wanted >= alone.size() || !alone[wanted].matched()) return;
    secret = alone[wanted];
  } else {
    for (std::size_t i = 1; i < alone.size(); ++i) {
      if (!alone[i].matched() || alone[i].to == alone[i].from) continue;
      secret = alone[i];
      break;
    }
  }
  if (!piece.decoded.empty() && (secret.to <= piece.body_from || secret.from >= piece.body_to)) return;
  std::string_view value = piece.text.substr(secret.from, secret.to - secret.from);
  if (ready.rule->entropy > 0 && Entropy(value) <= ready.rule->entropy) return;
  if (!HasKeyword(piece, rule, match)) return;

  Found one;
  std::string_view line;
  one.hit.allowed = CommentAt(piece, match, line);
  if (IsAllowedByRules(ready, {value, text, line, path, commit})) return;
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
