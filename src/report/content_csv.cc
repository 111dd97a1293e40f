#include "report/content_formats.h"
#include "report/content_text.h"
#include "report/text.h"

namespace weir::report {
namespace {

std::string NumberOrNone(std::uint64_t value) { return value == 0 ? "" : std::to_string(value); }

std::string ProcessCell(const model::ContentPlace& place) {
  if (place.pid == 0) return place.process;
  return place.process + (place.process.empty() ? "" : " ") + std::to_string(place.pid);
}

std::string PackageState(const model::ContentPlace& place) {
  return place.unmodified ? "unmodified" : place.modified ? "modified" : "";
}

void Append(std::vector<std::string>& row, std::vector<std::string> cells) {
  for (std::string& cell : cells) row.push_back(std::move(cell));
}

/// What ContentColumns names, in its order.
std::vector<std::string> ContentCells(const model::ContentFinding& f) {
  const model::ContentPlace& place = FirstPlace(f);
  return {std::string(model::ContentKindName(f.kind)),
          f.title,
          std::string(model::ConfidenceName(f.confidence)),
          f.masked,
          f.kind == model::ContentKind::kSecret ? std::string(model::ValidationName(f.validation)) : "",
          std::string(model::OriginName(place.origin)),
          NumberOrNone(place.line),
          NumberOrNone(place.column),
          place.removed_in,
          place.commit,
          ProcessCell(place),
          PackageState(place),
          std::to_string(f.place_count),
          f.fingerprint,
          FactsText(f)};
}

}  // namespace

const std::vector<std::string>& ContentColumns() {
  static const std::vector<std::string> kColumns = {
      "kind",       "title",  "confidence", "masked",        "validation", "origin",      "line", "column",
      "removed_in", "commit", "process",    "package_state", "places",     "fingerprint", "facts"};
  return kColumns;
}

std::string ContentCsvRows(const model::ScanResult& result) {
  std::string out;
  for (const model::ContentFinding& f : result.content) {
    const model::ContentPlace& place = FirstPlace(f);
    // The columns of vulnerabilities, as far as there is anything to say in them.
    std::vector<std::string> row = {Decimal(f.rank.score, 1),
                                    std::string(model::SeverityName(f.severity)),
                                    f.rule,
                                    "",
                                    place.package_name,
                                    "",
                                    "",
                                    "",
                                    "",
                                    std::string(model::FindingStatusName(f.status)),
                                    f.status_reason,
                                    "",
                                    "",
                                    "",
                                    "",
                                    place.location.path,
                                    place.location.layer};
    Append(row, ContentCells(f));
    out += CsvRow(row);
  }
  return out;
}

std::string ContentCsvHeader() {
  std::vector<std::string> row = {"asset",  "asset_kind",    "rank", "severity", "rule",
                                  "status", "status_reason", "path", "layer",    "package"};
  Append(row, ContentColumns());
  Append(row, {"first_seen", "last_seen"});
  return CsvRow(row);
}

std::string ContentCsvRow(const AssetContent& content) {
  const model::ContentFinding& f = content.finding;
  const model::ContentPlace& place = FirstPlace(f);
  std::vector<std::string> row = {content.asset,
                                  content.asset_kind,
                                  Decimal(f.rank.score, 1),
                                  std::string(model::SeverityName(f.severity)),
                                  f.rule,
                                  std::string(model::FindingStatusName(f.status)),
                                  f.status_reason,
                                  place.location.path,
                                  place.location.layer,
                                  place.package_name};
  Append(row, ContentCells(f));
  Append(row, {content.first_seen, content.last_seen});
  return CsvRow(row);
}

}  // namespace weir::report
