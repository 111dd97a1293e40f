// Packages and SBOMs as bytes in blobs. Version 1 of each starts with the byte 1.
// Threading: pure functions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "model/sbom.h"
#include "store/packages.h"

namespace weir::store {

/// Without names and Go symbols, which have rows of their own.
std::string EncodeDistinct(const DistinctPackage& value);
Result<DistinctPackage> DecodeDistinct(Bytes bytes);

/// Everything of SBOM but what its distinct packages hold. Compressed.
std::string EncodeSbom(const model::Sbom& sbom, std::span<const PackageId> ids);

/// An SBOM whose packages lack what is in their distinct packages.
struct StoredSbom {
  model::Sbom sbom;
  std::vector<PackageId> ids;  // of sbom.packages
  /// For each package: its id has to be computed, once the rest is there. owned_by and relations then hold
  /// indices ("#12") instead of ids.
  std::vector<bool> computed_id;
};
Result<StoredSbom> DecodeSbom(Bytes bytes);
/// Joins package INDEX with its distinct package.
void FillShared(StoredSbom& stored, std::size_t index, const DistinctPackage& shared);
/// After every package was filled: turns indices into ids.
Result<model::Sbom> FinishSbom(StoredSbom stored);

/// As it lies in the database; kNotFound where ASSET has none.
Result<StoredSbom> LoadStoredSbom(Reader& r, AssetId asset);

/// zstd; Decompress refuses what would be more than MAX_BYTES.
std::string Compress(std::string_view bytes);
Result<std::string> Decompress(Bytes bytes, std::size_t max_bytes);

}  // namespace weir::store
