#include "advisory/update/fetch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/fd.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

constexpr int kAttempts = 4;
constexpr int kConnectTimeoutSeconds = 8;

std::string HostOf(std::string_view url) {
  std::size_t start = url.find("://");
  if (start == url.npos) return std::string(url);
  return std::string(url.substr(0, url.find('/', start + 3)));
}

std::string DecodeBase64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    std::size_t value = kAlphabet.find(c);
    if (value == kAlphabet.npos) break;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xffU);
  }
  return out;
}

struct PublishedDigest {
  DigestKind kind = DigestKind::kSha256;
  std::string hex;
};

/// What the server says the bytes must be: RFC 9530 and its forerunner, or Google Cloud Storage's own header,
/// which OSV's bucket sends.
std::optional<PublishedDigest> DigestOf(const net::HttpResponse& response) {
  auto after = [](std::string_view text, std::string_view key) {
    std::size_t at = text.find(key);
    return at == text.npos ? std::string_view() : text.substr(at + key.size());
  };
  for (std::string_view name : {"repr-digest", "digest"}) {
    std::string header = ToLower(response.Header(name).substr(0, 8));
    if (!header.starts_with("sha-256=")) continue;
    std::string_view value = response.Header(name).substr(8);
    if (value.starts_with(':')) value.remove_prefix(1);
    std::string raw = DecodeBase64(value);
    if (raw.size() == 32) return PublishedDigest{DigestKind::kSha256, Hex(AsBytes(raw))};
  }
  for (const auto& [name, value] : response.headers) {
    std::string raw;
    if (name == "x-goog-hash") raw = DecodeBase64(after(value, "md5="));
    if (name == "content-md5") raw = DecodeBase64(value);
    if (raw.size() == 16) return PublishedDigest{DigestKind::kMd5, Hex(AsBytes(raw))};
  }
  return std::nullopt;
}

Result<std::string> FileDigest(const std::string& path, DigestKind kind, std::uint64_t* bytes) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return Err(ErrnoError(errno, path));
  Digester digester(kind);
  std::string block(1U << 20U, '\0');
  std::uint64_t total = 0;
  for (;;) {
    ssize_t got = ::read(fd.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Err(ErrnoError(errno, path));
    if (got == 0) break;
    digester.Update(AsBytes(std::string_view(block).substr(0, static_cast<std::size_t>(got))));
    total += static_cast<std::uint64_t>(got);
  }
  if (bytes != nullptr) *bytes = total;
  return digester.FinishHex();
}

std::uint64_t SizeOf(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

}  // namespace

Result<std::string> FileSha256(const std::string& path, std::uint64_t* bytes) {
  return FileDigest(path, DigestKind::kSha256, bytes);
}

std::string LocalPathOf(std::string_view url) {
  if (url.starts_with("http://") || url.starts_with("https://")) return {};
  if (url.starts_with("file://")) return std::string(url.substr(7));
  if (url.starts_with("file:")) return std::string(url.substr(5));
  return std::string(url);
}

std::string EncodePath(std::string_view path) {
  std::string out;
  for (char c : path) {
    if (IsAlpha(c) || IsDigit(c) || std::string_view("/-._~+").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += "%" + Hex(AsBytes(std::string_view(&c, 1)));
    }
  }
  return out;
}

/// The unfinished file and what it is a part of.
struct Fetcher::Part {
  std::string path;
  std::string validator_path;  // holds the ETag or date that the part belongs to
  UniqueFd fd;
  std::uint64_t size = 0;
  std::string validator;
  std::optional<Error> failure;  // writing failed

