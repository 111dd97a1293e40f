#include "sensor/content_rules.h"

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "base/log.h"
#include "base/strings.h"
#include "sensor/support.h"

namespace weir::sensor {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxFile = 256ULL << 20U;
constexpr std::size_t kKeyDigits = 64;

/// They become names of files and folders here, and a console is not to choose where.
bool IsPlainName(std::string_view name) {
  return !name.empty() && name.size() <= 100 && name.front() != '.' &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return IsAlpha(c) || IsDigit(c) || c == '.' || c == '-' || c == '_'; });
}

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

Result<wire::ContentRules> ParseChecked(std::string_view text) {
  WEIR_ASSIGN(wire::ContentRules rules, wire::ParseContentRules(text, {.record_bytes = kMaxFile}));
  if (rules.fingerprint_key.size() != kKeyDigits || !IsHex(rules.fingerprint_key))
    return Err(Code::kMalformed, "the key of fingerprints is not one");
  for (const wire::RuleText& file : rules.files)
    if (!IsPlainName(file.name)) return Err(Code::kMalformed, "a rule file has a name that is not allowed");
  return rules;
}

/// The engines go by it when they read a folder.
std::string FileName(const wire::RuleText& file) {
  if (file.kind == model::ContentKind::kMalware)
    return IsYaraName(file.name) ? file.name : file.name + ".yar";
  bool known = file.name.ends_with(".toml") || file.name.ends_with(".yaml") || file.name.ends_with(".yml");
  // The format is told by the content; what is no TOML is YAML to the one who looks at names.
  return known ? file.name
               : file.name + (file.text.find("[[rules]]") != std::string::npos ? ".toml" : ".yaml");
}

}  // namespace

bool IsYaraName(std::string_view name) { return name.ends_with(".yar") || name.ends_with(".yara"); }

ContentRulesFile::ContentRulesFile(std::string folder) : folder_(std::move(folder)) {}

void ContentRulesFile::Load() {
  auto text = ReadFile(folder_ + "/content.json", kMaxFile);
  if (!text) return;
  auto rules = ParseChecked(*text);
  Result<void> written = rules ? WriteFiles(*rules) : Result<void>(Err(rules.error()));
  if (!written) {
    Log(LogLevel::kWarn, "sensor.rules", {{"error", written.error().message}});
    return;
  }
  std::lock_guard lock(mutex_);
  rules_ = std::make_shared<const wire::ContentRules>(std::move(*rules));
  RemoveOthers(rules_->digest, "");
}

Result<void> ContentRulesFile::Take(std::string_view text) {
  WEIR_ASSIGN(wire::ContentRules rules, ParseChecked(text));
  WEIR_TRY(WriteFiles(rules));
  WEIR_TRY(WriteFileAtomically(folder_ + "/content.json", text, 0600));
  std::lock_guard lock(mutex_);
  std::string before = rules_ ? rules_->digest : "";
  rules_ = std::make_shared<const wire::ContentRules>(std::move(rules));
  // A scan that runs may be about to read what was there before.
  RemoveOthers(rules_->digest, before);
  return {};
}

std::string ContentRulesFile::digest() const {
  std::lock_guard lock(mutex_);
  return rules_ ? rules_->digest : "";
}

Result<void> ContentRulesFile::WriteFiles(const wire::ContentRules& rules) const {
  std::string base = folder_ + "/rules";
  WEIR_TRY(MakePrivateFolder(base));
  base += "/" + rules.digest;
  WEIR_TRY(MakePrivateFolder(base));
  for (const char* kind : {"/secret", "/malware"}) WEIR_TRY(MakePrivateFolder(base + kind));
  for (const wire::RuleText& file : rules.files)
    WEIR_TRY(WriteFileAtomically(
        base + "/" + std::string(model::ContentKindName(file.kind)) + "/" + FileName(file), file.text, 0600));
  return {};
}

void ContentRulesFile::RemoveOthers(const std::string& keep, const std::string& also) const {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_ + "/rules", ignored)) {
    std::string name = entry.path().filename().string();
    if (name != keep && name != also) fs::remove_all(entry.path(), ignored);
  }
}

ScanContent ContentRulesFile::Setup(const Scanners& scanners, const std::vector<std::string>& own_rules,
                                    const std::string& clamd_socket, bool process_memory) const {
  std::shared_ptr<const wire::ContentRules> rules;
  {
    std::lock_guard lock(mutex_);
    rules = rules_;
  }
  ScanContent content;
  content.packages = scanners.vulnerabilities;
  content.malware = scanners.malware;
  content.secrets = scanners.secrets && rules != nullptr;
  content.waits_for_key = scanners.secrets && rules == nullptr;
  content.clamd_socket = clamd_socket;
  content.process_memory = process_memory;
  for (const std::string& path : own_rules) {
    std::error_code ignored;
    bool is_folder = fs::is_directory(path, ignored);
    if (is_folder || !IsYaraName(path)) content.secret_rules.push_back(path);
    if (is_folder || IsYaraName(path)) content.malware_rules.push_back(path);
  }
  if (rules == nullptr) return content;
  content.fingerprint_key = rules->fingerprint_key;
  for (const wire::RuleText& file : rules->files) {
    std::string path = folder_ + "/rules/" + rules->digest + "/" +
                       std::string(model::ContentKindName(file.kind)) + "/" + FileName(file);
    (file.kind == model::ContentKind::kSecret ? content.secret_rules : content.malware_rules)
        .push_back(std::move(path));
  }
  for (const wire::RuleRef& rule : rules->disabled)
    (rule.kind == model::ContentKind::kSecret ? content.disabled_secret_rules
                                              : content.disabled_malware_rules)
        .push_back(rule.rule);
  return content;
}

}  // namespace weir::sensor
