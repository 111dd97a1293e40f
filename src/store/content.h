// Secrets and malware of assets, and the rules that people have added or disabled.
//
// A row stands for one fingerprint in one asset and keeps its id for as long as it is
// kept: history, masks and links follow it. What pages sort and filter by lies in
// columns, the rest in one compressed JSON text that the console makes and reads.
// Threading: as Reader and Transaction.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/content_finding.h"
#include "model/sbom.h"
#include "store/ids.h"
#include "store/store.h"

namespace weir::store {

using ContentId = std::int64_t;

/// kIgnored: a comment or an ignore file says so where it was found, or its rule is disabled.
enum class ContentState : std::uint8_t { kOpen, kMasked, kIgnored, kResolved };
std::string_view ContentStateName(ContentState state);  // "open", "masked", "ignored", "resolved"

struct ContentInput {
  model::ContentKind kind = model::ContentKind::kSecret;
  std::string fingerprint, rule, title;
  model::Severity severity = model::Severity::kUnknown;
  model::Confidence confidence = model::Confidence::kLow;
  model::Origin origin = model::Origin::kFile;
  bool ignored = false;
  double score = 0;
  std::string search;  // what people look for: path, process, package
  std::string detail;  // JSON of everything
};
struct ContentRow {
  ContentId id = 0;
  AssetId asset = 0;
  std::string asset_name;
  model::AssetKind asset_kind = model::AssetKind::kHost;
  model::ContentKind kind = model::ContentKind::kSecret;
  std::string fingerprint, rule, title;
  model::Severity severity = model::Severity::kUnknown;
  model::Confidence confidence = model::Confidence::kLow;
  ContentState state = ContentState::kOpen;
  double score = 0;
  TimeMs first_seen = 0, resolved_at = 0;
  std::string detail;
};

struct ContentChange {
  std::int64_t opened = 0, resolved = 0;  // open ones
  std::vector<ContentId> new_open;        // highest score first
};
/// FOUND is everything that a scan of ASSET found of KINDS. COMPLETE: what it has not found is gone; else
/// that stands as it was. One row at most for each kind and fingerprint: the first counts.
Result<ContentChange> PutContent(Transaction& t, AssetId asset, std::span<const model::ContentKind> kinds,
                                 std::span<const ContentInput> found, bool complete);
/// Nothing of ASSET is open any more: it has gone.
Result<std::int64_t> ResolveContent(Transaction& t, AssetId asset);
/// Tests what stands in ASSET against masks and disabled rules again.
Result<void> RecheckContent(Transaction& t, AssetId asset);
/// ... every finding with this fingerprint, wherever it is.
Result<void> RecheckFingerprint(Transaction& t, model::ContentKind kind, std::string_view fingerprint);

struct ContentQuery {
  ContentState state = ContentState::kOpen;
  std::optional<model::ContentKind> kind;
  SeverityBits severity_bits = 0;                     // 0: all
  std::uint8_t confidence_bits = 0, origin_bits = 0;  // 0: all; bit: the enum's number
  std::string rule, q, fingerprint;
  AssetId asset = 0;
  bool newest = false;  // first seen last comes first, instead of the highest score
  PageRequest page;
};
/// Highest score first, or newest first (resolved ones by when they were). TOTAL is exact.
Result<Page<ContentRow>> ListContent(Reader& r, const ContentQuery& query);
/// kNotFound.
Result<ContentRow> GetContent(Reader& r, ContentId id);
/// How many assets but ASSET have it, whatever its state there; resolved ones do not count.
Result<std::int64_t> CountSame(Reader& r, model::ContentKind kind, std::string_view fingerprint,
                               AssetId asset);
/// ... and those, highest score first.
Result<std::vector<ContentRow>> SameContent(Reader& r, model::ContentKind kind, std::string_view fingerprint,
                                            AssetId asset, std::size_t limit);
/// The mask that hides it; 0: none.
Result<std::int64_t> MaskOfContent(Reader& r, const ContentRow& row);
/// Sorted ids of what stands (is not resolved), for the history of scans.
Result<std::vector<std::uint32_t>> StandingContent(Reader& r, AssetId asset);

/// Open ones; of an asset, or (with GetContentTotals) of all.
struct ContentCounts {
  SeverityCounts secrets, malware;
  std::int64_t secrets_masked = 0, malware_masked = 0;
};
Result<ContentCounts> GetContentTotals(Reader& r);

Result<void> PruneContent(Transaction& t, TimeMs resolved_before);

}  // namespace weir::store
