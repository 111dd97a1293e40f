// weir scan, weir sbom
#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/run_scan.h"

namespace weir::cli {
namespace {

void AddOwnedFlag(CLI::App& command, ScanArguments& arguments) {
  command
      .add_flag("--include-owned", arguments.include_owned, "also list packages that an OS package installed")
      ->group("Results");
}

}  // namespace

void AddScanCommand(CLI::App& app, Session& session) {
  auto scan = std::make_shared<ScanArguments>();
  CLI::App& command = AddCommand(
      app, "scan",
      "Find the packages of a target, their known vulnerabilities, secrets, malware, and what to fix first.",
      "weir scan host\n"
      "weir scan .\n"
      "weir scan registry:registry.example.org/team/app:1.4 --ca-file ca.pem\n"
      "weir scan podman:web -o table -o json=web.json\n"
      "weir scan docker-image:nginx:1.25\n"
      "weir scan image.tar --fail-on high --only-fixed\n"
      "weir scan host --scanners vulnerabilities\n"
      "weir scan sbom:app.cdx.json -o sarif=app.sarif");
  command.add_option("TARGET", scan->target, kTargetHelp)->required();
  AddOutputFlags(command, *scan, true);
  AddOwnedFlag(command, *scan);
  AddTargetFlags(command, scan->flags);
  AddStateFlags(command, scan->flags);
  AddMatchFlags(command, scan->flags);
  AddContentFlags(command, scan->content, ContentCommand::kScan);
  command.callback([scan, &session] { SetRun(scan, session); });

  auto sbom = std::make_shared<ScanArguments>();
  sbom->packages_only = true;
  sbom->flags.no_runtime = true;
  sbom->content.scanners = "vulnerabilities";
  CLI::App& bill =
      AddCommand(app, "sbom", "List the packages of a target, without matching them.",
                 "weir sbom dir:/srv/app\n"
                 "weir sbom image.tar -o cyclonedx-json=image.cdx.json -o spdx-json=image.spdx.json");
  bill.add_option("TARGET", sbom->target, kTargetHelp)->required();
  AddOutputFlags(bill, *sbom, false);
  AddOwnedFlag(bill, *sbom);
  AddTargetFlags(bill, sbom->flags);
  bill.callback([sbom, &session] { SetRun(sbom, session); });
}

}  // namespace weir::cli
