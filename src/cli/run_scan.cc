#include "cli/run_scan.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <mutex>

#include "version.h"

namespace weir::cli {
namespace {

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
  auto weak =
      std::count_if(result.content.begin(), result.content.end(), [&](const model::ContentFinding& finding) {
        return finding.status == model::FindingStatus::kOpen && finding.severity >= threshold;
      });
  return static_cast<std::size_t>(
      weak +
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

  WEIR_ASSIGN(Scanners scanners, ParseScanners(arguments.content.scanners));
  WEIR_ASSIGN(scan::ScanOptions options, MakeScanOptions(arguments.flags));
  const std::string& data_dir = arguments.flags.data_dir;
  WEIR_TRY(SetContentOptions(arguments.content, scanners, arguments.target,
                             data_dir.empty() ? DefaultDataDir() : data_dir, options));
  std::shared_ptr<const advisory::Index> index;
  if (!arguments.packages_only && scanners.vulnerabilities) {
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
  WEIR_TRY(WriteBaseline(arguments.content, *result, options));

  if (arguments.fail_on.empty()) return static_cast<int>(kDone);
  std::size_t count = CountAtLeast(*result, threshold);
  if (count == 0) return static_cast<int>(kDone);
  if (!session.quiet)
    std::fprintf(stderr, "weir: %zu finding%s of severity %s or above\n", count, count == 1 ? "" : "s",
                 std::string(model::SeverityName(threshold)).c_str());
  return static_cast<int>(kThreshold);
}

}  // namespace

const char* const kTargetHelp =
    "a folder, host, an image archive, a registry reference, a container's name or id, a pid, an SBOM file; "
    "or with its "
    "kind: dir: docker-archive: oci-archive: oci-dir: registry: docker-image: podman-image: "
    "containerd-image: docker: podman: containerd: pid: git: sbom:";

void AddOutputFlags(CLI::App& command, ScanArguments& arguments, bool findings) {
  const char* group = "Results";
  command
      .add_option(
          "-o,--output", arguments.outputs,
          "FORMAT[=FILE]: table, json, cyclonedx-json, spdx-json, sarif, openvex, csv, html; repeatable")
      ->group(group)
      ->type_name("FORMAT[=FILE]");
  if (!findings) return;
  command.add_option("--fail-on", arguments.fail_on, "exit with 2 if a finding has at least this severity")
      ->group(group)
      ->type_name("SEVERITY");
  command
      .add_flag("--show-closed", arguments.show_closed,
                "tables also show what rules, VEX or people have closed")
      ->group(group);
  command.add_option("--limit", arguments.limit, "a table shows this many findings at most; 0 shows all")
      ->capture_default_str()
      ->group(group);
}

void SetRun(const std::shared_ptr<ScanArguments>& arguments, Session& session) {
  session.action = [arguments, &session] {
    Result<int> status = RunScan(*arguments, session);
    return status ? *status : Fail(status.error());
  };
}

}  // namespace weir::cli
