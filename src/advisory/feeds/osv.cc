// OSV records. Source: the OSV schema 1.7, and what the databases that publish
// through it put into "ecosystem_specific" and "database_specific".
#include <algorithm>
#include <array>

#include "advisory/feeds/ecosystem.h"
#include "advisory/feeds/json.h"
#include "advisory/feeds/osv_ranges.h"
#include "advisory/feeds/osv_record.h"
#include "advisory/feeds/reader.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

constexpr std::size_t kMaxReferences = 10;
constexpr std::size_t kMaxAffected = 100'000;
constexpr std::size_t kMaxVersions = 50'000;
constexpr std::size_t kMaxIds = 2'000;

/// "Red Hat:enterprise_linux:9::appstream" names a repository too; packages are known by product alone.
std::string CleanEcosystem(std::string_view ecosystem) {
  if (ecosystem.starts_with("Red Hat:")) ecosystem = ecosystem.substr(0, ecosystem.find("::"));
  return std::string(ecosystem);
}

bool IsDistribution(std::string_view ecosystem) {
  auto scheme = SchemeOfEcosystem(ecosystem);
  return scheme && ecosystem != "opam" &&
         (*scheme == Scheme::kDeb || *scheme == Scheme::kRpm || *scheme == Scheme::kApk);
}

void AddIds(JsonValue list, std::vector<std::string>& out) {
  for (JsonValue item : list.items()) {
    if (out.size() >= kMaxIds) return;
    std::string id = CleanId(item.text());
    if (!id.empty() && std::find(out.begin(), out.end(), id) == out.end()) out.push_back(std::move(id));
  }
}

/// CVSS vectors, and the word of a vendor where the entry has one ("Ubuntu": "medium").
void ReadSeverities(JsonValue list, std::vector<std::string>& cvss, model::Severity& word) {
  for (JsonValue item : list.items()) {
    std::string_view type = item["type"].text(), score = item["score"].text();
    if (type.starts_with("CVSS")) {
      std::string vector = CleanLine(score, 200);
      bool known = std::find(cvss.begin(), cvss.end(), vector) != cvss.end();
      if (!vector.empty() && !known && cvss.size() < 8) cvss.push_back(std::move(vector));
    } else if (word == model::Severity::kUnknown) {
      word = model::ParseSeverity(score);
    }
  }
}

/// The source's own word for one package: Ubuntu, Debian, Bitnami, RustSec and others each have a place of
/// their own.
model::Severity PackageSeverity(JsonValue affected) {
  JsonValue own = affected["ecosystem_specific"], database = affected["database_specific"];
  std::string_view informational = database["informational"].text();
  if (informational == "unmaintained" || informational == "notice") return model::Severity::kNegligible;
  for (std::string_view word : {own["severity"].text(), own["urgency"].text(), own["ubuntu_priority"].text(),
                                database["severity"].text()}) {
    model::Severity severity = model::ParseSeverity(word);
    if (severity != model::Severity::kUnknown) return severity;
  }
  return model::Severity::kUnknown;
}

void ReadGoImports(JsonValue list, std::vector<GoImport>& out) {
  for (JsonValue item : list.items()) {
    GoImport import;
    import.path = item["path"].String();
    for (JsonValue symbol : item["symbols"].items())
      if (!symbol.text().empty()) import.symbols.push_back(symbol.String());
    if (!import.path.empty()) out.push_back(std::move(import));
  }
}

std::vector<VersionRange> ReadRange(JsonValue range, Scheme scheme) {
  std::vector<OsvEvent> events;
  for (JsonValue item : range["events"].items()) {
    for (const auto& [key, value] : item.fields()) {
      std::string version(Trim(value.text()));
      if (version.empty()) continue;
      if (key == "introduced") events.push_back({OsvEventKind::kIntroduced, std::move(version)});
      if (key == "fixed") events.push_back({OsvEventKind::kFixed, std::move(version)});
      if (key == "last_affected") events.push_back({OsvEventKind::kLastAffected, std::move(version)});
      if (key == "limit") events.push_back({OsvEventKind::kLimit, std::move(version)});
    }
  }
  return RangesOfEvents(scheme, std::move(events));
}

