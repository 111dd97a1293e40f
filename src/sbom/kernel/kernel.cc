// Linux kernels and the modules that do not belong to them.
//
// A kernel image becomes a package of type kKernel. Of modules only those outside
// lib/modules/RELEASE/kernel/ are read one by one (updates/, extra/, dkms: drivers
// and agents from elsewhere); the thousands inside have the kernel's own version and
// are told as a number, from modules.dep, on the kernel's package.
#include <algorithm>
#include <array>
#include <map>

#include "base/strings.h"
#include "sbom/catalogers.h"
#include "sbom/kernel/kernel_image.h"
#include "sbom/kernel/module_info.h"

namespace weir::sbom {
namespace {

constexpr std::uint64_t kMaxDepBytes = 32U << 20U;
constexpr std::size_t kMaxKernels = 10'000;

/// RELEASE and the rest of "lib/modules/RELEASE/...", wherever the tree begins.
struct ModulePath {
  std::string_view release, rest;
};
ModulePath SplitModulePath(std::string_view path) {
  constexpr std::string_view kFolder = "lib/modules/";
  std::size_t at = path.find(kFolder);
  if (at == std::string_view::npos || (at != 0 && path[at - 1] != '/')) return {};
  std::string_view rest = path.substr(at + kFolder.size());
  std::string_view release = NextPiece(rest, '/');
  return {release, rest};
}

bool IsModuleName(std::string_view name) {
  return name.ends_with(".ko") || name.ends_with(".ko.xz") || name.ends_with(".ko.zst") ||
         name.ends_with(".ko.gz");
}

bool IsImageName(std::string_view name) {
  return name.starts_with("vmlinuz") || name.starts_with("vmlinux") || name == "bzImage" || name == "Image" ||
         name.starts_with("kernel-");
}

class KernelCataloger final : public Cataloger {
 public:
  explicit KernelCataloger(const CatalogOptions& options) : limits_(options.limits) {}
  std::string_view name() const override { return "linux-kernel"; }
  std::span<const Interest> interests() const override { return kInterests; }
  bool Wants(const target::Entry& entry) const override;
  void Visit(target::File& file, Emitter& out) override;
  bool Recall(const target::Entry& entry, ByteReader note, Emitter& out) override;
  void Finish(Emitter& out) override;

 private:
  void ReadImage(target::File& file, Emitter& out) const;
  void ReadModule(target::File& file, Emitter& out) const;
  static void CountModules(target::File& file, Emitter& out);

