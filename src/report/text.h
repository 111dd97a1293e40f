// Text helpers for reports: outside bytes made safe, columns aligned.
// Threading: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/scan_result.h"

namespace weir::report {

/// Valid UTF-8 without control characters: what may go to a terminal line.
std::string OneLine(std::string_view text);
/// Code points; close enough to columns for names and versions.
std::size_t Width(std::string_view utf8);
/// Cut to WIDTH columns with an ellipsis.
std::string Cut(std::string_view utf8, std::size_t width);
std::string PadRight(std::string_view utf8, std::size_t width);
std::string PadLeft(std::string_view utf8, std::size_t width);
/// "1 package", "3 packages".
std::string Plural(std::uint64_t count, std::string_view noun);
/// The reasons that moved a finding most, in a few words.
std::string ShortReasons(const model::Rank& rank, std::size_t count);
bool IsOpen(const model::Finding& finding);
std::string FixText(const model::Finding& finding);  // "2.17.1, 2.12.4" or "not fixed"
/// A path as the path of a URI: what URIs do not take is percent-encoded.
std::string UriPath(std::string_view path);
std::string Decimal(double value, int digits);
/// "7,312"
std::string Thousands(std::uint64_t value);
/// "212 MB": powers of ten, two or three digits.
std::string ByteCount(std::uint64_t bytes);
/// A line of RFC 4180 with its end, and no cell that a spreadsheet would run as a formula.
std::string CsvRow(const std::vector<std::string>& cells);
/// "+1.5", "-0.2"
std::string Signed(double points);

}  // namespace weir::report
