#include "sensor/observer.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "base/hash.h"
#include "base/strings.h"
#include "sensor/host_facts.h"
#include "sensor/scan_child.h"
#include "sensor/support.h"

namespace weir::sensor {
namespace {

using model::AssetKind;

/// A process that ends sooner is not worth a row: a build starts thousands.
constexpr std::int64_t kYoungMs = 900;
/// One that lives this long stays.
constexpr std::int64_t kStaysMs = 30'000;
constexpr std::int64_t kHostFactsMs = 60'000, kImagesMs = 600'000, kSettledMs = 10'000;
/// Runtimes write down a new container's name after its process is there.
constexpr int kIncompleteLooks = 5;

std::int64_t UptimeMs() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

/// Times of the files in which runtimes keep their lists of images: cheap to look at every second. Docker's
/// are where docker lies by default; elsewhere its images are seen with the regular look.
std::string ImageMarks(const discovery::DiscoveryOptions& options) {
  std::vector<std::string> paths = discovery::ImageStateFiles(options);
  std::string root = options.host_root.ends_with('/') ? options.host_root : options.host_root + "/";
  paths.push_back(root + "var/lib/docker/image/overlay2/repositories.json");
  paths.push_back(root + "var/lib/docker/image/overlay2/imagedb/content/sha256");
  std::string out;
  for (const std::string& path : paths) {
    struct stat info{};
    if (::stat(path.c_str(), &info) == 0)
      out += std::to_string(info.st_ino) + ":" + std::to_string(info.st_mtim.tv_sec) + "." +
             std::to_string(info.st_mtim.tv_nsec) + ":" + std::to_string(info.st_size);
    out += ';';
  }
  return out;
}

}  // namespace

double Pace::ThreadSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void Pace::Done(std::int64_t now_ms, double seconds) {
  constexpr double kMemory = 0.7;
  cost_ = cost_ == 0 ? seconds : cost_ * kMemory + seconds * (1 - kMemory);
  constexpr std::int64_t kMostTimes = 12;  // late is better than never
  std::int64_t base = interval_.count();
  auto wanted = static_cast<std::int64_t>(cost_ / share_ * 1000);
  gap_ms_ = std::clamp(wanted, base, base * kMostTimes);
  next_ms_ = now_ms + gap_ms_;
}

Observer::Observer(const SensorOptions& options)
    : options_(options),
      monitor_(options.discovery),
      processes_(options.process_interval, options.discovery_share / 2),
      settled_(std::chrono::milliseconds(kSettledMs), options.discovery_share / 8),
      sockets_(options.socket_interval, options.discovery_share / 2),
      containers_(options.container_interval, options.discovery_share / 8),
      images_pace_(std::chrono::milliseconds(kImagesMs), options.discovery_share / 8),
      host_(std::chrono::milliseconds(kHostFactsMs), options.discovery_share / 8) {}

std::int64_t Observer::AgeMs(const model::Process& process) const {
  static const std::int64_t kTicks = std::max(1L, ::sysconf(_SC_CLK_TCK));
  return uptime_ms_ - static_cast<std::int64_t>(process.start_time_ticks) * 1000 / kTicks;
}

void Observer::LookAtContainers(std::int64_t now_ms) {
  containers_.Run(now_ms, [&] { monitor_.RefreshContainers(); });
  last_containers_ms_ = now_ms;
  looked_at_containers_ = true;
  bool incomplete = std::any_of(monitor_.containers().begin(), monitor_.containers().end(),
                                [](const model::Container& c) { return c.name.empty() || c.image.empty(); });
  incomplete_looks_ = incomplete ? incomplete_looks_ + 1 : 0;
}

void Observer::LookAtImages(std::int64_t now_ms) {
  std::string marks = ImageMarks(options_.discovery);
  if (marks == image_marks_ && !images_pace_.Due(now_ms)) return;
  image_marks_ = std::move(marks);
  images_pace_.Run(now_ms, [&] {
    std::vector<Error> errors;
    images_ = discovery::ListImages(options_.discovery, &errors);
    image_problems_.clear();
    for (const Error& error : errors) image_problems_.push_back(ToValidUtf8(error.message));
  });
  looked_at_images_ = true;
}

bool Observer::Look(std::int64_t now_ms) {
  uptime_ms_ = UptimeMs();
  looked_at_containers_ = looked_at_images_ = looked_at_sockets_ = false;
  bool changed = young_left_out_;
  if (processes_.Due(now_ms)) {
    bool settled = settled_.Due(now_ms);
    auto look = [&] { changed = monitor_.RefreshProcesses(settled) || changed; };
    if (settled) {
      settled_.Run(now_ms, look);
    } else {
      processes_.Run(now_ms, look);
    }
  }
  // A runtime with many containers is not asked at every start of one.
  constexpr double kAskShare = 0.05;
  bool may_ask = now_ms - last_containers_ms_ >=
                 static_cast<std::int64_t>(containers_.cost_seconds() / kAskShare * 1000);
  bool ask =
      monitor_.containers_changed() || (incomplete_looks_ > 0 && incomplete_looks_ <= kIncompleteLooks);
  if (options_.discovery.containers && (containers_.Due(now_ms) || (ask && may_ask)))
    LookAtContainers(now_ms);
  if (options_.discovery.containers) LookAtImages(now_ms);
  if (sockets_.Due(now_ms)) {
    sockets_.Run(now_ms, [&] { monitor_.RefreshSockets(); });
    looked_at_sockets_ = true;
  }
  if (host_.Due(now_ms))
    host_.Run(now_ms, [&] {
      facts_ = ReadHostFacts(options_.discovery, options_.name, options_.labels, options_.version);
    });
  return changed || looked_at_containers_ || looked_at_images_ || looked_at_sockets_;
}

/// By what the kernel says it is, not by its parent alone: where the sensor is the first process of a pid
/// namespace, every orphan becomes its child.
bool Observer::IsOwnScan(const model::Process& process) const {
  const auto self = static_cast<std::uint32_t>(::getpid());
  if (process.parent != self || process.arguments.size() < 2 || process.arguments[1] != kChildCommand)
    return false;
  auto sensor = monitor_.processes().find(self);
  return sensor != monitor_.processes().end() && sensor->second.executable == process.executable;
}

std::vector<wire::ProcessRow> Observer::ProcessRows(std::int64_t now_ms) {
  std::vector<wire::ProcessRow> out;
  young_left_out_ = false;
  for (const auto& [pid, process] : monitor_.processes()) {
    if (IsOwnScan(process)) continue;  // come and go, and are told as scans
    std::int64_t age = AgeMs(process);
    if (age < kYoungMs) {
      young_left_out_ = true;
      continue;
    }
    wire::ProcessRow row;
    row.pid = pid;
    row.parent = process.parent;
    row.start_time_ticks = process.start_time_ticks;
    row.name = process.name;
    row.executable = process.executable;
    row.user = process.user_name.empty() ? std::to_string(process.user_id) : process.user_name;
    row.arguments = process.arguments;
    row.container_id = process.container_id;
    row.privileged = process.privileged;
    row.listening = process.listening;
    row.first_seen = Rfc3339(now_ms - age);
    out.push_back(std::move(row));
  }
  return out;
}

std::vector<wire::ConnectionRow> Observer::ConnectionRows() const {
  std::vector<wire::ConnectionRow> out;
  const auto& processes = monitor_.processes();
  auto key_of = [&](std::uint32_t pid) {
    auto found = processes.find(pid);
    if (found == processes.end()) return std::string();
    return std::to_string(pid) + ":" + std::to_string(found->second.start_time_ticks);
  };
  for (const discovery::HeldConnection& held : monitor_.connections()) {
    auto process = processes.find(held.pid);
    if (process == processes.end() || IsOwnScan(process->second)) continue;
    wire::ConnectionRow row;
    row.process = key_of(held.pid);
    row.container_id = process->second.container_id;
    const model::Connection& connection = held.connection;
    row.protocol = connection.protocol;
    row.inbound = connection.inbound;
    row.local_address = connection.local_address;
    if (connection.inbound) {
      row.local_port = connection.local_port;
    } else {
      row.remote_port = connection.remote_port;
    }
    row.remote_address = connection.remote_address;
    row.remote_scope = connection.remote_scope;
    row.remote_process = key_of(held.remote_pid);
    row.count = 1;
    out.push_back(std::move(row));
  }
  return out;
}

Observation Observer::Observe(std::int64_t now_ms) {
  Observation out;
  out.host = facts_;
  out.host.addresses = ShownAddresses(monitor_.host_addresses());
  out.processes = ProcessRows(now_ms);
  out.containers = monitor_.containers();
  out.images = images_;
  if (looked_at_sockets_) out.connections = ConnectionRows();
  out.connections_looked_at = looked_at_sockets_;
  out.problems = monitor_.problems();
  out.problems.insert(out.problems.end(), image_problems_.begin(), image_problems_.end());
  out.unreadable_processes = monitor_.unreadable_processes();
  out.truncated_lists = monitor_.truncated_lists();
  return out;
}

std::map<wire::AssetRef, RunningMark> Observer::Running(std::int64_t now_ms) const {
  static_cast<void>(now_ms);
  std::map<wire::AssetRef, RunningMark> out;
  // Sums: the order in which processes come does not matter, nor how many of a kind there are.
  std::map<wire::AssetRef, std::unordered_set<std::uint64_t>> kinds;
  for (const auto& [pid, process] : monitor_.processes()) {
    if (IsOwnScan(process)) continue;
    wire::AssetRef asset;
    if (!process.container_id.empty()) asset = {AssetKind::kContainer, process.container_id};
    std::int64_t age = AgeMs(process);
    if (age < kYoungMs * 3) continue;
    RunningMark& mark = out[asset];
    std::string kind = process.executable;
    for (const model::ListeningSocket& socket : process.listening)
      kind += "|" + socket.protocol + socket.address + ":" + std::to_string(socket.port);
    // A program without a socket that is gone in a moment is no news for the ranking.
    if (!process.listening.empty() || age >= kStaysMs)
      if (std::uint64_t hash = Hash64(kind); kinds[asset].insert(hash).second) mark.fast += hash;
    if (age >= kStaysMs)
      mark.slow +=
          Hash64(std::to_string(pid) + ":" + std::to_string(process.start_time_ticks) + process.executable);
  }
  for (const model::Container& container : monitor_.containers()) {
    auto found = out.find({AssetKind::kContainer, container.id});
    if (found == out.end() || container.image_id.empty()) continue;
    std::string id =
        container.image_id.starts_with("sha256:") ? container.image_id : "sha256:" + container.image_id;
    RunningMark& mark = out[{AssetKind::kImage, id}];
    mark.fast += found->second.fast;
    mark.slow += found->second.slow;
  }
  return out;
}

}  // namespace weir::sensor
