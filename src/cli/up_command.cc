// weir up: a console and a sensor for this machine in one process, through the same
// code and the same protocol as two processes on two machines.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "cli/command.h"
#include "cli/console_options.h"
#include "cli/daemon.h"
#include "cli/sensor_content_flags.h"
#include "sensor/sensor.h"
#include "store/assets.h"
#include "version.h"

namespace weir::cli {
namespace {

struct UpArguments {
  ConsoleFlags console;
  SensorContentFlags content;
  std::vector<std::string> exclude;
  bool no_images = false, no_containers = false;
};

/// One line on a terminal with how far the running scan is; without a terminal only its end is told.
class ScanProgress {
 public:
  explicit ScanProgress(bool quiet) : terminal_(!quiet && ::isatty(STDERR_FILENO) == 1) {}
  ~ScanProgress() { Clear(); }
  ScanProgress(const ScanProgress&) = delete;
  ScanProgress& operator=(const ScanProgress&) = delete;

  void Show(const sensor::SensorStatus& status) {
    if (!terminal_) return;
    if (status.scans.empty()) return Clear();
    const wire::ScanProgress& scan = status.scans.front();
    constexpr int kWidth = 24;
    int full = scan.fraction < 0 ? -1 : static_cast<int>(std::clamp(scan.fraction, 0.0, 1.0) * kWidth);
    std::string bar(kWidth, '.');
    if (full >= 0) std::fill_n(bar.begin(), full, '#');
    std::fprintf(
        stderr, "\r\033[Kscanning %s [%s] %llu files, %llu MiB%s", Printable(scan.name).c_str(), bar.c_str(),
        static_cast<unsigned long long>(scan.files), static_cast<unsigned long long>(scan.bytes >> 20U),
        status.scans_waiting > 0 ? (", " + std::to_string(status.scans_waiting) + " waiting").c_str() : "");
    std::fflush(stderr);
    shown_ = true;
  }
  void Clear() {
    if (shown_) std::fputs("\r\033[K", stderr);
    shown_ = false;
  }

 private:
  static std::string Printable(std::string name) {
    for (char& c : name)
      if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '?';
    return name.substr(0, 40);
  }
  bool terminal_, shown_ = false;
};

/// "2 critical, 1 low"; empty where there is nothing.
std::string CountsText(const store::SeverityCounts& counts) {
  std::string text;
  for (model::Severity severity :
       {model::Severity::kCritical, model::Severity::kHigh, model::Severity::kMedium, model::Severity::kLow,
        model::Severity::kNegligible, model::Severity::kUnknown})
    if (std::int64_t count = counts.by[static_cast<std::size_t>(severity)]; count > 0)
      text += (text.empty() ? "" : ", ") + std::to_string(count) + " " +
              std::string(model::SeverityName(severity));
  return text;
}

/// What the first scan found, once it has been stored.
bool PrintFirstResult(store::Store& store) {
  Result<store::Page<store::Asset>> hosts = store.Read([](store::Reader& r) {
    store::AssetQuery query;
    query.kind = model::AssetKind::kHost;
    return store::ListAssets(r, query);
  });
  if (!hosts || hosts->items.empty() || hosts->items.front().last_scan == 0) return false;
  const store::Asset& host = hosts->items.front();
  std::string counts = CountsText(host.open);
  std::printf("This machine: %u packages; open findings: %s\n", host.packages,
              counts.empty() ? "none (see the page for what could not be checked)" : counts.c_str());
  if (std::string secrets = CountsText(host.content.secrets); !secrets.empty())
    std::printf("Secrets: %s\n", secrets.c_str());
  if (std::string malware = CountsText(host.content.malware); !malware.empty())
    std::printf("Malware: %s\n", malware.c_str());
  std::fflush(stdout);
  return true;
}

Result<int> RunUp(const UpArguments& arguments, bool quiet) {
  StopSignal stop;
  KeepMemoryLow();
  WEIR_ASSIGN(console::ConsoleOptions options, MakeConsoleOptions(arguments.console));
  std::string data_dir = options.data_dir;
  WEIR_ASSIGN(std::unique_ptr<console::Console> console, console::Console::Start(std::move(options)));
  PrintWelcome(*console);

  sensor::SensorOptions watch;
  watch.data_dir = data_dir;
  watch.console_url = "https://" + console->sensor_address();
  watch.version = WEIR_VERSION;
  watch.exclude = arguments.exclude;
  // The console's own keys lie there, where they have to.
  watch.exclude.push_back(std::filesystem::absolute(data_dir).lexically_normal().relative_path().string() +
                          "/**");
  WEIR_TRY(ApplySensorContentFlags(arguments.content, watch));
  watch.scan_images = !arguments.no_images;
  watch.scan_containers = !arguments.no_containers;
  std::error_code ignored;
  if (!std::filesystem::exists(data_dir + "/sensor/identity.json", ignored)) {
    WEIR_ASSIGN(watch.token, console->MakeEnrolmentToken("this machine", 1, 1));
  }
  WEIR_ASSIGN(std::unique_ptr<sensor::Sensor> sensor, sensor::Sensor::Start(std::move(watch)));

  ScanProgress progress(quiet);
  bool told = false;
  while (!stop.Wait(std::chrono::milliseconds(told ? 1000 : 200))) {
    sensor::SensorStatus status = sensor->status();
    progress.Show(status);
    if (told || !status.first_scan_done || status.acknowledged < status.sequence) continue;
    progress.Clear();
    told = PrintFirstResult(console->store());
  }
  progress.Clear();
  sensor->Stop();
  console->Stop();
  return static_cast<int>(kDone);
}

}  // namespace

void AddUpCommand(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<UpArguments>();
  CLI::App& command = AddCommand(app, "up", "Watch this machine: console and sensor in one process.",
                                 "weir up\n"
                                 "weir up --listen 127.0.0.1:9443 --data-dir ./weir-data\n"
                                 "weir up --exclude 'home/**'");
  AddConsoleFlags(command, arguments->console, "127.0.0.1:8443");
  command
      .add_option("--exclude", arguments->exclude,
                  "leave out paths that match this glob ('**' spans folders); repeatable")
      ->group("Sensor");
  command.add_flag("--no-containers", arguments->no_containers, "do not scan containers")->group("Sensor");
  command.add_flag("--no-images", arguments->no_images, "do not scan images that are not running")
      ->group("Sensor");
  AddSensorContentFlags(command, arguments->content, "Sensor");
  command.callback([arguments, &session] {
    session.action = [arguments, &session] {
      Result<int> status = RunUp(*arguments, session.quiet);
      return status ? *status : Fail(status.error());
    };
  });
}

}  // namespace weir::cli
