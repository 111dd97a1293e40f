// weir explain
#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/file.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/content_options.h"
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

Result<int> Print(const std::vector<std::string>& parts, bool json) {
  std::string text = json ? "[" + Join(parts, ",") + "]\n" : Join(parts, "\n");
  WEIR_TRY(WriteAll(STDOUT_FILENO, text, "standard output"));
  return static_cast<int>(kDone);
}

/// Secrets and malware are named by their fingerprint.
bool IsFingerprint(std::string_view id) {
  constexpr std::size_t kDigits = 32;
  return id.size() == kDigits && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<int> ExplainContent(const ExplainArguments& arguments, bool json) {
  WEIR_ASSIGN(scan::ScanOptions options, MakeScanOptions(arguments.flags));
  const std::string& data_dir = arguments.flags.data_dir;
  ContentFlags content;
  WEIR_TRY(SetContentOptions(content, {.vulnerabilities = true, .secrets = true, .malware = true},
                             arguments.target, data_dir.empty() ? DefaultDataDir() : data_dir, options));
  WEIR_ASSIGN(model::ScanResult result, scan::Scan(arguments.target, nullptr, options));
  for (const model::ContentFinding& finding : result.content)
    if (finding.fingerprint == arguments.vulnerability)
      return Print(
          {report::RenderContentExplanation(result.sbom.asset.name, finding, json, TerminalOptions())}, json);
  return Err(Code::kNotFound, arguments.target + " has neither a secret nor malware of the fingerprint " +
                                  arguments.vulnerability +
                                  " (fingerprints are made with a key: see docs/secrets.md)");
}

Result<int> RunExplain(const ExplainArguments& arguments) {
  WEIR_ASSIGN(report::Format format, report::ParseFormat(arguments.output));
  if (format != report::Format::kTable && format != report::Format::kJson)
    return Err(Code::kInvalidArgument, "explain writes table or json");
  const bool json = format == report::Format::kJson;
  if (IsFingerprint(arguments.vulnerability)) return ExplainContent(arguments, json);
  WEIR_ASSIGN(scan::ScanOptions options, MakeScanOptions(arguments.flags));
  WEIR_ASSIGN(std::shared_ptr<const advisory::Index> index, OpenIndex(arguments.flags));
  WEIR_ASSIGN(model::ScanResult result, scan::Scan(arguments.target, index, options));
  report::ReportOptions shown = TerminalOptions();
  std::vector<std::string> parts;
  for (const model::Finding& finding : result.findings) {
    if (!Names(finding, arguments.vulnerability)) continue;
    if (!arguments.package.empty() && finding.package_name != arguments.package) continue;
    parts.push_back(report::RenderExplanation(result, finding, json, shown));
  }
  if (parts.empty()) {
    std::string message = arguments.target + " has no finding named " + arguments.vulnerability;
    if (index->FindById(arguments.vulnerability).empty())
      message += ", and no advisory of this name is in the index (see `weir db status`)";
    return Err(Code::kNotFound, message);
  }
  return Print(parts, json);
}

}  // namespace

void AddExplainCommand(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<ExplainArguments>();
  CLI::App& command = AddCommand(
      app, "explain", "Show why a finding is ranked where it is, with the evidence for each point.",
      "weir explain host CVE-2021-44228\n"
      "weir explain podman:web CVE-2022-0778 --package openssl -o json\n"
      "weir explain . 3f1c0a5b9e0d4c7f8a6b5c4d3e2f1a0b");
  command.add_option("ASSET", arguments->target, "a target, as for `weir scan`")->required();
  command
      .add_option("FINDING", arguments->vulnerability,
                  "a CVE, GHSA, DSA ... id, or the fingerprint of a secret or malware")
      ->required();
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
