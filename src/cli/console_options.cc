#include "cli/console_options.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "advisory/starter.h"
#include "base/file.h"
#include "cli/command.h"
#include "version.h"

namespace weir::cli {
namespace {

constexpr std::uint64_t kMaxPemBytes = 1U << 20U;

}  // namespace

void AddConsoleFlags(CLI::App& command, ConsoleFlags& flags, const std::string& listen) {
  flags.listen = {listen};
  command.add_option("--listen", flags.listen, "ADDRESS:PORT to serve on; repeatable")
      ->envname("WEIR_LISTEN")
      ->capture_default_str()
      ->group("Console");
  command
      .add_option("--hostname", flags.names,
                  "a further name or address that people and sensors reach the console by; repeatable")
      ->group("Console");
  command.add_option("--tls-cert", flags.tls_certificate, "certificate chain for browsers, PEM")
      ->envname("WEIR_TLS_CERT")
      ->group("Console");
  command.add_option("--tls-key", flags.tls_key, "its key, PEM")->envname("WEIR_TLS_KEY")->group("Console");
  command.add_option("--db", flags.db, "another advisory index than the one in the data folder")
      ->group("Console");
  command.add_flag("--offline", flags.offline, "fetch advisories only when someone asks for it")
      ->group("Console");
  command
      .add_flag("--reset-admin", flags.reset_admin,
                "give the user admin a new one-time password, for who is locked out")
      ->group("Console");
  command.add_option("--data-dir", flags.data_dir, "where state lives")
      ->envname("WEIR_DATA_DIR")
      ->default_str(DefaultDataDir())
      ->group("Console");
}

Result<console::ConsoleOptions> MakeConsoleOptions(const ConsoleFlags& flags) {
  console::ConsoleOptions options;
  options.data_dir = flags.data_dir.empty() ? DefaultDataDir() : flags.data_dir;
  options.listen = flags.listen;
  options.names = flags.names;
  options.database = flags.db;
  options.starter_yaml = advisory::EmbeddedStarterYaml();
  options.version = WEIR_VERSION;
  options.scheduled_updates = !flags.offline;
  options.reset_admin = flags.reset_admin;
  if (flags.tls_certificate.empty() != flags.tls_key.empty())
    return Err(Code::kInvalidArgument, "--tls-cert and --tls-key go together");
  if (!flags.tls_certificate.empty()) {
    WEIR_ASSIGN(options.tls_certificate_pem, ReadFile(flags.tls_certificate, kMaxPemBytes));
    WEIR_ASSIGN(options.tls_key_pem, ReadFile(flags.tls_key, kMaxPemBytes));
  }
  return options;
}

void PrintWelcome(const console::Console& console) {
  std::printf("Weir is at %s\n", console.url().c_str());
  if (const std::optional<std::string>& password = console.first_run_password())
    std::printf("First login: user admin, one-time password: %s\n", password->c_str());
  std::fflush(stdout);
}

}  // namespace weir::cli
