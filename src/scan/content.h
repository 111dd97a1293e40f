// Secrets and malware in one reading of each file: what the secret and the malware
// room need, set up once and used by many scans.
// Threading: a ContentEngines is immutable after Make and shared by all threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "malware/malware.h"
#include "model/scan_result.h"
#include "secret/secret.h"

namespace weir::scan {

/// Where malware rules pass over files that are what their package brought. The package database is the
/// scanned side's own word: in a folder, image or container whoever brought the malware may have written it,
/// too.
enum class KnownGood : std::uint8_t { kNever, kHosts, kAlways };

struct ContentSetup {
  bool secrets = true, malware = true;
  bool built_in_secret_rules = true, built_in_malware_rules = true;
  std::vector<std::string> secret_rules, malware_rules;  // files and folders of people's own
  std::vector<std::string> disabled_rules;               // ids, of either kind
  std::string cache_dir;                                 // for compiled rules; empty: none
  std::string fingerprint_key;  // 64 hexadecimal digits; empty: a random one, good for this scan only
  std::uint32_t decode_depth = 1;
  unsigned threads = 0;  // as WalkOptions::threads
  KnownGood known_good = KnownGood::kHosts;
  bool process_memory = false;  // hosts and containers: also look at the memory of processes
  std::uint64_t max_malware_bytes = 64ULL << 20U;  // a larger file is not checked for malware, and reported
  std::string clamd_socket;                        // empty: none
  std::string own_folder;       // of this program's state: not looked at, and said; absolute; empty: none
  secret::FindingSet::Ask ask;  // --validate; empty: no one is asked
};

class ContentEngines {
 public:
  static Result<std::shared_ptr<const ContentEngines>> Make(const ContentSetup& setup);
  ~ContentEngines();
  ContentEngines(const ContentEngines&) = delete;
  ContentEngines& operator=(const ContentEngines&) = delete;

  /// Of everything that decides what is found in a file: for caches of results.
  std::string digest() const;
  /// Tells keys of fingerprints apart, and nothing else of them.
  std::string key_id() const;

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  ContentEngines();
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::scan
