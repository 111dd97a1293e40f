#include "scan/content.h"

#include <algorithm>
#include <thread>

#include "base/hash.h"
#include "scan/content_impl.h"
#include "secret/rules.h"

namespace weir::scan {
namespace {

constexpr unsigned kMaxWorkers = 8;

Result<std::shared_ptr<const secret::Engine>> MakeSecretEngine(const ContentSetup& setup) {
  secret::RuleSet rules;
  if (setup.built_in_secret_rules) rules = secret::BuiltInRules();
  for (const std::string& path : setup.secret_rules) {
    Result<secret::RuleSet> more = secret::ReadRules(path);
    if (!more) return Err(more.error().Context(path));
    secret::MergeRules(rules, std::move(*more));
  }
  std::erase_if(rules.rules, [&](const secret::Rule& rule) {
    return std::find(setup.disabled_rules.begin(), setup.disabled_rules.end(), rule.id) !=
           setup.disabled_rules.end();
  });
  secret::EngineOptions options;
  options.cache_dir = setup.cache_dir;
  options.decode_depth = setup.decode_depth;
  options.structured = setup.built_in_secret_rules;
  return secret::Engine::Make(std::move(rules), options);
}

Result<std::unique_ptr<malware::Service>> StartMalware(const ContentSetup& setup) {
  malware::Options options;
  options.built_in = setup.built_in_malware_rules;
  options.rules = setup.malware_rules;
  options.disabled = setup.disabled_rules;
  options.cache_dir = setup.cache_dir;
  options.max_file_bytes = setup.max_malware_bytes;
  options.clamd_socket = setup.clamd_socket;
  unsigned threads = setup.threads != 0 ? setup.threads : std::max(1U, std::thread::hardware_concurrency());
  options.workers = std::min(threads, kMaxWorkers);
  return malware::Service::Start(options);
}

}  // namespace

ContentEngines::ContentEngines() : impl_(std::make_unique<Impl>()) {}
ContentEngines::~ContentEngines() = default;

Result<std::shared_ptr<const ContentEngines>> ContentEngines::Make(const ContentSetup& setup) {
  std::shared_ptr<ContentEngines> engines(new ContentEngines());
  Impl& impl = *engines->impl_;
  impl.setup = setup;
  if (setup.fingerprint_key.empty()) {
    impl.key = secret::FingerprintKey::Random();
  } else {
    WEIR_ASSIGN(impl.key, secret::FingerprintKey::Parse(setup.fingerprint_key));
  }
  if (setup.secrets) {
    WEIR_ASSIGN(impl.secrets, MakeSecretEngine(setup));
    for (const secret::RuleRemark& remark : impl.secrets->remarks())
      if (remark.left_out) impl.remarks.push_back(remark.rule + ": " + remark.message);
  }
  if (setup.malware) {
    WEIR_ASSIGN(impl.malware, StartMalware(setup));
  }
  return engines;
}

std::string ContentEngines::digest() const {
  std::string text = "known-good " + std::to_string(static_cast<int>(impl_->setup.known_good)) + " ";
  if (impl_->secrets) text += "secrets " + impl_->secrets->digest() + " " + impl_->key->Id();
  if (impl_->malware)
    text +=
        " malware " + impl_->malware->report().digest + " " + std::to_string(impl_->setup.max_malware_bytes);
  return DigestHex(DigestKind::kSha256, AsBytes(text));
}

std::string ContentEngines::key_id() const { return impl_->key->Id(); }

}  // namespace weir::scan
