// Simulated sensors that speak the real protocol to a real console: enrolment, mutual
// TLS, batches, status, the stream of commands.
//
//   weir_fleet --console HOST:PORT --token T --sbom FILE [--hosts N] [--containers N] [--packages N]
//              [--images N] [--processes N] [--seconds N] [--rescan N] [--threads N] [--acks FILE] [--seed N]
//              [--no-commands]
//
// FILE is what "weir sbom TARGET -o json" wrote; images are samples of its packages. Each host sends itself
// and its containers, then, for --seconds, a change of its inventory every 30 s and a status every 10 s;
// --rescan N: N scans of containers a second over the whole fleet. Ends when everything is acknowledged, or
// after 60 s of trying. --acks gets a line for every record that the console acknowledged.
#include <getopt.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <random>
#include <stop_token>
#include <thread>

#include "base/file.h"
#include "base/hash.h"
#include "base/strings.h"
#include "fleet_host.h"
#include "net/certificate_authority.h"
#include "sbom/sbom.h"

namespace {

using Clock = std::chrono::steady_clock;
using weir::bench::FleetHost;
using weir::bench::Image;

struct Options {
  std::string console, token, sbom, acks;
  std::size_t hosts = 10, containers = 10, packages = 500, images = 40, processes = 40, threads = 4;
  std::size_t seconds = 0, seed = 1;
  double rescan = 0;
  bool commands = true;
};

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "weir_fleet: %s\n", why.c_str());
  std::exit(1);
}

Options Parse(int argc, char** argv) {
  Options o;
  const option long_options[] = {
      {"console", 1, nullptr, 'c'}, {"token", 1, nullptr, 't'},       {"sbom", 1, nullptr, 'b'},
      {"hosts", 1, nullptr, 'h'},   {"containers", 1, nullptr, 'n'},  {"packages", 1, nullptr, 'p'},
      {"images", 1, nullptr, 'i'},  {"processes", 1, nullptr, 'q'},   {"seconds", 1, nullptr, 's'},
      {"rescan", 1, nullptr, 'r'},  {"threads", 1, nullptr, 'j'},     {"acks", 1, nullptr, 'a'},
      {"seed", 1, nullptr, 'e'},    {"no-commands", 0, nullptr, 'x'}, {nullptr, 0, nullptr, 0}};
  auto number = [](const char* text) -> std::size_t {
    std::optional<std::uint64_t> value = weir::ParseUint(text);
    if (!value) Die(std::string("not a number: ") + text);
    return *value;
  };
  for (int c; (c = ::getopt_long(argc, argv, "", long_options, nullptr)) != -1;) {
    switch (c) {
      case 'c':
        o.console = optarg;
        break;
      case 't':
        o.token = optarg;
        break;
      case 'b':
        o.sbom = optarg;
        break;
      case 'h':
        o.hosts = number(optarg);
        break;
      case 'n':
        o.containers = number(optarg);
        break;
      case 'p':
        o.packages = number(optarg);
        break;
      case 'i':
        o.images = number(optarg);
        break;
      case 'q':
        o.processes = number(optarg);
        break;
      case 's':
        o.seconds = number(optarg);
        break;
      case 'r':
        o.rescan = static_cast<double>(number(optarg));
        break;
      case 'j':
        o.threads = number(optarg);
        break;
      case 'a':
        o.acks = optarg;
        break;
      case 'e':
        o.seed = number(optarg);
        break;
      case 'x':
        o.commands = false;
        break;
      default:
        std::exit(64);
    }
  }
  if (o.console.empty() || o.token.empty() || o.sbom.empty() || o.images == 0 || o.threads == 0)
    Die("--console, --token and --sbom are needed");
  return o;
}

