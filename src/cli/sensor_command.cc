// weir sensor, and the hidden sensor-scan that it starts for each scan
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "base/file.h"
#include "base/log.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/daemon.h"
#include "cli/sensor_content_flags.h"
#include "sensor/scan_child.h"
#include "sensor/sensor.h"
#include "version.h"

namespace weir::cli {
namespace {

struct SensorArguments {
  std::string console, token, token_file, name, data_dir, scan_interval = "24h";
  std::vector<std::string> labels, exclude;
  SensorContentFlags content;
  unsigned scan_cpu = 100;
  std::uint64_t scan_memory_mib = 1024, spool_max_mib = 512, scan_seconds = 3600;
  int nice = 19;
  bool no_images = false, no_containers = false, no_host = false, one_shot = false;
};

/// "90", "90s", "30m", "24h", "7d"
Result<std::chrono::seconds> ParseDuration(std::string_view text) {
  std::string_view digits = text;
  std::uint64_t unit = 1;
  if (!digits.empty() && !IsDigit(digits.back())) {
    switch (digits.back()) {
      case 's':
        break;
      case 'm':
        unit = 60;
        break;
      case 'h':
        unit = 3600;
        break;
      case 'd':
        unit = 86400;
        break;
      default:
        unit = 0;
    }
    digits.remove_suffix(1);
  }
  auto number = ParseUint(digits);
  constexpr std::uint64_t kMost = 365ULL * 86400;
  if (!number || unit == 0 || *number == 0 || *number > kMost / unit)
    return Err(Code::kInvalidArgument, "\"" + std::string(text) + "\" is not a time (90s, 30m, 24h, 7d)");
  return std::chrono::seconds(*number * unit);
}

/// --token-file, then --token, then WEIR_TOKEN, which the children are not to have.
Result<std::string> ReadToken(const SensorArguments& arguments) {
  constexpr std::uint64_t kMaxToken = 4096;
  std::string token = arguments.token;
  if (!arguments.token_file.empty()) {
    WEIR_ASSIGN(token, arguments.token_file == "-" ? ReadAll(STDIN_FILENO, kMaxToken, "standard input")
                                                   : ReadFile(arguments.token_file, kMaxToken));
  }
  const char* environment = std::getenv("WEIR_TOKEN");
  if (token.empty() && environment != nullptr) token = environment;
  ::unsetenv("WEIR_TOKEN");
  return std::string(Trim(token));
}

Result<sensor::SensorOptions> MakeSensorOptions(const SensorArguments& arguments) {
  sensor::SensorOptions options;
  options.console_url = arguments.console;
  WEIR_ASSIGN(options.token, ReadToken(arguments));
  options.data_dir = arguments.data_dir.empty() ? DefaultDataDir() : arguments.data_dir;
  options.name = arguments.name;
  options.version = WEIR_VERSION;
  for (const std::string& label : arguments.labels) {
    std::size_t equals = label.find('=');
    if (equals == std::string::npos || equals == 0)
      return Err(Code::kInvalidArgument, "--label " + label + ": KEY=VALUE is wanted");
    options.labels.emplace_back(label.substr(0, equals), label.substr(equals + 1));
  }
  options.exclude = arguments.exclude;
  WEIR_TRY(ApplySensorContentFlags(arguments.content, options));
  options.budget.processor_percent = arguments.scan_cpu;
  options.budget.memory_bytes = arguments.scan_memory_mib << 20U;
  options.budget.nice = arguments.nice;
  options.budget.max_seconds = arguments.scan_seconds;
  options.spool_max_bytes = arguments.spool_max_mib << 20U;
  options.scan_host = !arguments.no_host;
  options.scan_containers = !arguments.no_containers;
  options.scan_images = !arguments.no_images;
  WEIR_ASSIGN(options.scan_interval, ParseDuration(arguments.scan_interval));
  return options;
}

/// Says what changed on the line to the console, once.
void Tell(const sensor::SensorStatus& status, sensor::LinkState& told, bool quiet) {
  if (status.link == told || quiet) return;
  told = status.link;
  std::string why = status.link_error.empty() ? "" : ": " + ToValidUtf8(status.link_error);
  std::fprintf(stderr, "weir: console %s%s\n", std::string(sensor::LinkStateName(status.link)).c_str(),
               why.c_str());
  if (status.link == sensor::LinkState::kRevoked)
    std::fprintf(stderr,
                 "weir: the console does not take this sensor any more; enrol again with a new token\n");
}

bool AllSent(const sensor::SensorStatus& status) {
  return status.first_scan_done && status.scans.empty() && status.scans_waiting == 0 &&
         status.acknowledged == status.sequence;
}

Result<int> RunSensor(const SensorArguments& arguments, bool quiet) {
  WEIR_ASSIGN(sensor::SensorOptions options, MakeSensorOptions(arguments));
  StopSignal stop;
  KeepMemoryLow();
  std::string data_dir = options.data_dir;
  WEIR_ASSIGN(std::unique_ptr<sensor::Sensor> running, sensor::Sensor::Start(std::move(options)));
  if (!quiet)
    std::fprintf(stderr, "weir: sensor %s runs; state in %s/sensor\n", running->status().sensor_id.c_str(),
                 data_dir.c_str());
  sensor::LinkState told = sensor::LinkState::kConnecting;
  while (!stop.Wait(std::chrono::milliseconds(500))) {
    sensor::SensorStatus status = running->status();
    Tell(status, told, quiet);
    if (arguments.one_shot && AllSent(status)) break;
  }
  running->Stop();
  return static_cast<int>(kDone);
}

void AddFlags(CLI::App& command, SensorArguments& arguments) {
  constexpr const char* kConsole = "Console";
  command.add_option("--console", arguments.console, "its address, as https://HOST:PORT (remembered)")
      ->group(kConsole)
      ->type_name("URL");
  command
      .add_option(
          "--token", arguments.token,
          "enrolment token, for the first start; better by file or WEIR_TOKEN, which the process list does "
          "not show")
      ->group(kConsole);
  command.add_option("--token-file", arguments.token_file, "file with the token; - for standard input")
      ->group(kConsole)
      ->type_name("FILE");
  command.add_option("--name", arguments.name, "name shown for this host (default: its host name)")
      ->group(kConsole);
  command.add_option("--label", arguments.labels, "KEY=VALUE shown with this host; repeatable")
      ->group(kConsole);
  command.add_option("--data-dir", arguments.data_dir, "where certificate, spool and caches are kept")
      ->group(kConsole)
      ->type_name("DIR");
  command.add_option("--spool-max", arguments.spool_max_mib, "MiB kept at most while the console is away")
      ->capture_default_str()
      ->check(CLI::Range(std::uint64_t{16}, std::uint64_t{1} << 20U))
      ->group(kConsole);

  constexpr const char* kScans = "Scans";
  command.add_option("--scan-cpu", arguments.scan_cpu, "percent of one processor that a scan may use")
      ->capture_default_str()
      ->check(CLI::Range(5U, 6400U))
      ->group(kScans);
  command.add_option("--scan-memory", arguments.scan_memory_mib, "MiB of memory that a scan may use")
      ->capture_default_str()
      ->check(CLI::Range(std::uint64_t{128}, std::uint64_t{1} << 20U))
      ->group(kScans);
  command.add_option("--scan-time", arguments.scan_seconds, "seconds that a scan may take")
      ->capture_default_str()
      ->check(CLI::Range(std::uint64_t{10}, std::uint64_t{864'000}))
      ->group(kScans);
  command.add_option("--nice", arguments.nice, "niceness of scans")
      ->capture_default_str()
      ->check(CLI::Range(0, 19))
      ->group(kScans);
  command
      .add_option("--scan-interval", arguments.scan_interval,
                  "each asset again after this time (30m, 24h, 7d)")
      ->capture_default_str()
      ->group(kScans)
      ->type_name("TIME");
  command
      .add_option("--exclude", arguments.exclude, "paths left out (pattern, ** crosses folders); repeatable")
      ->group(kScans);
  command.add_flag("--no-host", arguments.no_host, "do not scan the host's own files")->group(kScans);
  command.add_flag("--no-containers", arguments.no_containers, "do not scan containers")->group(kScans);
  command.add_flag("--no-images", arguments.no_images, "do not scan images in the runtimes' stores")
      ->group(kScans);
  command
      .add_flag("--one-shot", arguments.one_shot,
                "end when everything was scanned once and has reached the console")
      ->group(kScans);
  AddSensorContentFlags(command, arguments.content, kScans);
}

}  // namespace

void AddSensorCommand(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<SensorArguments>();
  CLI::App& command = AddCommand(
      app, "sensor", "Watch this host for a console: what runs, what it is made of, what changes.",
      "weir sensor --console https://console:8443 --token-file token   first start: enrol, then watch\n"
      "weir sensor                                                     later: the certificate is kept\n"
      "weir sensor --scan-cpu 50 --scan-memory 512                     scans within half a processor and 512 "
      "MiB\n"
      "weir sensor --one-shot                                          scan all once, send it, end");
  AddFlags(command, *arguments);
  command.callback([arguments, &session] {
    session.action = [arguments, &session] {
      Result<int> status = RunSensor(*arguments, session.quiet);
      return status ? *status : Fail(status.error());
    };
  });

  CLI::App& child = *app.add_subcommand(sensor::kChildCommand, "");
  child.group("");  // not for people
  child.callback([&session] { session.action = [] { return sensor::ScanChildMain(); }; });
}

}  // namespace weir::cli
