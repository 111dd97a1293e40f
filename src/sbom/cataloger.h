// What a cataloger is: the reader of one package format.
//
// A cataloger names the files it is interested in (so that a walk over millions
// of files costs one table look-up each), reads them as they come, in any order
// and from several threads, and may put things together in Finish.
//
// Adding one: write src/sbom/<format>.cc with a Make...Cataloger function, declare
// it in catalogers.h, list it in catalogers.cc, add its fuzz target.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/sbom.h"
#include "sbom/contribution.h"
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

/// What all emitters of one scan count together.
struct EmitterTotals {
  explicit EmitterTotals(target::ProblemLog& log, EmitterLimits most = {}) : problems(log), limits(most) {}
  target::ProblemLog& problems;
  const EmitterLimits limits;
  std::atomic<std::size_t> packages{0}, relations{0}, owned_files{0};
  std::atomic<bool> told_packages{false}, told_relations{false}, told_files{false};
};

/// Where a cataloger puts what it finds in one visit, or in Finish. Beyond the limits nothing more is kept,
/// which is reported as a problem. Threading: one thread an emitter.
class Emitter {
 public:
  explicit Emitter(EmitterTotals& totals) : totals_(totals) {}
  const EmitterLimits& limits() const { return totals_.limits; }
  /// Adds a package (id is computed here) and returns its id. PACKAGE must have type, name, found_by and a
  /// location.
  std::string Add(model::Package package);
  void Relate(std::string_view from, std::string_view to, model::RelationKind kind);
  /// PACKAGE_ID, an OS package, installed PATH (from the root, leading slashes are dropped).
  void Own(std::string_view package_id, std::string_view path);
  /// As Own for a whole file list: Hash64 of each path, without leading slashes. Costs 8 bytes a path.
  void OwnMany(std::string_view package_id, std::vector<std::uint64_t> path_hashes);
  void Problem(Code code, std::string_view path, std::string_view message);
  void Problem(const Error& error, std::string_view path) { Problem(error.code, path, error.message); }
  /// What the cataloger wants to know of this file in Finish; handed to its Recall after the visit, and
  /// again in later scans that find the file unchanged.
  void Keep(std::string note) { found_.notes.push_back(std::move(note)); }

  /// Adds what an earlier scan found, as if it were found now.
  void Replay(Contribution&& earlier);
  /// True while what was found depends on nothing but the file, whole.
  bool can_be_kept() const { return can_be_kept_; }
  void ForbidKeeping() { can_be_kept_ = false; }
  Contribution& found() { return found_; }

 private:
  /// False, and told once in the scan, where WHAT is full.
  bool HasRoom(std::atomic<std::size_t>& used, std::size_t more, std::size_t limit, std::atomic<bool>& told,
               std::string_view what);
  bool HasRoomForFiles(std::size_t more);

  EmitterTotals& totals_;
  Contribution found_;
  bool can_be_kept_ = true;
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
  /// Depends on nothing but FILE, and changes nothing in the cataloger: what is to be put together in Finish
  /// is given to OUT.Keep. So an unchanged file need not be visited in the next scan.
  virtual void Visit(target::File& file, Emitter& out) = 0;
  /// Takes a note that Visit kept about the file at ENTRY, in this scan or an earlier one. All or nothing:
  /// false where NOTE is not as Visit writes it. From several threads.
  virtual bool Recall(const target::Entry& entry, ByteReader note, Emitter& out) {
    static_cast<void>(entry);
    static_cast<void>(note);
    static_cast<void>(out);
    return false;
  }
  /// After the walk, once, on one thread.
  virtual void Finish(Emitter& out) { static_cast<void>(out); }
};

struct CatalogOptions {
  target::Limits limits;
  bool declared = true;    // lockfiles and manifests too (scope kDeclared)
  bool go_symbols = true;  // read Go symbol tables
};

}  // namespace weir::sbom
