// PHP packages: what Composer installed (installed.json of version 1 and 2) and
// what a project has locked (composer.lock).
// Source: getcomposer.org/doc, "The lock file", and composer's InstalledFilesystemRepository.

#include <algorithm>
#include <map>
#include <set>

#include "base/strings.h"
#include "sbom/catalogers.h"
#include "sbom/json_walk.h"
#include "sbom/license_names.h"

namespace weir::sbom {
namespace {

constexpr std::size_t kMaxPackages = 100'000, kMaxListItems = 1000;

struct Entry {
  std::string name, version, source, distribution;
  std::vector<std::string> licenses, needs;
  bool development = false;
};

/// Packages are the elements of "packages" and "packages-dev", or of the whole text (Composer 1).
class PackageList final : public JsonHandler {
 public:
  void Enter(JsonPath path) override {
    if (IsPackage(path) && entries.size() < kMaxPackages) {
      entries.emplace_back().development = path.front() == "packages-dev";
      base_ = path.size();
    }
    if (path.size() == 1 && (path[0] == "packages" || path[0].empty())) recognised = true;
  }
  void Leave(JsonPath path) override {
    if (path.empty()) return;
    if (IsPackage(path)) base_ = 0;
  }
  void String(JsonPath path, std::string_view value) override {
    if (path.size() == 2 && path[0] == "dev-package-names") {
      if (development_names.size() < kMaxPackages) development_names.emplace(value);
      return;
    }
    if (base_ == 0 || path.size() <= base_) return;
    Entry& entry = entries.back();
    JsonPath inside = path.subspan(base_);
    if (inside.size() == 1) {
      if (inside[0] == "name") entry.name = value;
      if (inside[0] == "version") entry.version = value;
      if (inside[0] == "license") AddLicense(entry, value);
    } else if (inside.size() == 2) {
      if (inside[0] == "license") AddLicense(entry, value);
      if (inside[0] == "require" && entry.needs.size() < kMaxListItems) entry.needs.push_back(inside[1]);
      if (inside[0] == "source" && inside[1] == "url") entry.source = value;
      if (inside[0] == "dist" && inside[1] == "url") entry.distribution = value;
    }
  }

  std::vector<Entry> entries;
  std::set<std::string, std::less<>> development_names;
  bool recognised = false;

 private:
  static bool IsPackage(JsonPath path) {
    if (path.empty() || !path.back().empty()) return false;
    return path.size() == 1 || (path.size() == 2 && (path[0] == "packages" || path[0] == "packages-dev"));
  }
  static void AddLicense(Entry& entry, std::string_view value) {
    if (entry.licenses.size() < kMaxListItems) entry.licenses.push_back(NormalizeLicense(value));
  }
  std::size_t base_ = 0;
};

class ComposerCataloger final : public Cataloger {
 public:
  explicit ComposerCataloger(const CatalogOptions& options) : declared_(options.declared) {}

  std::string_view name() const override { return "composer"; }
  std::span<const Interest> interests() const override {
    static const Interest kInterests[] = {{Interest::Kind::kName, "installed.json"},
                                          {Interest::Kind::kName, "composer.lock"}};
    return kInterests;
  }
  bool Wants(const target::Entry& entry) const override {
    if (entry.name == "composer.lock") return declared_;
    return entry.parent == "composer" || entry.parent.ends_with("/composer");
  }
  void Visit(target::File& file, Emitter& out) override;

 private:
  bool declared_;
};

void ComposerCataloger::Visit(target::File& file, Emitter& out) {
  PackageList list;
  Result<void> read = WalkJson(file.content(), {}, list);
  if (!read) out.Problem(read.error(), file.entry().path);
  bool installed = file.entry().name == "installed.json";
  if (read && !list.recognised && !installed)
    out.Problem(Code::kMalformed, file.entry().path, "no list of packages in it");
  std::map<std::string, std::string, std::less<>> ids;
  std::size_t incomplete = 0;
  for (const Entry& entry : list.entries) {
    if (entry.name.empty() || entry.version.empty()) {
      ++incomplete;
      continue;
    }
    model::Package package;
    package.type = model::PackageType::kComposer;
    package.name = ToLower(entry.name);
    package.version = entry.version;
    package.scope = installed ? model::Scope::kInstalled : model::Scope::kDeclared;
    package.development = entry.development || list.development_names.contains(entry.name);
    package.licenses = entry.licenses;
    package.origin = entry.source.empty() ? entry.distribution : entry.source;
    package.locations = {file.location()};
    package.found_by = name();
    std::string lower = package.name;
    ids.emplace(std::move(lower), out.Add(std::move(package)));
  }
  if (incomplete > 0)
    out.Problem(Code::kMalformed, file.entry().path,
                std::to_string(incomplete) + " packages have no name or version");
  for (const Entry& entry : list.entries) {
    auto from = ids.find(ToLower(entry.name));
    if (from == ids.end()) continue;
    for (const std::string& need : entry.needs)
      if (auto to = ids.find(ToLower(need)); to != ids.end() && to != from)
        out.Relate(from->second, to->second, model::RelationKind::kDependsOn);
  }
}

}  // namespace

std::unique_ptr<Cataloger> MakeComposerCataloger(const CatalogOptions& options) {
  return std::make_unique<ComposerCataloger>(options);
}

}  // namespace weir::sbom
