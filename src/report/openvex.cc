// OpenVEX 0.2.0. Source: github.com/openvex/spec.
//
// A scan can say "affected" of what it found and can pass on the statements it
// was given. An ignore rule is a local decision, not a statement about the
// product: such a finding stays "affected", with the rule in its notes.
#include <set>
#include <unordered_map>

#include "base/strings.h"
#include "report/formats.h"
#include "report/identity.h"
#include "report/json_writer.h"
#include "report/text.h"

namespace weir::report {
namespace {

std::string_view Status(model::FindingStatus status) {
  switch (status) {
    case model::FindingStatus::kNotAffected:
      return "not_affected";
    case model::FindingStatus::kFixedByVex:
      return "fixed";
    case model::FindingStatus::kUnderInvestigation:
      return "under_investigation";
    default:
      return "affected";
  }
}

/// TEXT behind PREFIX as an IRI, which the format wants of every "@id".
std::string Iri(std::string_view prefix, std::string_view text) {
  return std::string(prefix) + UriPath(ToValidUtf8(text));
}

std::string ProductId(const model::Asset& asset) {
  if (asset.id.starts_with("sha256:")) return "sha256:" + UriPath(ToValidUtf8(asset.id.substr(7)));
  if (asset.id.starts_with('/')) return Iri("file://", asset.id);
  return Iri("urn:weir:asset:", asset.id.empty() ? asset.name : asset.id);
}

}  // namespace

std::string RenderOpenVex(const model::ScanResult& result, const ReportOptions& options) {
  static_cast<void>(options);
  std::string time = Timestamp(result);
  std::unordered_map<std::string_view, std::string_view> purls;
  for (const model::Package& package : result.sbom.packages) purls.emplace(package.id, package.purl);
  JsonWriter json;
  json.BeginObject().Field("@context", "https://openvex.dev/ns/v0.2.0");
  json.Field("@id", "https://openvex.dev/docs/weir-" + DocumentUuid(result)).Field("author", "weir");
  json.Field("role", "Document Creator").Field("timestamp", time).Field("version", std::uint64_t{1});
  json.Key("statements").BeginArray();
  std::set<std::string> written;
  for (const model::Finding& f : result.findings) {
    auto found = purls.find(f.package_id);
    std::string purl(found == purls.end() ? "" : found->second);
    std::string part = purl.empty() ? Iri("urn:weir:package:", f.package_name) : purl;
    // The same package in two places is one statement: the format takes each but once.
    std::string statement = Join({f.vulnerability.id, part, std::string(Status(f.status)), f.status_reason,
                                  Join(f.fixed_versions, " ")},
                                 "\n");
    if (!written.insert(std::move(statement)).second) continue;
    json.BeginObject().Key("vulnerability").BeginObject().Field("name", f.vulnerability.id);
    json.ListField("aliases", f.vulnerability.aliases).EndObject();
    json.Key("products").BeginArray().BeginObject().Field("@id", ProductId(result.sbom.asset));
    json.Key("subcomponents").BeginArray().BeginObject().Field("@id", part).EndObject();
    json.EndArray().EndObject().EndArray();
    json.Field("status", Status(f.status)).Field("timestamp", time);
    if (f.status == model::FindingStatus::kNotAffected)
      json.Field("impact_statement", f.status_reason.empty() ? "stated by a VEX document" : f.status_reason);
    if (Status(f.status) == "affected")
      json.Field("action_statement", f.fixed_versions.empty() ? "No fixed version is known."
                                                              : "Upgrade " + f.package_name + " to " +
                                                                    Join(f.fixed_versions, " or ") + ".");
    if (f.status == model::FindingStatus::kIgnored)
      json.Field("status_notes", "closed locally: " + f.status_reason);
    json.EndObject();
  }
  json.EndArray().EndObject();
  return json.Take();
}

}  // namespace weir::report
