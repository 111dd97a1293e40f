// What one cataloger made of one file, as a value: it can be kept between scans
// and replayed while the file is the same.
//
// The encoding is ours alone and has no versions: a cache that another build
// wrote is not read. Threading: plain values, pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "model/package.h"
#include "model/sbom.h"

namespace weir::sbom {

struct OwnedFiles {
  std::string owner;  // package id
  std::vector<std::uint64_t> path_hashes;
};

struct Contribution {
  std::vector<model::Package> packages;
  std::vector<model::Relation> relations;
  std::vector<OwnedFiles> owned;
  std::vector<model::Problem> problems;
  std::vector<std::string> notes;  // for the cataloger itself: what it puts together in Finish

  bool empty() const {
    return packages.empty() && relations.empty() && owned.empty() && problems.empty() && notes.empty();
  }
  /// Adds all but the notes and problems of OTHER.
  void Append(Contribution&& other);
};

std::string EncodeContribution(const Contribution& contribution);
/// False where TEXT is not what EncodeContribution writes, whole.
bool DecodeContribution(std::string_view text, Contribution& out);

// For notes.
void EncodePackage(const model::Package& package, ByteWriter& out);  // all but go_symbols
void DecodePackage(ByteReader& in, model::Package& package);
void EncodeTexts(const std::vector<std::string>& texts, ByteWriter& out);
std::vector<std::string> DecodeTexts(ByteReader& in);
void EncodeNumbers(const std::vector<std::uint64_t>& numbers, ByteWriter& out);  // eight bytes each
std::vector<std::uint64_t> DecodeNumbers(ByteReader& in);
/// Nothing failed, and nothing is left.
inline bool IsWhole(const ByteReader& in) { return in.ok() && in.empty(); }

}  // namespace weir::sbom
