// Readers of Python's lock and requirement files. Each fills a graph; the cataloger
// in python_lock.cc chooses by file name.
// Threading: pure functions. Errors: kMalformed, kLimitExceeded; what was read before stays in the graph.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "sbom/lock_graph.h"
#include "target/target.h"

namespace weir::sbom {

/// requirements.txt: only what is pinned is a package. Returns how many requirements were not.
std::uint64_t ReadRequirements(std::string_view text, bool development, LockGraph& graph);
/// Pinned requirements that setup.py has as literal strings.
void ReadSetupPy(std::string_view text, LockGraph& graph);
/// Pipfile.lock. Source: pipfile-spec in github.com/pypa/pipfile.
Result<void> ReadPipfileLock(target::ByteSource& source, LockGraph& graph);
/// poetry.lock, pdm.lock, uv.lock and pylock.toml (PEP 751): lists of [[package]] or [[packages]].
Result<void> ReadTomlLock(std::string_view text, LockGraph& graph);

/// A declared package; NAME is normalised here.
model::Package MakePythonPackage(std::string_view name, std::string_view version, bool development);

}  // namespace weir::sbom