std::vector<Image> MakeImages(const Options& o) {
  weir::Result<std::string> text = weir::ReadFile(o.sbom, 1ULL << 30U);
  if (!text) Die(text.error().message);
  weir::Result<weir::model::Sbom> sbom = weir::sbom::ReadSbom(*text, o.sbom);
  if (!sbom) Die(sbom.error().message);
  std::vector<weir::model::Package> all;
  for (weir::model::Package& package : sbom->packages)
    if (package.owned_by.empty()) all.push_back(std::move(package));
  if (all.size() < o.packages) Die("the SBOM has fewer packages than --packages");
  std::mt19937_64 random(o.seed);
  std::vector<Image> images(o.images);
  for (std::size_t i = 0; i < images.size(); ++i) {
    Image& image = images[i];
    image.id =
        "sha256:" + weir::DigestHex(weir::DigestKind::kSha256, weir::AsBytes("image " + std::to_string(i)));
    image.name = "registry.example/team/app-" + std::to_string(i) + ":1";
    image.distro = sbom->distro;
    std::vector<weir::model::Package> chosen;
    std::sample(all.begin(), all.end(), std::back_inserter(chosen), o.packages, random);
    image.packages = chosen.size();
    for (const weir::model::Package& package : chosen)
      image.packages_json += (image.packages_json.empty() ? "[" : ",") + weir::wire::ToJson(package);
    image.packages_json += "]";
  }
  return images;
}

