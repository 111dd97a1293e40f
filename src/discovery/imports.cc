#include "discovery/imports.h"

#include <algorithm>

#include "base/strings.h"

namespace weir::discovery {

Interpreter InterpreterOf(std::string_view executable) {
  std::string_view name = BaseName(executable);
  if (name.starts_with("python") || name.starts_with("pypy")) return Interpreter::kPython;
  if (name == "node" || name == "nodejs") return Interpreter::kNode;
  return Interpreter::kNone;
}

std::string JoinPath(std::string_view folder, std::string_view name) {
  if (folder.empty()) return std::string(name);
  std::string out(folder);
  out += '/';
  out += name;
  return out;
}

std::string ParentFolder(std::string_view path) {
  std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? std::string_view() : path.substr(0, slash));
}

std::string_view BaseName(std::string_view path) {
  std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string ResolveFrom(std::string_view folder, std::string_view path) {
  return NormalizePath(path.starts_with('/') ? std::string(path) : JoinPath(folder, path)).value_or("");
}

ImportResult ImportFollower::Follow(const RootedFs& root, const ScriptRun& run) {
  if (run.interpreter == Interpreter::kNone || !root.ok()) return {};
  // A server has many workers of one script; they need one look.
  std::string key = std::to_string(run.root_id) + '\0' + run.executable + '\0' + run.working_folder;
  for (const std::string& argument : run.arguments) key += '\0' + argument;
  for (const std::string& folder : run.search_path) key += '\1' + folder;
  auto [at, is_new] = results_.try_emplace(key);
  if (is_new)
    at->second = run.interpreter == Interpreter::kPython ? FollowPython(*this, root, run)
                                                         : FollowNode(*this, root, run);
  return at->second;
}

const std::set<std::string, std::less<>>& ImportFollower::Names(const RootedFs& root, std::uint64_t root_id,
                                                                const std::string& folder) {
  constexpr std::size_t kMaxNames = 20'000;
  auto [at, is_new] = names_.try_emplace({root_id, folder});
  if (is_new && !exhausted()) {
    ++files_;
    for (std::string& name : root.List(folder, kMaxNames)) at->second.insert(std::move(name));
  }
  return at->second;
}

bool ImportFollower::Exists(const RootedFs& root, std::uint64_t root_id, const std::string& path) {
  return !path.empty() && Names(root, root_id, ParentFolder(path)).contains(BaseName(path));
}

const std::string* ImportFollower::Text(const RootedFs& root, std::uint64_t root_id,
                                        const std::string& path) {
  auto at = texts_.find({root_id, path});
  if (at == texts_.end()) {
    if (exhausted()) return nullptr;
    ++files_;
    auto text = root.Read(path, bounds_.max_file_bytes);
    bytes_ += text ? text->size() : 0;
    at = texts_.emplace(Key{root_id, path}, text ? std::make_unique<std::string>(std::move(*text)) : nullptr)
             .first;
  }
  return at->second.get();
}

}  // namespace weir::discovery
