// Downloads of one file: conditional, resumed, checked.
// Threading: a Fetcher belongs to one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http_client.h"

namespace weir::advisory {

struct FetchRequest {
  std::string url;     // http(s), "file:/path" or a path
  std::string target;  // the copy that is in use; the new one is put beside it as TARGET.new
  std::string etag, last_modified, sha256;  // of the copy in use; empty: fetch in any case
  std::string expected_sha256;              // published elsewhere; empty: none
  std::uint64_t max_bytes = 8ULL << 30U;
};

struct FetchOutcome {
  enum class Kind { kFetched, kUnchanged, kAbsent } kind = Kind::kFetched;
  std::string path;  // kFetched: TARGET.new
  std::string etag, last_modified, sha256;
  std::uint64_t bytes = 0;
};

class Fetcher {
 public:
  using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;
  Fetcher(net::HttpOptions http, int stall_timeout_seconds, const std::atomic<bool>* cancel);

  /// A part left by a broken download (TARGET.part) is gone on with if the server still has the same file.
  /// A host that could not be reached is not tried again.
  Result<FetchOutcome> Fetch(const FetchRequest& request, const Progress& progress);
  /// A small text; kNotFound for 404.
  Result<std::string> FetchText(const std::string& url, std::uint64_t max_bytes);

 private:
  struct Part;
  Result<FetchOutcome> FetchHttp(const FetchRequest& request, const Progress& progress);
  Result<FetchOutcome> CopyFile(const FetchRequest& request, const std::string& from);
  Result<net::HttpResponse> Attempt(const FetchRequest& request, Part& part, const Progress& progress);
  bool IsCancelled() const { return cancel_ != nullptr && cancel_->load(); }

  net::HttpClient client_;
  int stall_timeout_seconds_;
  const std::atomic<bool>* cancel_;
  std::vector<std::string> unreachable_;  // "https://host:port"
};

/// SHA-256 of a file of our own, in pieces.
Result<std::string> FileSha256(const std::string& path, std::uint64_t* bytes = nullptr);
/// The path that URL names where it is no http(s) URL; empty otherwise.
std::string LocalPathOf(std::string_view url);
/// Percent-encodes what a path component must not hold ("Rocky Linux").
std::string EncodePath(std::string_view path);

}  // namespace weir::advisory
