// The three containers that rpm has kept its header blobs in.
// Threading: functions are independent; a SOURCE is read from its callers' thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/result.h"
#include "target/target.h"

namespace weir::sbom {

struct RpmDatabaseLimits {
  std::uint64_t max_blob_bytes = 64ULL << 20U;
  std::uint64_t max_packages = 300'000;
};

/// What is wrong with one package; the others are still read.
using RpmProblems = std::function<void(const Error&)>;
/// Gets each header blob; the view is valid during the call.
using RpmBlobs = std::function<void(std::string_view blob)>;

/// Berkeley DB hash, the file "Packages" up to rpm 4.15. Source: Berkeley DB's dbinc/db_page.h.
Result<void> ReadBerkeleyHash(target::ByteSource& source, const RpmDatabaseLimits& limits,
                              const RpmBlobs& blobs, const RpmProblems& problems);
/// rpm's own "ndb", the file "Packages.db" (SUSE). Source: rpm's lib/backend/ndb/rpmpkg.c.
Result<void> ReadNdb(target::ByteSource& source, const RpmDatabaseLimits& limits, const RpmBlobs& blobs,
                     const RpmProblems& problems);
/// SQLite, the file "rpmdb.sqlite", since rpm 4.16. Source: rpm's lib/backend/sqlite.c.
Result<void> ReadRpmSqlite(target::ByteSource& source, const RpmDatabaseLimits& limits, const RpmBlobs& blobs,
                           const RpmProblems& problems);

}  // namespace weir::sbom
