// Takes secrets out of command lines before they are kept or shown.
// Threading: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::discovery {

/// Splits NUL-separated argv, replaces what looks like a secret with "***" and cuts
/// it all to MAX_BYTES. It errs on the side of masking too much.
std::vector<std::string> MaskedArguments(std::string_view cmdline, std::size_t max_bytes = 512);

}  // namespace weir::discovery
