// For tests of catalogers: runs one over files made up in memory.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/sbom.h"
#include "sbom/cataloger.h"

namespace weir::sbom {

struct CatalogedFiles {
  std::vector<model::Package> packages;  // sorted by name, version, first location
  std::vector<model::Relation> relations;
  std::vector<model::Problem> problems;
  std::size_t owned_count = 0;
  std::vector<std::pair<std::uint64_t, std::string>> owned;  // sorted: Hash64(path), package id
  const model::Package* Find(std::string_view name) const;
  /// Names of the packages that own PATH, sorted and joined by a comma.
  std::string OwnersOf(std::string_view path) const;
  /// Is there a relation of KIND between the packages of these names?
  bool Related(std::string_view from, std::string_view to, model::RelationKind kind) const;
};

/// A file in memory as a walk would hand it over. PATH without leading slash.
std::unique_ptr<target::File> MakeMemoryFile(const std::string& path, const std::string& content,
                                             std::uint32_t mode);

/// FILES: path without leading slash to content. Every file is given mode 0755. Interests and Wants are
/// honoured.
CatalogedFiles RunCataloger(Cataloger& cataloger, const std::map<std::string, std::string>& files,
                            EmitterLimits limits = {});

}  // namespace weir::sbom
