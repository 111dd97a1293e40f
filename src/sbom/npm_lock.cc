#include <optional>

#include "base/strings.h"
#include "sbom/json_walk.h"
#include "sbom/node_lock_formats.h"

namespace weir::sbom {
namespace {

constexpr std::string_view kModules = "node_modules/";

/// An entry while its object is open.
struct Open {
  std::string key;  // where it lies: "node_modules/a/node_modules/b"
  std::string name, version, resolved, integrity;
  bool development = false, optional = false, link = false;
  std::vector<std::string> needs;
  std::size_t depth = 0;  // of its object's path
};

/// Every place where require() from KEY would look for NAME, nearest first.
std::vector<std::string> Lookups(std::string_view key, std::string_view name) {
  static constexpr std::size_t kMax = 64;
  std::vector<std::string> out;
  std::string_view folder = key;
  while (out.size() < kMax) {
    out.push_back((folder.empty() ? "" : std::string(folder) + "/") + std::string(kModules) +
                  std::string(name));
    if (folder.empty()) break;
    std::size_t at = folder.rfind(kModules);
    folder = at == std::string_view::npos || at == 0 ? std::string_view() : folder.substr(0, at - 1);
  }
  return out;
}

class Handler final : public JsonHandler {
 public:
  explicit Handler(LockGraph& graph) : graph_(graph) {}

  void Enter(JsonPath path) override {
    if (path.size() == 2 && path[0] == "packages") {
      new_form_ = true;
      Begin(path[1], NameOf(path[1]), path.size());
    } else if (IsOldEntry(path)) {
      std::string key = open_.empty() ? std::string() : open_.back().key + "/";
      Begin(key + std::string(kModules) + path.back(), path.back(), path.size());
    }
  }
  void Leave(JsonPath path) override {
    if (open_.empty() || open_.back().depth != path.size()) return;
    Finish(open_.back());
    open_.pop_back();
  }
  void String(JsonPath path, std::string_view value) override {
    Open* open = EntryOf(path);
    if (open == nullptr) return;
    const std::string& field = path[open->depth];
    if (path.size() == open->depth + 1) {
      if (field == "name") open->name = value;
      if (field == "version") open->version = value;
      if (field == "resolved") open->resolved = value;
      if (field == "integrity") open->integrity = value;
    } else if (path.size() == open->depth + 2 && open->needs.size() < kMaxNeeds) {
      if (field == "dependencies" || field == "optionalDependencies" || field == "requires")
        open->needs.push_back(path.back());
    }
  }
  void Bool(JsonPath path, bool value) override {
    Open* open = EntryOf(path);
    if (open == nullptr || path.size() != open->depth + 1) return;
    if (path.back() == "dev") open->development = value;
    if (path.back() == "optional") open->optional = value;
    if (path.back() == "link") open->link = value;
  }

 private:
  static constexpr std::size_t kMaxNeeds = 5000;

  static std::string NameOf(std::string_view key) {
    std::size_t at = key.rfind(kModules);
    return at == std::string_view::npos ? std::string() : std::string(key.substr(at + kModules.size()));
  }
  /// Version 1: "dependencies" holds entries, each of which may hold "dependencies" of its own.
  bool IsOldEntry(JsonPath path) const {
    if (new_form_ || path.size() < 2 || path.size() % 2 != 0) return false;
    for (std::size_t i = 0; i < path.size(); i += 2)
      if (path[i] != "dependencies") return false;
    return true;
  }
  void Begin(std::string key, std::string name, std::size_t depth) {
    Open open;
    open.key = std::move(key);
    open.name = std::move(name);
    open.depth = depth;
    open_.push_back(std::move(open));
  }
  Open* EntryOf(JsonPath path) {
    return !open_.empty() && path.size() > open_.back().depth ? &open_.back() : nullptr;
  }

  void Finish(Open& open) {
    // The project itself and its workspaces lie outside node_modules.
    if (open.link || open.key.find(kModules) == std::string::npos) return;
    NodeLockEntry entry{open.name,      open.version,     open.resolved,
                        open.integrity, open.development, open.optional};
    // Version 1 writes an alias as "npm:lodash@4.17.21".
    if (entry.version.starts_with("npm:"))
      std::tie(entry.name, entry.version) = SplitNodeSpec(entry.version.substr(4));
    model::Package package;
    if (!MakeNodePackage(entry, package)) return;
    LockGraph::Index index = graph_.Add(std::move(package));
    graph_.Key(index, open.key);
    for (const std::string& need : open.needs) graph_.Need(index, Lookups(open.key, need));
  }

  LockGraph& graph_;
  std::vector<Open> open_;
  bool new_form_ = false;
};

}  // namespace

Result<void> ReadNpmLock(target::ByteSource& source, LockGraph& graph) {
  Handler handler(graph);
  return WalkJson(source, {}, handler);
}

}  // namespace weir::sbom
