#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <tuple>

#include "advisory/ignore.h"
#include "advisory/yaml_check.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

constexpr std::size_t kMaxBytes = 4U << 20U, kMaxRules = 100'000;
constexpr int kMaxDepth = 6;

struct Field {
  std::string_view name;
  std::string IgnoreRule::* member;
};
constexpr auto kFields = std::to_array<Field>({
    {"vulnerability", &IgnoreRule::vulnerability},
    {"package", &IgnoreRule::package_name},
    {"version", &IgnoreRule::package_version},
    {"type", &IgnoreRule::package_type},
    {"location", &IgnoreRule::location},
    {"fix-state", &IgnoreRule::fix_state},
    {"reason", &IgnoreRule::reason},
    {"expires", &IgnoreRule::expires},
});

std::string* FieldOf(IgnoreRule& rule, std::string_view name) {
  for (const Field& field : kFields)
    if (field.name == name) return &(rule.*field.member);
  return nullptr;
}

tl::unexpected<Error> Bad(std::string_view why) {
  return Err(Code::kInvalidArgument, "ignore rule: " + std::string(why));
}

bool IsDate(std::string_view text) {
  if (text.size() != 10) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (i == 4 || i == 7 ? text[i] != '-' : !IsDigit(text[i])) return false;
  return true;
}

Result<IgnoreRule> Checked(IgnoreRule rule) {
  static constexpr std::string_view kStates[] = {"", "not-fixed", "wont-fix", "unknown", "fixed"};
  bool empty = rule.vulnerability.empty() && rule.package_name.empty() && rule.package_version.empty() &&
               rule.package_type.empty() && rule.location.empty() && rule.fix_state.empty();
  if (empty) return Bad("it names nothing, so it would close every finding");
  if (std::ranges::find(kStates, rule.fix_state) == std::end(kStates))
    return Bad("fix-state is none of not-fixed, wont-fix, unknown, fixed: " + ToValidUtf8(rule.fix_state));
  if (!rule.expires.empty() && !IsDate(rule.expires))
    return Bad("expires is not a date as 2025-12-31: " + ToValidUtf8(rule.expires));
  bool type = rule.package_type.empty() || rule.package_type == "unknown" ||
              model::ParsePackageType(rule.package_type) != model::PackageType::kUnknown;
  if (!type) return Bad("no such package type: " + ToValidUtf8(rule.package_type));
  return rule;
}

/// "*" any text, "?" one character; ignoring case.
bool NameMatches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  auto same = [](char a, char b) { return EqualsIgnoreCase({&a, 1}, {&b, 1}); };
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || same(pattern[p], text[t]))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool Matches(const IgnoreRule& rule, const model::Finding& finding) {
  const model::Vulnerability& vulnerability = finding.vulnerability;
  auto is = [&](std::string_view id) { return EqualsIgnoreCase(id, rule.vulnerability); };
  if (!rule.vulnerability.empty() && !is(vulnerability.id) && !std::ranges::any_of(vulnerability.aliases, is))
    return false;
  if (!rule.package_name.empty() && !NameMatches(rule.package_name, finding.package_name)) return false;
  if (!rule.package_version.empty() && !NameMatches(rule.package_version, finding.package_version))
    return false;
  if (!rule.package_type.empty() && model::PackageTypeName(finding.package_type) != rule.package_type)
    return false;
  if (!rule.fix_state.empty() && model::FixStateName(finding.fix_state) != rule.fix_state) return false;
  std::string_view pattern = rule.location;
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  return pattern.empty() || GlobMatch(pattern, finding.location.path);
}

std::string Describe(const IgnoreRule& rule) {
  std::string out;
  for (const Field& field : kFields) {
    const std::string& value = rule.*field.member;
    if (value.empty() || field.name == "reason" || field.name == "expires") continue;
    if (!out.empty()) out += ' ';
    out += field.name == "vulnerability" ? value : std::string(field.name) + "=" + value;
  }
  return out;
}

// --- YAML -----------------------------------------------------------------

Result<std::string> Scalar(const YAML::Node& node, std::string_view key) {
  if (node.IsNull()) return std::string();
  if (!node.IsScalar()) return Bad(std::string(key) + ": wanted one value");
  return ToValidUtf8(Trim(node.Scalar()));
}

/// The spellings of other tools, so that their files can be taken over.
std::string_view OurName(std::string_view key, bool in_package) {
  if (in_package && key == "name") return "package";
  if (in_package) return key;
  if (key == "id") return "vulnerability";
  if (key == "fix_state") return "fix-state";
  if (key == "expired_at") return "expires";
  if (key == "statement") return "reason";
  return key;
}

Result<void> TakeField(const std::string& key, const YAML::Node& value, bool in_package, IgnoreRule& rule) {
  std::string* field = FieldOf(rule, OurName(key, in_package));
  if (field == nullptr) return Bad("unknown key \"" + ToValidUtf8(key) + "\"");
  WEIR_ASSIGN(*field, Scalar(value, key));
  return {};
}

