#include "base/strings.h"
#include "report/formats.h"
#include "report/identity.h"
#include "report/text.h"

namespace weir::report {
namespace {

/// RFC 4180, and no cell that a spreadsheet would run as a formula.
std::string Cell(std::string_view text) {
  std::string safe = OneLine(text);
  std::string_view start = Trim(safe);  // some programs drop leading spaces first
  if (!start.empty() && std::string_view("=+-@").find(start[0]) != std::string_view::npos)
    safe.insert(0, "'");
  if (safe.find_first_of(",\"") == std::string::npos) return safe;
  return "\"" + ReplaceAll(safe, "\"", "\"\"") + "\"";
}

std::string Row(const std::vector<std::string>& cells) {
  std::vector<std::string> safe;
  for (const std::string& cell : cells) safe.push_back(Cell(cell));
  return Join(safe, ",") + "\r\n";
}

std::string PackageRows(const model::ScanResult& result, const ReportOptions& options) {
  std::string out = Row({"type", "name", "version", "arch", "scope", "purl", "licenses", "path", "layer"});
  for (const model::Package& p : result.sbom.packages) {
    if (!p.owned_by.empty() && !options.include_owned) continue;
    model::Location at = p.locations.empty() ? model::Location{} : p.locations.front();
    out += Row({std::string(model::PackageTypeName(p.type)), p.name, p.version, p.arch,
                p.scope == model::Scope::kDeclared ? "declared" : "installed", p.purl,
                Join(p.licenses, " AND "), at.path, at.layer});
  }
  return out;
}

}  // namespace

std::string RenderCsv(const model::ScanResult& result, const ReportOptions& options) {
  if (options.packages_only) return PackageRows(result, options);
  std::string out =
      Row({"rank", "severity", "id", "aliases", "package", "version", "type", "fixed_in", "fix_state",
           "status", "status_reason", "known_exploited", "epss", "cvss", "source", "path", "layer"});
  for (const model::Finding& f : result.findings) {
    const model::Vulnerability& v = f.vulnerability;
    out += Row(
        {Decimal(f.rank.score, 1), std::string(model::SeverityName(v.severity)), v.id, Join(v.aliases, " "),
         f.package_name, f.package_version, std::string(model::PackageTypeName(f.package_type)),
         Join(f.fixed_versions, " "), std::string(model::FixStateName(f.fix_state)),
         std::string(model::FindingStatusName(f.status)), f.status_reason, v.known_exploited ? "yes" : "no",
         v.epss ? Decimal(*v.epss, 5) : "", v.cvss.empty() ? "" : Decimal(v.cvss.front().base_score, 1),
         v.source, f.location.path, f.location.layer});
  }
  // A short or empty list must not pass for a clean bill: what was not checked has rows too.
  for (const std::string& gap : CoverageGaps(result))
    out +=
        Row({"", "unknown", "", "", "", "", "", "", "unknown", "not-checked", gap, "", "", "", "", "", ""});
  return out;
}

}  // namespace weir::report