  Result<void> Open() {
    fd.Reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!fd) return Err(ErrnoError(errno, path));
    size = SizeOf(path);
    auto text = ReadFile(validator_path, 4096);
    validator = text ? std::string(Trim(*text)) : "";
    if (validator.empty()) return Restart("");  // nothing says what the part belongs to
    return {};
  }
  Result<void> Restart(const std::string& new_validator) {
    size = 0;
    validator = new_validator;
    if (::ftruncate(fd.get(), 0) != 0) return Err(ErrnoError(errno, path));
    return WriteFileAtomically(validator_path, validator + "\n");
  }
  bool Append(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t wrote = ::pwrite(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(size));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) {
        failure = ErrnoError(errno, path);
        return false;
      }
      size += static_cast<std::uint64_t>(wrote);
      bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return true;
  }
  void Drop() {
    fd.Reset();
    ::unlink(path.c_str());
    ::unlink(validator_path.c_str());
  }
};

Fetcher::Fetcher(net::HttpOptions http, int stall_timeout_seconds, const std::atomic<bool>* cancel)
    : client_(std::move(http)), stall_timeout_seconds_(stall_timeout_seconds), cancel_(cancel) {}

Result<net::HttpResponse> Fetcher::Attempt(const FetchRequest& request, Part& part,
                                           const Progress& progress) {
  net::HttpRequest http;
  http.url = request.url;
  http.max_body_bytes = request.max_bytes;
  http.connect_timeout_seconds = kConnectTimeoutSeconds;
  http.stall_timeout_seconds = stall_timeout_seconds_;
  http.resume_from = part.size;
  if (part.size > 0) {
    http.headers.emplace_back("If-Range", part.validator);
  } else if (!request.etag.empty()) {
    http.headers.emplace_back("If-None-Match", request.etag);
  } else if (!request.last_modified.empty()) {
    http.headers.emplace_back("If-Modified-Since", request.last_modified);
  }
  std::uint64_t total = 0;
  http.on_headers = [&](const net::HttpResponse& response) {
    total = ParseUint(response.Header("content-length")).value_or(0);
    if (total > 0 && response.resumed) total += part.size;
    if (response.status != 200) return true;
    // A weak ETag does not promise the same bytes; only a strong one lets a part be gone on with.
    std::string_view etag = response.Header("etag");
    bool strong = etag.starts_with('"');
    auto ready = part.Restart(std::string(strong ? etag : response.Header("last-modified")));
    if (!ready) part.failure = ready.error();
    return ready.has_value();
  };
  return client_.Fetch(http, [&](std::string_view bytes) {
    if (IsCancelled() || !part.Append(bytes)) return false;
    if (progress) progress(part.size, total);
    return true;
  });
}

Result<FetchOutcome> Fetcher::FetchHttp(const FetchRequest& request, const Progress& progress) {
  const std::string host = HostOf(request.url);
  if (std::find(unreachable_.begin(), unreachable_.end(), host) != unreachable_.end())
    return Err(Code::kUnavailable, host + " could not be reached before; not tried again");
  Part part;
  part.path = request.target + ".part";
  part.validator_path = request.target + ".part.of";
  WEIR_TRY(part.Open());
  Result<net::HttpResponse> response = Err(Code::kInternal, "not tried");
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::uint64_t before = part.size;
    response = Attempt(request, part, progress);
    if (part.failure) return Err(*part.failure);
    if (IsCancelled()) return Err(Code::kCancelled, "stopped");
    if (response &&
        response->status == 416) {  // the part is as long as the file, or longer: not of this file
      WEIR_TRY(part.Restart(""));
      continue;
    }
    if (response) break;
    if (response.error().code == Code::kLimitExceeded) break;
    bool moved = part.size != before;
    if (!moved && part.size == 0) unreachable_.push_back(host);
    if (!moved || part.validator.empty()) break;  // a broken connection is taken up where it broke
  }
  if (!response) {
    if (part.size == 0) part.Drop();
    return Err(response.error());
  }
  FetchOutcome out;
  if (response->status == 304) {
    part.Drop();
    out.kind = FetchOutcome::Kind::kUnchanged;
    return out;
  }
  if (response->status == 404 || response->status == 410) {
    part.Drop();
    out.kind = FetchOutcome::Kind::kAbsent;
    return out;
  }
  if (response->status != 200 && response->status != 206) {
    if (part.size == 0) part.Drop();
    return Err(Code::kUnavailable, request.url + ": the server answered " + std::to_string(response->status));
  }
  out.etag = response->Header("etag");
  out.last_modified = response->Header("last-modified");
  out.path = request.target + ".new";
  WEIR_ASSIGN(out.sha256, FileSha256(part.path, &out.bytes));
  if (auto published = DigestOf(*response)) {
    WEIR_ASSIGN(std::string have, FileDigest(part.path, published->kind, nullptr));
    if (have != published->hex) {
      part.Drop();
      return Err(Code::kMalformed, request.url + ": the bytes are not those that the server's digest is of");
    }
  }
  if (::rename(part.path.c_str(), out.path.c_str()) != 0) return Err(ErrnoError(errno, out.path));
  part.Drop();
  return out;
}

