// How fast the HTTPS server answers, and what an idle connection costs it.
//
//   bench_http_server [CONNECTIONS [SECONDS [IDLE]]]     default 32 10 2000
//
// Server and clients are two processes on this machine, so both share its
// processors: rates are what one machine does with both ends. Clients speak TLS
// 1.3 over kept connections, one request at a time each, answers of 200 bytes.
// Memory is the server process' resident size before and after IDLE connections
// were opened, each having made one request.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/strings.h"
#include "net/server_testing.h"

namespace {

using namespace weir;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kGet = "GET /bench HTTP/1.1\r\nHost: x\r\n\r\n";

std::uint64_t Field(pid_t pid, const std::string& file, std::string_view name) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/" + file);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name))
      return ParseUint(line.substr(line.find_first_of("0123456789"),
                                   line.find(" kB") - line.find_first_of("0123456789")))
          .value_or(0);
  return 0;
}

double CpuSeconds(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(in)), {});
  std::vector<std::string_view> fields = Split(std::string_view(text).substr(text.rfind(')') + 2), ' ');
  auto ticks = ParseUint(fields[11]).value_or(0) + ParseUint(fields[12]).value_or(0);
  return static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

/// Runs a server, writes its port to OUT and serves until IN is closed.
void Serve(int in, int out) {
  net::ServerOptions options;
  options.limits.connections_per_address = 100'000;
  options.limits.connections = 100'000;
  net::TestHttpsServer server(
      [](net::ServerRequest, net::Responder responder) {
        responder.Send({200, {{"Content-Type", "text/plain"}}, std::string(200, 'x'), nullptr});
      },
      options);
  std::uint16_t port = server.port();
  static_cast<void>(!::write(out, &port, sizeof port));
  char byte = 0;
  while (::read(in, &byte, 1) > 0) {
  }
}

void MeasureRate(std::uint16_t port, pid_t server, int connections, int seconds) {
  std::atomic<bool> stop = false;
  std::vector<std::vector<double>> micros(static_cast<std::size_t>(connections));
  std::vector<std::jthread> threads;
  for (auto& own : micros)
    threads.emplace_back([&] {
      net::RawTlsClient client(port);
      while (!stop) {
        auto start = Clock::now();
        if (!client.Send(kGet) || client.ReadAnswer().size() < 200) return;
        own.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
      }
    });
  double cpu = CpuSeconds(server);
  auto start = Clock::now();
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  stop = true;
  threads.clear();
  double lasted = std::chrono::duration<double>(Clock::now() - start).count();
  cpu = CpuSeconds(server) - cpu;
  std::vector<double> all;
  for (const auto& own : micros) all.insert(all.end(), own.begin(), own.end());
  if (all.empty()) return;
  std::sort(all.begin(), all.end());
  std::printf(
      "%d connections: %.0f requests/s, median %.0f us, 99 %% within %.0f us, %.1f us of server CPU each\n",
      connections, static_cast<double>(all.size()) / lasted, all[all.size() / 2], all[all.size() * 99 / 100],
      cpu * 1e6 / static_cast<double>(all.size()));
}

void MeasureMemory(std::uint16_t port, pid_t server, int idle) {
  std::uint64_t before = Field(server, "status", "VmRSS:");
  std::vector<std::unique_ptr<net::RawTlsClient>> clients;
  auto start = Clock::now();
  for (int i = 0; i < idle; ++i) {
    clients.push_back(std::make_unique<net::RawTlsClient>(port));
    if (!clients.back()->Send(kGet) || clients.back()->ReadAnswer().empty())
      std::printf("connection %d failed\n", i);
  }
  double lasted = std::chrono::duration<double>(Clock::now() - start).count();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  std::uint64_t after = Field(server, "status", "VmRSS:");
  double cpu = CpuSeconds(server);
  std::this_thread::sleep_for(std::chrono::seconds(5));
  cpu = CpuSeconds(server) - cpu;
  std::printf(
      "%d idle connections: %llu -> %llu KiB resident, %.1f KiB each; %.0f handshakes/s, one after the "
      "other; idle %.2f %% of a core\n",
      idle, static_cast<unsigned long long>(before), static_cast<unsigned long long>(after),
      static_cast<double>(after - before) / idle, idle / lasted, cpu / 5 * 100);
}

int Number(int argc, char** argv, int at, int otherwise) {
  return argc > at ? static_cast<int>(ParseUint(argv[at]).value_or(0)) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  int to_server[2], from_server[2];
  if (::pipe(to_server) != 0 || ::pipe(from_server) != 0) return 1;
  pid_t server = ::fork();
  if (server == 0) {
    ::close(to_server[1]);
    Serve(to_server[0], from_server[1]);
    return 0;
  }
  ::close(to_server[0]);
  std::uint16_t port = 0;
  if (::read(from_server[0], &port, sizeof port) != sizeof port) return 1;
  MeasureRate(port, server, 1, Number(argc, argv, 2, 10));
  MeasureRate(port, server, Number(argc, argv, 1, 32), Number(argc, argv, 2, 10));
  MeasureMemory(port, server, Number(argc, argv, 3, 2000));
  ::close(to_server[1]);
  ::waitpid(server, nullptr, 0);
  return 0;
}
