#include "sensor/host_facts.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/strings.h"
#include "model/distro.h"

namespace weir::sensor {
namespace {

std::string Line(const std::string& path) {
  constexpr std::uint64_t kMax = 64U << 10U;
  auto text = ReadFile(path, kMax);
  return text ? ToValidUtf8(Trim(*text)) : std::string();
}

std::uint64_t MemoryBytes(const std::string& meminfo) {
  std::string_view rest = meminfo;
  while (!rest.empty()) {
    std::string_view line = NextLine(rest);
    if (NextPiece(line, ':') != "MemTotal") continue;
    line = Trim(line);
    return ParseUint(NextPiece(line, ' ')).value_or(0) * 1024;
  }
  return 0;
}

}  // namespace

wire::HostFacts ReadHostFacts(const discovery::DiscoveryOptions& options, const std::string& name,
                              const std::vector<std::pair<std::string, std::string>>& labels,
                              const std::string& sensor_version) {
  std::string root = options.host_root.ends_with('/') ? options.host_root : options.host_root + "/";
  wire::HostFacts out;
  out.name = name.empty() ? Line(options.proc_root + "/sys/kernel/hostname") : name;
  out.machine_id = Line(root + "etc/machine-id");
  out.boot_id = Line(options.proc_root + "/sys/kernel/random/boot_id");
  std::string release = Line(root + "etc/os-release");
  if (release.empty()) release = Line(root + "usr/lib/os-release");
  out.os = model::ParseOsRelease(release).pretty_name;
  out.kernel = Line(options.proc_root + "/sys/kernel/osrelease");
  utsname names{};
  if (::uname(&names) == 0) out.architecture = static_cast<const char*>(names.machine);
  out.processors = static_cast<std::uint32_t>(std::max(0L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  out.memory_bytes = MemoryBytes(Line(options.proc_root + "/meminfo"));
  out.sensor_version = sensor_version;
  out.labels = labels;
  return out;
}

std::vector<std::string> ShownAddresses(const std::vector<std::string>& all) {
  std::vector<std::string> out;
  constexpr std::size_t kMost = 256;
  for (const std::string& address : all) {
    model::AddressScope scope = model::ScopeOfAddress(address);
    if (scope == model::AddressScope::kLoopback || scope == model::AddressScope::kLinkLocal) continue;
    if (std::find(out.begin(), out.end(), address) == out.end() && out.size() < kMost) out.push_back(address);
  }
  return out;
}

}  // namespace weir::sensor
