// weir: the command line. Parses, runs the one chosen action, maps errors to exit codes.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>

#include "base/log.h"
#include "cli/command.h"
#include "cli/formatter.h"

int main(int argc, char** argv) {
  // A reader that went away (weir ... | head) ends us quietly through write errors, not by a signal in
  // mid-write.
  std::signal(SIGPIPE, SIG_IGN);
  weir::cli::Session session;
  CLI::App app("Finds what runs, what is weak in it, and what to fix first.", "weir");
  app.formatter(weir::cli::MakeHelpFormatter());
  app.footer(
      "weir up                              watch this machine: a page with what runs and what to fix first\n"
      "weir scan host                       this machine once: packages, processes, ranked findings\n"
      "weir scan registry:alpine:3.18       an image, straight from its registry\n"
      "weir scan . --fail-on high           a project folder, in CI\n"
      "weir secrets git:.                   keys, tokens and passwords in all of a repository's history\n"
      "weir malware podman:web              malware in a running container\n"
      "weir db update                       fetch the advisory sources\n"
      "weir explain host CVE-2021-44228     why a finding is ranked where it is");
  app.require_subcommand(1);
  app.fallthrough(false);
  unsigned verbose = 0;
  app.add_flag("-v,--verbose", verbose, "more diagnostics on standard error (twice: debug)");
  app.add_flag("-q,--quiet", session.quiet, "no progress and no notes on standard error");

  weir::cli::AddScanCommand(app, session);
  weir::cli::AddSecretsCommand(app, session);
  weir::cli::AddMalwareCommand(app, session);
  weir::cli::AddExplainCommand(app, session);
  weir::cli::AddDbCommand(app, session);
  weir::cli::AddPsCommand(app, session);
  weir::cli::AddSensorCommand(app, session);
  weir::cli::AddConsoleCommand(app, session);
  weir::cli::AddUpCommand(app, session);
  weir::cli::AddVersionCommand(app, session);
  weir::cli::AddCompletionCommand(app, session);

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForAllHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "weir: %s\n", error.what());
    std::fprintf(stderr, "Try \"weir --help\" or \"weir COMMAND --help\".\n");
    return weir::cli::kUsage;
  }
  if (session.quiet) weir::SetLogLevel(weir::LogLevel::kError);
  if (verbose == 1) weir::SetLogLevel(weir::LogLevel::kInfo);
  if (verbose > 1) weir::SetLogLevel(weir::LogLevel::kDebug);
  if (!session.action) {
    std::fprintf(stderr, "%s", app.help().c_str());
    return weir::cli::kUsage;
  }
  int status = weir::cli::kError;
  try {
    status = session.action();
  } catch (const std::exception& error) {  // above all std::bad_alloc: no core file of a half-read host
    std::fprintf(stderr, "weir: %s\n", error.what());
    return weir::cli::kError;
  }
  if (std::fflush(stdout) != 0) return weir::cli::kError;
  return status;
}
