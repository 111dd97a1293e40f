// One function a format; report.cc chooses. Threading: pure functions.
#pragma once

#include <string>

#include "report/report.h"

namespace weir::report {

std::string RenderTable(const model::ScanResult& result, const ReportOptions& options);
std::string RenderJson(const model::ScanResult& result, const ReportOptions& options);
std::string RenderCsv(const model::ScanResult& result, const ReportOptions& options);
std::string RenderCycloneDx(const model::ScanResult& result, const ReportOptions& options);
std::string RenderSpdx(const model::ScanResult& result, const ReportOptions& options);
std::string RenderSarif(const model::ScanResult& result, const ReportOptions& options);
std::string RenderOpenVex(const model::ScanResult& result, const ReportOptions& options);
std::string RenderHtml(const model::ScanResult& result, const ReportOptions& options);

}  // namespace weir::report
