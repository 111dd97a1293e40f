// What an idle sensor costs: processor time by thread, and memory, over a minute on
// this machine with some hundred further processes of which a part talks.
//
//   weir_sensor_idle WEIR [SECONDS [PROCESSES]]      default 60 and 200
//
// The console is the tests' own, in this process. Prints a table; asserts nothing.
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/strings.h"
#include "sensor/testing.h"

namespace {

using weir::ReadFile;

/// Processor seconds of a stat file: own, and of children that ended.
struct Seconds {
  double own = 0, children = 0;
};
Seconds ReadSeconds(const std::string& path) {
  auto text = ReadFile(path, 4096);
  if (!text) return {};
  std::string_view rest = std::string_view(*text).substr(text->rfind(')') + 2);
  std::vector<std::string_view> fields = weir::Split(rest, ' ');
  auto at = [&](std::size_t i) {
    return i < fields.size() ? static_cast<double>(weir::ParseUint(fields[i]).value_or(0)) : 0.0;
  };
  auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return {(at(11) + at(12)) / ticks, (at(13) + at(14)) / ticks};
}

/// Finer than ticks: nanoseconds on a processor, by thread name.
std::map<std::string, double> ThreadSeconds(pid_t pid) {
  std::map<std::string, double> out;
  std::string folder = "/proc/" + std::to_string(pid) + "/task";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    auto name = ReadFile(entry.path().string() + "/comm", 64);
    auto text = ReadFile(entry.path().string() + "/schedstat", 256);
    if (!name || !text) continue;
    std::string_view rest = *text;
    out[std::string(weir::Trim(*name))] +=
        static_cast<double>(weir::ParseUint(weir::NextPiece(rest, ' ')).value_or(0)) / 1e9;
  }
  return out;
}

std::string StatusLine(pid_t pid, std::string_view name) {
  auto text = ReadFile("/proc/" + std::to_string(pid) + "/status", 64 << 10);
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  while (!rest.empty()) {
    std::string_view line = weir::NextLine(rest);
    if (line.starts_with(name)) return std::string(weir::Trim(line.substr(name.size())));
  }
  return "?";
}

/// Every other one holds a connection to a listener of the first.
std::vector<pid_t> StartOthers(int count) {
  int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener, 512) != 0)
    return {};
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::vector<pid_t> out;
  for (int i = 0; i < count; ++i) {
    pid_t pid = ::fork();
    if (pid == 0) {
      if (i == 0) {
        while (::accept(listener, nullptr, nullptr) >= 0) {
        }
      }
      ::close(listener);
      int fd = ::socket(AF_INET, SOCK_STREAM, 0);
      if (i % 2 == 1) static_cast<void>(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address));
      while (true) ::pause();
    }
    out.push_back(pid);
  }
  ::close(listener);
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: weir_sensor_idle WEIR [SECONDS [PROCESSES]]\n");
    return 64;
  }
  auto number = [&](int i, int otherwise) { return argc > i ? std::atoi(argv[i]) : otherwise; };
  const int seconds = number(2, 60), processes = number(3, 200);
  std::string folder = (std::filesystem::temp_directory_path() / "weir-idle-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return 1;
  std::vector<pid_t> others = StartOthers(processes);
  pid_t sensor = 0;
  {
    weir::sensor::FakeConsole console;
    ::setenv("WEIR_TOKEN", console.Token().c_str(), 1);
    sensor = ::fork();
    if (sensor == 0) {
      ::execl(argv[1], "weir", "--quiet", "sensor", "--console", console.Url().c_str(), "--data-dir",
              folder.c_str(), nullptr);
      ::_exit(127);
    }
    auto busy = [&] {
      auto statuses = console.statuses();
      return console.Of<weir::wire::ScanRecord>().empty() || statuses.empty() ||
             !statuses.back().scans.empty();
    };
    for (int i = 0; i < 600 && busy(); ++i) ::sleep(1);
    constexpr int kSettle = 15;
    ::sleep(kSettle);
    auto threads = ThreadSeconds(sensor);
    Seconds before = ReadSeconds("/proc/" + std::to_string(sensor) + "/stat");
    std::size_t records = console.records().size();
    ::sleep(static_cast<unsigned>(seconds));
    Seconds after = ReadSeconds("/proc/" + std::to_string(sensor) + "/stat");
    double whole = 0;
    std::printf("%-16s %s\n", "thread", "percent of a processor");
    for (const auto& [name, used] : ThreadSeconds(sensor)) {
      std::printf("%-16s %.3f\n", name.c_str(), (used - threads[name]) / seconds * 100);
      whole += used - threads[name];
    }
    std::printf("%-16s %.3f\n", "sensor", whole / seconds * 100);
    std::printf("%-16s %.3f\n", "its children", (after.children - before.children) / seconds * 100);
    std::printf("memory now %s, most ever %s, of its own %s\n", StatusLine(sensor, "VmRSS:").c_str(),
                StatusLine(sensor, "VmHWM:").c_str(), StatusLine(sensor, "RssAnon:").c_str());
    auto all = console.records();
    std::map<std::string, std::size_t> kinds;
    for (std::size_t i = records; i < all.size(); ++i) {
      if (const auto* scan = std::get_if<weir::wire::ScanRecord>(&all[i].body)) {
        ++kinds["scans for " + scan->trigger];
      } else {
        ++kinds[std::holds_alternative<weir::wire::InventoryRecord>(all[i].body) ? "inventory"
                                                                                 : "usage or failure"];
      }
    }
    std::printf("%d further processes; records in %d s:\n", processes, seconds);
    for (const auto& [kind, count] : kinds) std::printf("  %zu %s\n", count, kind.c_str());
    ::kill(sensor, SIGTERM);
    ::waitpid(sensor, nullptr, 0);
  }
  for (pid_t pid : others) ::kill(pid, SIGKILL);
  for (pid_t pid : others) ::waitpid(pid, nullptr, 0);
  std::filesystem::remove_all(folder);
  return 0;
}
