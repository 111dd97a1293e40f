// Layout of the index file, version 1: a header, then sections of fixed-size
// little-endian rows. Rows name each other by row number and texts by offset.
//
//   ecosystem ─▶ name rows + their open hash ─▶ affected rows ─▶ ranges, version lists
//                                                    └─▶ advisory rows ─▶ texts, lists
//
// Everything of one ecosystem lies together, so that a scan touches few pages:
// affected rows are sorted by ecosystem, name and advisory; advisories, texts,
// names, keys and lists are written in the order in which those first need them.
//
// A text or key is a uvarint length and its bytes; offset 0 is the empty one.
// A list is a u32 count and its items; offset 0 (in words) is the empty one.
// Threading: plain values.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace weir::advisory::format {

static_assert(std::endian::native == std::endian::little, "rows are copied as they lie in memory");

inline constexpr char kMagic[8] = {'W', 'E', 'I', 'R', 'A', 'D', 'V', '\n'};
inline constexpr std::uint32_t kVersion = 1;

enum Section : std::uint32_t {
  kTexts,             // pool: ids, summaries, display versions, URLs ...
  kNames,             // pool: package names and ecosystems
  kKeys,              // pool: version keys
  kLists,             // lists of texts and of advisory rows
  kVersionLists,      // lists of keys, each sorted by key bytes
  kEcosystems,        // EcosystemRow, sorted by name
  kNameRows,          // NameRow, sorted by ecosystem and name
  kNameSlots,         // Slot, one power-of-two table for each ecosystem
  kAffected,          // AffectedRow
  kRanges,            // RangeRow
  kAdvisories,        // AdvisoryRow
  kAdvisoryAffected,  // u32: affected rows by advisory
  kIdSlots,           // Slot: lower-cased id to a list of advisory rows
  kCves,              // CveRow, sorted
  kSources,           // SourceRow
  kSectionCount,
};

struct SectionSpan {
  std::uint64_t offset, size;  // bytes
};

struct Header {
  char magic[8];
  std::uint32_t version, section_count;
  std::uint64_t file_size;
  std::uint64_t unreadable_versions;
  SectionSpan sections[kSectionCount];
  std::uint64_t checksum;  // Hash64 of everything before it
};

struct EcosystemRow {
  std::uint32_t name;  // kNames
  std::uint32_t first_name, name_count;
  std::uint32_t first_slot, slot_count;
  std::uint32_t sources;  // kLists of texts
};

struct NameRow {
  std::uint32_t name;  // kNames
  std::uint32_t first_affected, affected_count;
};

struct Slot {
  std::uint32_t tag;    // upper half of the hash
  std::uint32_t value;  // row number + 1, or list offset; 0 = free
};

enum AffectedFlag : std::uint8_t {
  kUnaffected = 1,
  kAllVersions = 2,   // an unaffected statement without versions
  kModularBuild = 4,  // rpm: a fixed version is a module's build
};

struct AffectedRow {
  std::uint32_t advisory, name_row, ecosystem;
  std::uint8_t scheme, flags, fix_state, severity;
  std::uint32_t first_range, range_count;
  std::uint32_t versions;  // kVersionLists
  std::uint32_t extra;     // kLists: {module, target software, arches list, (import path, symbols list)...}
};

enum RangeFlag : std::uint32_t { kHasIntroduced = 1, kIntroducedExclusive = 2, kHasFixed = 4, kHasLast = 8 };

struct RangeRow {
  std::uint32_t flags;
  std::uint32_t introduced_key, end_key;    // kKeys
  std::uint32_t introduced_text, end_text;  // kTexts
};

struct AdvisoryRow {
  std::uint32_t id, source, summary, published, modified;  // kTexts
  std::uint32_t aliases, related, cvss, cwes, references;  // kLists of texts
  std::uint32_t first_affected, affected_count;            // in kAdvisoryAffected
  std::uint32_t severity;
};

struct CveRow {
  std::uint64_t cve;  // year << 40 | number
  float epss, percentile;
  std::uint32_t kev_added;  // kTexts
  std::uint32_t flags;
};
enum CveFlag : std::uint32_t { kKnownExploited = 1, kRansomware = 2, kHasEpss = 4 };

struct SourceRow {
  std::uint32_t name, fetched_at, data_date, url;  // kTexts
  std::uint64_t records;
};

/// Marks an entry of a version list that its scheme could not read: then the text itself follows.
inline constexpr char kRawVersionPrefix[] = "\xff\xff";

}  // namespace weir::advisory::format
