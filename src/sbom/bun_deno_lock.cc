#include "base/strings.h"
#include "sbom/json_walk.h"
#include "sbom/node_lock_formats.h"

namespace weir::sbom {
namespace {

constexpr std::size_t kMaxNeeds = 5000;

bool IsNeeds(const std::string& field) { return field == "dependencies" || field == "optionalDependencies"; }

/// "packages": {"a/b": ["b@1.0.0", "", {"dependencies": {...}}, "sha512-..."]}: key is the way to it.
class BunHandler final : public JsonHandler {
 public:
  explicit BunHandler(LockGraph& graph) : graph_(graph) {}

  void String(JsonPath path, std::string_view value) override {
    if (path.size() < 3) return;
    if (path[0] == "packages" && path.size() == 3) {
      if (spec_.empty()) spec_ = value;
      if (value.starts_with("sha")) integrity_ = value;
    } else if (path[0] == "packages" && path.size() == 5 && IsNeeds(path[3]) && needs_.size() < kMaxNeeds) {
      needs_.push_back(path[4]);
    } else if (path[0] == "workspaces" && path.size() == 4) {
      if (IsNeeds(path[2])) graph_.Root(path[3], false);
      if (path[2] == "devDependencies") graph_.Root(path[3], true);
    }
  }
  void Leave(JsonPath path) override {
    if (path.size() != 2 || path[0] != "packages") return;
    auto [name, version] = SplitNodeSpec(spec_);
    model::Package package;
    if (MakeNodePackage({name, version, {}, integrity_, false, false}, package)) {
      LockGraph::Index index = graph_.Add(std::move(package));
      graph_.Key(index, path[1]);
      for (const std::string& need : needs_) graph_.Need(index, Lookups(path[1], need));
    }
    spec_.clear();
    integrity_.clear();
    needs_.clear();
  }

 private:
  /// "a/@x/b" needs c: "a/@x/b/c", "a/c", "c".
  static std::vector<std::string> Lookups(std::string_view key, std::string_view name) {
    std::vector<std::string> out;
    while (!key.empty() && out.size() < 64) {
      out.push_back(std::string(key) + "/" + std::string(name));
      std::size_t slash = key.rfind('/');
      if (slash != std::string_view::npos && slash != 0) {
        std::size_t before = key.rfind('/', slash - 1);
        std::size_t first = before == std::string_view::npos ? 0 : before + 1;
        if (key[first] == '@') slash = before;  // the name is the last two components
      }
      key = slash == std::string_view::npos ? std::string_view() : key.substr(0, slash);
    }
    out.emplace_back(name);
    return out;
  }

  LockGraph& graph_;
  std::string spec_, integrity_;
  std::vector<std::string> needs_;
};

/// "npm": {"chalk@5.3.0_peer@1": {"integrity": ..., "dependencies": [...] or {...}}};
/// version 3 has it under "packages", version 2 has "packages" under it.
class DenoHandler final : public JsonHandler {
 public:
  explicit DenoHandler(LockGraph& graph) : graph_(graph) {}

  void String(JsonPath path, std::string_view value) override {
    std::size_t at = EntryDepth(path);
    if (at == 0 || path.size() <= at) return;
    if (path.size() == at + 1 && path[at] == "integrity") integrity_ = value;
    // A list names a package, with its version only where several are present; a mapping gives keys.
    if (path.size() == at + 2 && IsNeeds(path[at]) && needs_.size() < kMaxNeeds) needs_.emplace_back(value);
  }
  void Leave(JsonPath path) override {
    std::size_t at = EntryDepth(path);
    if (at == 0 || path.size() != at) return;
    const std::string& key = path[at - 1];
    auto [name, version] = SplitNodeSpec(key);
    version = version.substr(0, version.find('_'));
    model::Package package;
    if (MakeNodePackage({name, version, {}, integrity_, false, false}, package)) {
      LockGraph::Index index = graph_.Add(std::move(package));
      graph_.Key(index, key);
      graph_.Key(index, name);
      for (const std::string& need : needs_) graph_.Need(index, {need});
    }
    integrity_.clear();
    needs_.clear();
  }

 private:
  /// Length of the path of an entry that PATH lies in, or 0.
  static std::size_t EntryDepth(JsonPath path) {
    if (path.size() >= 2 && path[0] == "npm") return path[1] == "packages" ? (path.size() > 2 ? 3 : 0) : 2;
    return path.size() >= 3 && path[0] == "packages" && path[1] == "npm" ? 3 : 0;
  }

  LockGraph& graph_;
  std::string integrity_;
  std::vector<std::string> needs_;
};

}  // namespace

Result<void> ReadBunLock(target::ByteSource& source, LockGraph& graph) {
  JsonLimits limits;
  limits.max_bytes = 64U << 20U;  // held whole, because of its comments
  BunHandler handler(graph);
  return WalkJson(source, limits, handler, true);
}

Result<void> ReadDenoLock(target::ByteSource& source, LockGraph& graph) {
  DenoHandler handler(graph);
  return WalkJson(source, {}, handler);
}

}  // namespace weir::sbom
