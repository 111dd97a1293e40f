// Secrets and malware in the table for terminals.
#include "base/strings.h"
#include "report/content_formats.h"
#include "report/content_text.h"
#include "report/table_parts.h"
#include "report/text.h"

namespace weir::report {
namespace {

using model::ContentFinding;
using model::ContentKind;

std::string HeadLine(const model::ScanResult& result, const model::ContentScan& scan,
                     const ReportOptions& options) {
  ContentCounts counts = CountContent(result, scan.kind);
  std::string out = "\n" + Bold(std::string(KindTitle(scan.kind)), options.colour) + "  ";
  if (counts.open + counts.closed == 0)
    return out + "no " + std::string(KindWord(scan.kind)) + " in " + LookedAt(scan) + "\n";
  out += std::to_string(counts.open) + " open" + SeverityCounts(counts.by_severity, options.colour);
  if (counts.closed > 0)
    out += "; " + std::to_string(counts.closed) + " ignored" +
           (options.show_closed ? "" : " (--show-closed lists them)");
  return out + "\n  in " + LookedAt(scan) + "\n";
}

/// Set-aside rules may be many, and are the same in each scan: the first few and how many more.
std::string GapLines(const model::ContentScan& scan, const ReportOptions& options) {
  std::vector<std::string> gaps = GapsOf(scan);
  constexpr std::size_t kShown = 6;
  std::string out;
  for (std::size_t i = 0; i < gaps.size() && i < kShown; ++i)
    out += Colour(model::Severity::kMedium, "  " + Cut(gaps[i], options.width), options.colour) + "\n";
  if (gaps.size() > kShown)
    out += "  and " + std::to_string(gaps.size() - kShown) +
           " more that was not looked at or not in use (-o "
           "json has all)\n";
  return out;
}

std::string WhyText(const ContentFinding& f) {
  if (!IsOpen(f))
    return std::string(model::FindingStatusName(f.status)) +
           (f.status_reason.empty() ? "" : ": " + f.status_reason);
  return ShortReasons(f.rank, 3);
}

std::string WhereText(const ContentFinding& f, const model::Asset& asset) {
  std::string first = f.place_count > 1 ? "in " + Plural(f.place_count, "place") + ", first: " : "";
  return first + PlaceSentence(FirstPlace(f), asset);
}

std::string Section(const model::ScanResult& result, const model::ContentScan& scan,
                    const ReportOptions& options) {
  std::string out = HeadLine(result, scan, options);
  Columns columns(
      {"RANK", "SEVERITY", "RULE", scan.kind == ContentKind::kSecret ? "SECRET" : "STRINGS", "WHY"});
  std::size_t left = 0;
  for (const ContentFinding* f : ContentOf(result, scan.kind)) {
    if (!IsOpen(*f) && !options.show_closed) continue;
    if (options.limit > 0 && columns.size() == options.limit) {
      ++left;
      continue;
    }
    columns.Add({PadLeft(Decimal(f->rank.score, 0), 4), std::string(model::SeverityName(f->severity)),
                 OneLine(f->rule), OneLine(f->masked), OneLine(WhyText(*f))},
                f->severity, WhereText(*f, result.sbom.asset));
  }
  if (!columns.empty()) out += columns.ToText({4, 10, 36, 28, 200}, 1, options);
  if (left > 0) out += "  and " + std::to_string(left) + " more of lower rank (--limit 0 shows all)\n";
  return out + GapLines(scan, options);
}

}  // namespace

std::string ContentTable(const model::ScanResult& result, const ReportOptions& options) {
  std::string out;
  for (const model::ContentScan& scan : result.content_scans) out += Section(result, scan, options);
  return out;
}

}  // namespace weir::report