Result<FetchOutcome> Fetcher::CopyFile(const FetchRequest& request, const std::string& from) {
  FetchOutcome out;
  UniqueFd source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source && errno == ENOENT) {
    out.kind = FetchOutcome::Kind::kAbsent;
    return out;
  }
  if (!source) return Err(ErrnoError(errno, from));
  out.path = request.target + ".new";
  UniqueFd target(::open(out.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!target) return Err(ErrnoError(errno, out.path));
  Digester digester(DigestKind::kSha256);
  std::string block(1U << 20U, '\0');
  for (;;) {
    ssize_t got = ::read(source.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Err(ErrnoError(errno, from));
    if (got == 0) break;
    std::string_view piece = std::string_view(block).substr(0, static_cast<std::size_t>(got));
    out.bytes += piece.size();
    if (out.bytes > request.max_bytes) return Err(Code::kLimitExceeded, from + ": too large");
    digester.Update(AsBytes(piece));
    WEIR_TRY(WriteAll(target.get(), piece, out.path));
  }
  out.sha256 = digester.FinishHex();
  return out;
}

Result<FetchOutcome> Fetcher::Fetch(const FetchRequest& request, const Progress& progress) {
  std::string from = LocalPathOf(request.url);
  auto out = from.empty() ? FetchHttp(request, progress) : CopyFile(request, from);
  if (!out || out->kind != FetchOutcome::Kind::kFetched) return out;
  if (!request.expected_sha256.empty() && out->sha256 != request.expected_sha256) {
    ::unlink(out->path.c_str());
    return Err(Code::kMalformed, request.url + ": its SHA-256 is not the published one");
  }
  if (!request.sha256.empty() && out->sha256 == request.sha256) {
    ::unlink(out->path.c_str());
    out->kind = FetchOutcome::Kind::kUnchanged;
  }
  return out;
}

Result<std::string> Fetcher::FetchText(const std::string& url, std::uint64_t max_bytes) {
  std::string from = LocalPathOf(url);
  if (!from.empty()) return ReadFile(from, max_bytes);
  const std::string host = HostOf(url);
  if (std::find(unreachable_.begin(), unreachable_.end(), host) != unreachable_.end())
    return Err(Code::kUnavailable, host + " could not be reached before; not tried again");
  net::HttpRequest http;
  http.url = url;
  http.max_body_bytes = max_bytes;
  http.connect_timeout_seconds = kConnectTimeoutSeconds;
  http.stall_timeout_seconds = stall_timeout_seconds_;
  WEIR_ASSIGN(net::HttpResponse response, client_.Fetch(http));
  if (response.status == 404 || response.status == 410) return Err(Code::kNotFound, url + ": not there");
  if (response.status != 200)
    return Err(Code::kUnavailable, url + ": the server answered " + std::to_string(response.status));
  return std::move(response.body);
}

}  // namespace weir::advisory
