// weir version
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "advisory/updater.h"
#include "base/file.h"
#include "base/strings.h"
#include "cli/command.h"
#include "version.h"

namespace weir::cli {
namespace {

bool Exists(const char* path) {
  struct stat info{};
  return ::stat(path, &info) == 0;
}

/// Effective capabilities of this process, from /proc: bit CAP set?
bool HasCapability(unsigned capability) {
  Result<std::string> status = ReadFile("/proc/self/status", 64 * 1024);
  if (!status) return false;
  std::string_view rest = *status;
  while (!rest.empty()) {
    std::string_view line = NextLine(rest);
    if (!line.starts_with("CapEff:")) continue;
    std::uint64_t mask = std::strtoull(std::string(Trim(line.substr(7))).c_str(), nullptr, 16);
    return ((mask >> capability) & 1U) != 0;
  }
  return false;
}

struct Feature {
  std::string name;
  bool found;
  std::string detail;
};

std::vector<Feature> FindFeatures(const std::string& data_dir) {
  constexpr unsigned kSysPtrace = 19, kSysAdmin = 21, kBpf = 39;
  utsname kernel{};
  ::uname(&kernel);
  std::vector<Feature> features{
      {"kernel", true, std::string(kernel.release) + " " + kernel.machine},
      {"root", ::geteuid() == 0, "all files and processes can be read"},
      {"ptrace", HasCapability(kSysPtrace), "programs and libraries of other users' processes can be seen"},
      {"container-namespaces", HasCapability(kSysAdmin), "file systems of running containers can be read"},
      {"btf", Exists("/sys/kernel/btf/vmlinux"), "kernel types, for the eBPF sensor"},
      {"bpf", HasCapability(kBpf), "eBPF programs may be loaded"},
      {"cgroup2",
       Exists("/sys/fs/cgroup/cgroup.controllers") || Exists("/sys/fs/cgroup/unified/cgroup.controllers"),
       "processes can be told apart by container"},
      {"docker", Exists("/var/run/docker.sock"), "/var/run/docker.sock"},
      {"podman", Exists("/var/lib/containers/storage"), "/var/lib/containers/storage"},
      {"containerd", Exists("/run/containerd/containerd.sock"), "/run/containerd/containerd.sock"},
  };
  Result<std::shared_ptr<const advisory::Index>> index = advisory::OpenDatabase("", data_dir);
  if (index) {
    features.push_back({"advisories", true,
                        std::to_string((*index)->advisory_count()) + " from " +
                            std::to_string((*index)->sources().size()) + " sources"});
  } else {
    features.push_back({"advisories", false, index.error().message});
  }
  return features;
}

}  // namespace

void AddVersionCommand(CLI::App& app, Session& session) {
  auto format = std::make_shared<std::string>("table");
  CLI::App& command =
      AddCommand(app, "version", "Print the version, the commit, and the features found on this host.",
                 "weir version\nweir version -o json");
  command.add_option("-o,--output", *format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  command.callback([format, &session] {
    session.action = [format] {
      std::vector<Feature> features = FindFeatures(DefaultDataDir());
      if (*format == "json") {
        nlohmann::ordered_json json{{"version", WEIR_VERSION}, {"commit", WEIR_COMMIT}};
        for (const Feature& feature : features)
          json["features"][feature.name] = {{"found", feature.found}, {"detail", feature.detail}};
        std::printf("%s\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
        return static_cast<int>(kDone);
      }
      std::printf("weir %s (%s)\n", WEIR_VERSION, WEIR_COMMIT);
      for (const Feature& feature : features)
        std::printf("  %-22s %-4s %s\n", feature.name.c_str(), feature.found ? "yes" : "no",
                    feature.detail.c_str());
      return static_cast<int>(kDone);
    };
  });
}

}  // namespace weir::cli
