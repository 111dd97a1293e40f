// SBOMs of a fleet that is not there, as alike and as different as those of a real
// one. See README.md for how they are made and why that is fair.
// Threading: a Fleet is read-only once made.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "advisory/record.h"
#include "model/sbom.h"
#include "wire/messages.h"

namespace weir::bench {

struct FleetOptions {
  std::size_t assets = 10'000;
  std::size_t packages = 500;  // of each
  double known_names = 0.15;   // share of language packages whose name any advisory has
  std::string dpkg_status = "/var/lib/dpkg/status";
  std::uint32_t seed = 1;
};

/// Packages that a known share of the assets holds, in three versions each.
inline constexpr const char* kHeldBy1 = "held-by-one-percent";
inline constexpr const char* kHeldBy10 = "held-by-ten-percent";
inline constexpr const char* kHeldBy100 = "held-by-all";

class Fleet {
 public:
  /// ADVISORIES give the names and versions that language packages and Debian's get.
  Fleet(const FleetOptions& options, const std::vector<advisory::Advisory>& advisories);
  std::size_t size() const { return options_.assets; }
  /// Always the same for one INDEX.
  model::Sbom SbomOf(std::size_t index) const;
  wire::UsageChange UsageOf(std::size_t index, const model::Sbom& sbom) const;

 private:
  using Random = std::mt19937;
  struct DebianPackage {
    std::string name, version, arch, source, source_version;
    bool essential = false;
  };
  struct Named {
    model::PackageType type;
    std::string name;
    std::vector<std::string> versions;
  };
  void ReadDpkg(const std::string& path);
  void MakeBases();
  std::vector<model::Package> BaseOf(std::size_t index) const;
  model::Package Language(Random& random) const;
  void AddLanguages(Random& random, std::size_t count, std::vector<model::Package>& out) const;

  FleetOptions options_;
  std::vector<DebianPackage> debian_;
  std::vector<std::vector<model::Package>> bases_;
  std::vector<Named> known_;
  // Debian source name to versions that its advisories name.
  std::vector<std::pair<std::string, std::vector<std::string>>> fixes_;
};

}  // namespace weir::bench
