// What a VEX document's product names: a package, or the scanned asset itself.
//
// A purl agrees where its type, namespace and name do; its version and qualifiers
// count only where they are given. Spellings that tools differ in are one:
// escaped slashes, the epoch in the version or beside it, "v" before Go versions,
// the names that tools give to a distribution. Sources: purl-spec, its "oci",
// "deb", "rpm" and "golang" types. Threading: immutable after construction.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "advisory/feeds/cpe.h"
#include "model/purl.h"
#include "model/sbom.h"

namespace weir::advisory {

class VexProduct {
 public:
  explicit VexProduct(std::string_view text);
  /// HAVE is the package's own purl, parsed.
  bool IsPackage(const model::Package& package, const model::Purl& have) const;
  bool IsAsset(const model::Asset& asset, const model::Distro& distro) const;

 private:
  bool PurlAgrees(const model::Package& package, const model::Purl& have) const;
  bool IsImage(const model::Asset& asset) const;

  std::string text_;
  std::optional<model::Purl> purl_;
  std::optional<CpeName> cpe_;
};

}  // namespace weir::advisory
