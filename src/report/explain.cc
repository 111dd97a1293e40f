#include <cmath>

#include "base/strings.h"
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
  json.Key("score").Number(f.rank.score, 1).Key("reasons").BeginArray();
  for (const model::RankReason& reason : f.rank.reasons)
    json.BeginObject()
        .Field("factor", reason.factor)
        .Key("points")
        .Number(reason.points, 2)
        .Field("detail", reason.detail)
        .EndObject();
  json.EndArray().EndObject();
  return json.Take();
}

std::string Signed(double points) {
  std::string text = Decimal(std::fabs(points), 1);
  return (points < 0 ? "-" : "+") + text;
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
  for (const model::RankReason& reason : f.rank.reasons)
    out += "  " + PadLeft(Signed(reason.points), 7) + "  " + PadRight(OneLine(reason.factor), 18) + "  " +
           OneLine(reason.detail) + "\n";
  return out + "  " + PadLeft(Decimal(f.rank.score, 1), 7) + "\n";
}

}  // namespace weir::report
