// What stays of everything that the rules say of one source.
#include <openssl/crypto.h>

#include <algorithm>
#include <tuple>
#include <unordered_set>

#include "base/hash.h"
#include "secret/scan_state.h"

namespace weir::secret {
namespace {

bool Overlap(const Hit& a, const Hit& b) {
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length;
}

std::uint32_t Distance(std::uint32_t a, std::uint32_t b) { return a > b ? a - b : b - a; }

bool IsVague(const Hit& hit) { return hit.rule->generic || hit.rule->pattern.empty(); }

/// The more is said of what was found, the higher. Of those that are vague, a format knows at least the key.
auto Weight(const Hit& hit) {
  return std::make_tuple(!IsVague(hit), hit.rule->pattern.empty(), !hit.rule->checksum.empty(),
                         hit.confidence, hit.severity);
}

bool Required(const ReadyRule& rule, const Found& one, const std::vector<Found>& all) {
  for (std::size_t i = 0; i < rule.required.size(); ++i) {
    const RequiredRule& wanted = rule.rule->required[i];
    bool met = std::any_of(all.begin(), all.end(), [&](const Found& other) {
      return other.rule == rule.required[i] &&
             (!wanted.within_lines || Distance(other.match_line, one.match_line) <= *wanted.within_lines) &&
             (!wanted.within_columns ||
              Distance(other.match_column, one.match_column) <= *wanted.within_columns);
    });
    if (!met) return false;
  }
  return true;
}

/// Whether ONE yields to OTHER.
bool Yields(const Found& one, const Found& other, bool keep_all) {
  const Hit &a = one.hit, &b = other.hit;
  bool a_vague = IsVague(a), b_vague = IsVague(b);
  if (a_vague && !b_vague)
    // gitleaks looks at the lines on which the two matches begin, so that a name on the line before keeps
    // both.
    return (!keep_all && Overlap(a, b)) ||
           (one.match_line == other.match_line && b.secret.find(a.secret) != std::string::npos);
  if (keep_all || a_vague != b_vague) return false;
  if (!Overlap(a, b) || (a.secret != b.secret && !(a_vague && b_vague))) return false;
  return Weight(a) < Weight(b) || (Weight(a) == Weight(b) && one.rule > other.rule);
}

}  // namespace

void Scanner::Impl::Settle() {
  if (found.empty()) return;
  auto order = [](const Found& one) {
    return std::make_tuple(one.hit.offset, one.rule, one.hit.length, !one.hit.decoded.empty());
  };
  std::stable_sort(found.begin(), found.end(),
                   [&](const Found& a, const Found& b) { return order(a) < order(b); });
  // Two blocks may both see what lies on their border.
  auto same = [](const Found& a, const Found& b) {
    return a.rule == b.rule && a.hit.offset == b.hit.offset && a.hit.length == b.hit.length &&
           a.hit.secret == b.hit.secret;
  };
  found.erase(std::unique(found.begin(), found.end(), same), found.end());

  std::vector<char> out(found.size(), 0);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const Found& one = found[i];
    const ReadyRule& ready = rules.ready[one.rule];
    if (ready.rule->skip_report || !Required(ready, one, found)) out[i] = 1;
  }
  // What can be read plainly need not be unwrapped.
  std::unordered_set<std::uint64_t> plain;
  auto name = [](const Found& one) { return Hash64(one.hit.secret) + one.rule; };
  std::uint64_t longest = 0;
  for (const Found& one : found) {
    if (one.hit.decoded.empty()) plain.insert(name(one));
    longest = std::max(longest, one.hit.length);
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    const Found& one = found[i];
    if (out[i] != 0 || one.hit.secret.empty()) continue;
    if (!one.hit.decoded.empty() && plain.contains(name(one))) out[i] = 1;
    // Only what is near can overlap: they are in order.
    auto is_near = [&](const Found& other) {
      std::uint64_t low = std::min(one.hit.offset, other.hit.offset),
                    high = std::max(one.hit.offset, other.hit.offset);
      return high - low <= longest || one.match_line == other.match_line;
    };
    auto yields = [&](std::size_t j) {
      return out[j] == 0 && !found[j].hit.secret.empty() && Yields(one, found[j], keep_all);
    };
    for (std::size_t j = i; j > 0 && out[i] == 0 && is_near(found[j - 1]); --j)
      if (yields(j - 1)) out[i] = 1;
    for (std::size_t j = i + 1; j < found.size() && out[i] == 0 && is_near(found[j]); ++j)
      if (yields(j)) out[i] = 1;
  }
  std::size_t kept = 0;
  bool sample = IsSamplePath(path);
  bool compiled = path.ends_with(".pyc") && path.find("__pycache__/") != std::string_view::npos;
  for (std::size_t i = 0; i < found.size(); ++i) {
    Hit& hit = found[i].hit;
    if (out[i] != 0 || kept >= rules.options.max_hits) {
      if (out[i] == 0) ++dropped;
      OPENSSL_cleanse(hit.secret.data(), hit.secret.size());
      continue;
    }
    if (binary || (hit.rule->pattern.empty() && hit.length == 0)) hit.line = hit.column = 0;
    // What was compiled says no more than its source beside it, and is in no package's list.
    if (compiled) hit.severity = std::min(hit.severity, model::Severity::kMedium);
    if (sample) {
      if (hit.confidence != model::Confidence::kLow)
        hit.confidence = static_cast<model::Confidence>(static_cast<int>(hit.confidence) - 1);
      hit.severity = std::min(hit.severity, model::Severity::kMedium);
      hit.facts.emplace_back("place", "test or sample");
    }
    std::sort(hit.facts.begin(), hit.facts.end());
    if (kept != i) found[kept] = std::move(found[i]);
    ++kept;
  }
  found.resize(kept);
}

}  // namespace weir::secret
