#include "secret/rules.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "base/embedded_rules.h"
#include "base/file.h"
#include "base/strings.h"
#include "secret/formats/gitleaks.h"
#include "secret/formats/value.h"
#include "secret/formats/yaml_rules.h"

namespace weir::secret {
namespace {

namespace fs = std::filesystem;

constexpr ValueLimits kLimits;
constexpr std::size_t kMaxFiles = 2'000;  // of a folder: Kingfisher has one for each issuer

/// Tables that only a gitleaks file begins with.
bool LooksLikeGitleaks(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = Trim(NextLine(text));
    if (line.empty() || line.front() == '#') continue;
    if (line == "---" || line.starts_with("rules:") || line.starts_with("signatures:") || line.front() == '{')
      return false;
    for (const std::string_view mark : {"[[rules]]", "[extend]", "[allowlist]", "[[allowlists]]"})
      if (line.starts_with(mark)) return true;
  }
  return false;
}

std::optional<RuleFormat> FormatOfYaml(const Value& root) {
  if (!root.IsTable() && !root.IsArray()) return std::nullopt;
  if (root.Find("signatures") != nullptr) return RuleFormat::kSecretScanner;
  const Value* rules = root.IsArray() ? &root : root.Find("rules");
  if (rules != nullptr)
    for (const Value& rule : rules->items) {
      if (rule.Find("pattern") != nullptr) return RuleFormat::kNoseyParker;
      if (rule.Find("regex") != nullptr || rule.Find("path") != nullptr) return RuleFormat::kTrivy;
    }
  for (const std::string_view key :
       {"allow-rules", "disable-rules", "enable-builtin-rules", "disable-allow-rules"})
    if (root.Find(key) != nullptr) return RuleFormat::kTrivy;
  return std::nullopt;
}

constexpr std::string_view kUnknown =
    "no rule file that is known (gitleaks, Nosey Parker, Kingfisher, trivy, SecretScanner)";

Result<RuleSet> Parse(std::string_view text, std::string_view name, const ExtendLoader& loader) {
  const std::string what(name);
  if (text.size() > kLimits.max_bytes)
    return Err(Code::kLimitExceeded, what + ": rule file larger than 16 MiB");
  if (LooksLikeGitleaks(text)) {
    const auto root = ReadToml(text, kLimits);
    if (!root) return Err(root.error().Context(what));
    return ReadGitleaks(*root, name, loader);
  }
  const auto root = ReadYaml(text, kLimits);
  if (!root) return Err(root.error().Context(what));
  const auto format = FormatOfYaml(*root);
  if (!format) return Err(Code::kMalformed, what + ": " + std::string(kUnknown));
  switch (*format) {
    case RuleFormat::kNoseyParker:
      return ReadNoseyParker(*root, name);
    case RuleFormat::kTrivy:
      return ReadTrivy(*root, name);
    default:
      return ReadSecretScanner(*root, name);
  }
}

Result<RuleSet> ReadOne(const std::string& path) {
  WEIR_ASSIGN(const std::string text, ReadFile(path, kLimits.max_bytes));
  const fs::path folder = fs::path(path).parent_path();
  // A relative path is looked for beside the file; gitleaks takes it from where it was started.
  const ExtendLoader loader = [&folder](const std::string& other) {
    const fs::path beside = fs::path(other).is_absolute() ? fs::path(other) : folder / other;
    std::error_code error;
    return ReadFile(fs::exists(beside, error) ? beside.string() : other, kLimits.max_bytes);
  };
  return Parse(text, path, loader);
}

}  // namespace

std::string_view RuleFormatName(RuleFormat format) {
  switch (format) {
    case RuleFormat::kGitleaks:
      return "gitleaks";
    case RuleFormat::kNoseyParker:
      return "noseyparker";
    case RuleFormat::kTrivy:
      return "trivy";
    case RuleFormat::kSecretScanner:
      return "secretscanner";
  }
  return "gitleaks";
}

RuleSet BuiltInRules() {
  RuleSet all;
  for (const std::string_view text : EmbeddedSecretRules()) {
    const auto root = ReadToml(text, kLimits);
    if (!root) {
      all.remarks.push_back({{}, "built-in: " + root.error().message, true});
      continue;
    }
    MergeRules(all, ReadGitleaks(*root, "built-in", {}));
  }
  return all;
}

Result<RuleSet> ParseRules(std::string_view text, std::string_view name) { return Parse(text, name, {}); }

Result<RuleFormat> DetectRuleFormat(std::string_view text) {
  if (LooksLikeGitleaks(text)) return RuleFormat::kGitleaks;
  WEIR_ASSIGN(const Value root, ReadYaml(text, kLimits));
  if (const auto format = FormatOfYaml(root)) return *format;
  return Err(Code::kMalformed, std::string(kUnknown));
}

Result<RuleSet> ReadRules(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return ReadOne(path);
  std::vector<std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(path, error)) {
    const std::string extension = entry.path().extension().string();
    if (extension == ".toml" || extension == ".yaml" || extension == ".yml")
      files.push_back(entry.path().string());
    if (files.size() > kMaxFiles)
      return Err(Code::kLimitExceeded, path + ": more than " + std::to_string(kMaxFiles) + " rule files");
  }
  if (error) return Err(ErrnoError(error.value(), path));
  if (files.empty()) return Err(Code::kNotFound, path + ": no *.toml, *.yaml or *.yml");
  std::sort(files.begin(), files.end());
  RuleSet all;
  for (const std::string& file : files) {
    auto rules = ReadOne(file);
    if (!rules) return Err(rules.error());
    MergeRules(all, std::move(*rules));
  }
  return all;
}

void MergeRules(RuleSet& rules, RuleSet more) {
  std::unordered_map<std::string, std::size_t> at;
  at.reserve(rules.rules.size());
  for (std::size_t i = 0; i < rules.rules.size(); ++i) at.emplace(rules.rules[i].id, i);
  for (Rule& rule : more.rules) {
    if (const auto found = at.find(rule.id); found != at.end()) {
      rules.rules[found->second] = std::move(rule);
    } else {
      rules.rules.push_back(std::move(rule));
    }
  }
  std::move(more.allowlists.begin(), more.allowlists.end(), std::back_inserter(rules.allowlists));
  std::move(more.remarks.begin(), more.remarks.end(), std::back_inserter(rules.remarks));
}

}  // namespace weir::secret
