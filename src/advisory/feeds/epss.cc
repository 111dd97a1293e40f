// FIRST's EPSS: "cve,epss,percentile" under a comment line with the model and date.
#include "advisory/feeds/decompress.h"
#include "advisory/feeds/reader.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

constexpr std::uint64_t kMaxPlainBytes = 512ULL << 20U;

/// "#model_version:v2025.03.14,score_date:2025-08-25T12:55:00Z"
void ReadComment(std::string_view line, FeedStats& stats) {
  constexpr std::string_view kKey = "score_date:";
  std::size_t at = line.find(kKey);
  if (at != line.npos) NoteNewest(stats, line.substr(at + kKey.size()));
}

bool ReadRow(std::string_view line, EpssEntry& entry) {
  entry.cve = CleanId(NextPiece(line, ','));
  auto probability = ParseDouble(Trim(NextPiece(line, ',')));
  auto percentile = ParseDouble(Trim(NextPiece(line, ',')));
  if (!IsCve(entry.cve) || !probability || !percentile) return false;
  // Written so that a NaN fails too.
  if (!(*probability >= 0 && *probability <= 1 && *percentile >= 0 && *percentile <= 1)) return false;
  entry.probability = static_cast<float>(*probability);
  entry.percentile = static_cast<float>(*percentile);
  return true;
}

}  // namespace

Result<FeedStats> ReadEpss(std::string_view csv, RecordSink& sink) {
  std::string plain;
  if (csv.starts_with("\x1f\x8b")) {
    WEIR_ASSIGN(plain, DecompressBytes(csv, kMaxPlainBytes));
    csv = plain;
  }
  FeedStats stats;
  bool has_heading = false;
  while (!csv.empty()) {
    std::string_view line = Trim(NextLine(csv));
    if (line.empty()) continue;
    if (line.starts_with('#')) {
      ReadComment(line, stats);
    } else if (!has_heading) {
      if (line != "cve,epss,percentile") return Err(Code::kMalformed, "not an EPSS table");
      has_heading = true;
    } else {
      ++stats.records;
      EpssEntry entry;
      if (ReadRow(line, entry)) {
        ++stats.used;
        sink.OnEpss(std::move(entry));
      } else {
        CountMalformed(stats, line, "not a row of id, probability and percentile");
      }
    }
  }
  if (!has_heading) return Err(Code::kMalformed, "not an EPSS table");
  return stats;
}

}  // namespace weir::advisory
