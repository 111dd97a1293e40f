// What the files of the subcommands share. The command line is the only room
// that knows the CLI library; each subcommand is one file with one Add function
// that main.cc lists.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "advisory/index.h"
#include "base/result.h"
#include "report/report.h"

namespace CLI {
class App;
}

namespace weir::cli {

/// Exit status of every command (docs/design.md, "Fixed names").
enum ExitCode : int { kDone = 0, kError = 1, kThreshold = 2, kUsage = 64 };

/// The one thing to do, chosen by parsing; run by main after it.
struct Session {
  std::function<int()> action;
  bool quiet = false;
};

void AddScanCommand(CLI::App& app, Session& session);  // scan, sbom
void AddSecretsCommand(CLI::App& app, Session& session);
void AddMalwareCommand(CLI::App& app, Session& session);  // and its hidden child
void AddExplainCommand(CLI::App& app, Session& session);
void AddDbCommand(CLI::App& app, Session& session);
void AddPsCommand(CLI::App& app, Session& session);
void AddSensorCommand(CLI::App& app, Session& session);  // sensor, and its hidden child
void AddConsoleCommand(CLI::App& app, Session& session);
void AddUpCommand(CLI::App& app, Session& session);
void AddVersionCommand(CLI::App& app, Session& session);
void AddCompletionCommand(CLI::App& app, Session& session);

/// "weir: message" on standard error; returns the exit status.
int Fail(const Error& error);

/// Seconds precision, UTC: "2026-11-23T12:00:00Z".
std::string NowRfc3339();

/// One "-o FORMAT[=FILE]".
struct Output {
  report::Format format = report::Format::kTable;
  std::string path;  // empty or "-": standard output
};
Result<std::vector<Output>> ParseOutputs(const std::vector<std::string>& words);
/// Renders to each output; files are written whole or not at all.
Result<void> WriteOutputs(const std::vector<Output>& outputs, const model::ScanResult& result,
                          report::ReportOptions options);
/// Colour and width fitting standard output: terminal, NO_COLOR, CLICOLOR_FORCE, COLUMNS.
report::ReportOptions TerminalOptions();

/// Where state lives unless --data-dir says otherwise: WEIR_DATA_DIR, /var/lib/weir for root, else the XDG
/// state folder.
std::string DefaultDataDir();

/// The first paragraph of help is the purpose, then EXAMPLES, one a line, before all options.
CLI::App& AddCommand(CLI::App& parent, const std::string& name, const std::string& purpose,
                     const std::string& examples);

}  // namespace weir::cli
