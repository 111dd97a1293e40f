#include "scan/content_ignore.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/json_guard.h"
#include "base/strings.h"

namespace weir::scan {
namespace {

constexpr std::size_t kMaxRules = 100'000;
constexpr std::size_t kFingerprintDigits = 32, kKeyDigits = 64, kMaxText = 4096;

bool IsHex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool IsDay(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-dd";
  if (text.size() != kShape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (kShape[i] == 'd' ? !IsDigit(text[i]) : text[i] != kShape[i]) return false;
  return true;
}

tl::unexpected<Error> Bad(std::string_view name, std::size_t line, const std::string& why) {
  return Err(Code::kInvalidArgument, std::string(name) + ":" + std::to_string(line) + ": " + why);
}

/// "field=value field=value ... reason=all the rest"
Result<ContentIgnoreRule> ParseConditions(std::string_view text, std::string_view name, std::size_t number) {
  ContentIgnoreRule rule;
  while (!(text = Trim(text)).empty()) {
    std::size_t equals = text.find('=');
    if (equals == std::string_view::npos)
      return Bad(name, number,
                 "\"" + std::string(text.substr(0, 80)) + "\" is neither a fingerprint nor field=value");
    std::string field(text.substr(0, equals));
    text.remove_prefix(equals + 1);
    if (field == "reason") {
      rule.reason = std::string(text.substr(0, kMaxText));
      break;
    }
    std::string value(text.substr(0, text.find(' ')));
    text.remove_prefix(value.size());
    if (field == "rule") {
      rule.rule = value;
    } else if (field == "path") {
      rule.path = value;
    } else if (field == "until") {
      if (!IsDay(value)) return Bad(name, number, "until=" + value + " is no day (YYYY-MM-DD)");
      rule.until = value;
    } else if (field == "fingerprint") {
      if (!IsHex(value, kFingerprintDigits))
        return Bad(name, number, "a fingerprint has 32 hexadecimal digits");
      rule.fingerprint = value;
    } else {
      return Bad(name, number, "unknown field \"" + field + "\" (rule, path, fingerprint, until, reason)");
    }
  }
  if (rule.rule.empty() && rule.path.empty() && rule.fingerprint.empty())
    return Bad(name, number, "without rule=, path= or a fingerprint it would close everything");
  return rule;
}

/// gitleaks: "path:rule:line", before it "commit:" where it is of the history. Paths may hold colons.
Result<ContentIgnoreRule> ParseGitleaks(std::string_view text, std::string_view name, std::size_t number) {
  std::size_t last = text.rfind(':');
  std::size_t middle =
      last == std::string_view::npos || last == 0 ? std::string_view::npos : text.rfind(':', last - 1);
  if (middle == std::string_view::npos || middle == 0)
    return Bad(name, number, "expected [commit:]path:rule:line");
  std::optional<std::uint64_t> line = ParseUint(text.substr(last + 1));
  if (!line) return Bad(name, number, "the line is no number");
  ContentIgnoreRule rule;
  rule.line = static_cast<std::uint32_t>(std::min<std::uint64_t>(*line, UINT32_MAX));
  rule.rule = std::string(text.substr(middle + 1, last - middle - 1));
  std::string_view path = text.substr(0, middle);
  constexpr std::size_t kCommitDigits = 40;
  if (path.size() > kCommitDigits && path[kCommitDigits] == ':' &&
      IsHex(path.substr(0, kCommitDigits), kCommitDigits)) {
    rule.commit = std::string(path.substr(0, kCommitDigits));
    path.remove_prefix(kCommitDigits + 1);
  }
  rule.path = std::string(path);
  rule.reason = std::string(name);
  return rule;
}

Result<ContentIgnore> ParseBaseline(std::string_view text, std::string_view name) {
  constexpr std::size_t kMaxDepth = 16;
  WEIR_TRY(CheckJsonDepth(text, kMaxDepth));
  nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object() || !json.contains("kind") || json["kind"] != "weir-baseline" ||
      !json.contains("findings") || !json["findings"].is_array())
    return Err(Code::kMalformed, std::string(name) + ": not a baseline as --write-baseline makes it");
  ContentIgnore out;
  if (json.contains("keyId") && json["keyId"].is_string()) out.key_id = json["keyId"].get<std::string>();
  for (const nlohmann::json& one : json["findings"]) {
    if (out.rules.size() >= kMaxRules)
      return Err(Code::kLimitExceeded, std::string(name) + ": too many findings");
    if (!one.is_object() || !one.contains("fingerprint") || !one["fingerprint"].is_string() ||
        !IsHex(one["fingerprint"].get_ref<const std::string&>(), kFingerprintDigits))
      return Err(Code::kMalformed, std::string(name) + ": a finding without a fingerprint");
    ContentIgnoreRule rule;
    rule.fingerprint = one["fingerprint"].get<std::string>();
    rule.reason = "in the baseline";
    out.rules.push_back(std::move(rule));
  }
  return out;
}

bool Covers(const ContentIgnoreRule& rule, const model::ContentPlace& place) {
  if (!rule.path.empty() && !GlobMatch(rule.path, place.location.path) && rule.path != place.location.path)
    return false;
  if (!rule.commit.empty() && rule.commit != place.commit) return false;
  return rule.line == 0 || rule.line == place.line;
}

bool Covers(const ContentIgnoreRule& rule, std::string_view today, const model::ContentFinding& finding) {
  if (rule.secrets_only && finding.kind != model::ContentKind::kSecret) return false;
  if (!rule.until.empty() && today > rule.until) return false;
  if (!rule.fingerprint.empty() && rule.fingerprint != finding.fingerprint) return false;
  if (!rule.rule.empty() && !GlobMatch(rule.rule, finding.rule)) return false;
  if (rule.path.empty() && rule.commit.empty() && rule.line == 0) return true;
  // Places beyond those that are kept may lie elsewhere: then it stays open.
  return finding.place_count == finding.places.size() &&
         std::all_of(finding.places.begin(), finding.places.end(),
                     [&](const model::ContentPlace& place) { return Covers(rule, place); });
}

}  // namespace

Result<ContentIgnore> ParseContentIgnore(std::string_view text, std::string_view name) {
  if (Trim(text).starts_with('{')) return ParseBaseline(text, name);
  std::string_view file = name.substr(name.rfind('/') == std::string_view::npos ? 0 : name.rfind('/') + 1);
  bool gitleaks = file == ".gitleaksignore";
  ContentIgnore out;
  std::size_t number = 0;
  while (!text.empty()) {
    std::string_view line = Trim(NextLine(text));
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    if (out.rules.size() >= kMaxRules) return Bad(name, number, "too many lines");
    if (gitleaks) {
      WEIR_ASSIGN(ContentIgnoreRule rule, ParseGitleaks(line, name, number));
      out.rules.push_back(std::move(rule));
      continue;
    }
    if (line.starts_with("key=")) {
      if (!IsHex(line.substr(4), kKeyDigits)) return Bad(name, number, "a key has 64 hexadecimal digits");
      out.key = std::string(line.substr(4));
      continue;
    }
    std::string_view word = line.substr(0, line.find_first_of(" \t"));
    if (IsHex(word, kFingerprintDigits)) {
      ContentIgnoreRule rule;
      rule.fingerprint = std::string(word);
      rule.reason = std::string(Trim(line.substr(word.size())).substr(0, kMaxText));
      out.rules.push_back(std::move(rule));
      continue;
    }
    WEIR_ASSIGN(ContentIgnoreRule rule, ParseConditions(line, name, number));
    out.rules.push_back(std::move(rule));
  }
  for (ContentIgnoreRule& rule : out.rules)
    if (rule.reason.empty()) rule.reason = std::string(name);
  return out;
}

Result<void> MergeContentIgnore(ContentIgnore& ignore, ContentIgnore more) {
  auto join = [](std::string& one, const std::string& other, const char* what) -> Result<void> {
    if (!one.empty() && !other.empty() && one != other)
      return Err(Code::kInvalidArgument, std::string("two files of accepted findings have different ") +
                                             what + "; their fingerprints differ");
    if (one.empty()) one = other;
    return {};
  };
  WEIR_TRY(join(ignore.key, more.key, "keys"));
  WEIR_TRY(join(ignore.key_id, more.key_id, "key ids"));
  std::move(more.rules.begin(), more.rules.end(), std::back_inserter(ignore.rules));
  return {};
}

std::string MakeBaseline(const std::vector<model::ContentFinding>& findings, std::string_view key_id) {
  nlohmann::ordered_json json;
  json["kind"] = "weir-baseline";
  json["version"] = 1;
  json["keyId"] = key_id;
  json["findings"] = nlohmann::ordered_json::array();
  for (const model::ContentFinding& finding : findings) {
    if (finding.status != model::FindingStatus::kOpen) continue;
    nlohmann::ordered_json one;
    one["fingerprint"] = finding.fingerprint;
    one["rule"] = ToValidUtf8(finding.rule);
    one["path"] = finding.places.empty() ? "" : ToValidUtf8(finding.places.front().location.path);
    json["findings"].push_back(std::move(one));
  }
  return json.dump(1) + "\n";
}

void ApplyContentIgnore(const ContentIgnore& ignore, std::string_view today,
                        std::vector<model::ContentFinding>& findings) {
  std::unordered_map<std::string_view, const ContentIgnoreRule*> by_fingerprint;
  std::vector<const ContentIgnoreRule*> others;
  for (const ContentIgnoreRule& rule : ignore.rules) {
    if (!rule.fingerprint.empty() && rule.rule.empty() && rule.path.empty() && rule.until.empty()) {
      by_fingerprint.emplace(rule.fingerprint, &rule);
    } else {
      others.push_back(&rule);
    }
  }
  for (model::ContentFinding& finding : findings) {
    if (finding.status != model::FindingStatus::kOpen) continue;
    const ContentIgnoreRule* found = nullptr;
    if (auto same = by_fingerprint.find(finding.fingerprint);
        same != by_fingerprint.end() && Covers(*same->second, today, finding))
      found = same->second;
    for (std::size_t i = 0; found == nullptr && i < others.size(); ++i)
      if (Covers(*others[i], today, finding)) found = others[i];
    if (found == nullptr) continue;
    finding.status = model::FindingStatus::kIgnored;
    finding.status_reason = found->reason;
  }
}

}  // namespace weir::scan
