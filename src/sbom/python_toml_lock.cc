#include <algorithm>

#include "base/strings.h"
#include "sbom/python_lock_formats.h"
#include "sbom/python_text.h"
#include "sbom/toml_walk.h"
#include "sbom/url_text.h"

namespace weir::sbom {
namespace {

constexpr std::size_t kMaxNeeds = 5000;

/// Paths are {"package", "", field, ...}.
class Handler final : public JsonHandler {
 public:
  explicit Handler(LockGraph& graph) : graph_(graph) {}
  bool is_lock() const { return is_lock_; }

  void Enter(JsonPath path) override {
    if (IsEntry(path)) {
      is_lock_ = true;
      entry_ = Entry();
    }
  }
  void Leave(JsonPath path) override {
    if (IsEntry(path)) Finish();
  }

  void String(JsonPath path, std::string_view value) override {
    Any(path);
    if (path.size() < 3 || !IsEntry(path.first(2))) return;
    const std::string& field = path[2];
    if (path.size() == 3) {
      if (field == "name") entry_.name = value;
      if (field == "version") entry_.version = value;
      if (field == "index") entry_.origin = PublicUrl(value);
      if (field == "category") entry_.development = value == "dev";
    } else if (field == "source") {
      const std::string& key = path[3];
      if (key == "editable" || key == "virtual" || key == "directory" || value == "directory")
        entry_.own = true;
      if (key == "url" || key == "git" || key == "registry") entry_.origin = PublicUrl(value);
    } else if (field == "directory") {
      entry_.own = true;
    } else if (field == "groups" && path.size() == 4) {
      entry_.grouped = true;
      entry_.in_main_group |= value == "main" || value == "default";
    } else if (field == "dependencies") {
      Dependency(path.subspan(3), value);
    } else if ((field == "dev-dependencies" || field == "optional-dependencies") && path.back() == "name") {
      if (entry_.roots.size() < kMaxNeeds) entry_.roots.emplace_back(value, field == "dev-dependencies");
    }
  }
  void Number(JsonPath path, std::string_view text) override {
    static_cast<void>(text);
    Any(path);
  }

 private:
  struct Entry {
    std::string name, version, origin;
    bool development = false, own = false, grouped = false, in_main_group = false;
    std::vector<std::string> needs;
    std::vector<std::pair<std::string, bool>> roots;  // of the project's own entry; true = development
  };

  static bool IsEntry(JsonPath path) {
    return path.size() == 2 && path[1].empty() && (path[0] == "package" || path[0] == "packages");
  }
  /// An empty lock has no entries, but it says which version of the format it is.
  void Any(JsonPath path) {
    for (std::string_view key : {"version", "lock-version", "metadata"})
      if (path[0] == key) is_lock_ = true;
  }

  /// Poetry: name = constraint (a text, a table or a list). PDM: a list of requirements.
  /// uv and pylock: a list of tables with a name.
  void Dependency(JsonPath path, std::string_view value) {
    std::string name;
    if (!path[0].empty()) {
      name = NormalizePythonName(path[0]);
    } else if (path.size() == 1) {
      name = ParseRequirement(value).name;
    } else if (path[1] == "name") {
      name = NormalizePythonName(value);
    }
    bool repeated = !entry_.needs.empty() && entry_.needs.back() == name;
    if (!name.empty() && !repeated && entry_.needs.size() < kMaxNeeds)
      entry_.needs.push_back(std::move(name));
  }

  void Finish() {
    if (entry_.own) {
      for (const std::string& need : entry_.needs) graph_.Root(need, false);
      for (const auto& [need, development] : entry_.roots)
        graph_.Root(NormalizePythonName(need), development);
      return;
    }
    if (ParseRequirement(entry_.name).name.empty()) return;
    bool development = entry_.development || (entry_.grouped && !entry_.in_main_group);
    model::Package package = MakePythonPackage(entry_.name, entry_.version, development);
    package.origin = entry_.origin;
    std::string key = package.name;
    LockGraph::Index index = graph_.Add(std::move(package));
    graph_.Key(index, key);
    for (const std::string& need : entry_.needs) graph_.Need(index, {need});
  }

  LockGraph& graph_;
  Entry entry_;
  bool is_lock_ = false;
};

}  // namespace

Result<void> ReadTomlLock(std::string_view text, LockGraph& graph) {
  Handler handler(graph);
  WEIR_TRY(WalkToml(text, {}, handler));
  if (!handler.is_lock()) return Err(Code::kMalformed, "not a lockfile: no packages");
  return {};
}

}  // namespace weir::sbom
