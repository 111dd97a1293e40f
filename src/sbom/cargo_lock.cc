// Cargo.lock is written by cargo alone, always in the same shape: this reads that
// shape, not all of TOML. Source: doc.rust-lang.org/cargo, "Cargo.toml vs Cargo.lock".
#include "sbom/cargo_lock.h"

#include <array>
#include <unordered_map>

#include "base/strings.h"
#include "sbom/catalogers.h"

namespace weir::sbom {
namespace {

constexpr std::uint64_t kMaxBytes = 32U << 20U;
constexpr std::size_t kMaxCrates = 100'000, kMaxDependencies = 10'000;

/// The first basic string in TEXT, its escapes resolved as far as cargo writes any.
std::string QuotedText(std::string_view& text) {
  std::string out;
  std::size_t at = text.find('"');
  if (at == std::string_view::npos) {
    text = {};
    return out;
  }
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) ++at;
    out += text[at];
  }
  text.remove_prefix(std::min(at + 1, text.size()));
  return out;
}

class CargoLockCataloger final : public Cataloger {
 public:
  std::string_view name() const override { return "cargo-lock"; }
  std::span<const Interest> interests() const override { return kInterests; }
  bool Wants(const target::Entry& entry) const override {
    // Sources of other projects that cargo has fetched.
    return entry.path.find(".cargo/registry/") == std::string_view::npos &&
           entry.path.find(".cargo/git/") == std::string_view::npos;
  }
  void Visit(target::File& file, Emitter& out) override;

 private:
  static const std::array<Interest, 1> kInterests;
};

const std::array<Interest, 1> CargoLockCataloger::kInterests = {
    Interest{Interest::Kind::kName, "Cargo.lock"}};

void CargoLockCataloger::Visit(target::File& file, Emitter& out) {
  Result<std::string> text = file.content().ReadAll(kMaxBytes);
  Result<std::vector<LockedCrate>> crates = text ? ParseCargoLock(*text) : Err(text.error());
  if (!crates) {
    out.Problem(crates.error(), file.entry().path);
    return;
  }
  std::vector<std::string> ids;
  // Dependencies name a crate as shortly as is clear.
  std::unordered_map<std::string, std::size_t> by_name;
  for (std::size_t i = 0; i < crates->size(); ++i) {
    const LockedCrate& crate = (*crates)[i];
    model::Package package;
    package.type = model::PackageType::kCargo;
    package.name = ToValidUtf8(crate.name);
    package.version = ToValidUtf8(crate.version);
    package.scope = model::Scope::kDeclared;
    package.origin = ToValidUtf8(crate.source);
    package.found_by = name();
    package.locations.push_back(file.location());
    if (crate.checksum.size() == 64) package.digests.push_back({"sha256", crate.checksum});
    ids.push_back(out.Add(std::move(package)));
    by_name.emplace(crate.name, i);
    by_name.emplace(crate.name + " " + crate.version, i);
    by_name.emplace(crate.name + " " + crate.version + " (" + crate.source + ")", i);
  }
  for (std::size_t i = 0; i < crates->size(); ++i)
    for (const std::string& dependency : (*crates)[i].dependencies)
      if (auto found = by_name.find(dependency); found != by_name.end())
        out.Relate(ids[i], ids[found->second], model::RelationKind::kDependsOn);
}

}  // namespace

Result<std::vector<LockedCrate>> ParseCargoLock(std::string_view text) {
  std::vector<LockedCrate> crates;
  LockedCrate* crate = nullptr;
  bool in_dependencies = false;
  while (!text.empty()) {
    std::string_view line = Trim(NextLine(text));
    if (line.empty() || line.starts_with('#')) continue;
    if (in_dependencies) {
      if (line.starts_with(']')) {
        in_dependencies = false;
      } else if (crate->dependencies.size() < kMaxDependencies) {
        crate->dependencies.push_back(QuotedText(line));
      }
      continue;
    }
    if (line.starts_with('[')) {
      crate = nullptr;
      if (line != "[[package]]" && line != "[root]") continue;
      if (crates.size() == kMaxCrates) return Err(Code::kLimitExceeded, "Cargo.lock: too many crates");
      crate = &crates.emplace_back();
      continue;
    }
    std::size_t equals = line.find('=');
    if (equals == std::string_view::npos)
      return Err(Code::kMalformed, "Cargo.lock: a line is no key and value");
    if (crate == nullptr) continue;
    std::string_view key = Trim(line.substr(0, equals)), value = Trim(line.substr(equals + 1));
    if (key == "dependencies") {
      in_dependencies = value.find(']') == std::string_view::npos;
      while (value.find('"') != std::string_view::npos && crate->dependencies.size() < kMaxDependencies)
        crate->dependencies.push_back(QuotedText(value));
    } else if (key == "name") {
      crate->name = QuotedText(value);
    } else if (key == "version") {
      crate->version = QuotedText(value);
    } else if (key == "source") {
      crate->source = QuotedText(value);
    } else if (key == "checksum") {
      crate->checksum = QuotedText(value);
    }
  }
  if (in_dependencies) return Err(Code::kMalformed, "Cargo.lock: cut short");
  for (const LockedCrate& found : crates)
    if (found.name.empty()) return Err(Code::kMalformed, "Cargo.lock: a package without a name");
  return crates;
}

std::unique_ptr<Cataloger> MakeCargoLockCataloger(const CatalogOptions& options) {
  static_cast<void>(options);
  return std::make_unique<CargoLockCataloger>();
}

}  // namespace weir::sbom
