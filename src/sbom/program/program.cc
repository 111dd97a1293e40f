// Packages inside programs and shared libraries: Go modules, Rust crates, the
// packaging note of ELF files, version strings; and Java's release file.
//
// A host has thousands of programs. Of each, its first bytes and its section
// table are read; more only where a section of interest is there or the file's
// name is in the table of version strings.
#include "sbom/program/program.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "base/strings.h"
#include "sbom/catalogers.h"
#include "sbom/program/elf.h"
#include "sbom/program/elf_note.h"
#include "sbom/program/go_packages.h"
#include "sbom/program/go_symbols.h"
#include "sbom/program/java_release.h"
#include "sbom/program/macho.h"
#include "sbom/program/pe.h"
#include "sbom/program/rust_auditable.h"
#include "sbom/program/version_strings.h"

namespace weir::sbom {
namespace {

constexpr std::uint64_t kLeastProgram = 128, kMaxRelease = 64U << 10U;
constexpr std::uint64_t kMaxCrateSection = 16U << 20U, kMaxNoteSection = 64U << 10U;
constexpr std::size_t kMaxNotes = 100'000, kMaxNoteLocations = 64;

bool IsLibraryName(std::string_view name) {
  return name.ends_with(".so") || name.find(".so.") != std::string_view::npos || name.ends_with(".node") ||
         name.ends_with(".dll") || name.ends_with(".exe");
}

/// Folders with thousands of files that look like programs by their names and never are.
bool IsDataFolder(std::string_view parent) {
  for (std::string_view folder :
       {"share/zoneinfo", "share/terminfo", "lib/terminfo", "share/doc", "share/man", "share/locale",
        "share/icons", "lib/dpkg/info", ".git/objects"}) {
    std::size_t at = parent.find(folder);
    if (at == std::string_view::npos || (at != 0 && parent[at - 1] != '/')) continue;
    std::size_t end = at + folder.size();
    if (end == parent.size() || parent[end] == '/') return true;
  }
  return false;
}

class ProgramCataloger final : public Cataloger {
 public:
  explicit ProgramCataloger(const CatalogOptions& options) : options_(options) {}
  std::string_view name() const override { return "program"; }
  std::span<const Interest> interests() const override { return kInterests; }
  bool Wants(const target::Entry& entry) const override {
    // Kernel modules are the kernel cataloger's.
    return !entry.name.ends_with(".ko") && !IsDataFolder(entry.parent);
  }
  void Visit(target::File& file, Emitter& out) override;
  bool Recall(const target::Entry& entry, ByteReader note, Emitter& out) override;
  void Finish(Emitter& out) override;

 private:
  struct Context {
    target::File& file;
    target::ByteSource& content;  // a part of FILE for fat programs
    const Image& image;
    Emitter& out;
    std::string path() const { return std::string(file.entry().path); }
  };

  void VisitImage(target::File& file, target::ByteSource& content, Emitter& out) const;
  void ReadFat(target::File& file, Emitter& out) const;
  static void ReadRelease(target::File& file, Emitter& out);
  /// True where the program is Go's.
  bool ReadGo(const Context& context) const;
  static void ReadRust(const Context& context);
  static void ReadNote(const Context& context);
  static void ReadVersionString(const Context& context);