model::FixState FixStateOf(const AffectedPackage& package, JsonValue affected) {
  bool any_fixed = false, any_last = false;
  for (const VersionRange& range : package.ranges) {
    any_fixed = any_fixed || !range.fixed.empty();
    any_last = any_last || !range.last_affected.empty();
  }
  if (any_fixed) return model::FixState::kFixed;
  if (affected["ecosystem_specific"]["urgency"].text() == "end-of-life") return model::FixState::kWontFix;
  // A last affected version, or a bare list, says nothing of whether a fix was made.
  return any_last || package.ranges.empty() ? model::FixState::kUnknown : model::FixState::kNotFixed;
}

/// False where the entry says nothing that versions of packages could be held against.
bool ReadAffected(JsonValue affected, AffectedPackage& out) {
  JsonValue package = affected["package"];
  out.ecosystem = CleanEcosystem(package["ecosystem"].text());
  out.name = NormalizePackageName(out.ecosystem, package["name"].text());
  if (out.ecosystem.empty() || out.name.empty()) return false;
  auto known = SchemeOfEcosystem(out.ecosystem);
  for (JsonValue range : affected["ranges"].items()) {
    std::string_view type = range["type"].text();
    if (type != "SEMVER" && type != "ECOSYSTEM") continue;  // GIT: commits are not versions
    if (!known) known = type == "SEMVER" ? Scheme::kSemver : Scheme::kFuzzy;
    for (VersionRange& one : ReadRange(range, *known)) out.ranges.push_back(std::move(one));
  }
  out.scheme = known.value_or(Scheme::kFuzzy);
  for (JsonValue version : affected["versions"].items()) {
    if (out.versions.size() >= kMaxVersions) break;
    if (!version.text().empty()) out.versions.push_back(version.String());
  }
  DropCoveredVersions(out.scheme, out.ranges, out.versions);
  out.severity = PackageSeverity(affected);
  std::vector<std::string> ignored;
  if (out.severity == model::Severity::kUnknown) ReadSeverities(affected["severity"], ignored, out.severity);
  out.fix_state = FixStateOf(out, affected);
  if (out.ecosystem == "Go") ReadGoImports(affected["ecosystem_specific"]["imports"], out.go_imports);
  return !out.ranges.empty() || !out.versions.empty();
}

/// "Important: nodejs:18 security update": what Red Hat's relatives write only into the title.
struct Title {
  model::Severity severity = model::Severity::kUnknown;
  std::string module;
};

Title ReadTitle(std::string_view summary) {
  Title title;
  std::string_view rest = summary;
  std::size_t colon = rest.find(": ");
  if (colon != rest.npos && rest.substr(0, colon).find(' ') == rest.npos) {
    title.severity = model::ParseSeverity(rest.substr(0, colon));
    rest.remove_prefix(colon + 2);
  }
  std::string_view word = Trim(rest.substr(0, rest.find(' ')));
  std::size_t middle = word.find(':');
  if (middle != word.npos && middle > 0 && middle + 1 < word.size() &&
      word.find(':', middle + 1) == word.npos)
    title.module = word;
  return title;
}

/// Modular builds carry ".module" (or "module_") in their release.
void ApplyTitle(const Title& title, Advisory& advisory) {
  for (AffectedPackage& package : advisory.affected) {
    if (package.scheme != Scheme::kRpm) continue;
    if (advisory.severity == model::Severity::kUnknown) advisory.severity = title.severity;
    bool modular = std::any_of(package.ranges.begin(), package.ranges.end(), [](const VersionRange& range) {
      return range.fixed.find("module") != std::string::npos;
    });
    if (modular) package.rpm_module = title.module;
  }
}

/// A distribution's advisory tells which CVEs it fixes in "upstream" or "related"; elsewhere "related" are
/// other weaknesses, which this advisory says nothing about.
void ReadNames(JsonValue record, bool distribution, Advisory& advisory) {
  AddIds(record["aliases"], advisory.aliases);
  AddIds(record["upstream"], advisory.related);
  if (distribution) AddIds(record["related"], advisory.related);
  // "UBUNTU-CVE-2023-1234" and its like are that CVE under another name.
  std::size_t at = advisory.id.find("CVE-");
  if (at == std::string::npos || at == 0) return;
  std::string cve = advisory.id.substr(at);
  if (!IsCve(cve)) return;
  std::erase(advisory.related, cve);
  if (std::find(advisory.aliases.begin(), advisory.aliases.end(), cve) == advisory.aliases.end())
    advisory.aliases.push_back(std::move(cve));
}

