#include "report/report.h"

#include "report/formats.h"

namespace weir::report {
namespace {

struct FormatRow {
  Format format;
  std::string_view name;
  std::string (*render)(const model::ScanResult&, const ReportOptions&);
};

constexpr FormatRow kFormats[] = {
    {Format::kTable, "table", RenderTable},
    {Format::kJson, "json", RenderJson},
    {Format::kCycloneDx, "cyclonedx-json", RenderCycloneDx},
    {Format::kSpdx, "spdx-json", RenderSpdx},
    {Format::kSarif, "sarif", RenderSarif},
    {Format::kOpenVex, "openvex", RenderOpenVex},
    {Format::kCsv, "csv", RenderCsv},
    {Format::kHtml, "html", RenderHtml},
};

}  // namespace

Result<Format> ParseFormat(std::string_view name) {
  std::string known;
  for (const FormatRow& row : kFormats) {
    if (row.name == name) return row.format;
    known += (known.empty() ? "" : ", ") + std::string(row.name);
  }
  return Err(Code::kInvalidArgument, "\"" + std::string(name) + "\" is not an output format (" + known + ")");
}

std::string_view FormatName(Format format) {
  for (const FormatRow& row : kFormats)
    if (row.format == format) return row.name;
  return "table";
}

std::string Render(const model::ScanResult& result, Format format, const ReportOptions& options) {
  for (const FormatRow& row : kFormats)
    if (row.format == format) return row.render(result, options);
  return "";
}

}  // namespace weir::report
