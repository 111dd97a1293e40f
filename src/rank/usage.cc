// Joins running processes to packages.

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>

#include "base/strings.h"
#include "rank/exposure.h"
#include "rank/factors.h"
#include "rank/members.h"
#include "rank/paths.h"
#include "rank/rank.h"

namespace weir::rank {
namespace {

using model::Package;
using model::PackageType;
using model::Process;

std::string_view BaseName(std::string_view path) {
  std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view Folder(std::string_view path) {
  std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

/// "a/site-packages" of "a/site-packages/x/y.so"; empty elsewhere.
std::string_view SiteFolder(std::string_view path) {
  for (std::string_view name : {"/site-packages/", "/dist-packages/"})
    if (std::size_t at = path.find(name); at != std::string_view::npos)
      return path.substr(0, at + name.size() - 1);
  return {};
}

struct FileUse {
  std::vector<std::size_t> processes;  // indexes, each once
  bool deleted = false;                // at least one has a copy that was replaced
  std::size_t deleted_by = 0;
};

class Joiner {
 public:
  explicit Joiner(const model::ScanResult& result)
      : result_(result), packages_(result.sbom.packages), processes_(result.runtime.processes) {}

  std::vector<Usage> Run() {
    members_ = MembersOf(result_);
    out_.resize(packages_.size());
    if (members_.view == Members::View::kNone) {
      for (Usage& usage : out_) usage.evidence = members_.why;
      return std::move(out_);
    }
    exposures_ = ExposureOf(result_.runtime);
    uses_.resize(packages_.size());
    for (std::size_t i : members_.processes) IndexProcess(i);
    IndexFolders();
    JoinOwners();
    for (std::size_t i = 0; i < packages_.size(); ++i) Decide(i);
    return std::move(out_);
  }

 private:
  struct PackageUse {
    std::set<std::size_t> processes;
    std::string_view file;  // the first that showed it
    const FileUse* stale = nullptr;
    std::string_view stale_file;
  };

  /// PATH within the asset; empty where it lies outside.
  std::string_view Inside(std::string_view path) const {
    if (!path.starts_with(members_.prefix)) return {};
    return path.substr(members_.prefix.size());
  }

  void IndexFile(std::size_t process, std::string_view path, bool deleted) {
    path = Inside(path);
    if (path.empty()) return;
    FileUse& use = files_[path];
    if (use.processes.empty() || use.processes.back() != process) use.processes.push_back(process);
    if (deleted && !use.deleted) {
      use.deleted = true;
      use.deleted_by = process;
    }
  }

  void IndexProcess(std::size_t i) {
    const Process& process = processes_[i];
    IndexFile(i, process.executable, process.executable_deleted);
    for (const std::string& file : process.loaded_files)
      IndexFile(i, file,
                std::binary_search(process.deleted_files.begin(), process.deleted_files.end(), file));
    for (const std::string& file : process.imported_files) IndexFile(i, file, false);
    for (const auto* list : {&process.loaded_files, &process.imported_files})
      for (const std::string& file : *list) IndexEvidence(i, Inside(file));
    IndexRuntime(i, process);
  }

  /// Where a file lies below a package's folder, the file by which that package is known.
  void IndexEvidence(std::size_t i, std::string_view file) {
    constexpr std::string_view kModules = "node_modules/";
    if (std::size_t at = file.rfind(kModules); at != std::string_view::npos) {
      std::size_t end = file.find('/', at + kModules.size());
      if (end != std::string_view::npos && file[at + kModules.size()] == '@') end = file.find('/', end + 1);
      if (end != std::string_view::npos) Derived(i, std::string(file.substr(0, end)) + "/package.json", file);
    }
    if (std::string_view site = SiteFolder(file); !site.empty()) {
      std::string_view top = file.substr(site.size() + 1);
      top = top.substr(0, top.find_first_of("/."));
      Derived(i, std::string(site) + "\n" + ToLower(top), file);
      sites_[std::string(site)].insert(i);
    }
    constexpr std::string_view kGems = "/gems/";
    if (std::size_t at = file.rfind(kGems); at != std::string_view::npos) {
      std::string_view name = file.substr(at + kGems.size());
      name = name.substr(0, name.find('/'));
      Derived(i, std::string(file.substr(0, at)) + "/specifications/" + std::string(name) + ".gemspec", file);
    }
  }

  void Derived(std::size_t i, std::string key, std::string_view file) {
    auto& [use, evidence] = derived_[std::move(key)];
    if (use.processes.empty() || use.processes.back() != i) use.processes.push_back(i);
    if (evidence.empty()) evidence = file;
  }

  void IndexRuntime(std::size_t i, const Process& process) {
    std::string_view program = BaseName(process.executable);
    if (program.starts_with("python")) pythons_.push_back(i);
    if (program == "node" || program == "nodejs") nodes_.push_back(i);
    if (program.starts_with("ruby")) rubies_.push_back(i);
    bool module = std::any_of(process.loaded_files.begin(), process.loaded_files.end(),
                              [](const std::string& file) { return BaseName(file).starts_with("libphp"); });
    if (program.starts_with("php") || module) phps_.push_back(i);
    if (program == "dotnet") dotnets_.push_back(i);
  }

  void Mark(std::size_t package, std::string_view file, const FileUse& use) {
    PackageUse& mine = uses_[package];
    mine.processes.insert(use.processes.begin(), use.processes.end());
    if (mine.file.empty() || file < mine.file) mine.file = file;
    if (use.deleted && (mine.stale == nullptr || file < mine.stale_file)) {
      mine.stale = &use;
      mine.stale_file = file;
    }
  }

  void JoinOwners() {
    for (const auto& [file, use] : files_) {
      std::int64_t owner = result_.sbom.owners.Find(file);
      if (owner < 0)
        if (std::string other = OtherSpelling(file); !other.empty()) owner = result_.sbom.owners.Find(other);
      if (owner >= 0 && static_cast<std::size_t>(owner) < packages_.size())
        Mark(static_cast<std::size_t>(owner), file, use);
    }
  }

  void JoinLocations(std::size_t i) {
    const Package& package = packages_[i];
    if (package.scope == model::Scope::kDeclared) return;  // a lockfile in use is not its packages in use
    for (const model::Location& location : package.locations) {
      std::string_view outer = std::string_view(location.path).substr(0, location.path.find("!/"));
      if (auto found = files_.find(outer); found != files_.end()) Mark(i, found->first, found->second);
      if (std::string other = OtherSpelling(outer); !other.empty())
        if (auto found = files_.find(other); found != files_.end()) Mark(i, found->first, found->second);
      MarkDerived(i, std::string(outer));
      if (package.type == PackageType::kPypi)
        if (std::string_view site = SiteFolder(outer); !site.empty())
          for (const std::string& top : ImportNames(package)) MarkDerived(i, std::string(site) + "\n" + top);
      if (package.type == PackageType::kNuget) {
        std::string library = std::string(Folder(outer)) + "/" + package.name + ".dll";
        if (auto found = files_.find(library); found != files_.end()) Mark(i, found->first, found->second);
      }
    }
  }

  void MarkDerived(std::size_t i, const std::string& key) {
    if (auto found = derived_.find(key); found != derived_.end())
      Mark(i, found->second.second, found->second.first);
  }

  /// Names under which a Python distribution is imported, in lower case.
  static std::vector<std::string> ImportNames(const Package& package) {
    for (const auto& [key, value] : package.properties)
      if (key == "python:modules") {
        std::vector<std::string> out;
        for (std::string_view name : Split(value, ',')) out.push_back(ToLower(Trim(name)));
        return out;
      }
    std::string name = ReplaceAll(ToLower(package.name), "-", "_");
    static constexpr std::pair<std::string_view, std::string_view> kOtherwise[] = {
        {"pyyaml", "yaml"},
        {"pillow", "pil"},
        {"beautifulsoup4", "bs4"},
        {"scikit_learn", "sklearn"},
        {"opencv_python", "cv2"},
        {"pycryptodome", "crypto"},
        {"pyjwt", "jwt"},
        {"pyopenssl", "openssl"},
        {"mysqlclient", "mysqldb"},
        {"attrs", "attr"},
        {"msgpack_python", "msgpack"}};
    for (const auto& [distribution, module] : kOtherwise)
      if (name == distribution) return {std::string(module)};
    if (name.starts_with("python_")) return {name, name.substr(7)};
    return {name};
  }

  /// A running interpreter that can import the package, although it was not seen to.
  const Process* LiveRuntime(const Package& package) const {
    if (package.scope == model::Scope::kDeclared || package.locations.empty()) return nullptr;
    const std::string& path = package.locations.front().path;
    switch (package.type) {
      case PackageType::kPypi:
        return LivePython(SiteFolder(path));
      case PackageType::kNpm:
        return LiveNode(path);
      case PackageType::kGem:
        return rubies_.empty() ? nullptr : &processes_[rubies_.front()];
      case PackageType::kComposer:
        return phps_.empty() ? nullptr : &processes_[phps_.front()];
      case PackageType::kNuget:
        return LookUp(dotnet_folders_, Folder(path));
      case PackageType::kKernelModule:
      default:
        return nullptr;
    }
  }

  const Process* LivePython(std::string_view site) const {
    if (site.empty()) return nullptr;
    if (auto found = sites_.find(std::string(site)); found != sites_.end())
      return &processes_[*found->second.begin()];
    // A folder of the system serves every interpreter of its version that has no environment of its own.
    std::string_view version = BaseName(Folder(site));
    bool system =
        site.starts_with("usr/lib/") || site.starts_with("usr/local/lib/") || site.starts_with("usr/lib64/");
    if (!system) return nullptr;
    for (std::size_t i : plain_pythons_) {
      const Process& process = processes_[i];
      if ((version == "python3" || BaseName(process.executable) == version)) return &process;
    }
    return nullptr;
  }

  const Process* LiveNode(std::string_view path) const {
    std::size_t at = path.find("node_modules/");
    if (at == std::string_view::npos) return nullptr;
    std::string_view root = path.substr(0, at);  // with its slash; empty for the root folder
    bool global = root == "usr/lib/" || root == "usr/local/lib/" || root.empty();
    std::string_view prefix = global ? path.substr(0, at + 13) : root;
    return LookUp(node_folders_, prefix.substr(0, prefix.size() - 1));
  }

  const Process* LookUp(const std::unordered_map<std::string_view, std::size_t>& folders,
                        std::string_view folder) const {
    auto found = folders.find(folder);
    return found == folders.end() ? nullptr : &processes_[found->second];
  }

  /// Packages and files are both many: which process uses a folder must not be searched for again each time.
  void IndexFolders() {
    for (std::size_t i : dotnets_)
      for (const std::string& file : processes_[i].loaded_files)
        dotnet_folders_.emplace(Folder(Inside(file)), i);
    for (std::size_t i : nodes_)
      for (const std::string& file : processes_[i].imported_files)
        for (std::string_view at = Folder(Inside(file)); !at.empty(); at = Folder(at))
          if (!node_folders_.emplace(at, i).second) break;  // those above it are there as well
    for (std::size_t i : pythons_) {
      const std::vector<std::string>& files = processes_[i].imported_files;
      if (std::none_of(files.begin(), files.end(),
                       [](const std::string& file) { return !SiteFolder(file).empty(); }))
        plain_pythons_.push_back(i);
    }
  }

  /// Kernels are not mapped by processes. True where PACKAGE is one and was dealt with.
  bool DecideKernel(const Package& package, Usage& usage) const {
    bool image =
        package.type == PackageType::kKernel ||
        (package.type == PackageType::kDeb && package.name.starts_with("linux-image-")) ||
        (package.type == PackageType::kRpm &&
         (package.name == "kernel" || package.name == "kernel-core" || package.name == "kernel-default")) ||
        (package.type == PackageType::kApk && (package.name == "linux-lts" || package.name == "linux-virt"));
    if (!image && package.type != PackageType::kKernelModule) return false;
    const std::string& release = result_.runtime.kernel;
    usage.level = Usage::Level::kIdle;
    if (result_.sbom.asset.kind != model::AssetKind::kHost) {
      usage.evidence = "a container runs on the kernel of its host, not on one of its own files";
      return true;
    }
    usage.evidence = "not the kernel that runs, which is " + release;
    if (release.empty() || !IsOfRelease(package, release)) return true;
    if (package.type == PackageType::kKernelModule) {
      usage.level = Usage::Level::kInstalledInLiveRuntime;
      usage.evidence = "a module of the running kernel " + release;
      return true;
    }
    usage.level = Usage::Level::kLoaded;
    usage.evidence = "the kernel that runs: " + release;
    usage.runs_as_root = usage.privileged = true;
    return true;
  }

  static bool IsOfRelease(const Package& package, const std::string& release) {
    if (package.name == "linux-image-" + release || package.name == "linux-image-" + release + "-unsigned")
      return true;
    std::string version = package.version.substr(
        package.version.find(':') == std::string::npos ? 0 : package.version.find(':') + 1);
    if (package.type != PackageType::kDeb && !version.empty() &&
        (version == release || release.starts_with(version + ".") || release.starts_with(version + "-")))
      return true;
    return std::any_of(package.locations.begin(), package.locations.end(),
                       [&](const model::Location& location) {
                         return location.path.ends_with("-" + release) ||
                                location.path.find("/modules/" + release + "/") != std::string::npos;
                       });
  }

  void Decide(std::size_t i) {
    const Package& package = packages_[i];
    Usage& usage = out_[i];
    if (DecideKernel(package, usage)) return;
    JoinLocations(i);
    const PackageUse& use = uses_[i];
    if (!use.processes.empty()) {
      usage.level = Usage::Level::kLoaded;
      Describe(use, usage);
      return;
    }
    if (const Process* process = LiveRuntime(package)) {
      usage.level = Usage::Level::kInstalledInLiveRuntime;
      usage.evidence = NameOf(*process) + " can import it, but was not seen to";
      return;
    }
    if (members_.view == Members::View::kPart) {
      usage.evidence =
          members_.why.empty() ? "not seen in use here; it may be in use where else this runs" : members_.why;
      return;
    }
    usage.level = Usage::Level::kIdle;
    usage.evidence = package.scope == model::Scope::kDeclared ? "only declared in a lockfile or manifest"
                     : members_.processes.empty()             ? "no process of it runs"
                                                              : "no running process has it loaded";
  }

  /// How likely an attack through process I is, by the factors that the score uses.
  double Danger(std::size_t i) const {
    const Exposure& e = exposures_[i];
    double miss = 1 - NetworkWeight(e);
    if (processes_[i].user_id == 0) miss *= 1 - kRoot.weight;
    if (Privileged(processes_[i])) miss *= 1 - kPrivileged.weight;
    return 1 - miss;
  }

  /// On the host, root has it all anyway; in a container it means that the wall is open.
  static bool Privileged(const Process& process) {
    return process.privileged && (process.user_id != 0 || !process.container_id.empty());
  }

  void Describe(const PackageUse& use, Usage& usage) const {
    std::size_t worst = *use.processes.begin();
    for (std::size_t i : use.processes) {
      usage.pids.push_back(processes_[i].pid);
      if (Danger(i) > Danger(worst)) worst = i;
    }
    std::sort(usage.pids.begin(), usage.pids.end());
    const Process& process = processes_[worst];
    const Exposure& exposure = exposures_[worst];
    usage.evidence = NameOf(process);
    if (use.processes.size() > 1)
      usage.evidence += " and " + std::to_string(use.processes.size() - 1) + " more";
    bool imported =
        std::binary_search(process.imported_files.begin(), process.imported_files.end(), use.file);
    usage.evidence += use.processes.size() > 1 ? " use it: "
                      : imported               ? " imports it: "
                                               : " has it loaded: ";
    usage.evidence += use.file;
    usage.listening = exposure.listening;
    usage.listens = exposure.listens;
    usage.listen_text = exposure.listen_text;
    usage.reached_from_outside = exposure.from_public;
    usage.reached_from_private = exposure.from_private;
    usage.reached_indirectly = exposure.indirectly;
    usage.reached_locally = exposure.locally;
    usage.reach_text = exposure.reach_text;
    usage.runs_as_root = process.user_id == 0;
    usage.privileged = Privileged(process);
    if (use.stale != nullptr)
      usage.stale_text = NameOf(processes_[use.stale->deleted_by]) + " still runs the old copy of " +
                         std::string(use.stale_file) + ", which was replaced, until it is restarted";
  }

  const model::ScanResult& result_;
  const std::vector<Package>& packages_;
  const std::vector<Process>& processes_;
  Members members_;
  std::vector<Exposure> exposures_;
  std::unordered_map<std::string_view, FileUse> files_;
  std::unordered_map<std::string, std::pair<FileUse, std::string_view>> derived_;
  std::map<std::string, std::set<std::size_t>> sites_;
  std::vector<std::size_t> pythons_, nodes_, rubies_, phps_, dotnets_;
  std::vector<std::size_t> plain_pythons_;  // that were not seen to import from a site-packages
  std::unordered_map<std::string_view, std::size_t> node_folders_, dotnet_folders_;  // to the first process
  std::vector<PackageUse> uses_;
  std::vector<Usage> out_;
};

}  // namespace

std::vector<Usage> PackageUsage(const model::ScanResult& result) { return Joiner(result).Run(); }

}  // namespace weir::rank
