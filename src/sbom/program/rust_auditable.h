// Crates that a Rust program was built from, as cargo-auditable records them in
// the section .dep-v0: zlib-compressed JSON.
// Source: rust-secure-code/cargo-auditable, PARSING.md and the schema beside it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::sbom {

struct RustCrate {
  std::string name, version, source;  // source: "crates.io", "git", "local", "registry"
  bool build_only = false;
  bool root = false;
  std::vector<std::uint32_t> dependencies;  // indices into the list
};

/// SECTION is the raw content of .dep-v0.
Result<std::vector<RustCrate>> ParseRustAuditable(std::string_view section);

}  // namespace weir::sbom
