// What scan, sbom, secrets and malware share: their arguments, and one run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/content_options.h"
#include "cli/scan_options.h"

namespace weir::cli {

struct ScanArguments {
  ScanFlags flags;
  ContentFlags content;
  std::string target;
  std::vector<std::string> outputs;
  std::string fail_on;
  bool show_closed = false, include_owned = false;
  unsigned limit = 40;
  bool packages_only = false;
};

/// What TARGET may be, for the help.
extern const char* const kTargetHelp;

/// -o, and with FINDINGS also --fail-on, --show-closed and --limit.
void AddOutputFlags(CLI::App& command, ScanArguments& arguments, bool findings);
/// Makes the session run it.
void SetRun(const std::shared_ptr<ScanArguments>& arguments, Session& session);

}  // namespace weir::cli
