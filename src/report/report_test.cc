// What holds for every format, and the formats for people: table, CSV, HTML, explanation.
#include "report/report.h"

#include <gtest/gtest.h>

#include <regex>

#include "base/strings.h"
#include "report/csv_reader.h"
#include "report/identity.h"
#include "report/license.h"
#include "report/sample_result.h"
#include "report/text.h"

namespace weir::report {
namespace {

constexpr Format kAll[] = {Format::kTable, Format::kJson,    Format::kCycloneDx, Format::kSpdx,
                           Format::kSarif, Format::kOpenVex, Format::kCsv,       Format::kHtml};

bool Has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// The sample with nothing found, though one ecosystem was not checked and one barely.
model::ScanResult EmptyHanded() {
  model::ScanResult result = SampleResult();
  result.findings.clear();
  return result;
}

TEST(Report, FormatsHaveNames) {
  for (Format format : kAll) EXPECT_EQ(ParseFormat(FormatName(format)), format);
  Result<Format> wrong = ParseFormat("xml");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::kInvalidArgument);
  EXPECT_TRUE(Has(wrong.error().message, "cyclonedx-json")) << "the error names what there is";
}

TEST(Report, SameResultSameBytes) {
  for (Format format : kAll)
    EXPECT_EQ(Render(SampleResult(), format, {}), Render(SampleResult(), format, {})) << FormatName(format);
}

TEST(Report, EveryFormatIsSafeText) {
  for (Format format : kAll) {
    for (const model::ScanResult& result : {SampleResult(), BareResult()}) {
      std::string text = Render(result, format, {});
      EXPECT_EQ(text, ToValidUtf8(text)) << FormatName(format);
      for (char c : text)
        ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n' ||
                    (c == '\r' && format == Format::kCsv))
            << FormatName(format) << " holds control character " << static_cast<int>(c);
      ASSERT_TRUE(text.ends_with('\n')) << FormatName(format);
    }
  }
}

// An answer without findings says what it does not cover. SPDX and OpenVEX have no place for it and
// claim nothing of what they do not list.
TEST(Report, NothingFoundIsNotCalledClean) {
  for (Format format : {Format::kTable, Format::kCycloneDx, Format::kSarif, Format::kCsv, Format::kHtml}) {
    std::string text = Render(EmptyHanded(), format, {});
    EXPECT_TRUE(Has(text, "not checked: 1 package of PyPI")) << FormatName(format);
    EXPECT_TRUE(Has(text, "barely checked: 2 packages of Maven")) << FormatName(format);
    EXPECT_FALSE(Has(text, "checked: 1 package of Debian")) << FormatName(format);
    model::ScanResult unmatched = EmptyHanded();
    unmatched.matched = false;
    EXPECT_TRUE(Has(Render(unmatched, format, {}), "no advisories were looked up")) << FormatName(format);
  }
  EXPECT_TRUE(Has(Render(EmptyHanded(), Format::kTable, {}), "0 open in what could be checked"));
  std::string json = Render(EmptyHanded(), Format::kJson, {});
  EXPECT_TRUE(Has(json, "\"checked\": false") && Has(json, "\"starter_only\": true"));
}

TEST(Table, SaysWhatMatters) {
  ReportOptions options;
  options.width = 160;
  std::string text = Render(SampleResult(), Format::kTable, options);
  EXPECT_TRUE(Has(text, "7 packages: 1 deb, 2 maven, 3 npm, 1 pypi (and 1 that OS packages installed)"))
      << text;
  EXPECT_TRUE(Has(text, "3 open: 1 critical, 1 low, 1 unknown; 3 closed")) << text;
  EXPECT_TRUE(Has(text, "GHSA-jfh8-c2jp-5v3q"));
  EXPECT_TRUE(Has(text, "2.15.0, 2.12.2"));
  EXPECT_TRUE(Has(text, "known-exploited"));
  EXPECT_TRUE(Has(text, "tcp 0.0.0.0:8080"));
  EXPECT_TRUE(Has(text, "docker: permission denied")) << "what could not be asked is shown";
  EXPECT_TRUE(Has(text, "2 could not be read in full"));
  EXPECT_TRUE(Has(text, "debian-tracker (42000 records, 2025-08-24)"));
  EXPECT_TRUE(Has(text, "(3 times)")) << "problems";
  EXPECT_FALSE(Has(text, "CVE-2024-0001"));
  EXPECT_FALSE(Has(text, "\xe2\x80\xae")) << "no turning of the line's direction";
  EXPECT_FALSE(Has(text, "\xc2\x9b")) << "no C1 control";
  options.show_closed = true;
  EXPECT_TRUE(Has(Render(SampleResult(), Format::kTable, options), "ignored: rule 1"));
  options.limit = 1;
  EXPECT_TRUE(Has(Render(SampleResult(), Format::kTable, options), "and 5 more of lower rank"));
}

