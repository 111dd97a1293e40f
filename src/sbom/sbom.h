// Entry header of the room: packages of a target.
//
// A Collector is a target::Visitor that hands files to every cataloger, then
// joins what they found: ids, purls, ownership by OS packages, sorted order.
// Threading: as target::Visitor; Finish on one thread after the walk.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "model/sbom.h"
#include "sbom/cataloger.h"
#include "target/target.h"

namespace weir::sbom {

class ScanCache;

class Collector final : public target::Visitor {
 public:
  /// With CACHE, which must outlive it, files that an earlier scan saw are not opened. It must have been
  /// opened with the fingerprint of OPTIONS.
  Collector(const CatalogOptions& options, target::ProblemLog& problems, ScanCache* cache = nullptr);
  ~Collector() override;

  bool WantsFile(const target::Entry& entry) override;
  void VisitFile(target::File& file) override;
  void VisitLink(const target::Entry& entry, std::string_view link_target) override;

  /// Everything that was found. Reads os-release through TARGET; problems stay in the log.
  model::Sbom Finish(target::Target& target);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Reads a CycloneDX 1.4-1.6 JSON or SPDX 2.2-2.3 JSON document, or our own JSON. NAME is shown as the
/// asset's name.
Result<model::Sbom> ReadSbom(std::string_view text, std::string_view name);

}  // namespace weir::sbom