  static const std::array<Interest, 3> kInterests;
  CatalogOptions options_;
  // One package of an ELF note has many files; they are told as one package each layer.
  using NoteKey = std::tuple<std::string, std::string, std::string, std::string, std::string>;
  std::mutex mutex_;
  std::map<NoteKey, model::Package> notes_;
};

const std::array<Interest, 3> ProgramCataloger::kInterests = {Interest{Interest::Kind::kProgram, ""},
                                                              Interest{Interest::Kind::kName, "release"},
                                                              Interest{Interest::Kind::kName, "beam.smp"}};

void ProgramCataloger::Visit(target::File& file, Emitter& out) {
  const target::Entry& entry = file.entry();
  if (entry.name == "release") {
    ReadRelease(file, out);
    return;
  }
  if (file.size() < kLeastProgram || ((file.mode() & 0111U) == 0 && !IsLibraryName(entry.name))) return;
  std::array<std::byte, 64> head{};
  Result<std::size_t> got = file.content().ReadAt(0, head);
  if (!got) {
    out.Problem(got.error(), entry.path);
    return;
  }
  ImageFormat format = ClassifyImage(Bytes(head).first(*got));
  if (format == ImageFormat::kMachOFat) {
    ReadFat(file, out);
  } else if (format != ImageFormat::kNone) {
    VisitImage(file, file.content(), out);
  }
}

Result<Image> ReadImage(target::ByteSource& content) {
  std::array<std::byte, 64> head{};
  WEIR_ASSIGN(std::size_t got, content.ReadAt(0, head));
  switch (ClassifyImage(Bytes(head).first(got))) {
    case ImageFormat::kElf:
      return ReadElf(content);
    case ImageFormat::kPe:
      return ReadPe(content);
    case ImageFormat::kMachO:
      return ReadMachO(content);
    default:
      return Err(Code::kUnsupported, "not a program");
  }
}

void ProgramCataloger::VisitImage(target::File& file, target::ByteSource& content, Emitter& out) const {
  Result<Image> image = ReadImage(content);
  if (!image) {
    if (image.error().code != Code::kUnsupported) out.Problem(image.error(), file.entry().path);
    return;
  }
  Context context{file, content, *image, out};
  bool go = ReadGo(context);
  if (image->format == ImageFormat::kElf) ReadNote(context);
  if (go) return;
  ReadRust(context);
  ReadVersionString(context);
}

void ProgramCataloger::ReadFat(target::File& file, Emitter& out) const {
  Result<std::vector<FatPart>> parts = ReadFatParts(file.content());
  if (!parts) {
    out.Problem(parts.error(), file.entry().path);
    return;
  }
  // The parts are one program built for several processors; equal packages fold by their id.
  for (const FatPart& part : *parts) {
    std::unique_ptr<target::ByteSource> slice =
        target::MakeSliceSource(file.content(), part.offset, part.size);
    VisitImage(file, *slice, out);
  }
}

void ProgramCataloger::ReadRelease(target::File& file, Emitter& out) {
  if (file.size() > kMaxRelease) return;
  Result<std::string> text = file.content().ReadAll(kMaxRelease);
  if (!text) {
    out.Problem(text.error(), file.entry().path);
    return;
  }
  Result<JavaRelease> release = ParseJavaRelease(*text);
  if (!release) return;  // a common name for other things
  model::Package package;
  package.type = model::PackageType::kBinary;
  package.name = release->package;
  package.version = release->version;
  package.vendor = ToValidUtf8(release->vendor);
  package.cpes = release->cpes;
  package.found_by = "java-release";
  package.locations.push_back(file.location());
  if (!release->runtime_version.empty())
    package.properties.emplace_back("java:runtime-version", ToValidUtf8(release->runtime_version));
  out.Add(std::move(package));
}

bool ProgramCataloger::ReadGo(const Context& context) const {
  Result<GoBuildInfo> info = ReadGoBuildInfo(context.content, context.image);
  if (!info) {
    if (info.error().code == Code::kNotFound) return false;
    context.out.Problem(info.error().Context("Go build information"), context.path());
    return false;
  }
  std::shared_ptr<const model::GoSymbols> symbols;
  if (options_.go_symbols) {
    Result<std::shared_ptr<const model::GoSymbols>> read =
        ReadGoSymbols(context.content, context.image, info->main_package);
    if (read) {
      symbols = std::move(*read);
    } else if (read.error().code != Code::kNotFound) {
      context.out.Problem(read.error().Context("Go symbols"), context.path());
    }
  }
  EmitGoPackages(*info, std::move(symbols), context.file.location(), context.out);
  return true;
}

void ProgramCataloger::ReadRust(const Context& context) {
  const Region* section = context.image.FindSection(".dep-v0");
  if (section == nullptr || section->size == 0) return;
  Result<std::string> bytes = ReadRegion(context.content, *section, kMaxCrateSection);
  if (!bytes) {
    context.out.Problem(bytes.error(), context.path());
    return;
  }
  Result<std::vector<RustCrate>> crates = ParseRustAuditable(*bytes);
  if (!crates) {
    context.out.Problem(crates.error(), context.path());
    return;
  }
  std::vector<std::string> ids(crates->size());
  std::string root_id;
  for (std::size_t i = 0; i < crates->size(); ++i) {
    const RustCrate& crate = (*crates)[i];
    if (crate.build_only) continue;
    model::Package package;
    package.type = model::PackageType::kCargo;
    package.name = crate.name;
    package.version = crate.version;
    package.found_by = "rust-auditable";
    package.locations.push_back(context.file.location());
    if (!crate.source.empty()) package.origin = ToValidUtf8(crate.source);
    ids[i] = context.out.Add(std::move(package));
    if (crate.root) root_id = ids[i];
  }
  for (std::size_t i = 0; i < crates->size(); ++i) {
    if (ids[i].empty()) continue;
    if (!root_id.empty() && ids[i] != root_id)
      context.out.Relate(root_id, ids[i], model::RelationKind::kContains);
    for (std::uint32_t to : (*crates)[i].dependencies)
      if (to < ids.size() && !ids[to].empty())
        context.out.Relate(ids[i], ids[to], model::RelationKind::kDependsOn);
  }
}

void ProgramCataloger::ReadNote(const Context& context) {
  const Region* section = context.image.FindSection(".note.package");
  if (section == nullptr || section->size == 0) return;
  Result<std::string> bytes = ReadRegion(context.content, *section, kMaxNoteSection);
  if (!bytes) {
    context.out.Problem(bytes.error(), context.path());
    return;
  }
  Result<PackageNote> note = ParsePackageNote(*bytes, context.image.big_endian);
  if (!note) {
    if (note.error().code != Code::kNotFound) context.out.Problem(note.error(), context.path());
    return;
  }
  model::Package package;
  package.type = note->type == "deb"   ? model::PackageType::kDeb
                 : note->type == "rpm" ? model::PackageType::kRpm
                 : note->type == "apk" ? model::PackageType::kApk
                                       : model::PackageType::kBinary;
  package.name = note->name;
  package.version = note->version;
  package.arch = note->architecture;
  package.found_by = kElfNoteFinder;
  package.locations = {context.file.location()};
  if (!note->app_cpe.empty()) package.cpes.push_back(ToValidUtf8(note->app_cpe));
  if (!note->os.empty()) package.properties.emplace_back("os", ToValidUtf8(note->os));
  if (!note->os_version.empty()) package.properties.emplace_back("os-version", ToValidUtf8(note->os_version));
  ByteWriter kept;
  EncodePackage(package, kept);
  kept.Text(note->type);
  context.out.Keep(kept.Take());
}

bool ProgramCataloger::Recall(const target::Entry& entry, ByteReader note, Emitter& out) {
  static_cast<void>(entry);
  static_cast<void>(out);
  model::Package package;
  DecodePackage(note, package);
  std::string type(note.Text());
  if (!IsWhole(note)) return false;
  NoteKey key{std::move(type), package.name, package.version, package.arch, package.locations.front().layer};
  std::lock_guard lock(mutex_);
  if (notes_.size() >= kMaxNotes && !notes_.contains(key)) return true;
  auto [at, added] = notes_.try_emplace(std::move(key), std::move(package));
  if (added) return true;
  // Files come in any order: the facts are those of the first by name, and the first places are kept.
  std::vector<model::Location> locations = std::move(at->second.locations);
  model::Location location = std::move(package.locations.front());
  if (location < locations.front()) at->second = std::move(package);
  locations.insert(std::upper_bound(locations.begin(), locations.end(), location), location);
  if (locations.size() > kMaxNoteLocations) locations.resize(kMaxNoteLocations);
  at->second.locations = std::move(locations);
  return true;
}

void ProgramCataloger::ReadVersionString(const Context& context) {
  const VersionRule* rule = FindVersionRule(context.file.entry().name);
  if (rule == nullptr) return;
  Result<std::string> version =
      SearchVersion(*rule, context.file.entry().name, context.content, context.image);
  if (!version) {
    context.out.Problem(version.error(), context.path());
    return;
  }
  if (version->empty()) return;
  model::Package package;
  package.type = model::PackageType::kBinary;
  package.name = rule->package;
  package.version = *version;
  package.found_by = "version-string";
  package.locations.push_back(context.file.location());
  std::string_view cpes = rule->cpes;
  while (!cpes.empty()) package.cpes.push_back(MakeCpe(NextPiece(cpes, '|'), *version));
  context.out.Add(std::move(package));
}

void ProgramCataloger::Finish(Emitter& out) {
  std::lock_guard lock(mutex_);
  for (auto& [key, package] : notes_) out.Add(std::move(package));
  notes_.clear();
}

}  // namespace

std::unique_ptr<Cataloger> MakeProgramCataloger(const CatalogOptions& options) {
  return std::make_unique<ProgramCataloger>(options);
}

}  // namespace weir::sbom
