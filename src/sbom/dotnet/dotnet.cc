// .NET packages: what deps.json says is there at run time, assemblies that no
// deps.json speaks for, and what project files ask for.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>

#include "base/strings.h"
#include "sbom/catalogers.h"
#include "sbom/dotnet/deps_json.h"
#include "sbom/dotnet/pe_version.h"
#include "sbom/dotnet/project_xml.h"
#include "sbom/program/pe.h"

namespace weir::sbom {
namespace {

constexpr std::uint64_t kMaxText = 64U << 20U;
constexpr std::size_t kMaxAssemblies = 200'000, kMaxCoveredFiles = 2'000'000;

bool IsProjectName(std::string_view name) {
  return name.ends_with(".csproj") || name.ends_with(".fsproj") || name.ends_with(".vbproj");
}

/// The version that a NuGet package of the assembly would have: the product's, without
/// the commit; the file's where the product's is prose.
std::string AssemblyVersion(const PeVersion& version) {
  for (std::string_view text :
       {std::string_view(version.product_version), std::string_view(version.file_version)}) {
    text = text.substr(0, text.find_first_of(" +,"));
    bool plain = !text.empty() && IsDigit(text.front()) && text.find('.') != std::string_view::npos &&
                 std::all_of(text.begin(), text.end(),
                             [](char c) { return IsDigit(c) || IsAlpha(c) || c == '.' || c == '-'; });
    if (plain) return std::string(text);
  }
  return {};
}

class DotnetCataloger final : public Cataloger {
 public:
  explicit DotnetCataloger(const CatalogOptions& options) : declared_(options.declared) {}
  std::string_view name() const override { return "dotnet"; }
  std::span<const Interest> interests() const override { return kInterests; }
  void Visit(target::File& file, Emitter& out) override;
  bool Recall(const target::Entry& entry, ByteReader note, Emitter& out) override;
  void Finish(Emitter& out) override;

 private:
  static void ReadDeps(target::File& file, const std::string& text, Emitter& out);
  void ReadLock(target::File& file, const std::string& text, Emitter& out) const;
  void ReadProject(target::File& file, const std::string& text, Emitter& out) const;
  static void ReadAssembly(target::File& file, Emitter& out);
  bool Covered(std::string_view folder, const std::string& file_name) const;

