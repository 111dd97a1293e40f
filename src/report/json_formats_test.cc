// The formats for programs, read back with another JSON library.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "base/strings.h"
#include "report/json_writer.h"
#include "report/report.h"
#include "report/sample_result.h"

namespace weir::report {
namespace {

using Json = nlohmann::json;

Json Read(const model::ScanResult& result, Format format, const ReportOptions& options = {}) {
  // Refuses a key that comes twice: readers disagree on which one counts.
  std::vector<std::set<std::string>> keys;
  bool twice = false;
  auto watch = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
      twice = true;
    return true;
  };
  Json json = Json::parse(Render(result, format, options), watch, false);
  EXPECT_FALSE(json.is_discarded()) << FormatName(format);
  EXPECT_FALSE(twice) << FormatName(format) << " repeats a key";
  return json;
}

/// The sample without secrets and malware, which have tests of their own.
model::ScanResult Vulnerabilities() {
  model::ScanResult result = SampleResult();
  result.content.clear();
  result.content_scans.clear();
  return result;
}

TEST(JsonWriter, EscapesAndNumbers) {
  JsonWriter json(0);
  json.BeginObject().Field("k\"\\", std::string_view("\x00\x1f\x7f\n\t\xff", 6)).Key("n").BeginArray();
  json.Number(1.50, 2)
      .Number(-0.001, 1)
      .Number(100, 0)
      .Number(std::nan(""), 1)
      .Number(INFINITY, 1)
      .Number(1e308, 1);
  json.EndArray()
      .ListField("none", {})
      .ListField("empty", {}, true)
      .Field("b", true)
      .Field("u", std::uint64_t{1} << 63U);
  std::string text = json.EndObject().Take();
  EXPECT_TRUE(text.starts_with(
      "{\"k\\\"\\\\\":\"\\u0000\\u001f\\u007f\\n\\t\xef\xbf\xbd\",\"n\":[1.5,0,100,null,null,1"))
      << text;
  EXPECT_TRUE(text.ends_with("],\"empty\":[],\"b\":true,\"u\":9223372036854775808}\n")) << text;
  EXPECT_FALSE(Json::parse(text, nullptr, false).is_discarded());
}

TEST(OwnJson, HoldsEverything) {
  Json json = Read(SampleResult(), Format::kJson);
  EXPECT_EQ(json["schema"], "weir-scan/1");
  EXPECT_EQ(json["asset"]["kind"], "image");
  EXPECT_EQ(json["asset"]["layers"].size(), 2U);
  EXPECT_EQ(json["asset"]["labels"]["team"], "a");
  EXPECT_EQ(json["packages"].size(), 8U) << "owned packages too";
  EXPECT_EQ(json["packages"][7]["owned_by"], "0000000000000001");
  EXPECT_EQ(json["packages"][1]["digests"], Json({{"sha1", std::string(40, 'a')}}));
  EXPECT_EQ(json["packages"][5]["name"], ToValidUtf8(kHostile));
  EXPECT_EQ(json["relations"].size(), 6U);
  ASSERT_EQ(json["findings"].size(), 6U) << "closed findings are kept";
  const Json& first = json["findings"][0];
  EXPECT_EQ(first["aliases"][0], "CVE-2021-44228");
  EXPECT_EQ(first["cvss"].size(), 3U);
  EXPECT_EQ(first["epss"], 0.97);
  EXPECT_EQ(first["known_exploited"], true);
  EXPECT_EQ(first["fix"], Json({{"state", "fixed"}, {"versions", {"2.15.0", "2.12.2"}}}));
  EXPECT_EQ(first["rank"]["score"], 99.5);
  EXPECT_EQ(first["rank"]["reasons"][2]["points"], -2.25);
  EXPECT_EQ(first["package"]["location"]["layer"], "sha256:" + std::string(64, 'b'));
  EXPECT_EQ(json["findings"][1]["status"], "ignored");
  EXPECT_EQ(json["findings"][1]["fix"]["versions"], Json::array());
  EXPECT_EQ(json["coverage"][2], Json({{"ecosystem", "PyPI"},
                                       {"packages", 1},
                                       {"checked", false},
                                       {"starter_only", false},
                                       {"sources", Json::array()}}));
  EXPECT_EQ(json["sources"].size(), 2U);
  EXPECT_EQ(json["problems"][0]["count"], 3);
  EXPECT_EQ(json["problems"][0]["code"], "malformed");
  EXPECT_EQ(json["runtime"]["processes"][0]["listening"][0]["port"], 8080);
  EXPECT_EQ(json["runtime"]["problems"].size(), 1U);
  EXPECT_EQ(json["runtime"]["unreadable_processes"], 2);
}

TEST(OwnJson, UnmatchedHasNoFindingsRatherThanNone) {
  Json json = Read(BareResult(), Format::kJson);
  EXPECT_EQ(json["matched"], false);
  EXPECT_FALSE(json.contains("findings"));
  EXPECT_EQ(json["runtime"], Json({{"taken", false}}));
}

TEST(CycloneDx, ComponentsAndIdentity) {
  Json json = Read(SampleResult(), Format::kCycloneDx);
  EXPECT_EQ(json["specVersion"], "1.6");
  EXPECT_TRUE(std::regex_match(json["serialNumber"].get<std::string>(),
                               std::regex("urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")));
  EXPECT_EQ(json["metadata"]["timestamp"], "2025-08-25T12:00:00Z");
  EXPECT_EQ(json["metadata"]["component"]["type"], "container");
  ASSERT_EQ(json["components"].size(), 8U) << "distro and seven packages; the owned one is left out";
  const Json &openssl = json["components"][1], &log4j = json["components"][2],
             &hostile = json["components"][6];
  EXPECT_EQ(openssl["licenses"].size(), 3U);
  EXPECT_EQ(openssl["licenses"][0]["license"]["id"], "Apache-2.0");
  EXPECT_EQ(openssl["licenses"][2]["license"]["name"], "Debian's own\nlicence");
  EXPECT_EQ(openssl["evidence"]["occurrences"].size(), 2U);
  EXPECT_EQ(log4j["group"], "org.apache.logging.log4j");
  EXPECT_EQ(log4j["name"], "log4j-core");
  EXPECT_EQ(log4j["hashes"], Json({{{"alg", "SHA-1"}, {"content", std::string(40, 'a')}}}));
  EXPECT_EQ(hostile["licenses"].size(), 1U) << "an empty licence is none";
  EXPECT_EQ(json["components"][4]["scope"], "optional");
  ReportOptions owned;
  owned.include_owned = true;
  EXPECT_EQ(Read(SampleResult(), Format::kCycloneDx, owned)["components"].size(), 9U);
}

TEST(CycloneDx, EveryComponentHangsOnTheRoot) {
  for (bool owned : {false, true}) {
    ReportOptions options;
    options.include_owned = owned;
    Json json = Read(SampleResult(), Format::kCycloneDx, options);
    std::set<std::string> refs, seen = {"asset"};
    for (const Json& component : json["components"]) EXPECT_TRUE(refs.insert(component["bom-ref"]).second);
    std::map<std::string, std::vector<std::string>> edges;
    for (const Json& row : json["dependencies"]) {
      auto to = row["dependsOn"].get<std::vector<std::string>>();
      EXPECT_EQ(std::set(to.begin(), to.end()).size(), to.size()) << "edges are unique";
      EXPECT_TRUE(edges.emplace(row["ref"], to).second) << "one row a component";
      for (const std::string& ref : to) EXPECT_TRUE(refs.contains(ref)) << ref;
    }
    std::vector<std::string> open = {"asset"};
    while (!open.empty()) {
      std::vector<std::string> to = edges[open.back()];
      open.pop_back();
      for (const std::string& ref : to)
        if (seen.insert(ref).second) open.push_back(ref);
    }
    for (const std::string& ref : refs) EXPECT_TRUE(seen.contains(ref)) << ref << " is an orphan";
    EXPECT_EQ(edges["0000000000000004"], std::vector<std::string>{"0000000000000005"});
  }
}

TEST(CycloneDx, Vulnerabilities) {
  Json json = Read(SampleResult(), Format::kCycloneDx);
  ASSERT_EQ(json["vulnerabilities"].size(), 6U);
  const Json& first = json["vulnerabilities"][0];
  EXPECT_EQ(first["id"], "GHSA-jfh8-c2jp-5v3q");
  EXPECT_EQ(first["references"][0]["id"], "CVE-2021-44228");
  std::vector<std::string> methods;
  for (const Json& rating : first["ratings"]) methods.push_back(rating["method"]);
  EXPECT_EQ(methods, (std::vector<std::string>{"CVSSv31", "CVSSv2", "CVSSv4", "other"}));
  EXPECT_EQ(first["ratings"][3]["severity"], "critical");
  EXPECT_EQ(first["cwes"], Json({502})) << "what is no number is left out";
  EXPECT_EQ(first["published"], "2021-12-10T00:00:00Z");
  EXPECT_FALSE(first.contains("updated")) << "no date is better than a bad one";
  EXPECT_EQ(first["affects"][0]["ref"], "0000000000000002");
  EXPECT_FALSE(first.contains("analysis"));
  std::vector<std::string> states;
  for (std::size_t i = 1; i < 5; ++i) states.push_back(json["vulnerabilities"][i]["analysis"]["state"]);
  EXPECT_EQ(states, (std::vector<std::string>{"in_triage", "not_affected", "resolved", "in_triage"}));
  EXPECT_EQ(json["vulnerabilities"][3]["ratings"][0]["severity"], "info");
}

TEST(CycloneDx, FindingsOfUnlistedPackagesStay) {
  model::ScanResult result = SampleResult();
  result.findings[0].package_id = "0000000000000008";  // owned, so not listed
  Json json = Read(result, Format::kCycloneDx);
  ASSERT_EQ(json["vulnerabilities"].size(), 6U);
  EXPECT_EQ(json["vulnerabilities"][0]["affects"][0]["ref"], "asset");
}

TEST(Spdx, PackagesLicencesRelations) {
  Json json = Read(SampleResult(), Format::kSpdx);
  EXPECT_EQ(json["spdxVersion"], "SPDX-2.3");
  ASSERT_EQ(json["packages"].size(), 8U) << "the asset and seven packages";
  EXPECT_EQ(json["packages"][0]["primaryPackagePurpose"], "CONTAINER");
  std::string declared = json["packages"][1]["licenseDeclared"];
  EXPECT_TRUE(declared.starts_with("Apache-2.0 AND (GPL-2.0-or-later OR MIT) AND LicenseRef-")) << declared;
  std::set<std::string> extracted;
  for (const Json& row : json["hasExtractedLicensingInfos"]) extracted.insert(row["licenseId"]);
  EXPECT_EQ(extracted.size(), 2U);
  EXPECT_TRUE(extracted.contains(declared.substr(declared.find("LicenseRef-"))));
  EXPECT_EQ(json["packages"][3]["licenseDeclared"], "NOASSERTION");
  const Json& hostile = json["packages"][6];
  EXPECT_EQ(hostile["externalRefs"], Json::array()) << "a CPE that is none is left out";
  EXPECT_EQ(hostile["supplier"].get<std::string>().find('\n'), std::string::npos);
  std::set<std::string> ids = {"SPDXRef-DOCUMENT"};
  for (const Json& package : json["packages"]) {
    std::string id = package["SPDXID"];
    EXPECT_TRUE(std::regex_match(id, std::regex("SPDXRef-[A-Za-z0-9.-]+"))) << id;
    EXPECT_TRUE(ids.insert(id).second);
  }
  std::map<std::string, int> kinds;
  for (const Json& row : json["relationships"]) {
    EXPECT_TRUE(ids.contains(row["spdxElementId"]) && ids.contains(row["relatedSpdxElement"])) << row;
    ++kinds[row["relationshipType"]];
  }
  EXPECT_EQ(kinds, (std::map<std::string, int>{{"CONTAINS", 8}, {"DEPENDS_ON", 2}, {"DESCRIBES", 1}}));
}

TEST(Sarif, RulesResultsSuppressions) {
  Json json = Read(Vulnerabilities(), Format::kSarif);
  const Json& run = json["runs"][0];
  const Json &rules = run["tool"]["driver"]["rules"], &results = run["results"];
  ASSERT_EQ(results.size(), 6U);
  std::vector<std::string> levels;
  std::set<std::string> prints;
  for (const Json& result : results) {
    levels.push_back(result["level"]);
    EXPECT_EQ(rules[result["ruleIndex"].get<std::size_t>()]["id"], result["ruleId"]);
    double rank = result["rank"];
    EXPECT_TRUE(rank >= 0 && rank <= 100);
    EXPECT_TRUE(prints.insert(result["partialFingerprints"]["weir/v1"]).second);
    std::string uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    EXPECT_TRUE(std::regex_match(
        uri,
        std::regex("([A-Za-z0-9._~!$&'()*+,=@-]|%[0-9A-F]{2})([A-Za-z0-9._~/!$&'()*+,=@-]|%[0-9A-F]{2})*")))
        << uri;
  }
  EXPECT_EQ(levels, (std::vector<std::string>{"error", "error", "warning", "note", "note", "note"}));
  EXPECT_EQ(results[0]["rank"], 99.5);
  EXPECT_FALSE(results[0].contains("suppressions"));
  for (std::size_t i : {1U, 2U, 3U}) EXPECT_EQ(results[i]["suppressions"][0]["status"], "accepted");
  EXPECT_EQ(results[1]["suppressions"][0]["justification"], "rule 1: accepted until June");
  EXPECT_FALSE(results[4].contains("suppressions")) << "under investigation is open";
  EXPECT_EQ(rules[0]["properties"]["security-severity"], "10.0");
  EXPECT_EQ(rules[0]["helpUri"], "https://example.org/advisory?id=1") << "the first that is a URI";
  EXPECT_EQ(run["invocations"][0]["toolExecutionNotifications"].size(), 4U) << "two gaps, two problems";
}

TEST(Sarif, SameRuleOnce) {
  model::ScanResult result = Vulnerabilities();
  result.findings[5].vulnerability.id = result.findings[0].vulnerability.id;
  Json run = Read(result, Format::kSarif)["runs"][0];
  EXPECT_EQ(run["tool"]["driver"]["rules"].size(), 5U);
  EXPECT_EQ(run["results"][5]["ruleIndex"], 0);
}

TEST(OpenVex, StatusesAndTheirWords) {
  Json json = Read(SampleResult(), Format::kOpenVex);
  EXPECT_EQ(json["@context"], "https://openvex.dev/ns/v0.2.0");
  const Json& statements = json["statements"];
  ASSERT_EQ(statements.size(), 6U);
  std::vector<std::string> statuses;
  for (const Json& statement : statements) {
    std::string status = statement["status"];
    statuses.push_back(status);
    EXPECT_EQ(statement.contains("action_statement"), status == "affected");
    EXPECT_EQ(statement.contains("impact_statement"), status == "not_affected");
    for (const Json& product : statement["products"]) {
      std::regex iri("[a-z0-9]+:[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+");
      EXPECT_TRUE(std::regex_match(product["@id"].get<std::string>(), iri)) << product;
      EXPECT_TRUE(std::regex_match(product["subcomponents"][0]["@id"].get<std::string>(), iri)) << product;
    }
  }
  EXPECT_EQ(statuses, (std::vector<std::string>{"affected", "affected", "not_affected", "fixed",
                                                "under_investigation", "affected"}));
  EXPECT_EQ(statements[0]["products"][0]["subcomponents"][0]["@id"],
            "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1");
  EXPECT_EQ(statements[0]["products"][0]["@id"], "sha256:" + std::string(64, 'd'));
  model::ScanResult folder = SampleResult();
  folder.sbom.asset.id = "/srv/my app";
  EXPECT_EQ(Read(folder, Format::kOpenVex)["statements"][0]["products"][0]["@id"], "file:///srv/my%20app");
  folder.sbom.asset.id = "4f3c";
  EXPECT_EQ(Read(folder, Format::kOpenVex)["statements"][0]["products"][0]["@id"], "urn:weir:asset:4f3c");
  EXPECT_EQ(statements[1]["status_notes"], "closed locally: rule 1: accepted until June")
      << "an ignore rule is not a VEX statement";
}

TEST(OpenVex, SamePackageTwiceIsOneStatement) {
  model::ScanResult result = SampleResult();
  result.findings.push_back(result.findings[0]);
  result.findings.back().location.path = "elsewhere/log4j-core.jar";
  EXPECT_EQ(Read(result, Format::kOpenVex)["statements"].size(), 6U);
  result.findings.back().status = model::FindingStatus::kNotAffected;
  EXPECT_EQ(Read(result, Format::kOpenVex)["statements"].size(), 7U);
}

TEST(Explanation, Json) {
  model::ScanResult result = SampleResult();
  Json json = Json::parse(RenderExplanation(result, result.findings[0], true, {}), nullptr, false);
  ASSERT_FALSE(json.is_discarded());
  EXPECT_EQ(json["id"], "GHSA-jfh8-c2jp-5v3q");
  EXPECT_EQ(json["score"], 99.5);
  EXPECT_EQ(json["reasons"].size(), 3U);
  EXPECT_EQ(json["reasons"][1]["factor"], "known-exploited");
}

}  // namespace
}  // namespace weir::report