TEST(Table, ColoursOnlyWhenAsked) {
  ReportOptions options;
  options.colour = true;
  std::string text = Render(SampleResult(), Format::kTable, options);
  EXPECT_TRUE(Has(text, "\x1b[1;31mcritical"));
  // The only escapes are ours.
  EXPECT_FALSE(Has(std::regex_replace(text, std::regex("\x1b\\[[0-9;]*m"), ""), "\x1b"));
  EXPECT_FALSE(Has(text, "\x1b[31m2J"));
}

TEST(Table, AnyWidth) {
  for (unsigned width : {0U, 1U, 20U, 80U, 1000U}) {
    ReportOptions options;
    options.width = width;
    EXPECT_TRUE(Has(Render(SampleResult(), Format::kTable, options), "Findings")) << width;
  }
}

TEST(Table, PackagesOnly) {
  ReportOptions options;
  options.packages_only = true;
  std::string text = Render(SampleResult(), Format::kTable, options);
  EXPECT_TRUE(Has(text, "npm (declared)"));
  EXPECT_FALSE(Has(text, "python-apt"));
  EXPECT_TRUE(Has(text, "Not read or not understood")) << "problems are never left out";
  options.include_owned = true;
  EXPECT_TRUE(Has(Render(SampleResult(), Format::kTable, options), "python-apt"));
  EXPECT_TRUE(Has(Render(BareResult(), Format::kTable, options), "No packages were found"));
}

TEST(Csv, RowsAndCells) {
  auto rows = ReadCsv(Render(SampleResult(), Format::kCsv, {}));
  ASSERT_EQ(rows.size(), 1U + 6U + 6U + 2U + 4U)
      << "head, findings, secrets and malware, what was not checked";
  for (const auto& row : rows) {
    EXPECT_EQ(row.size(), rows[0].size());
    for (const std::string& cell : row)
      EXPECT_TRUE(cell.empty() || std::string_view("=+-@\t\r").find(cell[0]) == std::string_view::npos)
          << cell;
  }
  EXPECT_EQ(rows[1][2], "GHSA-jfh8-c2jp-5v3q");
  EXPECT_EQ(rows[1][7], "2.15.0 2.12.2");
  EXPECT_EQ(rows[2][9], "ignored");
  EXPECT_EQ(rows[5][7], "'@SUM(A1)");
  EXPECT_TRUE(Has(rows[5][4], "evil\"name'")) << rows[5][4];
  EXPECT_EQ(rows[6][4], "'=1+1");
  EXPECT_EQ(rows[1][17], "vulnerability");
  EXPECT_EQ(rows[13][9], "not-checked");
}

TEST(Csv, LeadingBlanksHideNoFormula) {
  model::ScanResult result = SampleResult();
  for (const char* name : {" =1+1", "\t=1+1", "\n@x", "-1", "+1"}) {
    result.findings[0].package_name = name;
    EXPECT_TRUE(ReadCsv(Render(result, Format::kCsv, {})).at(1).at(4).starts_with('\'')) << name;
  }
}

TEST(Csv, Packages) {
  ReportOptions options;
  options.packages_only = true;
  auto rows = ReadCsv(Render(SampleResult(), Format::kCsv, options));
  ASSERT_EQ(rows.size(), 8U);
  EXPECT_EQ(rows[1][1], "libssl3");
  EXPECT_EQ(rows[4][4], "declared");
}