void ReadReferences(JsonValue list, std::vector<std::string>& out) {
  std::vector<JsonValue> items = list.items();
  for (bool advisories : {true, false}) {  // the advisory itself first
    for (JsonValue item : items) {
      if ((item["type"].text() == "ADVISORY") != advisories || out.size() >= kMaxReferences) continue;
      std::string_view url = item["url"].text();
      if (IsUsableUrl(url) && std::find(out.begin(), out.end(), url) == out.end()) out.emplace_back(url);
    }
  }
}

/// Red Hat's and its relatives' bug-fix and enhancement advisories are no weaknesses, unless they name a CVE.
bool IsNoWeakness(const Advisory& advisory) {
  constexpr std::array<std::string_view, 6> kKinds = {"ALBA-", "ALEA-", "RHBA-", "RHEA-", "RLBA-", "RLEA-"};
  bool kind = std::any_of(kKinds.begin(), kKinds.end(),
                          [&](std::string_view prefix) { return advisory.id.starts_with(prefix); });
  return kind && advisory.related.empty() && advisory.aliases.empty();
}

}  // namespace

Result<bool> ReadOsvRecord(JsonValue record, Advisory& advisory) {
  if (!record.IsObject()) return Err(Code::kMalformed, "not an object");
  advisory.id = CleanId(record["id"].text());
  if (advisory.id.empty()) return Err(Code::kMalformed, "no id");
  advisory.modified = CleanStamp(record["modified"].text());
  if (advisory.modified.empty()) return Err(Code::kMalformed, advisory.id + ": no modified date");
  advisory.published = CleanStamp(record["published"].text());
  advisory.withdrawn = !record["withdrawn"].text().empty();
  JsonValue list = record["affected"];
  if (list.present() && !list.IsArray())
    return Err(Code::kMalformed, advisory.id + ": affected is not a list");
  std::vector<JsonValue> affected = list.items();
  if (affected.size() > kMaxAffected) return Err(Code::kLimitExceeded, advisory.id + ": too many packages");

  std::string first_ecosystem;
  for (JsonValue item : affected) {
    if (!item.IsObject()) return Err(Code::kMalformed, advisory.id + ": an affected entry is not an object");
    AffectedPackage package;
    bool usable = ReadAffected(item, package);
    if (first_ecosystem.empty()) first_ecosystem = package.ecosystem;
    ReadSeverities(item["severity"], advisory.cvss, advisory.severity);
    if (usable) advisory.affected.push_back(std::move(package));
  }
  advisory.source = "osv:" + first_ecosystem.substr(0, first_ecosystem.find(':'));
  advisory.summary = CleanLine(record["summary"].text());
  Title title = ReadTitle(advisory.summary);
  if (advisory.summary.empty()) advisory.summary = CleanLine(record["details"].text());
  advisory.severity = model::Severity::kUnknown;  // what entries said of themselves stays with them
  ReadSeverities(record["severity"], advisory.cvss, advisory.severity);
  JsonValue database = record["database_specific"];
  if (advisory.severity == model::Severity::kUnknown)
    advisory.severity = model::ParseSeverity(database["severity"].text());
  ApplyTitle(title, advisory);
  ReadNames(record, IsDistribution(first_ecosystem), advisory);
  AddIds(database["cwe_ids"], advisory.cwes);
  ReadReferences(record["references"], advisory.references);
  return !advisory.affected.empty() && !IsNoWeakness(advisory);
}

void TakeOsvRecord(JsonValue record, std::string_view name, FeedStats& stats, RecordSink& sink) {
  Advisory advisory;
  ++stats.records;
  auto usable = ReadOsvRecord(record, advisory);
  if (!usable) return CountMalformed(stats, name, usable.error().message);
  NoteNewest(stats, advisory.modified);
  NoteNewest(stats, advisory.published);  // some feeds leave "modified" at the year 1
  if (!*usable) return;
  ++stats.used;
  sink.OnAdvisory(std::move(advisory));
}

Result<FeedStats> ReadOsvJson(std::string_view json, RecordSink& sink) {
  JsonParser parser;
  WEIR_ASSIGN(JsonValue root, parser.Parse(json));
  FeedStats stats;
  if (root.IsArray()) {
    for (JsonValue item : root.items()) TakeOsvRecord(item, {}, stats, sink);
  } else {
    TakeOsvRecord(root, {}, stats, sink);
  }
  return stats;
}

}  // namespace weir::advisory
