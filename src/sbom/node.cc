// Installed Node packages: the package.json of every folder directly in a
// node_modules (npm, yarn, pnpm's ".pnpm" store), those in Yarn's zipped cache, and
// an application's own.
//
// A package.json deeper inside a package is test data or a marker for the module
// kind, never something that require() finds by name, and is not read.
#include <algorithm>
#include <unordered_map>

#include "base/strings.h"
#include "sbom/catalogers.h"
#include "sbom/node_manifest.h"
#include "sbom/zip.h"

namespace weir::sbom {
namespace {

constexpr std::string_view kName = "node";
constexpr std::string_view kModules = "node_modules/";
constexpr std::uint64_t kMaxBytes = 4U << 20U;

bool HasComponent(std::string_view path, std::string_view name) {
  for (std::string_view piece : Split(path, '/'))
    if (piece == name) return true;
  return false;
}

/// The package name that FOLDER, a path, has in its node_modules; empty where it is not directly in one.
std::string_view NameInModules(std::string_view folder) {
  std::size_t at = folder.rfind(kModules);
  if (at == std::string_view::npos || (at != 0 && folder[at - 1] != '/')) return {};
  std::string_view name = folder.substr(at + kModules.size());
  return IsNodeName(name) ? name : std::string_view();
}

class NodeCataloger final : public Cataloger {
 public:
  explicit NodeCataloger(const CatalogOptions& options) : limits_(options.limits) {}
  std::string_view name() const override { return kName; }
  std::span<const Interest> interests() const override { return interests_; }
  bool Wants(const target::Entry& entry) const override {
    if (entry.name.ends_with(".zip")) return entry.parent.ends_with(".yarn/cache");
    return !HasComponent(entry.parent, "node_modules") || !NameInModules(entry.parent).empty();
  }

  void Visit(target::File& file, Emitter& out) override {
    if (file.entry().name.ends_with(".zip")) return VisitYarnCache(file, out);
    Result<std::string> text = file.content().ReadAll(kMaxBytes);
    if (!text) return out.Problem(text.error(), file.entry().path);
    Result<NodeManifest> manifest = ParseNodeManifest(std::move(*text));
    std::string_view installed_as = NameInModules(file.entry().parent);
    if (!manifest) {
      out.Problem(manifest.error(), file.entry().path);
    } else {
      Add(std::move(*manifest), file.location(), file.entry().parent, installed_as, out);
    }
  }

  bool Recall(const target::Entry& entry, ByteReader note, Emitter& out) override {
    static_cast<void>(entry);
    static_cast<void>(out);
    Found found{std::string(note.Text()), std::string(note.Text()), std::string(note.Text())};
    if (!IsWhole(note)) return false;
    std::lock_guard lock(mutex_);
    found_.push_back(std::move(found));
    return true;
  }

  void Finish(Emitter& out) override {
    std::sort(found_.begin(), found_.end(),
              [](const Found& a, const Found& b) { return a.folder < b.folder; });
    std::unordered_map<std::string_view, const Found*> by_folder;
    std::unordered_map<std::string_view, const Found*> by_name;  // null where there are several
    for (const Found& found : found_) {
      by_folder.emplace(found.folder, &found);
      if (std::string_view name = NameInModules(found.folder); !name.empty())
        if (auto [at, added] = by_name.emplace(name, &found); !added) at->second = nullptr;
    }
    for (const Found& found : found_)
      for (std::string_view rest = found.needs; !rest.empty();) {
        std::string_view need = NextPiece(rest, '\n');
        const Found* to = LookUp(found.folder, need, by_folder);
        // pnpm and Yarn's cache link packages instead of nesting them: there the name decides, if it is
        // unique.
        bool linked =
            found.folder.find("/.pnpm/") != std::string::npos || found.folder.find("!/") != std::string::npos;
        if (auto at = by_name.find(need); to == nullptr && linked && at != by_name.end()) to = at->second;
        if (to != nullptr && to != &found) out.Relate(found.id, to->id, model::RelationKind::kDependsOn);
      }
    found_.clear();
  }

