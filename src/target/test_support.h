// For tests of this room: a scratch folder and a visitor that writes down what it sees.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "target/target.h"

namespace weir::target {

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "weir_target_XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~ScratchFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string Sub(const std::string& name) const { return path_ + "/" + name; }
  void Folder(const std::string& name) const { std::filesystem::create_directories(Sub(name)); }
  void File(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories(std::filesystem::path(Sub(name)).parent_path());
    std::ofstream(Sub(name), std::ios::binary) << content;
  }
  void Link(const std::string& name, const std::string& link_target) const {
    std::filesystem::create_directories(std::filesystem::path(Sub(name)).parent_path());
    std::filesystem::create_symlink(link_target, Sub(name));
  }

 private:
  std::string path_;
};

/// As written down, of what is beyond the tree.
struct BeyondFile {
  std::string path, layer, removed_in, content, commit, process;
  std::uint32_t pid = 0;
  model::Origin origin = model::Origin::kFile;
  bool added = false;
};

/// Asks for everything there is, and writes it down.
class BeyondVisitor final : public Visitor {
 public:
  bool WantsFile(const Entry&) override { return true; }
  bool WantsBeyondTree() const override { return true; }
  void VisitFile(target::File& file) override {
    Result<std::string> content = file.content().ReadAll(64U << 20U);
    const Entry& entry = file.entry();
    BeyondFile out{std::string(entry.path),
                   std::string(entry.layer),
                   std::string(entry.removed_in),
                   content ? *content : "error: " + content.error().message,
                   std::string(entry.commit),
                   std::string(entry.process),
                   entry.pid,
                   entry.origin,
                   entry.added};
    std::lock_guard lock(mutex_);
    files.push_back(std::move(out));
  }
  /// Those of ORIGIN, as "path=content", sorted.
  std::vector<std::string> Of(model::Origin origin) const {
    std::vector<std::string> out;
    for (const BeyondFile& file : files)
      if (file.origin == origin) out.push_back(file.path + "=" + file.content);
    std::sort(out.begin(), out.end());
    return out;
  }
  const BeyondFile* Find(std::string_view path, model::Origin origin) const {
    for (const BeyondFile& file : files)
      if (file.path == path && file.origin == origin) return &file;
    return nullptr;
  }

  std::vector<BeyondFile> files;

 private:
  std::mutex mutex_;
};

class RecordingVisitor final : public Visitor {
 public:
  explicit RecordingVisitor(std::function<bool(const Entry&)> wants = [](const Entry&) { return true; })
      : wants_(std::move(wants)) {}
  bool WantsFile(const Entry& entry) override {
    std::lock_guard lock(mutex_);
    ++seen[std::string(entry.path)];
    return wants_(entry);
  }
  void VisitFile(target::File& file) override {
    Result<std::string> content = file.content().ReadAll(64U << 20U);
    std::lock_guard lock(mutex_);
    std::string path(file.entry().path);
    ++visits[path];
    contents[path] = content ? *content : "error: " + content.error().message;
    layers[path] = file.entry().layer;
    modes[path] = file.mode();
  }
  void VisitLink(const Entry& entry, std::string_view link_target) override {
    std::lock_guard lock(mutex_);
    links[std::string(entry.path)] = link_target;
  }

  std::map<std::string, int> seen, visits;
  std::map<std::string, std::string> contents, layers, links;
  std::map<std::string, std::uint32_t> modes;

 private:
  std::mutex mutex_;
  std::function<bool(const Entry&)> wants_;
};

struct WalkResult {
  model::WalkStats stats;
  std::vector<model::Problem> problems;
  /// Whether a problem at PATH has TEXT in its message.
  bool HasProblem(std::string_view path, std::string_view text) const {
    for (const model::Problem& problem : problems)
      if (problem.path == path && problem.message.find(text) != std::string::npos) return true;
    return false;
  }
};

inline WalkResult WalkWith(Target& target, Visitor& visitor, const WalkOptions& options = {}) {
  ProblemLog log;
  Visitor* visitors[] = {&visitor};
  Result<model::WalkStats> stats = target.Walk(visitors, options, log);
  EXPECT_TRUE(stats) << (stats ? "" : stats.error().message);
  return {stats ? *stats : model::WalkStats{}, log.Take()};
}

}  // namespace weir::target
