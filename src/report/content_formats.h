// What secrets and malware add to each format. Threading: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/scan_result.h"
#include "report/json_writer.h"
#include "report/report.h"

namespace weir::report {

/// Sections of the table, one for each kind that was looked for.
std::string ContentTable(const model::ScanResult& result, const ReportOptions& options);
/// Sections of the page, as ContentTable.
std::string ContentHtml(const model::ScanResult& result);

/// Members "content_scans" and, where anything was looked for, "content" of the object that is open.
void WriteContent(JsonWriter& json, const model::ScanResult& result);
/// Members of one finding, into the object that is open.
void WriteContentFinding(JsonWriter& json, const model::ContentFinding& finding);
/// Array of a rank's reasons.
void WriteReasons(JsonWriter& json, const model::Rank& rank);

/// The columns that follow those of vulnerabilities in the CSV of a scan.
const std::vector<std::string>& ContentColumns();
/// Rows of the CSV of a scan: the columns of vulnerabilities, then ContentColumns.
std::string ContentCsvRows(const model::ScanResult& result);

}  // namespace weir::report
