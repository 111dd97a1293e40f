#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>

#include "base/strings.h"
#include "sbom/python_lock_formats.h"
#include "sbom/python_text.h"
#include "sbom/url_text.h"

namespace weir::sbom {
namespace {

constexpr std::size_t kMaxBytes = 16U << 20U;
constexpr std::size_t kMaxNeeds = 5000;

std::string_view TextAt(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  const toml::value<std::string>* text = node != nullptr ? node->as_string() : nullptr;
  return text != nullptr ? std::string_view(text->get()) : std::string_view();
}

/// Poetry: category = "dev" (old) or groups without "main"; PDM: groups without "default".
bool IsDevelopment(const toml::table& entry) {
  if (TextAt(entry, "category") == "dev") return true;
  const toml::array* groups = entry.get_as<toml::array>("groups");
  if (groups == nullptr || groups->empty()) return false;
  return std::none_of(groups->begin(), groups->end(), [](const toml::node& node) {
    const toml::value<std::string>* group = node.as_string();
    return group != nullptr && (group->get() == "main" || group->get() == "default");
  });
}

/// Folders of the project itself, which uv and Poetry list beside what they install.
bool IsOwnFolder(const toml::table& entry) {
  if (entry.get("directory") != nullptr) return true;
  const toml::table* source = entry.get_as<toml::table>("source");
  if (source == nullptr) return false;
  if (TextAt(*source, "type") == "directory") return true;
  for (std::string_view kind : {"editable", "virtual", "directory"})
    if (source->get(kind) != nullptr) return true;
  return false;
}

std::string OriginOf(const toml::table& entry) {
  const toml::table* source = entry.get_as<toml::table>("source");
  if (source == nullptr) return PublicUrl(TextAt(entry, "index"));
  for (std::string_view key : {"url", "git", "registry"})
    if (std::string_view url = TextAt(*source, key); !url.empty()) return PublicUrl(url);
  return {};
}

/// Names in a table of dependencies (Poetry: name = constraint), or in a list of
/// requirements (PDM: texts; uv and pylock: tables with a name).
std::vector<std::string> NamesIn(const toml::node* dependencies) {
  std::vector<std::string> out;
  if (dependencies == nullptr) return out;
  if (const toml::table* table = dependencies->as_table())
    for (const auto& [key, value] : *table)
      if (out.size() < kMaxNeeds) out.push_back(NormalizePythonName(key.str()));
  if (const toml::array* array = dependencies->as_array())
    for (const toml::node& node : *array) {
      if (out.size() >= kMaxNeeds) break;
      if (const toml::table* table = node.as_table()) {
        out.push_back(NormalizePythonName(TextAt(*table, "name")));
      } else if (const toml::value<std::string>* text = node.as_string()) {
        out.push_back(ParseRequirement(text->get()).name);
      }
    }
  return out;
}

/// uv: the project's own entry lists what it needs, for development too.
void AddRoots(const toml::table& entry, LockGraph& graph) {
  for (const std::string& name : NamesIn(entry.get("dependencies"))) graph.Root(name, false);
  for (std::string_view key : {"dev-dependencies", "optional-dependencies"})
    if (const toml::table* groups = entry.get_as<toml::table>(key))
      for (const auto& [group, list] : *groups)
        for (const std::string& name : NamesIn(&list)) graph.Root(name, key == "dev-dependencies");
}

void AddEntry(const toml::table& entry, LockGraph& graph) {
  if (IsOwnFolder(entry)) return AddRoots(entry, graph);
  std::string_view name = TextAt(entry, "name");
  if (ParseRequirement(name).name.empty()) return;
  model::Package package = MakePythonPackage(name, TextAt(entry, "version"), IsDevelopment(entry));
  package.origin = OriginOf(entry);
  std::string key = package.name;
  LockGraph::Index index = graph.Add(std::move(package));
  graph.Key(index, key);
  for (const std::string& need : NamesIn(entry.get("dependencies"))) graph.Need(index, {need});
}

}  // namespace

Result<void> ReadTomlLock(std::string_view text, LockGraph& graph) {
  if (text.size() > kMaxBytes) return Err(Code::kLimitExceeded, "TOML: larger than 16 MiB");
  toml::parse_result parsed = toml::parse(text);
  if (!parsed)
    return Err(Code::kMalformed,
               "not valid TOML at line " + std::to_string(parsed.error().source().begin.line));
  const toml::table& root = parsed.table();
  const toml::array* list = nullptr;
  for (std::string_view key : {"package", "packages"})
    if (list == nullptr) list = root.get_as<toml::array>(key);
  if (list == nullptr) {
    // An empty lock has no list, but it says which version of the format it is.
    for (std::string_view key : {"version", "lock-version", "metadata"})
      if (root.get(key) != nullptr) return {};
    return Err(Code::kMalformed, "not a lockfile: no packages");
  }
  for (const toml::node& node : *list)
    if (const toml::table* entry = node.as_table()) AddEntry(*entry, graph);
  return {};
}

}  // namespace weir::sbom
