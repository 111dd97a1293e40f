// Secrets and malware in every format.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "base/strings.h"
#include "report/content_text.h"
#include "report/csv_reader.h"
#include "report/report.h"
#include "report/sample_result.h"
#include "report/text.h"

namespace weir::report {
namespace {

using Json = nlohmann::json;

constexpr Format kAll[] = {Format::kTable, Format::kJson,    Format::kCycloneDx, Format::kSpdx,
                           Format::kSarif, Format::kOpenVex, Format::kCsv,       Format::kHtml};
const std::string kLayerA = "sha256:" + std::string(64, 'a'), kLayerB = "sha256:" + std::string(64, 'b');

bool Has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

Json Read(const model::ScanResult& result, Format format) {
  Json json = Json::parse(Render(result, format, {}), nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << FormatName(format);
  return json;
}

std::string Table(const model::ScanResult& result, unsigned width = 160) {
  ReportOptions options;
  options.width = width;
  return Render(result, Format::kTable, options);
}

/// Looked at the same, and found nothing.
model::ScanResult EmptyHanded() {
  model::ScanResult result = ContentResult();
  result.content.clear();
  return result;
}

std::vector<AssetContent> Rows() {
  std::vector<AssetContent> rows;
  for (const model::ContentFinding& finding : SampleResult().content)
    rows.push_back(
        {std::string(kHostile) + std::to_string(rows.size()), "image", "2026-01-02T03:04:05Z", "", finding});
  return rows;
}

TEST(ContentReport, EveryFormatIsSafeText) {
  for (Format format : kAll)
    for (const model::ScanResult& result : {ContentResult(), EmptyHanded()}) {
      std::string text = Render(result, format, {});
      EXPECT_EQ(text, Render(result, format, {})) << "same result, same bytes";
      EXPECT_EQ(text, ToValidUtf8(text)) << FormatName(format);
      for (char c : text)
        ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n' ||
                    (c == '\r' && format == Format::kCsv))
            << FormatName(format);
    }
}

// Packages were not looked for: no format may say that there is no vulnerability or no package.
TEST(ContentReport, SecretsAloneClaimNothingOfPackages) {
  for (Format format : {Format::kTable, Format::kSarif, Format::kCsv, Format::kHtml, Format::kCycloneDx})
    EXPECT_TRUE(Has(Render(ContentResult(), format, {}), "not looked for")) << FormatName(format);
  std::string table = Table(ContentResult());
  EXPECT_FALSE(Has(table, "0 package")) << table;
  EXPECT_FALSE(Has(table, "0 open")) << table;
  EXPECT_FALSE(Has(table, "Advisories")) << table;
  std::string page = Render(ContentResult(), Format::kHtml, {});
  EXPECT_FALSE(Has(page, "<h2>Vulnerabilities") || Has(page, "<h2>Packages") || Has(page, ">packages<"));
  Json json = Read(ContentResult(), Format::kJson);
  EXPECT_EQ(json["packages_listed"], false);
  for (const char* key : {"packages", "relations", "findings", "coverage"}) EXPECT_FALSE(json.contains(key));
}

// What CycloneDX, SPDX and OpenVEX say of packages does not change by a look for secrets.
TEST(ContentReport, PackageFormatsAreUntouched) {
  model::ScanResult without = SampleResult();
  without.content.clear();
  without.content_scans.clear();
  for (Format format : {Format::kCycloneDx, Format::kSpdx, Format::kOpenVex})
    EXPECT_EQ(Render(SampleResult(), format, {}), Render(without, format, {})) << FormatName(format);
}

TEST(ContentReport, NothingFoundSaysWhatWasLookedAt) {
  std::string table = Table(EmptyHanded());
  EXPECT_TRUE(Has(table, "no secrets in 7,312 files, 212 MB, 223 rules")) << table;
  EXPECT_TRUE(Has(table, "no malware in 1 file, 999 bytes, 31 rules")) << table;
  for (Format format : {Format::kTable, Format::kSarif, Format::kCsv, Format::kHtml}) {
    std::string text = Render(EmptyHanded(), format, {});
    EXPECT_TRUE(Has(text, "3 files not looked at: larger than 64 MiB")) << FormatName(format);
    EXPECT_TRUE(Has(text, "rule not in use: slow-rule: takes 40 times the median")) << FormatName(format);
    EXPECT_TRUE(Has(text, "2 more found, beyond the bound")) << FormatName(format);
  }
  EXPECT_TRUE(Has(Render(EmptyHanded(), Format::kHtml, {}), "No secrets in 7,312 files"));
}

TEST(ContentReport, NoRulesIsNotClean) {
  model::ScanResult result = EmptyHanded();
  result.content_scans[1].rules = 0;
  for (Format format : {Format::kTable, Format::kSarif, Format::kCsv, Format::kHtml})
    EXPECT_TRUE(Has(Render(result, format, {}), "no rule was in use")) << FormatName(format);
}

TEST(ContentReport, OnlyWhatWasLookedForHasASection) {
  model::ScanResult result = SampleResult();
  result.content.clear();
  result.content_scans.pop_back();
  std::string table = Table(result), page = Render(result, Format::kHtml, {});
  EXPECT_TRUE(Has(table, "Secrets") && Has(page, "<h2>Secrets"));
  EXPECT_FALSE(Has(table, "Malware") || Has(page, "<h2>Malware"));
  result.content_scans.clear();
  EXPECT_FALSE(Has(Table(result), "Secrets"));
  Json json = Read(result, Format::kJson);
  EXPECT_EQ(json["content_scans"], Json::array());
  EXPECT_FALSE(json.contains("content"));
}

TEST(ContentTable, SaysWhatMatters) {
  std::string text = Table(SampleResult());
  EXPECT_TRUE(Has(text,
                  "Secrets  3 open: 1 critical, 1 high, 1 medium; 1 ignored (--show-closed lists them)\n"
                  "  in 7,312 files, 212 MB, 223 rules; 7,000 of them unchanged since the last scan"))
      << text;
  EXPECT_TRUE(Has(text, "ghp_••••")) << text;
  EXPECT_TRUE(Has(text, "in 25 places, first: srv/app/.env:3, in layer bbbbbbbbbbbb (COPY app)")) << text;
  EXPECT_TRUE(Has(text, "validated, x")) << text;
  EXPECT_TRUE(Has(text,
                  "var/www/html/x.php, written since the container was started, changed since package shop "
                  "installed it"))
      << text;
  EXPECT_TRUE(Has(text, "memory of nginx (pid 42), as package nginx-core brings it")) << text;
  EXPECT_FALSE(Has(text, "src/a.py:7")) << "ignored";
  EXPECT_FALSE(Has(text, "\xe2\x80\xae") || Has(text, "\xc2\x9b"));
  ReportOptions options;
  options.width = 160;
  options.show_closed = true;
  text = Render(SampleResult(), Format::kTable, options);
  EXPECT_TRUE(Has(text, "src/a.py:7 in commit 0123456789ab of 2024-02-29")) << text;
  EXPECT_TRUE(Has(text, "ignored: .weirignore line 3: rotated")) << text;
  options.limit = 1;
  text = Render(SampleResult(), Format::kTable, options);
  EXPECT_TRUE(Has(text, "and 3 more of lower rank")) << text;
}

TEST(ContentTable, NoLineIsWiderThanTheTerminal) {
  for (unsigned width : {80U, 120U}) {
    std::string text = Table(ContentResult(), width);
    std::string_view rest = text;
    while (!rest.empty()) {
      std::string_view line = NextLine(rest);
      if (line.starts_with("        ")) {
        EXPECT_LE(Width(line), width) << line;
      }
    }
  }
  EXPECT_TRUE(Has(Table(ContentResult(), 1), "Secrets"));
}

TEST(ContentJson, HoldsEverything) {
  Json json = Read(SampleResult(), Format::kJson);
  ASSERT_EQ(json["content"].size(), 6U);
  const Json& token = json["content"][0];
  EXPECT_EQ(token["kind"], "secret");
  EXPECT_EQ(token["rule"], "github-pat");
  EXPECT_EQ(token["severity"], "critical");
  EXPECT_EQ(token["confidence"], "high");
  EXPECT_EQ(token["validation"], "valid");
  EXPECT_EQ(token["facts"], Json({{"account", "1234"}, {"expires", "never"}}));
  EXPECT_EQ(token["place_count"], 25);
  EXPECT_EQ(token["rank"]["score"], 94.2);
  EXPECT_EQ(token["rank"]["reasons"].size(), 3U);
  EXPECT_EQ(token["places"][0], Json({{"path", "srv/app/.env"},
                                      {"layer", kLayerB},
                                      {"origin", "file"},
                                      {"line", 3},
                                      {"column", 14},
                                      {"offset", 61},
                                      {"mode", "0644"},
                                      {"owner", 33}}));
  EXPECT_EQ(token["places"][1]["removed_in"], kLayerB);
  EXPECT_EQ(token["places"][1]["decoded"], "base64");
  EXPECT_FALSE(token["places"][1].contains("mode")) << "not known";
  EXPECT_EQ(json["content"][1]["places"][0]["added"], true);
  EXPECT_FALSE(json["content"][1].contains("validation")) << "malware has none";
  EXPECT_EQ(json["content"][4]["places"][0]["package"],
            Json({{"id", ""}, {"name", "nginx-core"}, {"unmodified", true}, {"modified", false}}));
  EXPECT_EQ(json["content"][5]["status"], "ignored");
  EXPECT_EQ(json["content"][5]["places"][0]["commit_time"], "2024-02-29T01:02:03Z");
  const Json& scan = json["content_scans"][0];
  EXPECT_EQ(scan["files"], 7312);
  EXPECT_EQ(scan["skipped"][0], Json({{"reason", "larger than 64 MiB"}, {"files", 3}}));
  EXPECT_EQ(scan["set_aside"].size(), 1U);
  EXPECT_EQ(scan["dropped_findings"], 2);
}

TEST(ContentCsv, FollowsTheColumnsOfVulnerabilities) {
  auto rows = ReadCsv(Render(SampleResult(), Format::kCsv, {}));
  ASSERT_EQ(rows.size(), 19U);
  const auto& head = rows[0];
  EXPECT_EQ(head[0] + head[16] + head[17], "ranklayerkind") << "old columns keep their place";
  auto cell = [&](std::size_t row, std::string_view column) {
    auto at = std::find(head.begin(), head.end(), column);
    return at == head.end() ? "no such column" : rows[row][static_cast<std::size_t>(at - head.begin())];
  };
  for (const auto& row : rows) {
    ASSERT_EQ(row.size(), head.size());
    for (const std::string& text : row)
      EXPECT_TRUE(text.empty() || std::string_view("=+-@\t\r").find(text[0]) == std::string_view::npos)
          << text;
  }
  EXPECT_EQ(cell(7, "kind"), "secret");
  EXPECT_EQ(cell(7, "id"), "github-pat");
  EXPECT_EQ(cell(7, "rank"), "94.2");
  EXPECT_EQ(cell(7, "path"), "srv/app/.env");
  EXPECT_EQ(cell(7, "line"), "3");
  EXPECT_EQ(cell(7, "places"), "25");
  EXPECT_EQ(cell(7, "facts"), "account: 1234; expires: never");
  EXPECT_EQ(cell(8, "kind"), "malware");
  EXPECT_EQ(cell(8, "validation"), "");
  EXPECT_EQ(cell(10, "masked"), "'=cmd|'/c calc'!A0");
  EXPECT_EQ(cell(11, "process"), "nginx 42");
  EXPECT_EQ(cell(11, "package_state"), "unmodified");
  EXPECT_EQ(cell(12, "status"), "ignored");
  EXPECT_EQ(cell(13, "kind"), "vulnerability");
  EXPECT_EQ(cell(15, "kind"), "secret");
  EXPECT_EQ(cell(15, "status"), "not-checked");
}

TEST(ContentCsv, OfManyAssets) {
  std::string text = ContentCsvHeader();
  for (const AssetContent& row : Rows()) text += ContentCsvRow(row);
  auto rows = ReadCsv(text);
  ASSERT_EQ(rows.size(), 7U);
  for (const auto& row : rows) {
    EXPECT_EQ(row.size(), rows[0].size());
    for (const std::string& cell : row)
      EXPECT_TRUE(cell.empty() || std::string_view("=+-@").find(cell[0]) == std::string_view::npos) << cell;
  }
  EXPECT_EQ(rows[0][0], "asset");
  EXPECT_EQ(rows[1][4], "github-pat");
  std::set<std::string> names(rows[0].begin(), rows[0].end());
  EXPECT_EQ(names.size(), rows[0].size()) << "no name twice";
}

TEST(ContentJson, OfManyAssets) {
  for (const AssetContent& row : Rows()) {
    std::string text = ContentJson(row);
    EXPECT_EQ(text.find('\n'), std::string::npos);
    Json json = Json::parse(text, nullptr, false);
    ASSERT_FALSE(json.is_discarded());
    EXPECT_EQ(json["asset"], ToValidUtf8(row.asset));
    EXPECT_EQ(json["fingerprint"], row.finding.fingerprint);
  }
}

void CheckSarif(const Json& run, std::size_t first) {
  const Json &rules = run["tool"]["driver"]["rules"], &results = run["results"];
  ASSERT_EQ(results.size(), first + 6);
  for (std::size_t i = first; i < results.size(); ++i) {
    const Json& result = results[i];
    const Json& rule = rules[result["ruleIndex"].get<std::size_t>()];
    EXPECT_EQ(rule["id"], result["ruleId"]);
    EXPECT_EQ(rule["name"] == "Secret" ? "secret" : "malware", result["properties"]["kind"]);
    EXPECT_TRUE(rule["help"]["text"].get<std::string>().size() > 20);
    EXPECT_EQ(result["fingerprints"]["weir/v1"].get<std::string>().size(), 32U);
    std::string uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    EXPECT_TRUE(std::regex_match(uri, std::regex("([A-Za-z0-9._~/!$&'()*+,=@-]|%[0-9A-F]{2})+"))) << uri;
  }
  const Json &token = results[first], &shell = results[first + 1], &process = results[first + 2],
             &commit = results[first + 5];
  EXPECT_EQ(token["level"], "error");
  EXPECT_EQ(token["rank"], 94.2);
  EXPECT_EQ(token["locations"][0]["physicalLocation"]["region"],
            Json({{"startLine", 3}, {"startColumn", 14}}));
  EXPECT_EQ(token["relatedLocations"].size(), 1U);
  EXPECT_EQ(token["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "backup.tar.gz!etc/a%20b.env");
  EXPECT_EQ(shell["locations"][0]["physicalLocation"]["region"], Json({{"startLine", 1}}));
  auto kinds = [](const Json& result) {
    std::string out;
    for (const Json& logical : result["locations"][0]["logicalLocations"])
      out += logical["kind"].get<std::string>() + " ";
    return out;
  };
  EXPECT_TRUE(Has(kinds(process), "process "));
  EXPECT_TRUE(Has(kinds(commit), "commit "));
  EXPECT_TRUE(Has(kinds(token), "layer "));
  EXPECT_TRUE(Has(kinds(results[first + 3]), "image-config "));
  EXPECT_EQ(commit["suppressions"][0]["justification"], ".weirignore line 3: rotated");
  EXPECT_FALSE(token.contains("suppressions"));
}

TEST(ContentSarif, RulesResultsPlaces) {
  Json json = Read(SampleResult(), Format::kSarif);
  CheckSarif(json["runs"][0], 6);
  EXPECT_EQ(json["runs"][0]["tool"]["driver"]["rules"].size(), 6U + 5U)
      << "a secret and malware of the same name are two rules";
  EXPECT_EQ(json["runs"][0]["invocations"][0]["toolExecutionNotifications"].size(), 2U + 4U + 2U);
}

TEST(ContentSarif, OfManyAssets) {
  std::vector<AssetContent> rows = Rows();
  Json json = Json::parse(RenderContentSarif(rows, "1.2.3", "2026-11-26T04:00:00Z"), nullptr, false);
  ASSERT_FALSE(json.is_discarded());
  CheckSarif(json["runs"][0], 0);
  EXPECT_EQ(json["runs"][0]["results"][0]["properties"]["asset"], ToValidUtf8(rows[0].asset));
  EXPECT_EQ(json["runs"][0]["results"][0]["locations"][0]["logicalLocations"][0]["kind"], "asset");
  EXPECT_FALSE(Json::parse(RenderContentSarif({}, "", ""), nullptr, false).is_discarded());
}

TEST(ContentHtml, EscapesAndShowsPlaces) {
  std::string text = Render(SampleResult(), Format::kHtml, {});
  EXPECT_FALSE(Has(text, "<script>alert"));
  std::regex tag("<[^>]*>");
  for (std::sregex_iterator i(text.begin(), text.end(), tag), end; i != end; ++i)
    EXPECT_FALSE(Has(i->str(), "evil")) << i->str();
  for (const char* part :
       {"ghp_••••", "srv/app/.env:3", "removed in layer bbbbbbbbbbbb (COPY app), yet still in the image",
        "wrapped in base64", "and 23 more places", "<span class=\"badge exploited\">works</span>",
        ".weirignore line 3: rotated", "account: 1234; expires: never", "mode <code>0644</code>, owner 33"})
    EXPECT_TRUE(Has(text, part)) << part;
}

TEST(ContentExplanation, NamesItsReasons) {
  model::ScanResult result = SampleResult();
  std::string text = RenderContentExplanation("shop:1", result.content[0], false, {});
  EXPECT_TRUE(text.starts_with("GitHub personal access token (github-pat): rank 94 of 100\n")) << text;
  for (const char* part :
       {"shop:1; found: ghp_••••", "+40.2  validated", "-6.0  x", "at srv/app/.env:3", "and 23 more places",
        "its issuer takes it: it works", "Have its issuer revoke it"})
    EXPECT_TRUE(Has(text, part)) << part << "\n" << text;
  EXPECT_TRUE(Has(RenderContentExplanation("shop:1", result.content[5], false, {}), "ignored: .weirignore"));
  for (const model::ContentFinding& finding : result.content) {
    for (char c : RenderContentExplanation(kHostile, finding, false, {}))
      ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n');
    Json json = Json::parse(RenderContentExplanation(kHostile, finding, true, {}), nullptr, false);
    ASSERT_FALSE(json.is_discarded());
    EXPECT_EQ(json["rank"]["score"], finding.rank.score);
  }
}

TEST(ContentText, Numbers) {
  EXPECT_EQ(Thousands(0) + " " + Thousands(999) + " " + Thousands(1000) + " " + Thousands(1234567),
            "0 999 1,000 1,234,567");
  EXPECT_EQ(ByteCount(0) + ByteCount(999), "0 bytes999 bytes");
  EXPECT_EQ(ByteCount(1000), "1.0 kB");
  EXPECT_EQ(ByteCount(999'499), "999 kB");
  EXPECT_EQ(ByteCount(999'500), "1.0 MB");
  EXPECT_EQ(ByteCount(212'400'000), "212 MB");
  EXPECT_EQ(ByteCount(UINT64_MAX), "18 EB");
  EXPECT_EQ(ModeText(04755), "4755");
}

}  // namespace
}  // namespace weir::report
