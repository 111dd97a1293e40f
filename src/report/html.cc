// One page that stands alone: no request leaves it, light and dark, filter by
// typing, each finding opens to its reasons.
#include <array>

#include "base/strings.h"
#include "report/content_formats.h"
#include "report/content_text.h"
#include "report/formats.h"
#include "report/html_page.h"
#include "report/html_parts.h"
#include "report/identity.h"
#include "report/text.h"

namespace weir::report {
namespace {

std::string Tile(std::string_view number, std::string_view label, std::string_view css = "") {
  return "<div class=\"tile " + std::string(css) + "\"><b>" + EscapeHtml(number) + "</b><span>" +
         EscapeHtml(label) + "</span></div>\n";
}

std::string Tiles(const model::ScanResult& result) {
  std::array<std::size_t, 6> count{};
  std::size_t exploited = 0;
  for (const model::Finding& f : result.findings) {
    if (!IsOpen(f)) continue;
    ++count[static_cast<std::size_t>(f.vulnerability.severity)];
    if (f.vulnerability.known_exploited) ++exploited;
  }
  std::string out = "<div class=\"tiles\">\n";
  if (result.matched) {
    out += Tile(std::to_string(exploited), "known exploited", "critical");
    for (model::Severity s : {model::Severity::kCritical, model::Severity::kHigh, model::Severity::kMedium,
                              model::Severity::kLow})
      out += Tile(std::to_string(count[static_cast<std::size_t>(s)]), model::SeverityName(s),
                  model::SeverityName(s));
  }
  for (const model::ContentScan& scan : result.content_scans) {
    std::size_t open = CountContent(result, scan.kind).open;
    out += Tile(std::to_string(open), KindWord(scan.kind), open > 0 ? "high" : "");
  }
  if (result.packages_listed) out += Tile(std::to_string(ListedPackages(result, {}).size()), "packages");
  if (result.runtime.taken) out += Tile(std::to_string(ShownProcesses(result).size()), "processes");
  return out + "</div>\n";
}

std::string References(const model::Vulnerability& v) {
  std::string out;
  constexpr std::size_t kMost = 5;
  std::size_t shown = 0;
  for (const std::string& url : v.references) {
    if (!url.starts_with("https://") && !url.starts_with("http://")) continue;
    if (++shown > kMost) break;
    out += "<a rel=\"noreferrer noopener\" href=\"" + EscapeHtml(url) + "\">" + EscapeHtml(Cut(url, 80)) +
           "</a><br>";
  }
  return out;
}

std::string FindingRow(const model::Finding& f) {
  const model::Vulnerability& v = f.vulnerability;
  std::string out = "<tr class=\"finding" + std::string(IsOpen(f) ? "" : " closed") +
                    "\"><td class=\"number\">" + Decimal(f.rank.score, 0) + "</td><td>" +
                    SeverityBadge(v.severity) + "</td><td><details><summary>" + EscapeHtml(v.id);
  if (v.known_exploited) out += " <span class=\"badge exploited\">exploited</span>";
  if (!IsOpen(f))
    out += " <span class=\"badge\">" + std::string(model::FindingStatusName(f.status)) + "</span>";
  out += "</summary><p>" + EscapeHtml(v.summary) + "</p>";
  if (!f.status_reason.empty()) out += "<p><b>Closed:</b> " + EscapeHtml(f.status_reason) + "</p>";
  out += ReasonsHtml(f.rank) + "<p>Affected: " + EscapeHtml(f.affected_range) +
         ". Source: " + EscapeHtml(v.source) + ". Where: <code>" + EscapeHtml(f.location.path) + "</code>";
  if (!f.location.layer.empty()) out += " in layer <code>" + EscapeHtml(f.location.layer) + "</code>";
  if (!v.aliases.empty()) out += ". Also: " + EscapeHtml(Join(v.aliases, ", "));
  out += "</p>" + References(v) + "</details></td><td>" + EscapeHtml(f.package_name) + "</td><td>" +
         EscapeHtml(f.package_version) + "</td><td>" + EscapeHtml(FixText(f)) + "</td><td>" +
         EscapeHtml(ShortReasons(f.rank, 3)) + "</td></tr>\n";
  return out;
}

std::string Gaps(const model::ScanResult& result) {
  std::string out;
  for (const std::string& gap : CoverageGaps(result)) out += "<li>" + EscapeHtml(gap) + "</li>\n";
  return out.empty() ? out : "<ul class=\"gaps\">\n" + out + "</ul>\n";
}

std::string Findings(const model::ScanResult& result) {
  if (!result.matched) return "";
  std::string out = "<section><h2>Vulnerabilities</h2>\n";
  if (result.findings.empty())
    return out +
           "<p>No known vulnerability was found in what could be checked; see <a href=\"#coverage\">what was "
           "checked</a>.</p></section>\n";
  out +=
      "<table "
      "class=\"list\"><thead><tr><th>Rank</th><th>Severity</th><th>Finding</th><th>Package</th><th>Version</"
      "th>"
      "<th>Fixed in</th><th>Why</th></tr></thead><tbody>\n";
  for (const model::Finding& f : result.findings) out += FindingRow(f);
  return out + "</tbody></table></section>\n";
}

std::string Coverage(const model::ScanResult& result) {
  if (!result.matched) return "";
  std::string out =
      "<section id=\"coverage\"><h2>What was checked, and by what</h2>\n<table "
      "class=\"list\"><thead><tr><th>Ecosystem</th>"
      "<th>Packages</th><th>Sources</th></tr></thead><tbody>\n";
  for (const model::Coverage& row : result.coverage) {
    std::string sources = row.sources.empty() ? "<span class=\"badge high\">not checked: no source</span>"
                                              : EscapeHtml(Join(row.sources, ", "));
    if (row.starter_only) sources += " <span class=\"badge medium\">starter set only</span>";
    out += "<tr><td>" + EscapeHtml(row.ecosystem) + "</td><td class=\"number\">" +
           std::to_string(row.packages) + "</td><td>" + sources + "</td></tr>\n";
  }
  out +=
      "</tbody></table>\n<table "
      "class=\"list\"><thead><tr><th>Source</th><th>Records</th><th>Fetched</th><th>Newest "
      "record</th></tr></thead><tbody>\n";
  for (const model::SourceInfo& s : result.sources)
    out += "<tr><td>" + EscapeHtml(s.name) + "</td><td class=\"number\">" + std::to_string(s.records) +
           "</td><td>" + EscapeHtml(s.fetched_at) + "</td><td>" + EscapeHtml(s.data_date) + "</td></tr>\n";
  return out + "</tbody></table></section>\n";
}

std::string Running(const model::ScanResult& result) {
  if (!result.runtime.taken) return "";
  std::string out =
      "<section><h2>What runs</h2>\n<table "
      "class=\"list\"><thead><tr><th>Pid</th><th>User</th><th>Name</th><th>Program</th>"
      "<th>Container</th><th>Listens on</th><th>Connections</th></tr></thead><tbody>\n";
  for (const model::Process* process : ShownProcesses(result)) {
    const model::Process& p = *process;
    std::vector<std::string> sockets;
    for (const model::ListeningSocket& s : p.listening)
      sockets.push_back(s.protocol + " " + s.address + ":" + std::to_string(s.port) + " (" +
                        std::string(model::AddressScopeName(s.scope)) + ")");
    out += "<tr><td class=\"number\">" + std::to_string(p.pid) + "</td><td>" + EscapeHtml(p.user_name) +
           "</td><td>" + EscapeHtml(p.name) + "</td><td><code>" + EscapeHtml(Cut(p.executable, 80)) +
           "</code></td><td>" + EscapeHtml(p.container_id.substr(0, 12)) + "</td><td>" +
           EscapeHtml(Join(sockets, ", ")) + "</td><td class=\"number\">" +
           std::to_string(p.connections.size()) + "</td></tr>\n";
  }
  out += "</tbody></table>\n";
  if (result.runtime.unreadable_processes > 0)
    out +=
        "<p>" + Plural(result.runtime.unreadable_processes, "process") + " could not be read in full.</p>\n";
  for (const std::string& problem : result.runtime.problems) out += "<p>" + EscapeHtml(problem) + "</p>\n";
  return out + "</section>\n";
}

std::string Packages(const model::ScanResult& result, const ReportOptions& options) {
  if (!result.packages_listed) return "";
  std::string out =
      "<section><h2>Packages</h2>\n<table "
      "class=\"list\"><thead><tr><th>Name</th><th>Version</th><th>Type</th><th>Licences</th>"
      "<th>Where</th></tr></thead><tbody>\n";
  for (const model::Package* p : ListedPackages(result, options))
    out += "<tr><td>" + EscapeHtml(p->name) + "</td><td>" + EscapeHtml(p->version) + "</td><td>" +
           std::string(model::PackageTypeName(p->type)) +
           (p->scope == model::Scope::kDeclared ? " (declared)" : "") + "</td><td>" +
           EscapeHtml(Cut(Join(p->licenses, ", "), 60)) + "</td><td><code>" +
           (p->locations.empty() ? "" : EscapeHtml(Cut(p->locations.front().path, 90))) +
           "</code></td></tr>\n";
  return out + "</tbody></table></section>\n";
}

std::string Problems(const model::ScanResult& result) {
  if (result.sbom.problems.empty()) return "";
  std::string out =
      "<section><h2>Not read or not understood</h2>\n<table "
      "class=\"list\"><thead><tr><th>Where</th><th>What</th><th>Times</th>"
      "</tr></thead><tbody>\n";
  for (const model::Problem& p : result.sbom.problems)
    out += "<tr><td><code>" + EscapeHtml(p.path) + "</code></td><td>" + EscapeHtml(p.message) +
           "</td><td class=\"number\">" + std::to_string(p.count) + "</td></tr>\n";
  return out + "</tbody></table></section>\n";
}

}  // namespace

std::string RenderHtml(const model::ScanResult& result, const ReportOptions& options) {
  const model::Asset& asset = result.sbom.asset;
  std::string out(kPageHead);
  out += "<title>" + EscapeHtml(asset.name) + " - Weir</title>\n" + std::string(kPageStyle) +
         "</head><body>\n<header><h1>" + EscapeHtml(asset.name) + "</h1><p>" +
         std::string(model::AssetKindName(asset.kind));
  if (!result.sbom.distro.pretty_name.empty()) out += ", " + EscapeHtml(result.sbom.distro.pretty_name);
  out += ", scanned " + EscapeHtml(result.started_at) +
         "</p>\n<input id=\"filter\" type=\"search\" placeholder=\"Filter all tables\" aria-label=\"Filter "
         "all tables\">"
         "</header>\n<main>\n";
  out += Tiles(result) + Gaps(result) + Findings(result) + ContentHtml(result) + Running(result) +
         Coverage(result) + Problems(result) + Packages(result, options);
  return out + "</main>\n" + std::string(kPageScript) + "</body></html>\n";
}

}  // namespace weir::report
