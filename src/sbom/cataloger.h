// What a cataloger is: the reader of one package format.
//
// A cataloger names the files it is interested in (so that a walk over millions
// of files costs one table look-up each), reads them as they come, in any order
// and from several threads, and may put things together in Finish.
//
// Adding one: write src/sbom/<format>.cc with a Make...Cataloger function, declare
// it in catalogers.h, list it in catalogers.cc, add its fuzz target.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/sbom.h"
#include "target/target.h"

namespace weir::sbom {

/// A file name that a cataloger wants to see. Compared byte for byte on the
/// name (or the folder's name) only; Cataloger::Wants refines by the whole path.
struct Interest {
  enum class Kind : std::uint8_t {
    kName,     // the whole name: "status", "package.json"
    kSuffix,   // the name ends with it, at a dot: ".jar", ".deps.json"
    kParent,   // the folder's last component: "status.d"
    kProgram,  // could be an executable or a shared library: no dot in the name, or .so / .so.* / .ko / .node
               // / .exe / .dll (content must still be checked; File::mode and size are known then)
  };
  Kind kind;
  std::string text;  // empty for kProgram
};

/// How much one scan keeps. Far beyond any real system: a few megabytes of text can name millions of
/// packages.
struct EmitterLimits {
  std::size_t packages = 300'000, relations = 4'000'000, owned_files = 20'000'000;
};

/// Where catalogers put what they find. Thread-safe. Beyond the limits nothing more is kept, which is
/// reported as a problem.
class Emitter {
 public:
  explicit Emitter(target::ProblemLog& problems, EmitterLimits limits = {})
      : problems_(problems), limits_(limits) {}
  const EmitterLimits& limits() const { return limits_; }
  /// Adds a package (id is computed here) and returns its id. PACKAGE must have type, name, found_by and a
  /// location.
  std::string Add(model::Package package);
  void Relate(std::string_view from, std::string_view to, model::RelationKind kind);
  /// PACKAGE_ID, an OS package, installed PATH (from the root, leading slashes are dropped).
  void Own(std::string_view package_id, std::string_view path);
  /// As Own for a whole file list: Hash64 of each path, without leading slashes. Costs 8 bytes a path.
  void OwnMany(std::string_view package_id, std::vector<std::uint64_t> path_hashes);
  void Problem(Code code, std::string_view path, std::string_view message) {
    problems_.Add(code, path, message);
  }
  void Problem(const Error& error, std::string_view path) { problems_.Add(error, path); }

 private:
  friend class Collector;
  friend class EmitterReader;  // tests
  /// False, and told once, where WHAT is full. Call with the lock held.
  bool HasRoom(std::size_t used, std::size_t limit, bool& told, std::string_view what);

  std::mutex mutex_;
  target::ProblemLog& problems_;
  const EmitterLimits limits_;
  bool told_packages_ = false, told_relations_ = false, told_files_ = false;
  std::size_t owned_count_ = 0;
  std::vector<model::Package> packages_;
  std::vector<model::Relation> relations_;
  struct OwnedFiles {
    std::string owner;  // package id
    std::vector<std::uint64_t> path_hashes;
  };
  std::vector<OwnedFiles> owned_;
};

class Cataloger {
 public:
  virtual ~Cataloger() = default;
  /// Stable name, e.g. "dpkg", "jar", "go-binary".
  virtual std::string_view name() const = 0;
  virtual std::span<const Interest> interests() const = 0;
  /// Refines an interest by the whole path; no I/O.
  virtual bool Wants(const target::Entry& entry) const {
    static_cast<void>(entry);
    return true;
  }
  virtual void Visit(target::File& file, Emitter& out) = 0;
  /// After the walk, once, on one thread.
  virtual void Finish(Emitter& out) { static_cast<void>(out); }
};

struct CatalogOptions {
  target::Limits limits;
  bool declared = true;    // lockfiles and manifests too (scope kDeclared)
  bool go_symbols = true;  // read Go symbol tables
};

}  // namespace weir::sbom
