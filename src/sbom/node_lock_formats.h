// Readers of the JavaScript lockfile formats. Each fills a graph; the cataloger in
// node_lock.cc chooses by file name.
// Threading: pure functions. Errors: kMalformed, kLimitExceeded; what was read before stays in the graph.
#pragma once

#include <string_view>

#include "base/result.h"
#include "sbom/lock_graph.h"
#include "target/target.h"

namespace weir::sbom {

/// package-lock.json and npm-shrinkwrap.json, lockfile versions 1 to 3. Source: docs.npmjs.com,
/// "package-lock.json".
Result<void> ReadNpmLock(target::ByteSource& source, LockGraph& graph);
/// yarn.lock of Yarn 1 and of Yarn 2 and later.
Result<void> ReadYarnLock(std::string_view text, LockGraph& graph);
/// pnpm-lock.yaml, lockfile versions 5 to 9. Source: github.com/pnpm/spec.
Result<void> ReadPnpmLock(std::string_view text, LockGraph& graph);
/// bun.lock (the text form). Source: bun.sh/docs/install/lockfile.
Result<void> ReadBunLock(target::ByteSource& source, LockGraph& graph);
/// The npm packages of deno.lock, versions 2 to 5.
Result<void> ReadDenoLock(target::ByteSource& source, LockGraph& graph);

/// One entry, in any of the formats. An entry whose version is no registry version keeps it empty.
struct NodeLockEntry {
  std::string_view name, version, resolved, integrity;
  bool development = false, optional = false;
};
/// False where the entry is no package: no name, or a folder of the project itself.
bool MakeNodePackage(const NodeLockEntry& entry, model::Package& package);
/// "name@rest" or "@scope/name@rest": {name, rest}.
std::pair<std::string_view, std::string_view> SplitNodeSpec(std::string_view spec);

}  // namespace weir::sbom
