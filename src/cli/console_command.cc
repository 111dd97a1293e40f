// weir console
#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/console_options.h"
#include "cli/daemon.h"

namespace weir::cli {
namespace {

Result<int> RunConsole(const ConsoleFlags& flags) {
  StopSignal stop;
  KeepMemoryLow();
  WEIR_ASSIGN(console::ConsoleOptions options, MakeConsoleOptions(flags));
  WEIR_ASSIGN(std::unique_ptr<console::Console> console, console::Console::Start(std::move(options)));
  PrintWelcome(*console);
  while (!stop.Wait(std::chrono::hours(1))) {
  }
  console->Stop();
  return static_cast<int>(kDone);
}

}  // namespace

void AddConsoleCommand(CLI::App& app, Session& session) {
  auto flags = std::make_shared<ConsoleFlags>();
  CLI::App& command = AddCommand(
      app, "console", "Serve the page and the API, and take what sensors send.",
      "weir console\n"
      "weir console --listen 0.0.0.0:8443 --hostname weir.example.org\n"
      "weir console --listen [::]:443 --tls-cert /etc/weir/fullchain.pem --tls-key /etc/weir/key.pem");
  AddConsoleFlags(command, *flags, "0.0.0.0:8443");
  command.callback([flags, &session] {
    session.action = [flags] {
      Result<int> status = RunConsole(*flags);
      return status ? *status : Fail(status.error());
    };
  });
}

}  // namespace weir::cli
