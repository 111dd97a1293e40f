// Alpine's security database: per release and repository, package -> fixed
// version -> weaknesses. Version "0" says the package never had them (a NAK).
#include <algorithm>
#include <map>

#include "advisory/feeds/json.h"
#include "advisory/feeds/reader.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

constexpr std::size_t kMaxPackages = 200'000;

/// "v3.18" -> "Alpine:v3.18", "edge" -> "Alpine:edge".
std::string EcosystemOfRelease(std::string_view release) {
  std::string clean = CleanId(release);
  return clean.empty() ? clean : "Alpine:" + clean;
}

AffectedPackage MakeAffected(const std::string& ecosystem, std::string_view name, std::string_view fixed) {
  AffectedPackage package;
  package.ecosystem = ecosystem;
  package.name = name;
  package.scheme = Scheme::kApk;
  if (fixed == "0") {
    package.unaffected = true;
  } else {
    package.ranges.push_back({.introduced = {}, .fixed = std::string(fixed), .last_affected = {}});
    package.fix_state = model::FixState::kFixed;
  }
  return package;
}

using ById = std::map<std::string, std::vector<AffectedPackage>>;

/// An entry may hold several names of one weakness ("CVE-2019-1234 XSA-305"); the first is its id.
void TakeEntry(std::string_view text, const AffectedPackage& package, ById& found, FeedStats& stats) {
  ++stats.records;
  std::string_view rest = Trim(text);
  std::string id = CleanId(NextPiece(rest, ' '));
  if (id.empty()) return CountMalformed(stats, package.name, "a weakness without a usable id");
  ++stats.used;
  found[id].push_back(package);
}

void TakePackage(const std::string& ecosystem, JsonValue package, ById& found, FeedStats& stats) {
  std::string_view name = package["name"].text();
  JsonValue fixes = package["secfixes"];
  if (name.empty() || !fixes.IsObject()) {
    ++stats.records;
    return CountMalformed(stats, name, "a package without name or fixes");
  }
  for (const auto& [version, ids] : fixes.fields()) {
    AffectedPackage affected = MakeAffected(ecosystem, name, Trim(version));
    for (JsonValue id : ids.items()) TakeEntry(id.text(), affected, found, stats);
  }
}

}  // namespace

Result<FeedStats> ReadAlpineSecdb(std::string_view json, RecordSink& sink) {
  JsonParser parser;
  WEIR_ASSIGN(JsonValue root, parser.Parse(json));
  const std::string ecosystem = EcosystemOfRelease(root["distroversion"].text());
  std::vector<JsonValue> packages = root["packages"].items();
  if (ecosystem.empty() || !root["packages"].IsArray())
    return Err(Code::kMalformed, "not a document of Alpine's security database");
  if (packages.size() > kMaxPackages) return Err(Code::kLimitExceeded, "too many packages");
  FeedStats stats;
  ById found;
  for (JsonValue item : packages) TakePackage(ecosystem, item["pkg"], found, stats);
  for (auto& [id, affected] : found) {
    Advisory advisory;
    advisory.id = id;
    advisory.source = "alpine-secdb";
    advisory.affected = std::move(affected);
    if (IsCve(id)) advisory.references.push_back("https://security.alpinelinux.org/vuln/" + id);
    sink.OnAdvisory(std::move(advisory));
  }
  return stats;
}

}  // namespace weir::advisory
