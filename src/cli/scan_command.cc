// weir scan, weir sbom
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <mutex>

#include "cli/command.h"
#include "cli/scan_options.h"
#include "version.h"

namespace weir::cli {
namespace {

struct ScanArguments {
  ScanFlags flags;
  std::string target;
  std::vector<std::string> outputs;
  std::string fail_on;
  bool show_closed = false, include_owned = false;
  unsigned limit = 40;
  bool packages_only = false;
};

/// One line on a terminal that counts what was seen; gone when the scan ends.
class Progress {
 public:
  explicit Progress(bool wanted) : on_(wanted && ::isatty(STDERR_FILENO) == 1) {}
  ~Progress() {
    if (on_ && shown_) std::fputs("\r\033[K", stderr);
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void Show(const model::WalkStats& stats) {
    if (!on_) return;
    std::lock_guard lock(mutex_);
    shown_ = true;
    std::fprintf(stderr, "\r\033[Kreading: %llu files, %llu folders, %llu MiB", Count(stats.files),
                 Count(stats.directories), Count(stats.bytes_read >> 20U));
    std::fflush(stderr);
  }

 private:
  static unsigned long long Count(std::uint64_t value) { return value; }
  bool on_, shown_ = false;
  std::mutex mutex_;
};

/// Open findings at or above the threshold.
std::size_t CountAtLeast(const model::ScanResult& result, model::Severity threshold) {
  return static_cast<std::size_t>(
      std::count_if(result.findings.begin(), result.findings.end(), [&](const model::Finding& finding) {
        return (finding.status == model::FindingStatus::kOpen ||
                finding.status == model::FindingStatus::kUnderInvestigation) &&
               finding.vulnerability.severity >= threshold;
      }));
}

Result<int> RunScan(const ScanArguments& arguments, const Session& session) {
  std::vector<std::string> words = arguments.outputs;
  WEIR_ASSIGN(std::vector<Output> outputs, ParseOutputs(words));
  model::Severity threshold = model::ParseSeverity(arguments.fail_on);
  if (!arguments.fail_on.empty() && threshold == model::Severity::kUnknown)
    return Err(Code::kInvalidArgument, "--fail-on: \"" + arguments.fail_on +
                                           "\" is not a severity (negligible, low, medium, high, critical)");

  WEIR_ASSIGN(scan::ScanOptions options, MakeScanOptions(arguments.flags));
  std::shared_ptr<const advisory::Index> index;
  if (!arguments.packages_only) {
    WEIR_ASSIGN(index, OpenIndex(arguments.flags));
  }
  Result<model::ScanResult> result = [&] {
    Progress progress(!session.quiet);
    options.walk.progress = [&progress](const model::WalkStats& stats) { progress.Show(stats); };
    return scan::Scan(arguments.target, index, options);
  }();
  if (!result) return Err(result.error());
  result->tool_version = WEIR_VERSION;

  report::ReportOptions shown = TerminalOptions();
  shown.show_closed = arguments.show_closed;
  shown.include_owned = arguments.include_owned;
  shown.packages_only = arguments.packages_only;
  shown.limit = arguments.limit;
  WEIR_TRY(WriteOutputs(outputs, *result, shown));

  if (arguments.fail_on.empty()) return static_cast<int>(kDone);
  std::size_t count = CountAtLeast(*result, threshold);
  if (count == 0) return static_cast<int>(kDone);
  if (!session.quiet)
    std::fprintf(stderr, "weir: %zu finding%s of severity %s or above\n", count, count == 1 ? "" : "s",
                 std::string(model::SeverityName(threshold)).c_str());
  return static_cast<int>(kThreshold);
}

constexpr const char* kTargets =
    "a folder, host, an image archive, a registry reference, a container's name or id, a pid, an SBOM file; "
    "or with its "
    "kind: dir: docker-archive: oci-archive: oci-dir: registry: docker-image: podman-image: "
    "containerd-image: docker: podman: containerd: pid: sbom:";

void AddOutputFlags(CLI::App& command, ScanArguments& arguments) {
  command
      .add_option(
          "-o,--output", arguments.outputs,
          "FORMAT[=FILE]: table, json, cyclonedx-json, spdx-json, sarif, openvex, csv, html; repeatable")
      ->group("Results")
      ->type_name("FORMAT[=FILE]");
  command
      .add_flag("--include-owned", arguments.include_owned, "also list packages that an OS package installed")
      ->group("Results");
}

void Run(const std::shared_ptr<ScanArguments>& arguments, Session& session) {
  session.action = [arguments, &session] {
    Result<int> status = RunScan(*arguments, session);
    return status ? *status : Fail(status.error());
  };
}

}  // namespace

void AddScanCommand(CLI::App& app, Session& session) {
  auto scan = std::make_shared<ScanArguments>();
  CLI::App& command = AddCommand(
      app, "scan", "Find the packages of a target, their known vulnerabilities, and what to fix first.",
      "weir scan host\n"
      "weir scan .\n"
      "weir scan registry:registry.example.org/team/app:1.4 --ca-file ca.pem\n"
      "weir scan podman:web -o table -o json=web.json\n"
      "weir scan docker-image:nginx:1.25\n"
      "weir scan image.tar --fail-on high --only-fixed\n"
      "weir scan sbom:app.cdx.json -o sarif=app.sarif");
  command.add_option("TARGET", scan->target, kTargets)->required();
  AddOutputFlags(command, *scan);
  command.add_option("--fail-on", scan->fail_on, "exit with 2 if a finding has at least this severity")
      ->group("Results")
      ->type_name("SEVERITY");
  command.add_flag("--show-closed", scan->show_closed, "tables also show findings closed by rules or VEX")
      ->group("Results");
  command.add_option("--limit", scan->limit, "the table shows this many findings at most; 0 shows all")
      ->capture_default_str()
      ->group("Results");
  AddTargetFlags(command, scan->flags);
  AddMatchFlags(command, scan->flags);
  command.callback([scan, &session] { Run(scan, session); });

  auto sbom = std::make_shared<ScanArguments>();
  sbom->packages_only = true;
  sbom->flags.no_runtime = true;
  CLI::App& bill =
      AddCommand(app, "sbom", "List the packages of a target, without matching them.",
                 "weir sbom dir:/srv/app\n"
                 "weir sbom image.tar -o cyclonedx-json=image.cdx.json -o spdx-json=image.spdx.json");
  bill.add_option("TARGET", sbom->target, kTargets)->required();
  AddOutputFlags(bill, *sbom);
  AddTargetFlags(bill, sbom->flags);
  bill.callback([sbom, &session] { Run(sbom, session); });
}

}  // namespace weir::cli