  static const std::array<Interest, 9> kInterests;
  bool declared_;
  std::mutex mutex_;
  struct Assembly {
    std::string folder, file_name;
    model::Package package;
  };
  std::vector<Assembly> assemblies_;
  std::set<std::pair<std::string, std::string>, std::less<>> covered_;  // folder, file name
};

const std::array<Interest, 9> DotnetCataloger::kInterests = {
    Interest{Interest::Kind::kSuffix, ".deps.json"},
    Interest{Interest::Kind::kSuffix, ".dll"},
    Interest{Interest::Kind::kSuffix, ".exe"},
    Interest{Interest::Kind::kName, "packages.lock.json"},
    Interest{Interest::Kind::kName, "packages.config"},
    Interest{Interest::Kind::kName, "Directory.Packages.props"},
    Interest{Interest::Kind::kSuffix, ".csproj"},
    Interest{Interest::Kind::kSuffix, ".fsproj"},
    Interest{Interest::Kind::kSuffix, ".vbproj"}};

void DotnetCataloger::Visit(target::File& file, Emitter& out) {
  std::string_view file_name = file.entry().name;
  if (file_name.ends_with(".dll") || file_name.ends_with(".exe")) {
    ReadAssembly(file, out);
    return;
  }
  bool deps = file_name.ends_with(".deps.json");
  if (!deps && !declared_) return;
  Result<std::string> text = file.content().ReadAll(kMaxText);
  if (!text) {
    out.Problem(text.error(), file.entry().path);
  } else if (deps) {
    ReadDeps(file, *text, out);
  } else if (file_name == "packages.lock.json") {
    ReadLock(file, *text, out);
  } else {
    ReadProject(file, *text, out);
  }
}

using LibraryKey = std::pair<std::string, std::string>;

/// Adds edges between packages by name and version.
void RelateLibraries(const std::vector<DotnetLibrary>& libraries,
                     const std::map<LibraryKey, std::string>& ids, Emitter& out) {
  for (const DotnetLibrary& library : libraries) {
    auto from = ids.find({library.name, library.version});
    if (from == ids.end()) continue;
    for (const LibraryKey& dependency : library.dependencies)
      if (auto to = ids.find(dependency); to != ids.end())
        out.Relate(from->second, to->second, model::RelationKind::kDependsOn);
  }
}

void DotnetCataloger::ReadDeps(target::File& file, const std::string& text, Emitter& out) {
  Result<std::vector<DotnetLibrary>> libraries = ParseDepsJson(text);
  if (!libraries) {
    out.Problem(libraries.error(), file.entry().path);
    return;
  }
  std::map<LibraryKey, std::string> ids;
  for (const DotnetLibrary& library : *libraries) {
    // The program itself is no package; of the others, what has no files was only needed to build.
    bool package_like = library.type == "package" || library.type == "runtimepack" || library.type.empty();
    if (!package_like || !library.has_assets) continue;
    model::Package package;
    package.type = model::PackageType::kNuget;
    std::string_view plain = library.name;
    if (library.type == "runtimepack" && plain.starts_with("runtimepack.")) plain.remove_prefix(12);
    package.name = ToValidUtf8(plain);
    package.version = ToValidUtf8(library.version);
    package.found_by = "dotnet-deps";
    package.locations.push_back(file.location());
    if (!library.sha512.empty()) package.properties.emplace_back("nuget:hash", library.sha512);
    ids.emplace(LibraryKey(library.name, library.version), out.Add(std::move(package)));
  }
  RelateLibraries(*libraries, ids, out);
  std::vector<std::string> assets;
  for (const DotnetLibrary& library : *libraries)
    for (const std::string& asset : library.files)
      if (assets.size() < kMaxCoveredFiles) assets.push_back(asset);
  ByteWriter note;
  EncodeTexts(assets, note);
  out.Keep(note.Take());
}

bool DotnetCataloger::Recall(const target::Entry& entry, ByteReader note, Emitter& out) {
  static_cast<void>(out);
  if (entry.name.ends_with(".deps.json")) {
    std::vector<std::string> assets = DecodeTexts(note);
    if (!IsWhole(note)) return false;
    std::lock_guard lock(mutex_);
    for (std::string& asset : assets)
      if (covered_.size() < kMaxCoveredFiles) covered_.emplace(entry.parent, std::move(asset));
    return true;
  }
  Assembly assembly;
  assembly.folder = entry.parent;
  assembly.file_name = ToLower(entry.name);
  DecodePackage(note, assembly.package);
  if (!IsWhole(note)) return false;
  std::lock_guard lock(mutex_);
  if (assemblies_.size() < kMaxAssemblies) assemblies_.push_back(std::move(assembly));
  return true;
}

void DotnetCataloger::ReadLock(target::File& file, const std::string& text, Emitter& out) const {
  Result<std::vector<DotnetLibrary>> libraries = ParseNugetLock(text);
  if (!libraries) {
    out.Problem(libraries.error(), file.entry().path);
    return;
  }
  std::map<LibraryKey, std::string> ids;
  for (const DotnetLibrary& library : *libraries) {
    model::Package package;
    package.type = model::PackageType::kNuget;
    package.name = ToValidUtf8(library.name);
    package.version = ToValidUtf8(library.version);
    package.scope = model::Scope::kDeclared;
    package.found_by = "nuget-lock";
    package.locations.push_back(file.location());
    if (!library.type.empty()) package.properties.emplace_back("nuget:dependency", ToLower(library.type));
    if (!library.sha512.empty()) package.properties.emplace_back("nuget:hash", library.sha512);
    ids.emplace(LibraryKey(library.name, library.version), out.Add(std::move(package)));
  }
  RelateLibraries(*libraries, ids, out);
}

void DotnetCataloger::ReadProject(target::File& file, const std::string& text, Emitter& out) const {
  Result<std::vector<NugetReference>> references = ParseProjectXml(text);
  if (!references) {
    out.Problem(references.error(), file.entry().path);
    return;
  }
  for (const NugetReference& reference : *references) {
    model::Package package;
    package.type = model::PackageType::kNuget;
    package.name = reference.name;
    package.version = reference.version;
    package.scope = model::Scope::kDeclared;
    package.development = reference.development;
    package.found_by = IsProjectName(file.entry().name) ? "dotnet-project" : "nuget-manifest";
    package.locations.push_back(file.location());
    out.Add(std::move(package));
  }
}

void DotnetCataloger::ReadAssembly(target::File& file, Emitter& out) {
  const target::Entry& entry = file.entry();
  // Satellites hold translations of an assembly that is there itself.
  if (entry.name.ends_with(".resources.dll")) return;
  std::array<std::byte, 2> magic{};
  Result<std::size_t> got = file.content().ReadAt(0, magic);
  if (!got || ClassifyImage(Bytes(magic).first(*got)) != ImageFormat::kPe) return;
  Result<Image> image = ReadPe(file.content());
  if (!image) {
    if (image.error().code != Code::kUnsupported) out.Problem(image.error(), entry.path);
    return;
  }
  if (image->clr_header.size == 0) return;  // native code
  Result<PeVersion> version = ReadPeVersion(file.content(), *image);
  if (!version) {
    if (version.error().code != Code::kNotFound) out.Problem(version.error(), entry.path);
    return;
  }
  // The framework of Windows is the operating system's; its assemblies share names with packages, not
  // versions.
  if (version->product_name.find(".NET Framework") != std::string::npos) return;
  model::Package package;
  package.type = model::PackageType::kNuget;
  package.name = ToValidUtf8(entry.name.substr(0, entry.name.rfind('.')));
  package.version = AssemblyVersion(*version);
  package.vendor = version->company;
  package.found_by = "dotnet-assembly";
  package.locations.push_back(file.location());
  if (!version->product_name.empty()) package.properties.emplace_back("pe:product", version->product_name);
  if (!version->file_version.empty())
    package.properties.emplace_back("pe:file-version", version->file_version);
  if (package.version.empty()) return;
  ByteWriter note;
  EncodePackage(package, note);
  out.Keep(note.Take());
}

/// A deps.json speaks for its own folder and those below (runtimes/linux/lib/net8.0).
bool DotnetCataloger::Covered(std::string_view folder, const std::string& file_name) const {
  for (int depth = 0; depth < 8; ++depth) {
    if (covered_.contains({std::string(folder), file_name})) return true;
    if (folder.empty()) return false;
    std::size_t slash = folder.rfind('/');
    folder = slash == std::string_view::npos ? std::string_view() : folder.substr(0, slash);
  }
  return false;
}

void DotnetCataloger::Finish(Emitter& out) {
  std::lock_guard lock(mutex_);
  for (Assembly& assembly : assemblies_)
    if (!Covered(assembly.folder, assembly.file_name)) out.Add(std::move(assembly.package));
  assemblies_.clear();
  covered_.clear();
}

}  // namespace

std::unique_ptr<Cataloger> MakeDotnetCataloger(const CatalogOptions& options) {
  return std::make_unique<DotnetCataloger>(options);
}

}  // namespace weir::sbom
