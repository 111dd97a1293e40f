// Watches package databases and the folders that packages lie in, of the host and of
// running containers, for changes.
//
// By looking at their times every few seconds, not by inotify: databases are replaced
// by renaming, containers' file systems come and go, and inotify's watches are a
// resource that the host's own programs share. A look costs a few microseconds a path.
//
// Threading: one thread, which a hanging file system of a container may hold: give it
// one of its own.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "wire/messages.h"

namespace weir::sensor {

struct ChangeWatchOptions {
  std::size_t max_paths_of_asset = 64, max_paths = 4'096;
  std::int64_t quiet_ms = 5'000;      // an installation is over when nothing changed for so long
  std::int64_t patience_ms = 60'000;  // but waits no longer than this
};

class ChangeWatch {
 public:
  explicit ChangeWatch(ChangeWatchOptions options = {}) : options_(options) {}

  /// Watches PATHS (from the asset's root, no leading slash) below ROOT from now on. Paths beyond the bounds
  /// are left out. What changed since an earlier Set of the same paths is found by the next Look.
  void Set(const wire::AssetRef& asset, const std::string& root, const std::vector<std::string>& paths);
  void Forget(const wire::AssetRef& asset);

  struct Change {
    wire::AssetRef asset;
    std::string path;  // the first one that changed
  };
  std::vector<Change> Look(std::int64_t now_ms);
  std::size_t paths() const;

 private:
  struct Mark {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t modified_ns = 0, changed_ns = 0;
    bool operator==(const Mark&) const = default;
  };
  struct Watched {
    std::string root;
    std::map<std::string, Mark> marks;
    std::string changed;  // not empty: waits to become quiet
    std::int64_t first_ms = 0, last_ms = 0;
  };
  static Mark MarkOf(int root, const std::string& path);

  const ChangeWatchOptions options_;
  std::map<wire::AssetRef, Watched> assets_;
};

}  // namespace weir::sensor
