// Which processes see the files of the asset that was scanned.
// Threading: pure functions.
#pragma once

#include <string>
#include <vector>

#include "model/scan_result.h"

namespace weir::rank {

struct Members {
  /// kNone: nothing is known of what runs in this asset. kPart: only what is found running counts,
  /// what is not may run elsewhere. kWhole: what is not found running does not run.
  enum class View { kNone, kPart, kWhole };
  View view = View::kNone;
  std::vector<std::size_t> processes;  // indexes into runtime.processes
  std::string prefix;                  // of their paths, where the asset is a folder of the host
  std::string why;                     // why the view is not whole, one sentence; may be empty for kPart
};

Members MembersOf(const model::ScanResult& result);
/// Processes that see the asset's files, whether or not any is known to use one of them: for a folder all
/// that see the host's files.
Members ViewersOf(const model::ScanResult& result);

}  // namespace weir::rank
