// Node.js: require() and import resolved through node_modules. Source: the
// Node.js documentation, "Modules: CommonJS modules" and "Modules: Packages".

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/strings.h"
#include "discovery/imports.h"

namespace weir::discovery {
namespace {

using nlohmann::json;

bool IsIdentifier(char c) { return IsAlpha(c) || IsDigit(c) || c == '_' || c == '$'; }

/// A quoted specifier at the front of TEXT, after spaces.
std::string_view QuotedAtFront(std::string_view text) {
  constexpr std::size_t kMaxSpaces = 64, kMaxSpecifier = 256;
  std::size_t at = 0;
  while (at < text.size() && at < kMaxSpaces && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n'))
    ++at;
  if (at >= text.size() || (text[at] != '"' && text[at] != '\'' && text[at] != '`')) return {};
  std::string_view rest = text.substr(at + 1, kMaxSpecifier);
  std::size_t end = rest.find(text[at]);
  if (end == std::string_view::npos) return {};
  std::string_view found = rest.substr(0, end);
  return found.find_first_of("\n${}\\") == std::string_view::npos ? found : std::string_view();
}

/// The file that the "exports" or "main" entry VALUE names, taking the first condition that Node would.
std::string FirstTarget(const json& value, int depth) {
  constexpr int kMaxDepth = 8;
  if (value.is_string()) return value.get<std::string>();
  if (depth >= kMaxDepth) return {};
  if (value.is_array() && !value.empty()) return FirstTarget(value.front(), depth + 1);
  if (!value.is_object()) return {};
  for (const char* condition : {".", "node", "require", "import", "default"})
    if (auto at = value.find(condition); at != value.end())
      if (std::string found = FirstTarget(*at, depth + 1); !found.empty()) return found;
  return {};
}

/// nlohmann builds a tree without recursion in the parser but frees it deeply: refuse deep nesting first.
bool TooDeep(std::string_view text) {
  int depth = 0;
  for (char c : text) {
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > 64) return true;
  }
  return false;
}

class NodeFollower {
 public:
  NodeFollower(ImportFollower& follower, const RootedFs& root, const ScriptRun& run)
      : follower_(follower), root_(root), run_(run) {}

  ImportResult Run() {
    for (const std::string& start : StartFiles())
      if (auto file = ResolveFile(start)) Enqueue(*file);
    while (!queue_.empty()) {
      std::string file = std::move(queue_.front());
      queue_.pop_front();
      const std::string* text = follower_.Text(root_, run_.root_id, file);
      if (text == nullptr) continue;
      std::string folder = ParentFolder(file);
      for (const std::string& specifier : ParseNodeImports(*text)) Import(specifier, folder);
    }
    for (const std::string& file : run_.mapped_files)
      if (file.ends_with(".node")) AddPackageOf(file);
    result_.cut = result_.cut || follower_.exhausted();
    return std::move(result_);
  }

 private:
  std::vector<std::string> StartFiles() const {
    std::vector<std::string> out;
    for (std::size_t i = 1; i < run_.arguments.size(); ++i) {
      std::string_view argument = run_.arguments[i];
      if (argument == "-r" || argument == "--require" || argument == "--import") {
        ++i;
        if (i < run_.arguments.size() && run_.arguments[i].starts_with('.'))
          out.push_back(ResolveFrom(run_.working_folder, run_.arguments[i]));
      } else if (argument == "-e" || argument == "--eval" || argument == "-p") {
        break;
      } else if (!argument.starts_with('-')) {
        out.push_back(ResolveFrom(run_.working_folder, argument));
        break;
      }
    }
    return out;
  }

  bool IsFile(const std::string& path) {
    return follower_.Exists(root_, run_.root_id, path) && !root_.IsFolder(path);
  }

