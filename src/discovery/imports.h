// Which modules a script pulls in, found by following its imports on disk: what
// an interpreter has loaded leaves no trace in /proc, because it reads a module
// and closes it.
//
// An approximation, said so in the evidence: an import inside a function counts,
// one whose name is computed does not.
// Threading: an ImportFollower belongs to one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "discovery/rooted_fs.h"

namespace weir::discovery {

enum class Interpreter : std::uint8_t { kNone, kPython, kNode };
/// By the name of the program: "python3.11", "node".
Interpreter InterpreterOf(std::string_view executable);

struct ImportBounds {
  std::size_t max_files = 3'000;          // of one script
  std::size_t max_files_in_all = 30'000;  // of one snapshot
  std::uint64_t max_file_bytes = 1ULL << 20U;
  std::uint64_t max_bytes_in_all = 96ULL << 20U;
  std::size_t max_imports_in_all = 500'000;  // looked up, found or not
};

struct ScriptRun {
  Interpreter interpreter = Interpreter::kNone;
  std::uint64_t root_id = 0;
  std::string executable;              // inside its root, no leading slash
  std::vector<std::string> arguments;  // raw
  std::string working_folder;
  std::vector<std::string> search_path;   // PYTHONPATH, split
  std::vector<std::string> mapped_files;  // native modules in use count as imported
};

struct ImportResult {
  std::set<std::string>
      files;  // scripts, modules, and the metadata file of each installed package they belong to
  bool cut = false;
};

class ImportFollower {
 public:
  explicit ImportFollower(ImportBounds bounds = {}) : bounds_(bounds) {}
  /// ROOT is the process's own root.
  ImportResult Follow(const RootedFs& root, const ScriptRun& run);

  // The steps below see the file system through these, which remember and count.
  const std::set<std::string, std::less<>>& Names(const RootedFs& root, std::uint64_t root_id,
                                                  const std::string& folder);
  bool Exists(const RootedFs& root, std::uint64_t root_id, const std::string& path);
  /// Nothing where a bound is met or it cannot be read.
  const std::string* Text(const RootedFs& root, std::uint64_t root_id, const std::string& path);
  const ImportBounds& bounds() const { return bounds_; }
  bool exhausted() const {
    return files_ >= bounds_.max_files_in_all || bytes_ >= bounds_.max_bytes_in_all ||
           imports_ >= bounds_.max_imports_in_all;
  }
  /// Counts one look-up of an import; false where there were too many.
  bool CountImport() { return ++imports_ <= bounds_.max_imports_in_all; }

 private:
  using Key = std::pair<std::uint64_t, std::string>;
  ImportBounds bounds_;
  std::size_t files_ = 0;
  std::uint64_t bytes_ = 0;
  std::size_t imports_ = 0;
  std::map<Key, std::set<std::string, std::less<>>> names_;
  std::map<Key, std::unique_ptr<std::string>> texts_;
  std::map<std::string, ImportResult> results_;
};

/// Modules that a Python source names: "a.b", "..c", and for "from a import b" both "a" and "a.b".
std::vector<std::string> ParsePythonImports(std::string_view source);
/// Specifiers of require(), import() and import/export ... from.
std::vector<std::string> ParseNodeImports(std::string_view source);

// One file each: imports_python.cc, imports_node.cc.
ImportResult FollowPython(ImportFollower& follower, const RootedFs& root, const ScriptRun& run);
ImportResult FollowNode(ImportFollower& follower, const RootedFs& root, const ScriptRun& run);

// Paths without leading slash.
std::string JoinPath(std::string_view folder, std::string_view name);
std::string ParentFolder(std::string_view path);
std::string_view BaseName(std::string_view path);
/// PATH from FOLDER (or from the root, if it is absolute), normalised; empty where it leaves the root.
std::string ResolveFrom(std::string_view folder, std::string_view path);

}  // namespace weir::discovery