 private:
  struct Found {
    std::string folder, id;
    std::string needs;  // names, one a line
  };
  using ByFolder = std::unordered_map<std::string_view, const Found*>;

  /// As require() does: node_modules of the folder itself, then of every folder above it.
  static const Found* LookUp(std::string_view folder, std::string_view name, const ByFolder& by_folder) {
    std::string candidate;
    for (;;) {
      candidate = folder;
      if (!candidate.empty()) candidate += '/';
      candidate += kModules;
      candidate += name;
      if (auto at = by_folder.find(candidate); at != by_folder.end()) return at->second;
      if (folder.empty()) return nullptr;
      std::size_t slash = folder.rfind('/');
      folder = slash == std::string_view::npos ? std::string_view() : folder.substr(0, slash);
      // Up to the folder that holds the node_modules we are in.
      if (folder == "node_modules" || folder.ends_with("/node_modules"))
        folder.remove_suffix(std::min<std::size_t>(folder.size(), kModules.size()));
    }
  }

  static void Add(NodeManifest manifest, model::Location location, std::string_view folder,
                  std::string_view installed_as, Emitter& out) {
    if (!IsNodeName(manifest.name) || manifest.version.empty()) return;
    model::Package package;
    package.type = model::PackageType::kNpm;
    package.name = std::move(manifest.name);
    package.version = std::move(manifest.version);
    package.licenses = std::move(manifest.licenses);
    package.vendor = ToValidUtf8(manifest.author);
    package.origin = std::move(manifest.resolved);
    package.locations.push_back(std::move(location));
    package.found_by = kName;
    if (installed_as.empty()) {
      package.properties.emplace_back("npm:application", "true");
    } else if (installed_as != package.name) {
      package.properties.emplace_back("npm:alias", installed_as);
    }
    std::string needs;
    for (const std::string& need : manifest.dependencies) needs += need + '\n';
    ByteWriter note;
    note.Text(folder);
    note.Text(out.Add(std::move(package)));
    note.Text(needs);
    out.Keep(note.Take());
  }

  /// Yarn's Plug'n'Play runs packages from zip files: "lodash-npm-4.17.20-<hash>.zip".
  void VisitYarnCache(target::File& file, Emitter& out) {
    std::string path(file.entry().path);
    ArchiveBudget budget = ArchiveBudget::For(file.size(), limits_);
    Result<ZipArchive> archive = ZipArchive::Open(file.content(), budget);
    if (!archive) return out.Problem(archive.error(), path);
    ZipSelection selection = archive->Select([](std::string_view name) {
      return name.ends_with("/package.json") && !NameInModules(name.substr(0, name.rfind('/'))).empty();
    });
    for (const Error& problem : selection.problems) out.Problem(problem, path);
    for (const ZipMember& member : selection.members) {
      std::string inner = path + "!/" + member.name;
      Result<std::string> text = archive->Read(member, kMaxBytes);
      if (!text) {
        out.Problem(text.error(), inner);
        continue;
      }
      std::string folder = inner.substr(0, inner.rfind('/'));
      Result<NodeManifest> manifest = ParseNodeManifest(std::move(*text));
      if (!manifest) {
        out.Problem(manifest.error(), inner);
      } else {
        Add(std::move(*manifest), file.location(), folder, NameInModules(folder), out);
      }
    }
  }

  target::Limits limits_;
  std::vector<Interest> interests_{{Interest::Kind::kName, "package.json"},
                                   {Interest::Kind::kSuffix, ".zip"}};
  std::mutex mutex_;
  std::vector<Found> found_;  // guarded by mutex_
};

}  // namespace

std::unique_ptr<Cataloger> MakeNodeCataloger(const CatalogOptions& options) {
  return std::make_unique<NodeCataloger>(options);
}

}  // namespace weir::sbom
