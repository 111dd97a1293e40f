#include "secret/filters.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/strings.h"

namespace weir::secret {
namespace {

/// The character at AT, and moves AT past it. Broken UTF-8 gives U+FFFD for one byte.
std::uint32_t NextRune(std::string_view text, std::size_t& at) {
  constexpr std::uint32_t kBroken = 0xfffd;
  auto byte = [&](std::size_t i) -> std::uint32_t {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  std::uint32_t first = byte(at);
  std::size_t more = first < 0x80U   ? 0
                     : first < 0xc2U ? 4
                     : first < 0xe0U ? 1
                     : first < 0xf0U ? 2
                     : first < 0xf5U ? 3
                                     : 4;
  if (more == 0) {
    ++at;
    return first;
  }
  if (more == 4) {
    ++at;
    return kBroken;
  }
  std::uint32_t rune = first & (0x3fU >> more);
  for (std::size_t i = 1; i <= more; ++i) {
    std::uint32_t next = byte(at + i);
    if ((next & 0xc0U) != 0x80U) {
      ++at;
      return kBroken;
    }
    rune = (rune << 6U) | (next & 0x3fU);
  }
  bool overlong = (more == 2 && rune < 0x800U) || (more == 3 && rune < 0x10000U);
  if (overlong || rune > 0x10ffffU || (rune >= 0xd800U && rune < 0xe000U)) {
    ++at;
    return kBroken;
  }
  at += more + 1;
  return rune;
}

double Sum(double count, double inverse_length) {
  double share = count * inverse_length;
  return share > 0 ? -share * std::log2(share) : 0;
}

bool HasRegex(const ReadyAllowlist& list, std::string_view text) {
  return list.regex && list.regex->Matches(text);
}

bool HasPath(const ReadyAllowlist& list, const std::vector<char>& path_hits) {
  return std::any_of(list.paths.begin(), list.paths.end(),
                     [&path_hits](std::uint32_t test) { return path_hits[test] != 0; });
}

bool HasStopword(const ReadyAllowlist& list, std::string_view secret) {
  if (list.stopwords.empty()) return false;
  std::string lower = ToLower(secret);
  return std::any_of(list.stopwords.begin(), list.stopwords.end(),
                     [&lower](const std::string& word) { return lower.find(word) != std::string::npos; });
}

bool HasCommit(const ReadyAllowlist& list, std::string_view commit) {
  return !commit.empty() &&
         std::any_of(list.list->commits.begin(), list.list->commits.end(),
                     [commit](const std::string& one) { return EqualsIgnoreCase(one, commit); });
}

// SHA-256 of secrets that documentation of their issuers prints, so that this file holds none.
constexpr std::array<std::string_view, 1> kSamples = {
    // jwt.io's example
    "7f75367e7881255134e1375e723d1dea8ad5f6a4fdb79d938df1f1754a830606",
};

}  // namespace

double Entropy(std::string_view text) {
  if (text.empty()) return 0;
  std::array<std::uint32_t, 128> counts{};
  std::unordered_map<std::uint32_t, std::uint32_t> others;
  for (std::size_t at = 0; at < text.size();) {
    std::uint32_t rune = NextRune(text, at);
    if (rune < counts.size())
      ++counts.at(rune);
    else
      ++others[rune];
  }
  double inverse = 1.0 / static_cast<double>(text.size()), sum = 0;
  for (std::uint32_t count : counts)
    if (count != 0) sum += Sum(count, inverse);
  for (const auto& [rune, count] : others) sum += Sum(count, inverse);
  return sum;
}

bool IsAllowed(const ReadyAllowlist& list, const Candidate& candidate) {
  const Allowlist& rules = *list.list;
  std::string_view target = rules.target == Allowlist::Target::kMatch  ? candidate.match
                            : rules.target == Allowlist::Target::kLine ? candidate.line
                                                                       : candidate.secret;
  if (!rules.all)
    return HasStopword(list, candidate.secret) || HasCommit(list, candidate.commit) ||
           HasRegex(list, target) || HasPath(list, *candidate.path_hits);
  bool any =
      !rules.stopwords.empty() || !rules.commits.empty() || !rules.regexes.empty() || !rules.paths.empty();
  return any && (rules.stopwords.empty() || HasStopword(list, candidate.secret)) &&
         (rules.commits.empty() || HasCommit(list, candidate.commit)) &&
         (rules.regexes.empty() || HasRegex(list, target)) &&
         (rules.paths.empty() || HasPath(list, *candidate.path_hits));
}

bool IsFileAllowed(const ReadyAllowlist& list, const std::vector<char>& path_hits, std::string_view commit) {
  const Allowlist& rules = *list.list;
  bool by_path = HasPath(list, path_hits);
  bool by_commit = HasCommit(list, commit);
  if (!rules.all) return by_path || by_commit;
  if (!rules.regexes.empty() || !rules.stopwords.empty()) return false;
  return (!rules.paths.empty() || !rules.commits.empty()) && (rules.paths.empty() || by_path) &&
         (rules.commits.empty() || by_commit);
}

std::string KnownSample(std::string_view secret) {
  // Issuers mark the samples of their documentation so: AKIAIOSFODNN7EXAMPLE.
  if (secret.find("EXAMPLE") != std::string_view::npos) return "says EXAMPLE";
  if (secret.size() < 16 || secret.size() > 512) return {};
  std::string digest = DigestHex(DigestKind::kSha256, AsBytes(secret));
  return std::find(kSamples.begin(), kSamples.end(), digest) != kSamples.end() ? "a published sample"
                                                                               : std::string();
}

bool IsSamplePath(std::string_view path) {
  if (path.find("share/man/") != std::string_view::npos) return true;
  static constexpr std::array<std::string_view, 6> kWords = {"test", "example", "fixture",
                                                             "doc",  "sample",  "mock"};
  while (!path.empty()) {
    std::string part = ToLower(NextPiece(path, '/'));
    std::string_view rest = part;
    while (!rest.empty()) {
      // "test-data", "doc", "unit_tests" and "testdata", but neither "latest" nor "docker".
      std::size_t end = rest.find_first_of("-_.!+ ");
      std::string_view word = rest.substr(0, end);
      for (std::string_view sample : kWords) {
        if (!word.starts_with(sample)) continue;
        std::string_view tail = word.substr(sample.size());
        if (tail.empty() || tail == "s" || tail == "data" || tail == "ing") return true;
      }
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
    }
  }
  return false;
}

}  // namespace weir::secret
