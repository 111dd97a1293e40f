// weir explain
#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/file.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/scan_options.h"

namespace weir::cli {
namespace {

struct ExplainArguments {
  ScanFlags flags;
  std::string target, vulnerability, package, output = "table";
};

bool Names(const model::Finding& finding, const std::string& id) {
  if (EqualsIgnoreCase(finding.vulnerability.id, id)) return true;
  for (const std::string& alias : finding.vulnerability.aliases)
    if (EqualsIgnoreCase(alias, id)) return true;
  return false;
}

Result<int> RunExplain(const ExplainArguments& arguments) {
  WEIR_ASSIGN(report::Format format, report::ParseFormat(arguments.output));
  if (format != report::Format::kTable && format != report::Format::kJson)
    return Err(Code::kInvalidArgument, "explain writes table or json");
  WEIR_ASSIGN(scan::ScanOptions options, MakeScanOptions(arguments.flags));
  WEIR_ASSIGN(std::shared_ptr<const advisory::Index> index, OpenIndex(arguments.flags));
  WEIR_ASSIGN(model::ScanResult result, scan::Scan(arguments.target, index, options));
  report::ReportOptions shown = TerminalOptions();
  std::vector<std::string> parts;
  for (const model::Finding& finding : result.findings) {
    if (!Names(finding, arguments.vulnerability)) continue;
    if (!arguments.package.empty() && finding.package_name != arguments.package) continue;
    parts.push_back(report::RenderExplanation(result, finding, format == report::Format::kJson, shown));
  }
  if (parts.empty()) {
    std::string message = arguments.target + " has no finding named " + arguments.vulnerability;
    if (index->FindById(arguments.vulnerability).empty())
      message += ", and no advisory of this name is in the index (see `weir db status`)";
    return Err(Code::kNotFound, message);
  }
  std::string text = format == report::Format::kJson ? "[" + Join(parts, ",") + "]\n" : Join(parts, "\n");
  WEIR_TRY(WriteAll(STDOUT_FILENO, text, "standard output"));
  return static_cast<int>(kDone);
}

}  // namespace

void AddExplainCommand(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<ExplainArguments>();
  CLI::App& command = AddCommand(
      app, "explain", "Show why a finding is ranked where it is, with the evidence for each point.",
      "weir explain host CVE-2021-44228\n"
      "weir explain podman:web CVE-2022-0778 --package openssl -o json");
  command.add_option("ASSET", arguments->target, "a target, as for `weir scan`")->required();
  command.add_option("CVE", arguments->vulnerability, "a CVE, GHSA, DSA ... id")->required();
  command.add_option("--package", arguments->package, "only for this package");
  command.add_option("-o,--output", arguments->output, "table or json")->capture_default_str();
  AddTargetFlags(command, arguments->flags);
  AddStateFlags(command, arguments->flags);
  AddMatchFlags(command, arguments->flags);
  command.callback([arguments, &session] {
    session.action = [arguments] {
      Result<int> status = RunExplain(*arguments);
      return status ? *status : Fail(status.error());
    };
  });
}

}  // namespace weir::cli
