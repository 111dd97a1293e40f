// The registry HTTP API v2 (OCI distribution-spec 1.1), as far as reading needs it:
// token and basic authentication, manifests, blobs.
// Threading: safe from several threads, each call with an HTTP client of its own.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "net/http_client.h"
#include "target/image_reference.h"
#include "target/registry_credentials.h"
#include "target/target.h"

namespace weir::target {

class RegistryClient {
 public:
  RegistryClient(ImageReference reference, const OpenOptions& options);

  /// Finds out how the registry is reached and what it asks for.
  Result<void> Connect();

  struct Manifest {
    std::string text, media_type;
  };
  /// NAME is a tag or a digest.
  Result<Manifest> GetManifest(const std::string& name);
  /// Writes the blob to FD and checks its digest; goes on after a broken transfer.
  Result<void> GetBlob(const std::string& digest, int fd, std::uint64_t max_bytes);

 private:
  Result<net::HttpResponse> Get(net::HttpRequest request,
                                const std::function<bool(std::string_view)>& sink = {});
  Result<void> Authenticate(const net::HttpResponse& refused);
  Result<std::string> FetchToken(const AuthChallenge& challenge);
  Error ErrorOf(const net::HttpResponse& response, std::string_view what) const;
  std::string Url(std::string_view path) const { return base_ + "/v2/" + std::string(path); }

  const ImageReference reference_;
  const OpenOptions options_;
  RegistryCredentials credentials_;
  std::string base_;
  std::mutex mutex_;           // guards authorization_
  std::string authorization_;  // value of the header; empty for none
};

/// Downloads the image to nameless temporary files and opens it.
Result<std::unique_ptr<Target>> OpenRegistryImage(const std::string& text, const OpenOptions& options);

}  // namespace weir::target
