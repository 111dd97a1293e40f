// Puts processes, sockets, containers and imports together.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/file.h"
#include "base/strings.h"
#include "discovery/containers.h"
#include "discovery/imports.h"
#include "discovery/joins.h"
#include "discovery/proc_parse.h"
#include "discovery/process.h"
#include "discovery/rooted_fs.h"
#include "discovery/sockets.h"

namespace weir::discovery {
namespace {

constexpr std::size_t kMaxConnections = 4'096;  // of one process

std::string TrimmedFile(const std::string& path) {
  auto text = ReadFile(path, 4096);
  return text ? std::string(Trim(*text)) : std::string();
}

class Snapshot {
 public:
  explicit Snapshot(const DiscoveryOptions& options) : options_(options) {}

  Result<model::RuntimeSnapshot> Take() {
    proc_ = UniqueFd(::open(options_.proc_root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!proc_) return Err(ErrnoError(errno, options_.proc_root));
    ReadHost();
    std::vector<Error> errors;
    if (options_.containers) out_.containers = ListOfRuntimes(options_, false, errors);
    for (const Error& error : errors) out_.problems.push_back(ToValidUtf8(error.message));
    for (std::uint32_t pid : Pids()) AddProcess(pid);
    for (const auto& [process, container] : monitors_)
      NotePublishedPorts(out_.processes[process], container, out_.containers);
    std::vector<model::Process*> processes;
    for (model::Process& process : out_.processes) processes.push_back(&process);
    JoinContainers(processes, out_.containers, out_.host_root_id);
    std::sort(out_.containers.begin(), out_.containers.end(),
              [](const model::Container& a, const model::Container& b) {
                return std::tie(a.runtime, a.name, a.id) < std::tie(b.runtime, b.name, b.id);
              });
    out_.taken = true;
    return std::move(out_);
  }

 private:
  void ReadHost() {
    out_.host_name = TrimmedFile(options_.proc_root + "/sys/kernel/hostname");
    out_.kernel = TrimmedFile(options_.proc_root + "/sys/kernel/osrelease");
    out_.boot_id = TrimmedFile(options_.proc_root + "/sys/kernel/random/boot_id");
    out_.machine_id = TrimmedFile(UnderRoot(options_, "etc/machine-id"));
    host_user_namespace_ = ReadLinkAt(proc_.get(), "1/ns/user");
    out_.host_root_id = FolderId(AT_FDCWD, options_.host_root.c_str());
  }

  std::vector<std::uint32_t> Pids() {
    std::vector<std::uint32_t> pids;
    // Beside the processes, /proc has some tens of other names.
    constexpr std::size_t kOtherNames = 4'096;
    bool cut = false;
    for (const std::string& name : ListAt(proc_.get(), ".", options_.max_processes + kOtherNames, &cut))
      if (auto pid = ParseUint(name); pid && *pid > 0 && *pid <= UINT32_MAX)
        pids.push_back(static_cast<std::uint32_t>(*pid));
    std::sort(pids.begin(), pids.end());
    if (pids.size() > options_.max_processes) {
      pids.resize(options_.max_processes);
      cut = true;
    }
    if (cut) ++out_.truncated_lists;
    return pids;
  }

  void AddProcess(std::uint32_t pid) {
    bool unreadable = false;
    auto detail = ReadProcess(proc_.get(), pid, options_, &unreadable);
    if (!detail) {
      out_.unreadable_processes += unreadable ? 1 : 0;
      return;
    }
    DropPowersOfUserNamespace(detail->folder.get(), host_user_namespace_, detail->process);
    AddSockets(*detail);
    RootedFs root(options_.proc_root + "/" + std::to_string(pid) + "/root");
    detail->process.user_name = users_.Of(root, detail->process);
    if (options_.imports) AddImports(*detail, root);
    if (std::string monitored = MonitoredContainer(*detail); !monitored.empty())
      monitors_.emplace_back(out_.processes.size(), std::move(monitored));
    if (detail->partly_unreadable) ++out_.unreadable_processes;
    if (detail->cut) ++out_.truncated_lists;
    if (options_.containers && !detail->process.container_id.empty())
      AddSeenContainer(options_, detail->process.container_id, detail->cgroup_runtime, pid, out_.containers);
    out_.processes.push_back(std::move(detail->process));
  }

  void AddSockets(ProcessDetail& detail) {
    model::Process& process = detail.process;
    auto [at, is_new] = tables_.try_emplace(process.network_namespace);
    if (is_new) {
      at->second = ReadSocketTable(detail.folder.get());
      if (at->second.cut) ++out_.truncated_lists;
      if (process.pid == 1 || out_.host_addresses.empty()) out_.host_addresses = at->second.addresses;
    }
    const SocketTable& table = at->second;
    for (std::uint64_t inode : detail.sockets) {
      if (auto found = table.listening.find(inode); found != table.listening.end())
        process.listening.insert(process.listening.end(), found->second.begin(), found->second.end());
      if (auto found = table.connections.find(inode); found != table.connections.end())
        process.connections.insert(process.connections.end(), found->second.begin(), found->second.end());
    }
    std::sort(process.listening.begin(), process.listening.end(), [](const auto& a, const auto& b) {
      return std::tie(a.protocol, a.port, a.address) < std::tie(b.protocol, b.port, b.address);
    });
    // What came in from farthest away matters most, should there be too many.
    std::sort(process.connections.begin(), process.connections.end(), [](const auto& a, const auto& b) {
      return std::tie(b.inbound, b.remote_scope, a.protocol, a.local_port, a.remote_address, a.remote_port) <
             std::tie(a.inbound, a.remote_scope, b.protocol, b.local_port, b.remote_address, b.remote_port);
    });
    if (process.connections.size() > kMaxConnections) {
      process.connections.resize(kMaxConnections);
      detail.cut = true;
    }
  }

  void AddImports(ProcessDetail& detail, const RootedFs& root) {
    model::Process& process = detail.process;
    ScriptRun run;
    run.interpreter = InterpreterOf(process.executable);
    if (run.interpreter == Interpreter::kNone) return;
    run.root_id = process.root_id;
    run.executable = process.executable;
    run.arguments = detail.raw_arguments;
    run.working_folder = detail.working_folder;
    run.mapped_files = process.loaded_files;
    run.search_path = PythonPath(detail);
    ImportResult found = follower_.Follow(root, run);
    process.imported_files.assign(found.files.begin(), found.files.end());
    detail.cut = detail.cut || found.cut;
  }

  static std::vector<std::string> PythonPath(const ProcessDetail& detail) {
    std::vector<std::string> out;
    auto environment = ReadProcFile(detail.folder.get(), "environ", 1U << 20U);
    std::string_view rest = environment ? std::string_view(*environment) : std::string_view();
    while (!rest.empty()) {
      std::string_view variable = NextPiece(rest, '\0');
      constexpr std::string_view kName = "PYTHONPATH=";
      if (!variable.starts_with(kName)) continue;
      for (std::string_view folder : Split(variable.substr(kName.size()), ':')) out.emplace_back(folder);
    }
    return out;
  }

  const DiscoveryOptions& options_;
  UniqueFd proc_;
  std::string host_user_namespace_;
  model::RuntimeSnapshot out_;
  std::map<std::uint64_t, SocketTable> tables_;  // by network namespace
  UserNames users_;
  std::vector<std::pair<std::size_t, std::string>> monitors_;  // process, the container it watches over
  ImportFollower follower_;
};

}  // namespace

Result<model::RuntimeSnapshot> TakeSnapshot(const DiscoveryOptions& options) {
  return Snapshot(options).Take();
}

}  // namespace weir::discovery
