#include "base/strings.h"
#include "report/content_formats.h"
#include "report/content_text.h"
#include "report/json_writer.h"
#include "report/report.h"
#include "report/text.h"

namespace weir::report {
namespace {

std::string ExplainJson(const model::ScanResult& result, const model::Finding& f) {
  JsonWriter json;
  json.BeginObject().Field("asset", result.sbom.asset.name).Field("id", f.vulnerability.id);
  json.ListField("aliases", f.vulnerability.aliases)
      .Field("package", f.package_name)
      .Field("version", f.package_version);
  json.Field("path", f.location.path)
      .Field("status", model::FindingStatusName(f.status))
      .OptionalField("status_reason", f.status_reason);
  json.Key("score").Number(f.rank.score, 1);
  WriteReasons(json, f.rank);
  json.EndObject();
  return json.Take();
}

std::string ExplainContentJson(std::string_view asset, const model::ContentFinding& f) {
  JsonWriter json;
  json.BeginObject().Field("asset", asset);
  WriteContentFinding(json, f);
  json.EndObject();
  return json.Take();
}

std::string ReasonLines(const model::Rank& rank) {
  std::string out;
  for (const model::RankReason& reason : rank.reasons)
    out += "  " + PadLeft(Signed(reason.points), 7) + "  " + PadRight(OneLine(reason.factor), 18) + "  " +
           OneLine(reason.detail) + "\n";
  return out + "  " + PadLeft(Decimal(rank.score, 1), 7) + "\n";
}

}  // namespace

std::string RenderExplanation(const model::ScanResult& result, const model::Finding& f, bool json,
                              const ReportOptions& options) {
  if (json) return ExplainJson(result, f);
  const model::Vulnerability& v = f.vulnerability;
  std::string bold = options.colour ? "\033[1m" : "", plain = options.colour ? "\033[0m" : "";
  std::string out = bold + OneLine(v.id) + plain + " in " + OneLine(f.package_name) + " " +
                    OneLine(f.package_version) + ": rank " + bold + Decimal(f.rank.score, 0) + plain +
                    " of 100\n";
  if (!v.summary.empty()) out += "  " + OneLine(v.summary) + "\n";
  out += "  " + OneLine(result.sbom.asset.name) + ", " + OneLine(f.location.path);
  if (!f.location.layer.empty()) out += ", layer " + OneLine(f.location.layer);
  out += "\n  affected: " + OneLine(f.affected_range) + "; fixed in: " + OneLine(FixText(f)) +
         "; source: " + OneLine(v.source) + "\n";
  if (!v.aliases.empty()) out += "  also known as " + OneLine(Join(v.aliases, ", ")) + "\n";
  if (f.status != model::FindingStatus::kOpen)
    out += "  " + std::string(model::FindingStatusName(f.status)) + ": " + OneLine(f.status_reason) + "\n";
  return out + ReasonLines(f.rank);
}

std::string RenderContentExplanation(std::string_view asset, const model::ContentFinding& f, bool json,
                                     const ReportOptions& options) {
  if (json) return ExplainContentJson(asset, f);
  std::string bold = options.colour ? "\033[1m" : "", plain = options.colour ? "\033[0m" : "";
  std::string out = bold + TitleOf(f) + plain + " (" + OneLine(f.rule) + "): rank " + bold +
                    Decimal(f.rank.score, 0) + plain + " of 100\n";
  out += "  " + OneLine(asset) + "; found: " + OneLine(f.masked) + "\n";
  out += "  " + std::string(model::SeverityName(f.severity)) + " severity, " +
         std::string(model::ConfidenceName(f.confidence)) + " confidence; fingerprint " +
         OneLine(f.fingerprint) + "\n";
  if (!f.facts.empty()) out += "  " + FactsText(f) + "\n";
  if (std::string text = ValidationText(f); !text.empty()) out += "  " + text + "\n";
  for (const model::ContentPlace& place : f.places) out += "  at " + PlaceSentence(place, {}) + "\n";
  if (f.place_count > f.places.size())
    out += "  and " + Plural(f.place_count - f.places.size(), "more place") + "\n";
  if (!IsOpen(f))
    out += "  " + std::string(model::FindingStatusName(f.status)) + ": " + OneLine(f.status_reason) + "\n";
  return out + ReasonLines(f.rank) + "  " + std::string(Advice(f.kind)) + "\n";
}

}  // namespace weir::report
