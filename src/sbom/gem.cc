// Ruby gems: the specifications that "gem install" writes, and Gemfile.lock.
// Source: rubygems' lib/rubygems/specification.rb (to_ruby) and bundler's lockfile_parser.rb.

#include <map>

#include "base/strings.h"
#include "sbom/catalogers.h"
#include "sbom/gem_formats.h"
#include "sbom/license_names.h"

namespace weir::sbom {
namespace {

constexpr std::uint64_t kMaxGemspecBytes = 4 << 20;

class GemCataloger final : public Cataloger {
 public:
  explicit GemCataloger(const CatalogOptions& options)
      : declared_(options.declared), max_bytes_(options.limits.max_memory_file_bytes) {}

  std::string_view name() const override { return "gem"; }
  std::span<const Interest> interests() const override {
    static const Interest kInterests[] = {
        {Interest::Kind::kSuffix, ".gemspec"},
        {Interest::Kind::kName, "Gemfile.lock"},
        {Interest::Kind::kName, "gems.locked"},
    };
    return kInterests;
  }
  bool Wants(const target::Entry& entry) const override {
    if (!entry.name.ends_with(".gemspec")) return declared_;
    // Elsewhere a .gemspec is a source file, that says nothing of what is installed.
    return entry.parent.ends_with("specifications") || entry.parent.ends_with("specifications/default");
  }
  void Visit(target::File& file, Emitter& out) override {
    if (file.entry().name.ends_with(".gemspec"))
      ReadSpecification(file, out);
    else
      ReadLock(file, out);
  }

 private:
  static void ReadSpecification(target::File& file, Emitter& out);
  void ReadLock(target::File& file, Emitter& out) const;

  bool declared_;
  std::uint64_t max_bytes_;
};

void GemCataloger::ReadSpecification(target::File& file, Emitter& out) {
  Result<std::string> text = file.content().ReadAll(kMaxGemspecBytes);
  if (!text) return out.Problem(text.error(), file.entry().path);
  std::string_view stem = file.entry().name;
  stem.remove_suffix(std::string_view(".gemspec").size());
  Gemspec spec = ParseGemspec(*text, stem);
  if (spec.name.empty() || spec.version.empty())
    return out.Problem(Code::kMalformed, file.entry().path, "the gem's name or version is not written out");
  model::Package package;
  package.type = model::PackageType::kGem;
  package.name = spec.name;
  package.version = spec.version;
  package.vendor = Join(spec.authors, ", ");
  for (const std::string& license : spec.licenses) package.licenses.push_back(NormalizeLicense(license));
  if (!spec.platform.empty() && spec.platform != "ruby")
    package.properties.emplace_back("gem:platform", spec.platform);
  package.locations = {file.location()};
  package.found_by = "gem";
  out.Add(std::move(package));
}

void GemCataloger::ReadLock(target::File& file, Emitter& out) const {
  Result<std::string> text = file.content().ReadAll(max_bytes_);
  if (!text) return out.Problem(text.error(), file.entry().path);
  std::vector<LockedGem> gems = ParseGemfileLock(*text);
  if (gems.empty() && !Trim(*text).empty() && text->find("specs:") == std::string::npos)
    return out.Problem(Code::kMalformed, file.entry().path, "not a Gemfile.lock");
  std::map<std::string, std::string, std::less<>> ids;
  for (const LockedGem& gem : gems) {
    model::Package package;
    package.type = model::PackageType::kGem;
    package.name = gem.name;
    package.version = gem.version;
    package.origin = gem.remote;
    package.scope = model::Scope::kDeclared;
    if (!gem.platform.empty()) package.properties.emplace_back("gem:platform", gem.platform);
    package.locations = {file.location()};
    package.found_by = "gem";
    ids.emplace(gem.name, out.Add(std::move(package)));
  }
  for (const LockedGem& gem : gems)
    for (const std::string& dependency : gem.dependencies)
      if (auto to = ids.find(dependency); to != ids.end() && dependency != gem.name)
        out.Relate(ids[gem.name], to->second, model::RelationKind::kDependsOn);
}

}  // namespace

std::unique_ptr<Cataloger> MakeGemCataloger(const CatalogOptions& options) {
  return std::make_unique<GemCataloger>(options);
}

}  // namespace weir::sbom
