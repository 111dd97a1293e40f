// Declared JavaScript packages, from lockfiles.
#include "base/strings.h"
#include "sbom/catalogers.h"
#include "sbom/node_lock_formats.h"
#include "sbom/node_manifest.h"
#include "sbom/subresource_integrity.h"
#include "sbom/url_text.h"

namespace weir::sbom {
namespace {

constexpr std::string_view kName = "node-lock";
constexpr std::uint64_t kMaxText = 64U << 20U;

/// Inside node_modules a lockfile is another project's left-over, it says nothing about this tree.
bool InModules(std::string_view path) {
  return path.starts_with("node_modules/") || path.find("/node_modules/") != std::string_view::npos;
}

class NodeLockCataloger final : public Cataloger {
 public:
  std::string_view name() const override { return kName; }
  std::span<const Interest> interests() const override { return interests_; }
  bool Wants(const target::Entry& entry) const override { return !InModules(entry.path); }

  void Visit(target::File& file, Emitter& out) override {
    LockGraph graph(file.location(), kName);
    if (Result<void> read = Read(file, graph); !read) out.Problem(read.error(), file.entry().path);
    graph.Emit(out);
  }

 private:
  static Result<void> Read(target::File& file, LockGraph& graph) {
    std::string_view name = file.entry().name;
    if (name == "package-lock.json" || name == "npm-shrinkwrap.json")
      return ReadNpmLock(file.content(), graph);
    if (name == "bun.lock") return ReadBunLock(file.content(), graph);
    if (name == "deno.lock") return ReadDenoLock(file.content(), graph);
    WEIR_ASSIGN(std::string text, file.content().ReadAll(kMaxText));
    return name == "yarn.lock" ? ReadYarnLock(text, graph) : ReadPnpmLock(text, graph);
  }

  std::vector<Interest> interests_{
      {Interest::Kind::kName, "package-lock.json"}, {Interest::Kind::kName, "npm-shrinkwrap.json"},
      {Interest::Kind::kName, "yarn.lock"},         {Interest::Kind::kName, "pnpm-lock.yaml"},
      {Interest::Kind::kName, "bun.lock"},          {Interest::Kind::kName, "deno.lock"}};
};

}  // namespace

bool MakeNodePackage(const NodeLockEntry& entry, model::Package& package) {
  for (std::string_view own : {"file:", "link:", "workspace:", "portal:"})
    if (entry.version.starts_with(own) || entry.resolved.starts_with(own)) return false;
  if (!IsNodeName(entry.name)) return false;
  package.type = model::PackageType::kNpm;
  package.name = entry.name;
  std::string version = CleanNodeVersion(entry.version);
  if (!version.empty() && IsDigit(version[0])) package.version = std::move(version);
  package.origin = PublicUrl(entry.resolved.substr(0, entry.resolved.find('#')));
  if (package.version.empty() && package.origin.empty()) package.origin = PublicUrl(entry.version);
  package.development = entry.development;
  if (entry.optional) package.properties.emplace_back("npm:optional", "true");
  AddIntegrity(entry.integrity, package);
  return true;
}

std::pair<std::string_view, std::string_view> SplitNodeSpec(std::string_view spec) {
  std::size_t at = spec.find('@', 1);
  if (spec.empty() || at == std::string_view::npos) return {spec, {}};
  return {spec.substr(0, at), spec.substr(at + 1)};
}

std::unique_ptr<Cataloger> MakeNodeLockCataloger(const CatalogOptions&) {
  return std::make_unique<NodeLockCataloger>();
}

}  // namespace weir::sbom
