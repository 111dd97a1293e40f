// Secrets and malware on the page.
#include "base/strings.h"
#include "report/content_formats.h"
#include "report/content_text.h"
#include "report/html_parts.h"
#include "report/text.h"

namespace weir::report {
namespace {

using model::ContentFinding;
using model::ContentKind;

std::string PlaceList(const ContentFinding& f, const model::Asset& asset) {
  std::string out = "<ul class=\"places\">";
  for (const model::ContentPlace& place : f.places) {
    out += "<li><code>" + EscapeHtml(PlaceText(place)) + "</code>";
    for (const std::string& note : PlaceNotes(place, asset)) out += ", " + EscapeHtml(note);
    if (place.mode != 0)
      out += ", mode <code>" + ModeText(place.mode) + "</code>, owner " + std::to_string(place.owner);
    out += "</li>";
  }
  if (f.place_count > f.places.size())
    out += "<li>and " + Plural(f.place_count - f.places.size(), "more place") + "</li>";
  return out + "</ul>";
}

std::string Details(const ContentFinding& f, const model::Asset& asset) {
  std::string out = "<p>Rule <code>" + EscapeHtml(f.rule) + "</code>, " +
                    std::string(model::ConfidenceName(f.confidence)) + " confidence. Fingerprint <code>" +
                    EscapeHtml(f.fingerprint) + "</code>.</p>";
  if (!f.status_reason.empty()) out += "<p><b>Closed:</b> " + EscapeHtml(f.status_reason) + "</p>";
  if (std::string text = ValidationText(f); !text.empty()) out += "<p>Asked: " + EscapeHtml(text) + ".</p>";
  if (!f.facts.empty()) out += "<p>" + EscapeHtml(FactsText(f)) + "</p>";
  return out + ReasonsHtml(f.rank) + PlaceList(f, asset) + "<p>" + EscapeHtml(Advice(f.kind)) + "</p>";
}

std::string RowHtml(const ContentFinding& f, const model::Asset& asset) {
  std::string out = "<tr class=\"finding" + std::string(IsOpen(f) ? "" : " closed") +
                    "\"><td class=\"number\">" + Decimal(f.rank.score, 0) + "</td><td>" +
                    SeverityBadge(f.severity) + "</td><td><details><summary>" + EscapeHtml(TitleOf(f));
  if (f.validation == model::Validation::kValid) out += " <span class=\"badge exploited\">works</span>";
  if (!IsOpen(f))
    out += " <span class=\"badge\">" + std::string(model::FindingStatusName(f.status)) + "</span>";
  out += "</summary>" + Details(f, asset) + "</details></td><td><code>" + EscapeHtml(f.masked) +
         "</code></td><td class=\"where\">" + EscapeHtml(PlaceSentence(FirstPlace(f), asset));
  if (f.place_count > 1) out += " <b>and " + Plural(f.place_count - 1, "more place") + "</b>";
  return out + "</td><td>" + EscapeHtml(ShortReasons(f.rank, 3)) + "</td></tr>\n";
}

std::string Section(const model::ScanResult& result, const model::ContentScan& scan) {
  std::string word(KindWord(scan.kind));
  std::string out =
      "<section id=\"" + word + "\"><h2>" + std::string(KindTitle(scan.kind)) + "</h2>\n<p class=\"soft\">";
  std::vector<const ContentFinding*> found = ContentOf(result, scan.kind);
  out += (found.empty() ? "No " + word + " in " : "Looked at ") + EscapeHtml(LookedAt(scan)) + ".</p>\n";
  if (std::vector<std::string> gaps = GapsOf(scan); !gaps.empty()) {
    out += "<ul class=\"gaps\">\n";
    for (const std::string& gap : gaps) out += "<li>" + EscapeHtml(gap) + "</li>\n";
    out += "</ul>\n";
  }
  if (found.empty()) return out + "</section>\n";
  out += "<table class=\"list\"><thead><tr><th>Rank</th><th>Severity</th><th>Finding</th><th>" +
         std::string(scan.kind == ContentKind::kSecret ? "Secret, masked" : "Strings that matched") +
         "</th><th>Where</th><th>Why</th></tr></thead><tbody>\n";
  for (const ContentFinding* f : found) out += RowHtml(*f, result.sbom.asset);
  return out + "</tbody></table></section>\n";
}

}  // namespace

std::string ContentHtml(const model::ScanResult& result) {
  std::string out;
  for (const model::ContentScan& scan : result.content_scans) out += Section(result, scan);
  return out;
}

}  // namespace weir::report
