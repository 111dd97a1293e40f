// NVD 2.0 JSON, for programs that only a CPE names. Source: NVD's CVE API 2.0 schema.
#include <algorithm>
#include <array>
#include <optional>

#include "advisory/feeds/cpe.h"
#include "advisory/feeds/json.h"
#include "advisory/feeds/reader.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

constexpr std::size_t kMaxReferences = 10;
constexpr std::size_t kMaxMatches = 50'000;

/// A match's bounds, or the exact version in its name; nothing where it names no version ("-").
bool ReadVersions(JsonValue match, const CpeName& cpe, AffectedPackage& out) {
  VersionRange range;
  range.introduced = match["versionStartIncluding"].String();
  if (range.introduced.empty()) {
    range.introduced = match["versionStartExcluding"].String();
    range.introduced_exclusive = !range.introduced.empty();
  }
  range.fixed = match["versionEndExcluding"].String();
  if (range.fixed.empty()) range.last_affected = match["versionEndIncluding"].String();
  bool bounded = !range.introduced.empty() || !range.fixed.empty() || !range.last_affected.empty();
  if (cpe.version == "-") return false;
  if (cpe.version != "*" && !bounded) {
    out.versions.push_back(cpe.FullVersion());
    return true;
  }
  if (!range.fixed.empty()) out.fix_state = model::FixState::kFixed;
  out.ranges.push_back(std::move(range));
  return true;
}

/// Matches of one product are gathered into one entry, in order of appearance.
AffectedPackage& EntryFor(const CpeName& cpe, Advisory& advisory) {
  std::string name = cpe.vendor + ":" + cpe.product;
  std::string target = cpe.target_software == "*" || cpe.target_software == "-" ? "" : cpe.target_software;
  for (AffectedPackage& entry : advisory.affected)
    if (entry.name == name && entry.cpe_target_software == target) return entry;
  AffectedPackage& entry = advisory.affected.emplace_back();
  entry.ecosystem = "CPE";
  entry.name = std::move(name);
  entry.cpe_target_software = std::move(target);
  entry.scheme = Scheme::kFuzzy;
  return entry;
}

void TakeMatch(JsonValue match, Advisory& advisory) {
  if (!match["vulnerable"].boolean(false)) return;
  auto cpe = ParseCpe(match["criteria"].text());
  if (!cpe || (cpe->part != 'a' && cpe->part != 'o')) return;
  AffectedPackage read;
  if (!ReadVersions(match, *cpe, read)) return;
  AffectedPackage& entry = EntryFor(*cpe, advisory);
  if (read.fix_state == model::FixState::kFixed) entry.fix_state = model::FixState::kFixed;
  std::move(read.ranges.begin(), read.ranges.end(), std::back_inserter(entry.ranges));
  std::move(read.versions.begin(), read.versions.end(), std::back_inserter(entry.versions));
}

/// Platforms that none of our targets is.
bool IsForeignPlatform(const CpeName& cpe) {
  constexpr std::array<std::string_view, 4> kVendors = {"microsoft", "apple", "ibm", "cisco"};
  return cpe.part == 'h' ||
         (cpe.part == 'o' && std::find(kVendors.begin(), kVendors.end(), cpe.vendor) != kVendors.end());
}

/// "A running on B": true where every B is a platform that we never look at.
bool OnlyOnForeignPlatforms(JsonValue configuration) {
  if (configuration["operator"].text() != "AND") return false;
  bool any_platform = false;
  for (JsonValue node : configuration["nodes"].items()) {
    for (JsonValue match : node["cpeMatch"].items()) {
      if (match["vulnerable"].boolean(true)) continue;
      auto cpe = ParseCpe(match["criteria"].text());
      if (!cpe || !IsForeignPlatform(*cpe)) return false;
      any_platform = true;
    }
  }
  return any_platform;
}

void TakeConfigurations(JsonValue list, Advisory& advisory) {
  std::size_t count = 0;
  for (JsonValue configuration : list.items()) {
    if (configuration["negate"].boolean(false) || OnlyOnForeignPlatforms(configuration)) continue;
    for (JsonValue node : configuration["nodes"].items()) {
      if (node["negate"].boolean(false)) continue;
      for (JsonValue match : node["cpeMatch"].items())
        if (++count <= kMaxMatches) TakeMatch(match, advisory);
    }
  }
}

/// Newest CVSS first; NVD's own ("Primary") before others'.
void ReadMetrics(JsonValue metrics, Advisory& advisory) {
  for (std::string_view key : {"cvssMetricV40", "cvssMetricV31", "cvssMetricV30", "cvssMetricV2"}) {
    for (bool primary : {true, false}) {
      for (JsonValue metric : metrics[key].items()) {
        if ((metric["type"].text() == "Primary") != primary || advisory.cvss.size() >= 8) continue;
        std::string vector = CleanLine(metric["cvssData"]["vectorString"].text(), 200);
        if (!vector.empty()) advisory.cvss.push_back(std::move(vector));
        if (advisory.severity != model::Severity::kUnknown) continue;
        std::string_view word = metric["cvssData"]["baseSeverity"].text();
        advisory.severity = model::ParseSeverity(word.empty() ? metric["baseSeverity"].text() : word);
      }
    }
  }
}

void ReadText(JsonValue cve, Advisory& advisory) {
  for (JsonValue description : cve["descriptions"].items())
    if (advisory.summary.empty() && description["lang"].text() == "en")
      advisory.summary = CleanLine(description["value"].text());
  for (JsonValue weakness : cve["weaknesses"].items()) {
    for (JsonValue description : weakness["description"].items()) {
      std::string cwe = CleanId(description["value"].text());
      bool known = std::find(advisory.cwes.begin(), advisory.cwes.end(), cwe) != advisory.cwes.end();
      if (cwe.starts_with("CWE-") && !known && advisory.cwes.size() < 32)
        advisory.cwes.push_back(std::move(cwe));
    }
  }
  for (JsonValue reference : cve["references"].items()) {
    std::string_view url = reference["url"].text();
    if (IsUsableUrl(url) && advisory.references.size() < kMaxReferences)
      advisory.references.emplace_back(url);
  }
}

void TakeCve(JsonValue cve, FeedStats& stats, RecordSink& sink) {
  ++stats.records;
  Advisory advisory;
  advisory.id = CleanId(cve["id"].text());
  if (!IsCve(advisory.id)) return CountMalformed(stats, advisory.id, "no CVE id");
  advisory.source = "nvd";
  advisory.published = CleanStamp(cve["published"].text());
  advisory.modified = CleanStamp(cve["lastModified"].text());
  NoteNewest(stats, advisory.modified);
  advisory.withdrawn = cve["vulnStatus"].text() == "Rejected";
  ReadMetrics(cve["metrics"], advisory);
  ReadText(cve, advisory);
  TakeConfigurations(cve["configurations"], advisory);
  if (advisory.affected.empty()) return;
  ++stats.used;
  sink.OnAdvisory(std::move(advisory));
}

}  // namespace

Result<FeedStats> ReadNvd(std::string_view json, RecordSink& sink) {
  JsonParser parser;
  WEIR_ASSIGN(JsonValue root, parser.Parse(json));
  if (!root["vulnerabilities"].IsArray()) return Err(Code::kMalformed, "not an NVD 2.0 document");
  FeedStats stats;
  for (JsonValue item : root["vulnerabilities"].items()) TakeCve(item["cve"], stats, sink);
  return stats;
}

}  // namespace weir::advisory
