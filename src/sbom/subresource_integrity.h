// Digests as "sha512-<base64>", the form of npm's and others' lockfiles.
// Threading: pure functions. Source: w3.org/TR/SRI.
#pragma once

#include <string>
#include <string_view>

#include "model/package.h"

namespace weir::sbom {

/// Bytes of standard base64 text; empty where it is not.
std::string DecodeBase64(std::string_view text);
/// Adds every digest of INTEGRITY (separated by blanks) whose length fits its algorithm.
void AddIntegrity(std::string_view integrity, model::Package& package);

}  // namespace weir::sbom
