// The advisory database: fetching feeds, building the index from them, moving
// both to machines without a network, and saying how old everything is.
//
// State is DATA_DIR/feeds (what was fetched, with feeds/state.json about it) and
// DATA_DIR/advisories.idx (built from it, replaced as a whole). A feed is taken
// over only after it was read from end to end; one that fails leaves what the last
// good run fetched in place. One update at a time: DATA_DIR/feeds/lock.
// Threading: each call on one thread; callbacks come on that thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "advisory/index.h"
#include "base/result.h"
#include "net/http_client.h"

namespace weir::advisory {

/// The sources by name, for help texts: "osv", "debian-tracker", "alpine-secdb", "debian-archive", "nvd",
/// "kev", "epss"; with what they are and where they are by default.
struct SourceDescription {
  std::string name, what, default_url;
};
std::vector<SourceDescription> KnownSources();
/// The OSV ecosystems fetched unless others are named.
std::vector<std::string> DefaultOsvEcosystems();

struct UpdateProgress {
  std::string source;  // "osv:PyPI"
  std::string step;    // "fetch", "read", "build"
  std::uint64_t done_bytes = 0;
  std::uint64_t total_bytes = 0;  // 0 = not known
};

struct DebianArchiveOptions {
  std::string root = "/";                 // whose etc/apt and var/lib/apt/lists are read
  std::vector<std::string> source_names;  // only these source packages; empty: all in the security suite
  unsigned connections = 4;
};

struct UpdateOptions {
  std::string data_dir = "/var/lib/weir";
  std::vector<std::string> sources;  // names; empty: all
  std::vector<std::string> skip_sources;
  /// Another place for a source, as (name, URL or folder): "https://mirror/osv", "file:/srv/osv", "/srv/osv".
  std::vector<std::pair<std::string, std::string>> locations;
  std::vector<std::string> osv_ecosystems;  // empty: DefaultOsvEcosystems
  std::vector<std::string> starter_yaml;    // texts in the starter format, always part of the index
  DebianArchiveOptions debian_archive;
  net::HttpOptions http;
  int stall_timeout_seconds = 30;
  bool force = false;  // fetch and build even where nothing changed
  const std::atomic<bool>* cancel = nullptr;
  std::function<void(const UpdateProgress&)> progress;
  std::function<std::string()> now;  // RFC 3339; empty: the system's clock
};

enum class SourceOutcome : std::uint8_t { kUpdated, kUnchanged, kAbsent, kFailed };
std::string_view SourceOutcomeName(SourceOutcome outcome);  // "updated", "unchanged", "absent", "failed"

struct SourceResult {
  std::string name;  // "osv:PyPI", "alpine-secdb"
  std::string url;
  SourceOutcome outcome = SourceOutcome::kFailed;
  std::string message;          // why it failed, or what is odd
  bool kept_last_good = false;  // failed, but an older copy is in the index
  std::uint64_t records = 0, used = 0, malformed = 0;
  std::string data_date;
};

struct UpdateReport {
  std::vector<SourceResult> sources;
  bool rebuilt = false;  // false: nothing changed, the index is as it was
  std::string index_path;
  std::uint64_t advisories = 0, unreadable_versions = 0, index_bytes = 0;
};

/// An Error only where no index could be written; single sources fail in the report.
Result<UpdateReport> UpdateDatabase(const UpdateOptions& options);
/// PATH: a bundle made by ExportDatabase, a folder laid out like the feeds (or feeds/ of another machine), or
/// one file of a known format, recognised by its content. Its sources replace those of the same name.
Result<UpdateReport> ImportDatabase(const std::string& path, const UpdateOptions& options);
/// Everything fetched, as one tar with a manifest of SHA-256 digests.
Result<void> ExportDatabase(const std::string& data_dir, const std::string& out_path);

struct SourceStatus {
  std::string name, url;
  std::string fetched_at;  // RFC 3339, of the copy in use; empty: none
  std::string data_date;
  std::uint64_t records = 0, used = 0, malformed = 0, bytes = 0;
  std::string last_error;  // of the last attempt, if it failed
};

struct DatabaseStatus {
  std::string index_path;  // empty: there is none, the embedded starter set is in use
  std::string built_at;
  std::uint64_t advisories = 0, index_bytes = 0;
  std::vector<SourceStatus> sources;
  std::vector<std::string> ecosystems;
};

Result<DatabaseStatus> ReadDatabaseStatus(const std::string& data_dir);

/// EXPLICIT_PATH where given, else DATA_DIR/advisories.idx where it is, else the embedded starter set.
/// A damaged file is an Error, never a silent step down to the next.
Result<std::shared_ptr<const Index>> OpenDatabase(const std::string& explicit_path,
                                                  const std::string& data_dir);

}  // namespace weir::advisory
