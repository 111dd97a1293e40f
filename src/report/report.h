// Reports: pure functions from a ScanResult to text. Deterministic: the same
// result gives the same bytes (times and ids come from the result).
// All outside text is made safe for its format (JSON UTF-8, HTML and CSV escaping,
// no control characters on terminals).
// Threading: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/scan_result.h"

namespace weir::report {

enum class Format : std::uint8_t { kTable, kJson, kCycloneDx, kSpdx, kSarif, kOpenVex, kCsv, kHtml };

/// "table", "json", "cyclonedx-json", "spdx-json", "sarif", "openvex", "csv", "html".
Result<Format> ParseFormat(std::string_view name);
std::string_view FormatName(Format format);

struct ReportOptions {
  bool colour = false;         // terminal colours
  unsigned width = 120;        // table width, columns
  bool show_closed = false;    // ignored and not-affected findings in tables too (JSON always has them)
  bool include_owned = false;  // SBOM formats: also packages owned by an OS package
  bool packages_only = false;  // table/csv: list packages, not findings (weir sbom)
  unsigned limit = 0;          // table: at most so many findings, the rest counted; 0 = all
};

/// RESULT may have been looked through for packages, for contents (secrets, malware) or for both: each
/// format says what was not looked for, and shows no empty list of it.
std::string Render(const model::ScanResult& result, Format format, const ReportOptions& options);
/// The explanation of one finding's rank, for `weir explain`.
std::string RenderExplanation(const model::ScanResult& result, const model::Finding& finding, bool json,
                              const ReportOptions& options);
/// The same for a secret or malware in the asset called ASSET.
std::string RenderContentExplanation(std::string_view asset, const model::ContentFinding& finding, bool json,
                                     const ReportOptions& options);

/// A secret or malware of one of many assets: what a console exports.
struct AssetContent {
  std::string asset;                  // its name
  std::string asset_kind;             // "image", "host" ...
  std::string first_seen, last_seen;  // RFC 3339; may be empty
  model::ContentFinding finding;
};

/// A line of CSV with its line end (RFC 4180).
std::string ContentCsvHeader();
std::string ContentCsvRow(const AssetContent& row);
/// One object on one line without a line end: content[] of docs/json.md and the asset.
std::string ContentJson(const AssetContent& row);
/// SARIF 2.1.0, one run. TAKEN_AT: RFC 3339.
std::string RenderContentSarif(std::span<const AssetContent> rows, std::string_view tool_version,
                               std::string_view taken_at);

}  // namespace weir::report
