#include "console/rule_service.h"

#include <algorithm>

#include "base/file.h"
#include "base/log.h"
#include "base/strings.h"
#include "console/secrets.h"

namespace weir::console {
namespace {

constexpr std::size_t kKeyBytes = 32;

bool IsKey(std::string_view text) {
  return text.size() == 2 * kKeyBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

Result<std::string> LoadOrMakeKey(const std::string& path) {
  constexpr std::size_t kMaxFile = 4096;
  auto text = ReadFile(path, kMaxFile);
  if (text) {
    std::string key(Trim(*text));
    if (!IsKey(key))
      return Err(Code::kMalformed,
                 path +
                     " is not a key: 64 hexadecimal digits. Without the key of before, "
                     "masks of secrets fit no longer; remove the file to have a new one made");
    return key;
  }
  if (text.error().code != Code::kNotFound) return Err(text.error());
  std::string key = RandomHex(kKeyBytes);
  WEIR_TRY(WriteFileAtomically(path, key + "\n", 0600));
  return key;
}

}  // namespace

RuleService::RuleService(store::Store& store, std::string data_dir, std::string program)
    : store_(store),
      key_path_(data_dir + "/fingerprint.key"),
      tools_{data_dir + "/rules", std::move(program)} {}

Result<void> RuleService::Start() {
  WEIR_ASSIGN(key_, LoadOrMakeKey(key_path_));
  WEIR_TRY(Current());
  return {};
}

Result<std::shared_ptr<const wire::ContentRules>> RuleService::Current() {
  std::uint64_t changes = 0;
  {
    std::lock_guard lock(mutex_);
    if (current_ != nullptr) return current_;
    changes = changes_;
  }
  auto rules = std::make_shared<wire::ContentRules>();
  rules->fingerprint_key = key_;
  auto done = store_.Read([&](store::Reader& r) -> Result<void> {
    WEIR_ASSIGN(std::vector<store::RuleFile> files, store::ListRuleFiles(r, true));
    for (store::RuleFile& file : files)
      rules->files.push_back({file.kind, std::move(file.name), std::move(file.text)});
    WEIR_ASSIGN(std::vector<store::DisabledRule> disabled, store::ListDisabledRules(r));
    for (store::DisabledRule& rule : disabled) rules->disabled.push_back({rule.kind, std::move(rule.rule)});
    return {};
  });
  WEIR_TRY(done);
  rules->digest = wire::DigestOf(*rules);
  std::lock_guard lock(mutex_);
  if (changes == changes_) current_ = rules;
  return std::shared_ptr<const wire::ContentRules>(std::move(rules));
}

std::string RuleService::Digest() {
  auto current = Current();
  if (current) return (*current)->digest;
  Log(LogLevel::kError, "rules.failed", {{"error", current.error().message}});
  return "";
}

void RuleService::Changed() {
  std::lock_guard lock(mutex_);
  current_ = nullptr;
  ++changes_;
}

Result<std::shared_ptr<const std::vector<KnownRule>>> RuleService::Catalogue() {
  WEIR_ASSIGN(std::vector<store::RuleFile> files,
              store_.Read([](store::Reader& r) { return store::ListRuleFiles(r, true); }));
  std::string names;
  for (const store::RuleFile& file : files) names += std::to_string(file.id) + " " + file.sha256 + "\n";
  std::lock_guard lock(catalogue_mutex_);
  if (catalogue_ == nullptr || names != catalogue_files_) {
    catalogue_ = std::make_shared<const std::vector<KnownRule>>(AllRules(tools_, files));
    catalogue_files_ = names;
  }
  return catalogue_;
}

}  // namespace weir::console
