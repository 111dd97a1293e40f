// The options that scan, sbom and explain share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "advisory/index.h"
#include "base/result.h"
#include "scan/scan.h"

namespace CLI {
class App;
}

namespace weir::cli {

struct ScanFlags {
  std::vector<std::string> exclude;
  std::string platform = "linux/amd64", ca_file, username, password_file, temporary_dir;
  bool plain_http = false, insecure_tls = false, one_file_system = false;
  bool no_declared = false, no_runtime = false, by_cve = false, only_fixed = false;
  std::string cache;
  unsigned threads = 0;
  std::uint64_t max_seconds = 0;
  std::string db, data_dir;
  std::vector<std::string> ignore, ignore_files, vex_files;
};

void AddTargetFlags(CLI::App& command, ScanFlags& flags);
void AddStateFlags(CLI::App& command, ScanFlags& flags);  // --data-dir
void AddMatchFlags(CLI::App& command, ScanFlags& flags);
/// Reads the files that the flags name.
Result<scan::ScanOptions> MakeScanOptions(const ScanFlags& flags);
Result<std::shared_ptr<const advisory::Index>> OpenIndex(const ScanFlags& flags);

}  // namespace weir::cli