Result<IgnoreRule> RuleFromNode(const YAML::Node& node) {
  if (node.IsScalar()) return ParseIgnoreRule(node.Scalar());
  if (!node.IsMap()) return Bad("wanted a line of text or a map");
  IgnoreRule rule;
  for (const auto& pair : node) {
    const std::string& key = pair.first.Scalar();
    if (key != "package" || !pair.second.IsMap()) {
      WEIR_TRY(TakeField(key, pair.second, false, rule));
      continue;
    }
    for (const auto& inner : pair.second) WEIR_TRY(TakeField(inner.first.Scalar(), inner.second, true, rule));
  }
  return Checked(std::move(rule));
}

Result<std::vector<IgnoreRule>> RulesFromDocument(const YAML::Node& root) {
  YAML::Node list = root;
  if (root.IsMap()) {
    if (root.size() != 1) return Bad("wanted one list under \"ignore\"");
    const std::string& key = root.begin()->first.Scalar();
    if (key != "ignore" && key != "vulnerabilities") return Bad("unknown key \"" + ToValidUtf8(key) + "\"");
    list = root.begin()->second;
  }
  std::vector<IgnoreRule> out;
  if (list.IsNull()) return out;  // nothing but comments, or an empty list
  if (!list.IsSequence()) return Bad("wanted a list of rules");
  if (list.size() > kMaxRules)
    return Err(Code::kLimitExceeded, "more ignore rules than " + std::to_string(kMaxRules));
  for (const YAML::Node& item : list) {
    Result<IgnoreRule> rule = RuleFromNode(item);
    if (!rule) return Err(rule.error().Context("line " + std::to_string(item.Mark().line + 1)));
    out.push_back(std::move(*rule));
  }
  return out;
}

/// A file of plain lines, one rule each, '#' for comments: neither a list nor a map of YAML.
bool IsPlainLines(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = Trim(NextLine(text));
    if (line.empty() || line.starts_with('#')) continue;
    std::string_view word = line.substr(0, line.find_first_of(" \t"));
    return !line.starts_with('-') && !word.ends_with(':') && !line.starts_with('[') && !line.starts_with('{');
  }
  return false;
}

Result<std::vector<IgnoreRule>> RulesFromLines(std::string_view text) {
  std::vector<IgnoreRule> out;
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = NextLine(text);
    line = Trim(line.substr(0, std::min(line.find(" #"), line.size())));
    if (line.empty() || line.starts_with('#')) continue;
    if (out.size() == kMaxRules)
      return Err(Code::kLimitExceeded, "more ignore rules than " + std::to_string(kMaxRules));
    Result<IgnoreRule> rule = ParseIgnoreRule(line);
    if (!rule) return Err(rule.error().Context("line " + std::to_string(number)));
    out.push_back(std::move(*rule));
  }
  return out;
}

}  // namespace

Result<IgnoreRule> ParseIgnoreRule(std::string_view text) {
  IgnoreRule rule;
  std::string_view rest = Trim(text);
  bool first = true;
  for (; !rest.empty(); first = false) {
    std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
    std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) {
      if (!first) return Bad("wanted KEY=VALUE, got \"" + ToValidUtf8(word) + "\"");
      rule.vulnerability = ToValidUtf8(word);
    } else {
      std::string* field = FieldOf(rule, word.substr(0, equals));
      if (field == nullptr) return Bad("unknown key \"" + ToValidUtf8(word.substr(0, equals)) + "\"");
      // A reason is a sentence: it takes the rest of the line.
      if (field == &rule.reason) word = rest;
      *field = ToValidUtf8(Trim(word.substr(equals + 1)));
    }
    rest = Trim(rest.substr(word.size()));
  }
  return Checked(std::move(rule));
}

Result<std::vector<IgnoreRule>> ParseIgnoreFile(std::string_view yaml) {
  if (yaml.size() <= kMaxBytes && IsPlainLines(yaml)) return RulesFromLines(yaml);
  WEIR_TRY(CheckYaml(yaml, kMaxBytes, kMaxDepth));
  try {
    return RulesFromDocument(YAML::Load(std::string(yaml)));
  } catch (const std::exception& error) {
    return Err(Code::kMalformed, "ignore file: " + ToValidUtf8(error.what()));
  }
}

void ApplyIgnoreRules(const std::vector<IgnoreRule>& rules, std::string_view today,
                      model::ScanResult& result) {
  for (const IgnoreRule& rule : rules) {
    bool expired = !rule.expires.empty() && today > std::string_view(rule.expires);
    std::uint64_t matched = 0;
    for (model::Finding& finding : result.findings) {
      if (!Matches(rule, finding)) continue;
      ++matched;
      if (expired || finding.status != model::FindingStatus::kOpen) continue;
      finding.status = model::FindingStatus::kIgnored;
      finding.status_reason =
          (rule.reason.empty() ? "no reason given" : rule.reason) + " (rule: " + Describe(rule) + ")";
    }
    if (!expired) continue;
    result.sbom.problems.push_back({Code::kDeadlineExceeded, "",
                                    "ignore rule \"" + Describe(rule) + "\" expired on " + rule.expires +
                                        "; it would close " + std::to_string(matched) + " finding" +
                                        (matched == 1 ? "" : "s"),
                                    1});
  }
  std::ranges::sort(result.sbom.problems, [](const model::Problem& a, const model::Problem& b) {
    return std::tie(a.path, a.message) < std::tie(b.path, b.message);
  });
}

}  // namespace weir::advisory
