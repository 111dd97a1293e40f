// The feeds folder while an update runs: its lock, its state, and the taking over
// of new files. Threading: one thread.
#pragma once

#include <functional>
#include <string>

#include "advisory/update/feed_file.h"
#include "advisory/update/fetch.h"
#include "advisory/updater.h"
#include "base/fd.h"

namespace weir::advisory {

class FeedStore {
 public:
  /// Makes the folder, takes the lock (kUnavailable where another update runs) and loads the state.
  static Result<FeedStore> Open(const std::string& data_dir);

  const std::string& data_dir() const { return data_dir_; }
  std::string PathOf(const std::string& local) const { return data_dir_ + "/feeds/" + local; }
  FeedState& state() { return state_; }
  /// The state's entry for LOCAL; made where there is none. Its source, kind and URL become those of FILE.
  FeedFile& Entry(const FeedFile& file);
  bool HasCopy(const FeedFile& file) const;

  /// Reads NEW_PATH from end to end; where its reader finds something to use, it takes the place of FILE's
  /// copy.
  Result<void> TakeOver(FeedFile& file, const std::string& new_path, const FetchOutcome& outcome,
                        const std::string& now);
  /// Builds the index from every copy and the starter set, unless nothing changed since the last time.
  Result<void> BuildIndex(const UpdateOptions& options, const std::string& now, UpdateReport& report);
  Result<void> Save() { return SaveFeedState(data_dir_, state_); }

 private:
  std::string BuiltFrom(const UpdateOptions& options) const;

  std::string data_dir_;
  UniqueFd lock_;
  FeedState state_;
};

/// The system's clock as RFC 3339, or what OPTIONS put in its place.
std::string Now(const UpdateOptions& options);

}  // namespace weir::advisory
