// The compiled advisory index: one file, memory-mapped, opened in milliseconds.
//
// Names are interned; each (ecosystem, package) leads to its affected records
// through an open hash; version bounds are stored as comparable keys (version.h).
// The file is checked on opening (magic, version, sizes, checksum of the header);
// every offset is checked when followed, so a damaged file gives errors, not crashes.
//
// Threading: a Builder belongs to one thread; an Index is immutable and shared.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "advisory/record.h"
#include "base/result.h"
#include "model/scan_result.h"

namespace weir::advisory {

class IndexBuilder {
 public:
  IndexBuilder();
  ~IndexBuilder();
  /// Withdrawn advisories are counted and left out.
  void Add(const Advisory& advisory);
  void Add(const KevEntry& entry);
  void Add(const EpssEntry& entry);
  void AddSource(const model::SourceInfo& source);
  /// Version bounds that their scheme could not read; their ranges match nothing.
  std::uint64_t unreadable_versions() const;
  /// The first of them, as "source: id: version".
  const std::vector<std::string>& unreadable_examples() const;
  std::uint64_t withdrawn() const;
  /// The whole index as bytes; deterministic for the same input order. Call once.
  /// A later advisory with the source and id of an earlier one replaces it.
  Result<std::string> Finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The names of an advisory; views into the index.
struct AdvisoryNames {
  std::string_view id, source;
  std::vector<std::string_view> aliases, related;
};

/// One affected record as stored; views into the index.
struct AffectedView {
  std::uint32_t advisory = 0;  // for Index::GetVulnerability
  std::string_view ecosystem, name;
  Scheme scheme = Scheme::kSemver;
  bool unaffected = false;
  bool modular_build = false;  // a fixed version is that of an rpm module build, whose name may be unknown
  model::FixState fix_state = model::FixState::kUnknown;
  model::Severity severity = model::Severity::kUnknown;
  std::string_view rpm_module;
  std::vector<std::string_view> arches;
  std::string_view cpe_target_software;
  bool has_go_imports = false;
  std::uint64_t handle = 0;  // opaque, for the functions below
};

class Index {
 public:
  static Result<std::shared_ptr<const Index>> Open(const std::string& path);
  /// BYTES must outlive the index (the embedded starter set).
  static Result<std::shared_ptr<const Index>> FromMemory(std::string_view bytes);
  ~Index();

  /// Calls FN for every record of NAME in ECOSYSTEM (exact spelling).
  void ForEach(std::string_view ecosystem, std::string_view name,
               const std::function<void(const AffectedView&)>& fn) const;
  /// Whether the record's ranges or version list hold VERSION, given as text and as key of the record's
  /// scheme. On a hit RANGE_TEXT and FIXED, if given, receive the human range and the fixed versions.
  bool Affects(const AffectedView& record, std::string_view version, std::string_view key,
               std::string* range_text, std::vector<std::string>* fixed) const;
  std::vector<GoImport> GoImports(const AffectedView& record) const;
  AdvisoryNames Names(std::uint32_t advisory) const;
  /// The advisory with KEV and EPSS joined. Related CVEs are among the aliases.
  model::Vulnerability GetVulnerability(std::uint32_t advisory) const;
  /// Ids of advisories known under ID (an id, alias or related CVE).
  std::vector<std::uint32_t> FindById(std::string_view id) const;
  /// Every (ecosystem, package, record) that an advisory speaks of: for `weir db search` and re-matching.
  void ForEachAffectedOf(std::uint32_t advisory, const std::function<void(const AffectedView&)>& fn) const;

  const std::vector<model::SourceInfo>& sources() const;
  /// Ecosystems with at least one record, and the sources that gave them.
  std::vector<std::pair<std::string, std::vector<std::string>>> ecosystems() const;
  bool HasEcosystem(std::string_view ecosystem) const;
  /// Sets the KEV and EPSS facts of VULNERABILITY from its id and aliases.
  void JoinExploitation(model::Vulnerability& vulnerability) const;
  std::uint64_t advisory_count() const;
  std::uint64_t affected_count() const;
  /// Version bounds of the sources that could not be read when the index was built.
  std::uint64_t unreadable_versions() const;
  std::uint64_t size_bytes() const;
  /// Gives the pages of the file that were touched back to the system; views stay valid.
  void ReleasePages() const;

 private:
  struct Impl;
  explicit Index(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The starter set built into the program.
std::string_view EmbeddedIndexBytes();

}  // namespace weir::advisory
