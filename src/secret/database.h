// The databases of stage one: many expressions in one automaton, kept on disk between
// runs because compiling takes seconds and loading a millisecond.
//
// A file of another user, or one that others may write, is never loaded: whoever
// can choose the bytes of a database can run code in this process.
// Threading: immutable after Make; a scratch space belongs to one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

struct hs_database;
struct hs_scratch;

namespace weir::secret {

struct Expression {
  std::string text;                    // Hyperscan's dialect of PCRE
  std::string fallback;                // what to take where it refuses TEXT; may be empty
  std::uint32_t id = 0;                // reported with each match
  std::uint32_t subject = UINT32_MAX;  // who wants it, for refusals
  bool once = false;                   // report one match a scan
  bool caseless = false;
  bool literal = false;  // TEXT is what it is, no expression
  bool exact = false;    // nothing that only approximates it will do
};

struct FreeDatabase {
  void operator()(hs_database* database) const;
};
using DatabasePtr = std::unique_ptr<hs_database, FreeDatabase>;

/// An expression that no form of was taken.
struct Refusal {
  std::uint32_t subject = 0;
  std::string message;
};

struct DatabaseSet {
  std::vector<DatabasePtr> databases;  // one for each list of expressions; none where the list is empty
  std::vector<Refusal> refusals;
  bool from_cache = false;
};

/// Compiles GROUPS, or loads them from CACHE_DIR where an earlier run left them. A cache that cannot be
/// written is no error. VALIDATE is asked for each expression's subject when compiling anew: what it says,
/// where not empty, is why the expression is refused.
using Validate = std::function<std::string(std::uint32_t subject)>;
Result<DatabaseSet> MakeDatabases(const std::vector<std::vector<Expression>>& groups,
                                  const std::string& cache_dir, const Validate& validate);

/// What a cache file holds. Anyone's bytes: checks all but what only Hyperscan can.
struct DatabaseFile {
  std::vector<std::string_view> databases;  // serialised; into the file's text
  std::vector<Refusal> refusals;
};
Result<DatabaseFile> ParseDatabaseFile(std::string_view text, std::string_view key);
std::string WriteDatabaseFile(const DatabaseFile& file, std::string_view key);
/// The file's text; kPermissionDenied where it is not ours alone.
Result<std::string> ReadDatabaseFile(const std::string& path);

/// Working memory for scans with any of the databases it was made for.
class Scratch {
 public:
  Scratch() = default;
  ~Scratch();
  Scratch(Scratch&& other) noexcept;
  Scratch& operator=(Scratch&& other) noexcept;
  bool Fit(const hs_database* database);
  hs_scratch* get() const { return scratch_; }

 private:
  hs_scratch* scratch_ = nullptr;
};

/// Calls FN(context, id, end) for each match; it returns true to stop. False where the scan failed.
using OnMatch = bool (*)(void* context, std::uint32_t id, std::uint64_t end);
bool ScanBytes(const hs_database* database, std::string_view bytes, const Scratch& scratch, OnMatch fn,
               void* context);

}  // namespace weir::secret
