// Files that were fetched: what they are, where they came from, and the state
// kept about them in feeds/state.json. Threading: plain values; the reading of one
// file is on one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "advisory/feed.h"
#include "base/result.h"

namespace weir::advisory {

enum class FeedKind : std::uint8_t {
  kOsvZip,
  kOsvJson,
  kDebianTracker,
  kAlpineSecdb,
  kDebianArchive,  // OSV records that our own collector wrote
  kNvd,
  kKev,
  kEpss,
  kOwn,  // the starter format, written by the user
};
std::string_view FeedKindName(FeedKind kind);
Result<FeedKind> ParseFeedKind(std::string_view name);

struct FeedFile {
  std::string local;   // below feeds/: "osv/PyPI/all.zip"
  std::string source;  // "osv:PyPI"; several files may be of one source
  FeedKind kind = FeedKind::kOsvZip;
  std::string url;
  std::string etag, last_modified;  // of the copy in use
  std::string sha256;               // of the copy in use; empty: there is none
  std::string fetched_at, data_date, last_error;
  std::uint64_t bytes = 0, records = 0, used = 0, malformed = 0;
};

struct FeedState {
  std::vector<FeedFile> files;
  std::string built_from, built_at;  // digest of what the index was built from
  FeedFile* Find(std::string_view local);
};

/// An empty state where there is none yet.
Result<FeedState> LoadFeedState(const std::string& data_dir);
Result<void> SaveFeedState(const std::string& data_dir, const FeedState& state);
/// One file as JSON text and back, for the manifest of bundles too.
std::string FeedFilesToJson(const FeedState& state);
Result<FeedState> FeedFilesFromJson(std::string_view json);

/// True for relative paths of plain components: letters, digits and " ._+-", none starting with a dot.
bool IsSafeLocalPath(std::string_view path);

/// Reads all of PATH with KIND's reader.
Result<FeedStats> ReadFeedFile(FeedKind kind, const std::string& path, RecordSink& sink);
/// The kind whose reader can use PATH; kUnsupported where none can.
Result<FeedKind> RecogniseFeedFile(const std::string& path);

/// A sink that only lets readers count.
class NullSink : public RecordSink {
 public:
  void OnAdvisory(Advisory advisory) override {
    if (source_.empty()) source_ = advisory.source;
  }
  void OnKev(KevEntry) override {}
  void OnEpss(EpssEntry) override {}
  /// Of the first advisory seen: "osv:PyPI".
  const std::string& source() const { return source_; }

 private:
  std::string source_;
};

}  // namespace weir::advisory
