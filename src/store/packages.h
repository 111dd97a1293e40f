// Distinct packages, and which of them an asset has.
//
// A distinct package is everything that matching reads, once: 10,000 assets with the
// same base image share its rows and its matches. What differs from asset to asset
// (place, owner, licences, digests) lies in one compressed blob an asset.
// Threading: as Reader and Transaction.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "model/sbom.h"
#include "model/usage.h"
#include "store/ids.h"
#include "store/store.h"

namespace weir::store {

/// What matching reads of one package.
struct DistinctPackage {
  model::Package package;          // fields that matching does not read are empty
  model::Distro distro;            // OS packages only
  bool answered_by_owner = false;  // the OS package that installed it answers for it: never matched
  std::vector<std::pair<std::string, std::string>> names;  // (ecosystem, name) it may stand under in an index
};

struct Interned {
  PackageId id = 0;
  bool is_new = false;
  std::uint64_t generation = 0;  // of the index it was last matched against; 0 = never
};
/// The ids of PACKAGES, in their order; unknown ones are stored.
Result<std::vector<Interned>> InternPackages(Transaction& t, std::span<const DistinctPackage> packages);
Result<DistinctPackage> LoadDistinctPackage(Reader& r, PackageId package);
Result<std::vector<DistinctPackage>> LoadDistinctPackages(Reader& r, std::span<const PackageId> packages);
/// Held packages that were last matched against another index than GENERATION, those alike together.
Result<std::vector<PackageId>> PackagesToMatch(Reader& r, std::uint64_t generation);
/// Packages that may stand in an index under NAME: candidates for a new advisory.
Result<std::vector<PackageId>> PackagesNamed(Reader& r, std::string_view ecosystem, std::string_view name);

struct PackageListChange {
  std::vector<PackageId> added, removed;  // sorted
};
/// Stores SBOM as what ASSET has now. IDS are the distinct packages of sbom.packages, in their order.
/// Postings follow; findings do not (MatchService).
Result<PackageListChange> SetAssetSbom(Transaction& t, AssetId asset, const model::Sbom& sbom,
                                       std::span<const PackageId> ids);
/// The whole SBOM as it was stored, Go symbols included; kNotFound where there is none.
Result<model::Sbom> LoadSbom(Reader& r, AssetId asset);
/// Ids of its packages, and of the distinct package of each; empty where there is no SBOM.
struct PackageNames {
  std::vector<std::string> ids;
  std::vector<PackageId> distinct;
};
Result<PackageNames> PackageNamesOf(Reader& r, AssetId asset);
/// Distinct packages of ASSET, sorted.
Result<std::vector<PackageId>> PackageIdsOf(Reader& r, AssetId asset);

// --- usage -----------------------------------------------------------------------

/// The part of a usage that the score reads, in few bits; the lowest two are the level.
using UsageKey = std::uint32_t;
UsageKey KeyOf(const model::Usage& usage);
inline model::Usage::Level LevelOf(UsageKey key) { return static_cast<model::Usage::Level>(key & 3U); }
/// A usage that scores as KEY says, without texts.
model::Usage UsageOf(UsageKey key);

struct PackageUsage {
  PackageId package = 0;
  UsageKey key = 0;
  std::string text;  // JSON of the usage as the console writes it
};
/// How the packages of ASSET are used: those in USAGE so, all others as OTHERS says. Replaces what was.
Result<void> SetAssetUsage(Transaction& t, AssetId asset, UsageKey others, std::string_view others_text,
                           std::span<const PackageUsage> usage);
/// Key and text; of OTHERS where PACKAGE has none of its own.
Result<PackageUsage> GetUsage(Reader& r, AssetId asset, PackageId package);
/// Every asset's usage of PACKAGE that is not the asset's OTHERS, by asset.
Result<std::vector<std::pair<AssetId, UsageKey>>> UsageOfPackage(Reader& r, PackageId package);
Result<UsageKey> DefaultUsage(Reader& r, AssetId asset);
/// What the usage was made from, as the console keeps it; empty where nothing is stored.
Result<void> SetUsageState(Transaction& t, AssetId asset, std::string_view bytes);
Result<std::string> GetUsageState(Reader& r, AssetId asset);
/// DefaultUsage of all assets, by id (0 where there is no such asset).
Result<std::vector<UsageKey>> DefaultUsages(Reader& r);
/// Those of PACKAGES that ASSET uses otherwise than its others, sorted by package.
Result<std::vector<PackageUsage>> AssetUsage(Reader& r, AssetId asset, std::span<const PackageId> packages);

// --- lists -----------------------------------------------------------------------

struct AssetPackageRow {
  PackageId id = 0;
  model::PackageType type = model::PackageType::kUnknown;
  std::string name, version, purl, path;
  model::Scope scope = model::Scope::kInstalled;
  bool owned = false;  // its owner answers for it
  std::vector<std::string> licenses;
  model::Usage::Level usage = model::Usage::Level::kUnknown;
  std::int64_t open = 0;  // findings of it here
  double max_score = 0;
};
struct AssetPackageQuery {
  AssetId asset = 0;
  std::string q;  // part of the name
  PageRequest page;
};
/// By name, version, path.
Result<Page<AssetPackageRow>> ListAssetPackages(Reader& r, const AssetPackageQuery& query);

struct PackageRow {
  PackageId id = 0;
  model::PackageType type = model::PackageType::kUnknown;
  std::string name, version, purl, ecosystem;
  std::int64_t assets = 0, open = 0;  // assets that hold it, open findings of it
};
/// Held packages whose name has Q in it, by name and version; exact names first.
Result<Page<PackageRow>> SearchPackages(Reader& r, std::string_view q, const PageRequest& page);
Result<PackageRow> GetPackage(Reader& r, PackageId package);
/// Source packages of the Debian packages that were ever seen, sorted.
Result<std::vector<std::string>> DebianSourceNames(Reader& r);

}  // namespace weir::store
