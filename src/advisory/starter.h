// The starter set built into the program: headline weaknesses, so that a fresh
// machine without a network finds something real. Made from data/advisories/*.yaml.
// Threading: constant data.
#pragma once

#include <string>
#include <vector>

namespace weir::advisory {

/// The texts of data/advisories/*.yaml, for building an index that includes them.
std::vector<std::string> EmbeddedStarterYaml();

}  // namespace weir::advisory
