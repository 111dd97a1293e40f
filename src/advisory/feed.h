// Feeds: the published sources of advisories, and the readers of their formats.
//
// A reader takes hostile bytes, hands each record to a sink as it comes and
// counts what it could not use. The updater fetches feeds over HTTP (or from a
// folder), checks digests, resumes broken downloads, and builds one index; a feed
// that fails leaves what the last good run fetched from it in place.
// Threading: each reader on one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "advisory/index.h"
#include "advisory/record.h"
#include "base/result.h"
#include "net/http_client.h"

namespace weir::advisory {

/// Receives what a reader finds.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  virtual void OnAdvisory(Advisory advisory) = 0;
  virtual void OnKev(KevEntry entry) = 0;
  virtual void OnEpss(EpssEntry entry) = 0;
};

struct FeedStats {
  std::uint64_t records = 0;    // read
  std::uint64_t used = 0;       // handed to the sink
  std::uint64_t malformed = 0;  // could not be read
  std::string first_error;      // of the malformed ones
  std::string newest;           // newest "modified" seen, RFC 3339
};

/// Readers. NAME is the path or URL, for messages; the source of the records is set by the reader.
Result<FeedStats> ReadOsvZip(const std::string& path, RecordSink& sink);
Result<FeedStats> ReadOsvJson(std::string_view json, RecordSink& sink);
Result<FeedStats> ReadDebianTracker(std::string_view json, RecordSink& sink);
Result<FeedStats> ReadAlpineSecdb(std::string_view json, RecordSink& sink);
Result<FeedStats> ReadNvd(std::string_view json, RecordSink& sink);
Result<FeedStats> ReadKev(std::string_view json, RecordSink& sink);
Result<FeedStats> ReadEpss(std::string_view csv, RecordSink& sink);  // plain or gzip
Result<FeedStats> ReadStarter(std::string_view yaml,
                              RecordSink& sink);  // our own starter set, data/advisories/*.yaml

}  // namespace weir::advisory