TEST(Html, EscapesAndFetchesNothing) {
  std::string text = Render(SampleResult(), Format::kHtml, {});
  EXPECT_FALSE(Has(text, "<script>alert"));
  EXPECT_TRUE(Has(text, "&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_FALSE(Has(text, "javascript:alert"));
  EXPECT_TRUE(Has(text, "default-src 'none'"));
  // The one way out is a link that is clicked: no src=, no stylesheet, no url().
  EXPECT_FALSE(std::regex_search(
      text, std::regex("<(link|img|iframe|object|embed|base|form)\\b|\\bsrc=|url\\(|@import")));
  EXPECT_EQ(std::string(text).find("<script"), text.rfind("<script")) << "one script: ours";
  std::regex tag("<[^>]*>");
  for (std::sregex_iterator i(text.begin(), text.end(), tag), end; i != end; ++i)
    EXPECT_FALSE(Has(i->str(), "evil")) << "no outside text inside a tag: " << i->str();
  EXPECT_TRUE(Has(text, "href=\"https://example.org/advisory?id=1\""));
  EXPECT_TRUE(Has(text, "docker: permission denied"));
  EXPECT_TRUE(Has(text, "rule 1: accepted until June")) << "closed findings are kept and shown";
}

TEST(Explanation, NamesItsReasons) {
  model::ScanResult result = SampleResult();
  std::string text = RenderExplanation(result, result.findings[0], false, {});
  EXPECT_TRUE(
      text.starts_with(
          "GHSA-jfh8-c2jp-5v3q in org.apache.logging.log4j:log4j-core 2.14.1: rank 100 of 100\n") ||
      text.starts_with("GHSA-jfh8-c2jp-5v3q in org.apache.logging.log4j:log4j-core 2.14.1: rank 99 of 100\n"))
      << text;
  EXPECT_TRUE(Has(text, "+30.0  known-exploited")) << text;
  EXPECT_TRUE(Has(text, "-2.2  idle") || Has(text, "-2.3  idle")) << text;
  EXPECT_TRUE(Has(text, "also known as CVE-2021-44228"));
  EXPECT_TRUE(Has(text, "layer sha256:bbbb"));
  std::string closed = RenderExplanation(result, result.findings[1], false, {});
  EXPECT_TRUE(Has(closed, "ignored: rule 1"));
  for (const model::Finding& finding : result.findings)
    for (char c : RenderExplanation(result, finding, false, {}))
      ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n');
}

TEST(Identity, DocumentUuid) {
  model::ScanResult result = SampleResult();
  std::string uuid = DocumentUuid(result);
  EXPECT_TRUE(std::regex_match(
      uuid, std::regex("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")));
  result.sbom.packages.pop_back();
  EXPECT_NE(DocumentUuid(result), uuid);
}

TEST(Identity, AsDateTime) {
  struct Case {
    const char *text, *time;
  };
  constexpr Case kCases[] = {
      {"2024-02-29", "2024-02-29T00:00:00Z"},
      {"2024-02-29T01:02:03", "2024-02-29T01:02:03Z"},
      {"2024-02-29T01:02:03Z", "2024-02-29T01:02:03Z"},
      {"2024-02-29T01:02:03.123456Z", "2024-02-29T01:02:03.123456Z"},
      {"2024-02-29T01:02:03+01:30", "2024-02-29T01:02:03+01:30"},
      {"", ""},
      {"2024", ""},
      {"2023-02-29", ""},
      {"2024-13-01", ""},
      {"2024-00-10", ""},
      {"2024-02-29T24:00:00Z", ""},
      {"2024-02-29 01:02:03", ""},
      {"2024-02-29T01:02:03<script>Z", ""},
      {"2024-02-29T01:02:03.Z", ""},
      {"2024-02-29T01:02:03ZZ", ""},
      {"2024-02-29T01:02:03+1", ""},
      {"2024-02-29T01:02", ""},
      {"20x4-02-29", ""},
  };
  for (const Case& c : kCases) EXPECT_EQ(AsDateTime(c.text), c.time) << c.text;
  model::ScanResult result;
  EXPECT_EQ(Timestamp(result), "1970-01-01T00:00:00Z");
  result.started_at = "2025-08-25T12:00:00.5Z";
  EXPECT_EQ(Timestamp(result), "2025-08-25T12:00:00Z");
}

TEST(License, Expressions) {
  for (const char* text : {"MIT", "MIT OR Apache-2.0", "(MIT AND BSD-3-Clause) OR GPL-2.0+", "( MIT )",
                           "GPL-2.0-only WITH Classpath-exception-2.0 OR MIT"})
    EXPECT_TRUE(IsSpdxExpression(text)) << text;
  for (const char* text : {"", "MIT OR", "OR MIT", "MIT MIT", "(MIT", "MIT)", "mit", "Foo-1.0", "MIT and ISC",
                           "MIT WITH MIT", "(MIT OR ISC) WITH Classpath-exception-2.0",
                           "GPL-2.0-only WITH Classpath-exception-2.0 WITH LLVM-exception", "()"})
    EXPECT_FALSE(IsSpdxExpression(text)) << text;
  EXPECT_NE(LicenseRef("a b"), LicenseRef("a-b"));
  EXPECT_TRUE(std::regex_match(LicenseRef(kHostile), std::regex("LicenseRef-[A-Za-z0-9.-]+")));
}

TEST(Text, Columns) {
  EXPECT_EQ(Cut("abcdef", 4), "abc…");
  EXPECT_EQ(Cut("äöü", 3), "äöü");
  EXPECT_EQ(Cut("äöüß", 3), "äö…");
  EXPECT_EQ(Cut("abc", 0), "");
  EXPECT_EQ(PadRight("ä", 3), "ä  ");
  EXPECT_EQ(PadLeft("long", 2), "long");
  EXPECT_EQ(Plural(1, "entry") + Plural(2, "entry") + Plural(0, "process"), "1 entry2 entries0 processes");
  EXPECT_EQ(Decimal(1e308, 1).size(), 311U) << "no read beyond the buffer";
  EXPECT_EQ(OneLine("a\u202e"
                    "b\u2028c\x1b"
                    "d"),
            "a\ufffd"
            "b\ufffdc d");
  EXPECT_EQ(UriPath("a b/ü%:c"), "a%20b/%C3%BC%25%3Ac");
}

}  // namespace
}  // namespace weir::report
