#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

#include "base/strings.h"
#include "report/content_formats.h"
#include "report/formats.h"
#include "report/identity.h"
#include "report/table_parts.h"
#include "report/text.h"

namespace weir::report {
namespace {

using model::Severity;

std::string PackageCounts(const model::Sbom& sbom) {
  std::map<std::string, std::size_t> by_type;
  std::size_t owned = 0;
  for (const model::Package& package : sbom.packages) {
    if (!package.owned_by.empty()) {
      ++owned;
    } else {
      ++by_type[std::string(model::PackageTypeName(package.type))];
    }
  }
  std::string out = Plural(sbom.packages.size() - owned, "package");
  std::string separator = ": ";
  for (const auto& [type, count] : by_type) {
    out += separator + std::to_string(count) + " " + type;
    separator = ", ";
  }
  if (owned > 0) out += " (and " + std::to_string(owned) + " that OS packages installed)";
  return out;
}

std::string Heading(const model::ScanResult& result, const ReportOptions& options) {
  const model::Sbom& sbom = result.sbom;
  std::string out = Bold(OneLine(sbom.asset.name), options.colour);
  out += " (" + std::string(model::AssetKindName(sbom.asset.kind));
  if (!sbom.distro.pretty_name.empty()) out += ", " + OneLine(sbom.distro.pretty_name);
  std::string counts = result.packages_listed ? PackageCounts(sbom) : "";
  if (sbom.stats.files > 0)
    counts += (counts.empty() ? "" : "; ") + Plural(sbom.stats.files, "file") + " seen, " +
              std::to_string(sbom.stats.files_read) + " read in " +
              Decimal(static_cast<double>(sbom.stats.elapsed_us) / 1e6, 2) + " s";
  return out + ")\n" + (counts.empty() ? "" : "  " + counts + "\n");
}

std::string RunningText(const model::ScanResult& result, const ReportOptions& options) {
  const model::RuntimeSnapshot& runtime = result.runtime;
  if (!runtime.taken) return "";
  // Those that listen first: they are how an attacker comes in.
  std::vector<const model::Process*> order = ShownProcesses(result);
  const std::size_t processes = order.size();
  std::stable_partition(order.begin(), order.end(),
                        [](const auto* process) { return !process->listening.empty(); });
  constexpr std::size_t kShown = 20;
  Columns columns({"PID", "USER", "NAME", "CONTAINER", "LISTENS ON", "PROGRAM"});
  std::size_t left = 0;
  for (const model::Process* process : order) {
    if (process->listening.empty() && process->executable.empty()) continue;  // kernel threads
    if (options.limit > 0 && columns.size() >= kShown && process->listening.empty()) {
      ++left;
      continue;
    }
    std::vector<std::string> sockets;
    for (const model::ListeningSocket& socket : process->listening)
      sockets.push_back(socket.protocol + " " + OneLine(socket.address) + ":" + std::to_string(socket.port));
    columns.Add({std::to_string(process->pid), OneLine(process->user_name), OneLine(process->name),
                 OneLine(process->container_id).substr(0, 12), OneLine(Join(sockets, ", ")),
                 OneLine(process->executable)});
  }
  std::string out = "\n" + Bold("Runs", options.colour) + "  " + Plural(processes, "process") + ", " +
                    Plural(runtime.containers.size(), "container");
  if (runtime.unreadable_processes > 0)
    out += "; " + std::to_string(runtime.unreadable_processes) + " could not be read in full";
  out += "\n";
  for (const std::string& problem : runtime.problems)
    out += "  " + Cut(OneLine(problem), options.width) + "\n";
  if (order.empty() || order.front()->listening.empty())
    out += "  Nothing was seen to listen on the network.\n";
  if (!columns.empty()) out += columns.ToText({7, 12, 20, 12, 40, 200}, 99, options);
  if (left > 0) out += "  and " + std::to_string(left) + " more that do not listen (`weir ps` lists all)\n";
  return out;
}

/// The same weakness in the same version of a package, found in several places: one line of a table.
struct Group {
  const model::Finding* first;  // of the highest rank
  std::size_t count;
};

std::vector<Group> Grouped(const model::ScanResult& result, bool with_closed) {
  std::vector<Group> groups;
  std::unordered_map<std::string, std::size_t> known;
  for (const model::Finding& f : result.findings) {
    if (!IsOpen(f) && !with_closed) continue;
    std::string key = f.vulnerability.id + '\n' + f.package_name + '\n' + f.package_version + '\n' +
                      f.status_reason + std::string(model::FindingStatusName(f.status));
    auto [at, added] = known.emplace(std::move(key), groups.size());
    if (added) {
      groups.push_back({&f, 1});
    } else {
      ++groups[at->second].count;
    }
  }
  return groups;
}

std::string FindingsText(const model::ScanResult& result, const ReportOptions& options) {
  std::array<std::size_t, 6> count{};
  std::size_t open = 0, closed = 0;
  for (const model::Finding& finding : result.findings) {
    if (IsOpen(finding)) {
      ++open;
      ++count[static_cast<std::size_t>(finding.vulnerability.severity)];
    } else {
      ++closed;
    }
  }
  std::string out = "\n" + Bold("Findings", options.colour) + "  " + std::to_string(open) + " open";
  out += SeverityCounts(count, options.colour);
  if (open == 0) out += " in what could be checked";
  if (closed > 0)
    out += "; " + std::to_string(closed) + " closed by rules or VEX" +
           (options.show_closed ? "" : " (--show-closed lists them)");
  out += "\n";

  Columns columns({"RANK", "SEVERITY", "ID", "PACKAGE", "VERSION", "FIXED IN", "WHY"});
  std::size_t left = 0;
  for (const Group& group : Grouped(result, options.show_closed)) {
    if (options.limit > 0 && columns.size() == options.limit) {
      left += group.count;
      continue;
    }
    const model::Finding& finding = *group.first;
    std::string why = IsOpen(finding) ? ShortReasons(finding.rank, 3)
                                      : std::string(model::FindingStatusName(finding.status)) + ": " +
                                            finding.status_reason;
    if (group.count > 1) why = "in " + std::to_string(group.count) + " places; " + why;
    columns.Add({PadLeft(Decimal(finding.rank.score, 0), 4),
                 std::string(model::SeverityName(finding.vulnerability.severity)),
                 OneLine(finding.vulnerability.id), OneLine(finding.package_name),
                 OneLine(finding.package_version), OneLine(FixText(finding)), OneLine(why)},
                finding.vulnerability.severity);
  }
  if (!columns.empty()) out += columns.ToText({4, 10, 20, 34, 24, 24, 200}, 1, options);
  if (left > 0) out += "  and " + std::to_string(left) + " more of lower rank (--limit 0 shows all)\n";
  return out;
}

/// What the answer rests on, and what it does not cover.
std::string CoverageText(const model::ScanResult& result, const ReportOptions& options) {
  std::string out = "\n" + Bold("Advisories", options.colour) + "  ";
  std::vector<std::string> sources;
  for (const model::SourceInfo& source : result.sources)
    sources.push_back(OneLine(source.name) + " (" + std::to_string(source.records) + " records, " +
                      OneLine(source.data_date.empty() ? source.fetched_at : source.data_date).substr(0, 10) +
                      ")");
  out += (sources.empty() ? "none" : Join(sources, ", ")) + "\n";
  for (const std::string& gap : CoverageGaps(result))
    out += Colour(Severity::kMedium, "  " + gap, options.colour) + "\n";
  return out;
}

std::string ProblemsText(const model::ScanResult& result, const ReportOptions& options) {
  const std::vector<model::Problem>& problems = result.sbom.problems;
  if (problems.empty()) return "";
  std::uint64_t total = 0;
  for (const model::Problem& problem : problems) total += problem.count;
  std::string out =
      "\n" + Bold("Not read or not understood", options.colour) + "  " + std::to_string(total) + "\n";
  constexpr std::size_t kShown = 8;
  for (std::size_t i = 0; i < problems.size() && i < kShown; ++i)
    out += "  " +
           Cut(OneLine((problems[i].path.empty() ? "" : problems[i].path + ": ") + problems[i].message),
               options.width) +
           (problems[i].count > 1 ? " (" + std::to_string(problems[i].count) + " times)" : "") + "\n";
  if (problems.size() > kShown)
    out += "  and " + std::to_string(problems.size() - kShown) + " more (-o json has all)\n";
  return out;
}

std::string PackagesText(const model::ScanResult& result, const ReportOptions& options) {
  Columns columns({"NAME", "VERSION", "TYPE", "WHERE"});
  for (const model::Package& package : result.sbom.packages) {
    if (!package.owned_by.empty() && !options.include_owned) continue;
    columns.Add({OneLine(package.name), OneLine(package.version),
                 std::string(model::PackageTypeName(package.type)) +
                     (package.scope == model::Scope::kDeclared ? " (declared)" : ""),
                 package.locations.empty() ? "" : OneLine(package.locations.front().path)});
  }
  return columns.empty() ? "  No packages were found.\n"
                         : "\n" + columns.ToText({50, 34, 22, 200}, 99, options);
}

}  // namespace

std::string RenderTable(const model::ScanResult& result, const ReportOptions& options) {
  std::string out = Heading(result, options);
  if (options.packages_only) return out + PackagesText(result, options) + ProblemsText(result, options);
  // Secrets or malware alone: what runs is told where it matters, as a reason of a rank.
  if (result.packages_listed) out += RunningText(result, options);
  if (result.matched) out += FindingsText(result, options);
  out += ContentTable(result, options);
  if (result.matched)
    out += CoverageText(result, options);
  else if (result.packages_listed)
    out += "\n" + Bold("Findings", options.colour) + "  not looked for: " + Join(CoverageGaps(result), "; ") +
           "\n";
  else
    out += "\n" + Bold("Vulnerabilities", options.colour) + "  not looked for: `weir scan` does\n";
  return out + ProblemsText(result, options);
}

}  // namespace weir::report
