// What all sensors look for secrets and malware with: people's rule files, the rules
// that are disabled, and the key of fingerprints.
//
// The key is DATA_DIR/fingerprint.key, made at the first start. With it, and only
// with it, it can be told whether two findings are the same secret; without it the
// masks of secrets would no longer fit. It leaves the console for enrolled sensors
// only.
// Threading: safe from every thread. Never called inside a store transaction.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "console/rule_tools.h"
#include "store/store.h"
#include "wire/content.h"

namespace weir::console {

class RuleService {
 public:
  RuleService(store::Store& store, std::string data_dir, std::string program);

  Result<void> Start();
  /// As sensors get it.
  Result<std::shared_ptr<const wire::ContentRules>> Current();
  /// Of Current; empty where the store failed.
  std::string Digest();
  /// Built-in rules and people's, by kind and id.
  Result<std::shared_ptr<const std::vector<KnownRule>>> Catalogue();
  /// To be called after files or disabled rules have changed.
  void Changed();
  const std::string& key() const { return key_; }
  const RuleTools& tools() const { return tools_; }

 private:
  store::Store& store_;
  std::string key_path_, key_;
  RuleTools tools_;
  std::mutex mutex_;  // guards what follows
  std::shared_ptr<const wire::ContentRules> current_;
  std::uint64_t changes_ = 0;
  std::mutex catalogue_mutex_;  // guards what follows: making it takes a while
  std::shared_ptr<const std::vector<KnownRule>> catalogue_;
  std::string catalogue_files_;  // the files that it was made of
};

}  // namespace weir::console
