// For tests of catalogers: runs one over files made up in memory.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/sbom.h"
#include "sbom/cataloger.h"

namespace weir::sbom {

struct CatalogedFiles {
  std::vector<model::Package> packages;  // sorted by name, version, first location
  std::vector<model::Relation> relations;
  std::vector<model::Problem> problems;
  std::size_t owned_count = 0;
  const model::Package* Find(std::string_view name) const;
};

/// FILES: path without leading slash to content. Every file is given mode 0755. Interests and Wants are
/// honoured.
CatalogedFiles RunCataloger(Cataloger& cataloger, const std::map<std::string, std::string>& files);

}  // namespace weir::sbom