/// Reads the stream of commands as a sensor does: it costs the console a connection.
void HoldCommands(const FleetHost& host, const std::stop_token& stop, std::atomic<std::uint64_t>& commands) {
  while (!stop.stop_requested()) {
    weir::net::HttpClient client(host.options());
    std::stop_callback end(stop, [&client] { client.Cancel(); });
    weir::net::HttpRequest request;
    request.url = "https://" + std::string(weir::wire::kSensorHost) + "/sensor/v1/commands";
    request.stall_timeout_seconds = 60;
    auto sink = [&](std::string_view bytes) {
      if (bytes.find("event: command") != std::string_view::npos) ++commands;
      return !stop.stop_requested();
    };
    static_cast<void>(client.Fetch(request, sink));
    for (int i = 0; i < 10 && !stop.stop_requested(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

class Fleet {
 public:
  explicit Fleet(Options options) : o_(std::move(options)), images_(MakeImages(o_)) {
    if (!o_.acks.empty() && (acks_ = std::fopen(o_.acks.c_str(), "w")) == nullptr)
      Die("cannot write " + o_.acks);
  }

  int Run() {
    FetchAuthority();
    start_ = Clock::now();
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < o_.threads; ++t) threads.emplace_back([this, t] { Work(t); });
    threads.clear();
    if (acks_ != nullptr) std::fclose(acks_);
    double took = std::chrono::duration<double>(Clock::now() - start_).count();
    std::printf("hosts %zu, containers %zu, packages %zu\n", o_.hosts, o_.hosts * o_.containers,
                o_.packages * o_.hosts * (o_.containers + 1));
    std::printf("everything sent and acknowledged after %.1f s; whole run %.1f s\n", loaded_seconds_.load(),
                took);
    std::printf("records %lu, acknowledged %lu, requests %lu, failed and tried again %lu, MiB sent %.1f\n",
                total_.records, total_.acknowledged, total_.requests, total_.failures,
                static_cast<double>(total_.bytes) / 1048576.0);
    std::fflush(stdout);
    return total_.records == total_.acknowledged ? 0 : 1;
  }

 private:
  void FetchAuthority() {
    weir::Result<weir::wire::EnrolToken> token = weir::wire::ParseEnrolToken(o_.token);
    if (!token) Die(token.error().message);
    weir::net::HttpOptions any;
    any.insecure_tls = true;  // for this one request; the digest in the token decides
    any.connect_to = o_.console;
    weir::net::HttpClient client(any);
    weir::net::HttpRequest request;
    request.url = "https://" + std::string(weir::wire::kEnrolHost) + "/sensor/v1/ca";
    weir::Result<weir::net::HttpResponse> answer = client.Fetch(request);
    if (!answer) Die(answer.error().message);
    weir::Result<weir::net::CertificateFacts> facts = weir::net::ReadCertificate(answer->body);
    if (!facts || facts->sha256 != token->ca_digest) Die("the console's authority is not the token's");
    address_ = {o_.console, answer->body};
  }

  void Work(std::size_t thread) {
    std::vector<std::unique_ptr<FleetHost>> hosts;
    std::vector<std::jthread> streams;
    for (std::size_t n = thread; n < o_.hosts; n += o_.threads) {
      auto host = std::make_unique<FleetHost>(address_, n, o_.seed);
      for (int tries = 0;; ++tries) {
        weir::Result<void> enrolled = host->Enrol(o_.token);
        if (enrolled) break;
        if (tries == 30) Die(enrolled.error().message);
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
      }
      if (o_.commands)
        streams.emplace_back(
            [this, raw = host.get()](const std::stop_token& stop) { HoldCommands(*raw, stop, commands_); });
      host->Begin(images_, o_.containers, o_.processes);
      Drain(*host);
      hosts.push_back(std::move(host));
    }
    double took = std::chrono::duration<double>(Clock::now() - start_).count();
    for (double seen = loaded_seconds_; took > seen && !loaded_seconds_.compare_exchange_weak(seen, took);) {
    }
    Steady(hosts);
    for (auto& host : hosts) Drain(*host);
    ++threads_done_;  // streams stay open until the last thread is done: a fleet is there as a whole
    while (threads_done_ < o_.threads) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::lock_guard lock(mutex_);
    for (auto& host : hosts) {
      total_.records += host->counts().records;
      total_.acknowledged += host->counts().acknowledged;
      total_.requests += host->counts().requests;
      total_.failures += host->counts().failures;
      total_.bytes += host->counts().bytes;
    }
  }

  void Steady(std::vector<std::unique_ptr<FleetHost>>& hosts) {
    if (hosts.empty()) return;
    auto end = Clock::now() + std::chrono::seconds(o_.seconds);
    std::uint64_t step = 0;
    double owed = 0, share = o_.rescan / static_cast<double>(o_.threads);
    auto last = Clock::now();
    while (Clock::now() < end) {
      // Each host has its turn 10 times in a second's share of the round.
      FleetHost& host = *hosts[step++ % hosts.size()];
      std::uint64_t round = step / hosts.size();
      if (round % 3 == 0) host.ChangeInventory();
      owed += share * std::chrono::duration<double>(Clock::now() - last).count();
      last = Clock::now();
      for (; owed >= 1; owed -= 1) host.ScanAgain(images_);
      bool ok = host.SendStatus() && host.SendSome(kBatchBytes);
      Log(host);
      if (!ok) std::this_thread::sleep_for(std::chrono::milliseconds(50));
      std::this_thread::sleep_for(std::chrono::duration<double>(10.0 / static_cast<double>(hosts.size())));
    }
  }

  void Drain(FleetHost& host) {
    auto give_up = Clock::now() + std::chrono::seconds(60);
    while (!host.idle() && Clock::now() < give_up) {
      if (!host.SendSome(kBatchBytes)) std::this_thread::sleep_for(std::chrono::milliseconds(200));
      Log(host);
    }
  }

  void Log(FleetHost& host) {
    std::vector<weir::bench::Acknowledged> rows = host.TakeAcknowledged();
    if (acks_ == nullptr || rows.empty()) return;
    std::lock_guard lock(mutex_);
    for (const weir::bench::Acknowledged& row : rows)
      std::fprintf(acks_, "%s\t%lu\t%s\t%s\t%s\n", host.sensor_id().c_str(), row.sequence, row.kind.c_str(),
                   row.scan_id.c_str(), row.asset.c_str());
    std::fflush(acks_);
  }

  static constexpr std::size_t kBatchBytes = 4U << 20U;
  const Options o_;
  const std::vector<Image> images_;
  weir::bench::ConsoleAddress address_;
  Clock::time_point start_;
  std::atomic<std::size_t> threads_done_ = 0;
  std::atomic<std::uint64_t> commands_ = 0;
  std::atomic<double> loaded_seconds_ = 0;
  std::mutex mutex_;  // guards what follows
  std::FILE* acks_ = nullptr;
  weir::bench::HostCounts total_;
};

}  // namespace

int main(int argc, char** argv) { return Fleet(Parse(argc, argv)).Run(); }