  static const std::array<Interest, 8> kInterests;
  target::Limits limits_;
  std::mutex mutex_;
  std::vector<model::Package> kernels_;
  std::map<std::string, std::uint64_t> module_counts_;  // by release
};

const std::array<Interest, 8> KernelCataloger::kInterests = {
    Interest{Interest::Kind::kParent, "boot"},    Interest{Interest::Kind::kName, "vmlinuz"},
    Interest{Interest::Kind::kName, "bzImage"},   Interest{Interest::Kind::kName, "modules.dep"},
    Interest{Interest::Kind::kSuffix, ".ko"},     Interest{Interest::Kind::kSuffix, ".ko.xz"},
    Interest{Interest::Kind::kSuffix, ".ko.zst"}, Interest{Interest::Kind::kSuffix, ".ko.gz"}};

bool KernelCataloger::Wants(const target::Entry& entry) const {
  if (entry.name == "modules.dep") return !SplitModulePath(entry.path).release.empty();
  if (IsModuleName(entry.name)) {
    ModulePath path = SplitModulePath(entry.path);
    return !path.release.empty() && !path.rest.starts_with("kernel/");
  }
  return IsImageName(entry.name);
}

void KernelCataloger::Visit(target::File& file, Emitter& out) {
  if (file.entry().name == "modules.dep") {
    CountModules(file, out);
  } else if (IsModuleName(file.entry().name)) {
    ReadModule(file, out);
  } else {
    ReadImage(file, out);
  }
}

void KernelCataloger::ReadImage(target::File& file, Emitter& out) const {
  Result<KernelImage> image = ReadKernelImage(file.content());
  if (!image) {
    if (image.error().code != Code::kNotFound) out.Problem(image.error(), file.entry().path);
    return;
  }
  model::Package package;
  package.type = model::PackageType::kKernel;
  package.name = "linux-kernel";
  package.version = image->version;
  package.found_by = name();
  package.locations.push_back(file.location());
  package.licenses = {"GPL-2.0-only WITH Linux-syscall-note"};
  package.cpes = {"cpe:2.3:o:linux:linux_kernel:" + image->version + ":*:*:*:*:*:*:*"};
  package.properties.emplace_back("kernel:release", image->release);
  if (!image->build.empty()) package.properties.emplace_back("kernel:build", image->build);
  ByteWriter note;
  EncodePackage(package, note);
  out.Keep(note.Take());
}

bool KernelCataloger::Recall(const target::Entry& entry, ByteReader note, Emitter& out) {
  static_cast<void>(out);
  if (entry.name == "modules.dep") {
    std::uint64_t count = note.Uvarint();
    if (!IsWhole(note)) return false;
    std::lock_guard lock(mutex_);
    if (module_counts_.size() >= kMaxKernels) return true;
    std::uint64_t& known = module_counts_[std::string(SplitModulePath(entry.path).release)];
    known = std::max(known, count);  // of two trees with one release, whichever comes first
    return true;
  }
  model::Package package;
  DecodePackage(note, package);
  if (!IsWhole(note) || package.properties.empty()) return false;
  std::lock_guard lock(mutex_);
  if (kernels_.size() < kMaxKernels) kernels_.push_back(std::move(package));
  return true;
}

void KernelCataloger::ReadModule(target::File& file, Emitter& out) const {
  Result<ModuleInfo> info = ReadModuleInfo(file.content(), limits_.max_memory_file_bytes);
  if (!info) {
    out.Problem(info.error(), file.entry().path);
    return;
  }
  model::Package package;
  package.type = model::PackageType::kKernelModule;
  std::string_view stem = file.entry().name.substr(0, file.entry().name.find(".ko"));
  package.name = info->name.empty() ? std::string(stem) : info->name;
  package.version = info->version;
  package.vendor = info->author;
  package.found_by = name();
  package.locations.push_back(file.location());
  if (!info->license.empty()) package.licenses.push_back(info->license);
  package.properties.emplace_back("kernel:release", ToValidUtf8(SplitModulePath(file.entry().path).release));
  if (!info->vermagic.empty()) package.properties.emplace_back("kernel:vermagic", info->vermagic);
  if (!info->source_version.empty())
    package.properties.emplace_back("kernel:srcversion", info->source_version);
  if (!info->description.empty()) package.properties.emplace_back("description", info->description);
  out.Add(std::move(package));
}

void KernelCataloger::CountModules(target::File& file, Emitter& out) {
  Result<std::string> text = file.content().ReadAll(kMaxDepBytes);
  if (!text) {
    out.Problem(text.error(), file.entry().path);
    return;
  }
  std::uint64_t count = 0;
  for (std::string_view rest = *text; !rest.empty();)
    count += NextLine(rest).starts_with("kernel/") ? 1U : 0U;
  ByteWriter note;
  note.Uvarint(count);
  out.Keep(note.Take());
}

void KernelCataloger::Finish(Emitter& out) {
  std::lock_guard lock(mutex_);
  for (model::Package& package : kernels_) {
    auto count = module_counts_.find(package.properties.front().second);
    if (count != module_counts_.end())
      package.properties.emplace_back("kernel:modules", std::to_string(count->second));
    out.Add(std::move(package));
  }
  kernels_.clear();
}

}  // namespace

std::unique_ptr<Cataloger> MakeKernelCataloger(const CatalogOptions& options) {
  return std::make_unique<KernelCataloger>(options);
}

}  // namespace weir::sbom
