// The options of secrets, malware and scan that say what to look for in contents, and
// with which rules.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "scan/content.h"
#include "scan/scan.h"

namespace CLI {
class App;
}

namespace weir::cli {

struct ContentFlags {
  std::string scanners = "vulnerabilities,secrets,malware";
  std::vector<std::string> secret_rules, extra_secret_rules;
  std::vector<std::string> malware_rules, extra_malware_rules;  // paths, or https://...#sha256=<digest>
  std::vector<std::string> ignore_files;
  std::string baseline, write_baseline, key_file;
  bool git_history = false, all_files = false, known_good = false, memory = false, no_decode = false,
       no_rules_cache = false;
  bool validate = false;
  std::vector<std::string> validate_hosts;
  std::string clamd;
};

enum class ContentCommand { kScan, kSecrets, kMalware };
void AddContentFlags(CLI::App& command, ContentFlags& flags, ContentCommand kind);

/// Which scanners FLAGS asks for.
struct Scanners {
  bool vulnerabilities = false, secrets = false, malware = false;
};
Result<Scanners> ParseScanners(const std::string& text);

/// Sets what OPTIONS says of contents. DATA_DIR holds the key of fingerprints and the compiled rules.
Result<void> SetContentOptions(const ContentFlags& flags, const Scanners& scanners, const std::string& target,
                               const std::string& data_dir, scan::ScanOptions& options);

/// After a scan: --write-baseline.
Result<void> WriteBaseline(const ContentFlags& flags, const model::ScanResult& result,
                           const scan::ScanOptions& options);

}  // namespace weir::cli