  std::optional<std::string> ResolveFile(const std::string& path) {
    if (path.empty()) return std::nullopt;
    for (const char* suffix : {"", ".js", ".mjs", ".cjs", ".json", ".node"})
      if (IsFile(path + suffix)) return path + suffix;
    if (!follower_.Exists(root_, run_.root_id, path)) return std::nullopt;
    if (std::string main = MainOf(path); !main.empty())
      for (const char* suffix : {"", ".js", "/index.js"})
        if (IsFile(main + suffix)) return main + suffix;
    for (const char* index : {"index.js", "index.mjs", "index.cjs", "index.json", "index.node"})
      if (IsFile(JoinPath(path, index))) return JoinPath(path, index);
    return std::nullopt;
  }

  /// The file that FOLDER/package.json names as its entry.
  std::string MainOf(const std::string& folder) {
    const std::string* text = follower_.Text(root_, run_.root_id, JoinPath(folder, "package.json"));
    if (text == nullptr || TooDeep(*text)) return {};
    json document = json::parse(*text, nullptr, false);
    if (!document.is_object()) return {};
    for (const char* key : {"exports", "main", "module"})
      if (auto at = document.find(key); at != document.end())
        if (std::string target = FirstTarget(*at, 0); !target.empty()) return ResolveFrom(folder, target);
    return {};
  }

  void Enqueue(const std::string& file) {
    if (!result_.files.insert(file).second) return;
    if (++count_ > follower_.bounds().max_files) {
      result_.cut = true;
      return;
    }
    AddPackageOf(file);
    if (!file.ends_with(".json") && !file.ends_with(".node")) queue_.push_back(file);
  }

  /// "x/node_modules/@s/name/lib/a.js" belongs to "x/node_modules/@s/name".
  void AddPackageOf(const std::string& file) {
    constexpr std::string_view kFolder = "node_modules/";
    std::size_t at = file.rfind(kFolder);
    if (at == std::string::npos) return;
    std::size_t end = file.find('/', at + kFolder.size());
    if (end != std::string::npos && file[at + kFolder.size()] == '@') end = file.find('/', end + 1);
    if (end != std::string::npos) result_.files.insert(file.substr(0, end) + "/package.json");
  }

  void Import(std::string_view specifier, const std::string& folder) {
    if (!follower_.CountImport()) return;
    if (specifier.starts_with("node:") || specifier.starts_with('#') ||
        specifier.find("://") != std::string_view::npos)
      return;
    if (specifier.starts_with('.') || specifier.starts_with('/')) {
      if (auto file = ResolveFile(ResolveFrom(folder, specifier))) Enqueue(*file);
      return;
    }
    for (std::string here = folder;; here = ParentFolder(here)) {
      if (BaseName(here) != "node_modules") {
        std::string modules = JoinPath(here, "node_modules");
        if (auto file = ResolveFile(ResolveFrom(modules, specifier))) {
          Enqueue(*file);
          return;
        }
      }
      if (here.empty()) return;
    }
  }

  ImportFollower& follower_;
  const RootedFs& root_;
  const ScriptRun& run_;
  std::deque<std::string> queue_;
  std::size_t count_ = 0;
  ImportResult result_;
};

}  // namespace

std::vector<std::string> ParseNodeImports(std::string_view source) {
  std::vector<std::string> out;
  constexpr std::size_t kMaxImports = 5'000;
  for (std::string_view word : {"require", "import", "from"}) {
    for (std::size_t at = source.find(word); at != std::string_view::npos && out.size() < kMaxImports;
         at = source.find(word, at + word.size())) {
      if (at > 0 && (IsIdentifier(source[at - 1]) || source[at - 1] == '.')) continue;
      std::string_view rest = source.substr(at + word.size());
      bool call = rest.starts_with('(');
      if (call) rest.remove_prefix(1);
      if (word == "require" && !call) continue;
      if (word == "from" && call) continue;
      if (std::string_view found = QuotedAtFront(rest); !found.empty()) out.emplace_back(found);
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

ImportResult FollowNode(ImportFollower& follower, const RootedFs& root, const ScriptRun& run) {
  return NodeFollower(follower, root, run).Run();
}

}  // namespace weir::discovery
