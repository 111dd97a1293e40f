// Names of images: [registry[:port]/]repository[:tag][@digest], with docker's
// defaults (docker.io, library/, latest). Grammar: distribution/reference.
// Threading: plain values.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::target {

struct ImageReference {
  std::string domain;      // "docker.io", "registry.example:5000"
  std::string repository;  // "library/alpine"
  std::string tag;         // empty only where a digest is given
  std::string digest;      // "sha256:..." or empty

  std::string ToString() const;
  /// What to ask the registry for.
  const std::string& ManifestName() const { return digest.empty() ? tag : digest; }
  /// Host and port that serve the API.
  std::string ApiHost() const;
  /// The host is this machine, so that plain http is no risk.
  bool IsLocal() const;
};

Result<ImageReference> ParseImageReference(std::string_view text);

}  // namespace weir::target
