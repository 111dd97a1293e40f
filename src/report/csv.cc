#include "base/strings.h"
#include "report/content_formats.h"
#include "report/content_text.h"
#include "report/formats.h"
#include "report/identity.h"
#include "report/text.h"

namespace weir::report {
namespace {

std::string PackageRows(const model::ScanResult& result, const ReportOptions& options) {
  std::string out = CsvRow({"type", "name", "version", "arch", "scope", "purl", "licenses", "path", "layer"});
  for (const model::Package& p : result.sbom.packages) {
    if (!p.owned_by.empty() && !options.include_owned) continue;
    model::Location at = p.locations.empty() ? model::Location{} : p.locations.front();
    out += CsvRow({std::string(model::PackageTypeName(p.type)), p.name, p.version, p.arch,
                   p.scope == model::Scope::kDeclared ? "declared" : "installed", p.purl,
                   Join(p.licenses, " AND "), at.path, at.layer});
  }
  return out;
}

}  // namespace

std::string RenderCsv(const model::ScanResult& result, const ReportOptions& options) {
  if (options.packages_only) return PackageRows(result, options);
  std::vector<std::string> head = {
      "rank", "severity", "id",        "aliases", "package",       "version",
      "type", "fixed_in", "fix_state", "status",  "status_reason", "known_exploited",
      "epss", "cvss",     "source",    "path",    "layer"};
  const std::size_t own = head.size();
  head.insert(head.end(), ContentColumns().begin(), ContentColumns().end());
  std::string out = CsvRow(head);
  for (const model::Finding& f : result.findings) {
    const model::Vulnerability& v = f.vulnerability;
    std::vector<std::string> row = {Decimal(f.rank.score, 1),
                                    std::string(model::SeverityName(v.severity)),
                                    v.id,
                                    Join(v.aliases, " "),
                                    f.package_name,
                                    f.package_version,
                                    std::string(model::PackageTypeName(f.package_type)),
                                    Join(f.fixed_versions, " "),
                                    std::string(model::FixStateName(f.fix_state)),
                                    std::string(model::FindingStatusName(f.status)),
                                    f.status_reason,
                                    v.known_exploited ? "yes" : "no",
                                    v.epss ? Decimal(*v.epss, 5) : "",
                                    v.cvss.empty() ? "" : Decimal(v.cvss.front().base_score, 1),
                                    v.source,
                                    f.location.path,
                                    f.location.layer,
                                    "vulnerability"};
    row.resize(head.size());
    out += CsvRow(row);
  }
  out += ContentCsvRows(result);
  // A short or empty list must not pass for a clean bill: what was not checked has rows too.
  auto gap_row = [&](const std::string& gap, std::string_view kind, std::string_view fix_state) {
    std::vector<std::string> row(head.size());
    row[1] = "unknown";
    row[8] = fix_state;
    row[9] = "not-checked";
    row[10] = gap;
    row[own] = kind;
    out += CsvRow(row);
  };
  for (const std::string& gap : CoverageGaps(result)) gap_row(gap, "vulnerability", "unknown");
  for (const model::ContentScan& scan : result.content_scans)
    for (const std::string& gap : GapsOf(scan)) gap_row(gap, model::ContentKindName(scan.kind), "");
  return out;
}

}  // namespace weir::report
