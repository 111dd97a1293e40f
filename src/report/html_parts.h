// Small parts of the HTML report. Threading: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "model/finding.h"

namespace weir::report {

/// Text or the value of a quoted attribute.
std::string EscapeHtml(std::string_view text);
std::string SeverityBadge(model::Severity severity);
/// The table of a rank's reasons.
std::string ReasonsHtml(const model::Rank& rank);

}  // namespace weir::report
