// Our own format of advisories, docs/advisories.md: the starter set, and what
// users write for themselves.
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <initializer_list>

#include "advisory/feeds/ecosystem.h"
#include "advisory/feeds/range_text.h"
#include "advisory/feeds/reader.h"
#include "advisory/yaml_check.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

constexpr std::size_t kMaxBytes = 16U << 20U;
constexpr int kMaxDepth = 12;

/// Thrown inside this file only, where yaml-cpp throws too.
struct BadRecord {
  std::string why;
};

[[noreturn]] void Refuse(std::string why) { throw BadRecord{std::move(why)}; }

void RefuseUnknownKeys(const YAML::Node& map, std::initializer_list<std::string_view> known) {
  if (!map.IsMap()) Refuse("wanted a map");
  for (const auto& pair : map) {
    const std::string& key = pair.first.Scalar();
    if (std::find(known.begin(), known.end(), key) == known.end()) Refuse("unknown key \"" + key + "\"");
  }
}

std::string Text(const YAML::Node& map, const char* key) {
  const YAML::Node node = map[key];
  if (!node) return {};
  if (!node.IsScalar()) Refuse(std::string(key) + ": wanted one value");
  return ToValidUtf8(Trim(node.Scalar()));
}

std::string RequiredText(const YAML::Node& map, const char* key) {
  std::string out = Text(map, key);
  if (out.empty()) Refuse(std::string(key) + " is missing");
  return out;
}

/// One value or a list of values.
std::vector<std::string> Texts(const YAML::Node& map, const char* key) {
  std::vector<std::string> out;
  const YAML::Node node = map[key];
  if (!node || node.IsNull()) return out;
  if (node.IsScalar()) return {ToValidUtf8(Trim(node.Scalar()))};
  if (!node.IsSequence()) Refuse(std::string(key) + ": wanted a value or a list");
  for (const YAML::Node& item : node) {
    if (!item.IsScalar()) Refuse(std::string(key) + ": wanted a list of values");
    out.push_back(ToValidUtf8(Trim(item.Scalar())));
  }
  return out;
}

bool Flag(const YAML::Node& map, const char* key) {
  std::string text = Text(map, key);
  if (text.empty() || text == "false") return false;
  if (text != "true") Refuse(std::string(key) + ": wanted true or false");
  return true;
}

std::vector<std::string> Ids(const YAML::Node& map, const char* key) {
  std::vector<std::string> out = Texts(map, key);
  for (std::string& id : out) {
    std::string clean = CleanId(id);
    if (clean.empty()) Refuse(std::string(key) + ": \"" + id + "\" is no identifier");
    id = std::move(clean);
  }
  return out;
}

model::Severity SeverityWord(const YAML::Node& map) {
  std::string word = Text(map, "severity");
  if (word.empty()) return model::Severity::kUnknown;
  model::Severity severity = model::ParseSeverity(word);
  if (severity == model::Severity::kUnknown) Refuse("severity: \"" + word + "\" is no severity");
  return severity;
}

std::string Date(const YAML::Node& map, const char* key) {
  std::string text = Text(map, key);
  std::string stamp = CleanStamp(text);
  if (!text.empty() && stamp.empty()) Refuse(std::string(key) + ": wanted YYYY-MM-DD");
  return stamp;
}

Scheme SchemeFor(const YAML::Node& map, const std::string& ecosystem) {
  std::string word = Text(map, "scheme");
  if (!word.empty()) {
    auto scheme = ParseScheme(word);
    if (!scheme) Refuse("scheme: " + scheme.error().message);
    return *scheme;
  }
  auto scheme = SchemeOfEcosystem(ecosystem);
  if (!scheme) Refuse("ecosystem \"" + ecosystem + "\" is not known; name a scheme");
  return *scheme;
}

void ReadRanges(const YAML::Node& map, AffectedPackage& out) {
  for (const std::string& text : Texts(map, "ranges")) {
    auto range = ParseRangeText(out.scheme, text);
    if (!range) Refuse(range.error().message);
    if (!range->fixed.empty()) out.fix_state = model::FixState::kFixed;
    out.ranges.push_back(std::move(*range));
  }
  out.versions = Texts(map, "versions");
  for (const std::string& version : out.versions)
    if (auto key = EncodeVersion(out.scheme, version); !key) Refuse(key.error().message);
  std::string fix = Text(map, "fix");
  if (!fix.empty() && out.fix_state == model::FixState::kFixed) Refuse("fix: a range names a fixed version");
  if (fix == "not-fixed") {
    out.fix_state = model::FixState::kNotFixed;
  } else if (fix == "wont-fix") {
    out.fix_state = model::FixState::kWontFix;
  } else if (!fix.empty()) {
    Refuse("fix: wanted not-fixed or wont-fix");
  }
}

std::vector<GoImport> ReadGoImports(const YAML::Node& map) {
  std::vector<GoImport> out;
  const YAML::Node list = map["go_imports"];
  if (!list) return out;
  if (!list.IsSequence()) Refuse("go_imports: wanted a list");
  for (const YAML::Node& item : list) {
    RefuseUnknownKeys(item, {"path", "symbols"});
    out.push_back({RequiredText(item, "path"), Texts(item, "symbols")});
  }
  return out;
}

void ReadAffected(const YAML::Node& map, Advisory& advisory) {
  RefuseUnknownKeys(map, {"ecosystem", "package", "ranges", "versions", "scheme", "unaffected", "fix",
                          "severity", "go_imports", "target_software", "module", "arches"});
  AffectedPackage entry;
  entry.ecosystem = RequiredText(map, "ecosystem");
  entry.scheme = SchemeFor(map, entry.ecosystem);
  entry.unaffected = Flag(map, "unaffected");
  entry.severity = SeverityWord(map);
  entry.rpm_module = Text(map, "module");
  entry.arches = Texts(map, "arches");
  entry.cpe_target_software = Text(map, "target_software");
  entry.go_imports = ReadGoImports(map);
  ReadRanges(map, entry);
  bool has_versions = !entry.ranges.empty() || !entry.versions.empty();
  if (entry.unaffected && has_versions) Refuse("an unaffected package takes no ranges");
  if (!entry.unaffected && !has_versions) Refuse("an affected package needs ranges or versions");
  std::vector<std::string> names = Texts(map, "package");
  if (names.empty()) Refuse("package is missing");
  for (const std::string& name : names) {
    if (name.empty()) Refuse("package is empty");
    if (entry.ecosystem == "CPE" && std::count(name.begin(), name.end(), ':') != 1)
      Refuse("package \"" + name + "\": wanted vendor:product");
    advisory.affected.push_back(entry);
    advisory.affected.back().name = NormalizePackageName(entry.ecosystem, name);
  }
}

void ReadKevEntry(const YAML::Node& map, const Advisory& advisory, std::vector<KevEntry>& out) {
  const YAML::Node node = map["kev"];
  if (!node) return;
  RefuseUnknownKeys(node, {"since", "ransomware"});
  if (!IsCve(advisory.id)) Refuse("kev: the id is no CVE");
  std::string since = Date(node, "since");
  if (since.empty()) Refuse("kev: since is missing");
  out.push_back({advisory.id, since.substr(0, 10), Flag(node, "ransomware")});
}

Advisory ReadRecord(const YAML::Node& map, std::vector<KevEntry>& kev) {
  RefuseUnknownKeys(map, {"id", "name", "aliases", "related", "summary", "published", "severity", "cvss",
                          "kev", "cwes", "references", "affected"});
  Advisory advisory;
  advisory.source = "starter";
  advisory.id = CleanId(RequiredText(map, "id"));
  if (advisory.id.empty()) Refuse("id is no identifier");
  advisory.aliases = Ids(map, "aliases");
  advisory.related = Ids(map, "related");
  std::string name = Text(map, "name"), summary = RequiredText(map, "summary");
  advisory.summary = CleanLine(name.empty() ? summary : name + ": " + summary);
  advisory.published = Date(map, "published");
  advisory.modified = advisory.published;
  advisory.severity = SeverityWord(map);
  for (const std::string& vector : Texts(map, "cvss")) {
    if (!model::ParseCvss(vector)) Refuse("cvss: \"" + vector + "\" is no CVSS vector");
    advisory.cvss.push_back(vector);
  }
  advisory.cwes = Ids(map, "cwes");
  for (const std::string& url : Texts(map, "references")) {
    if (!IsUsableUrl(url)) Refuse("references: \"" + url + "\" is no http or https URL");
    advisory.references.push_back(url);
  }
  const YAML::Node affected = map["affected"];
  if (!affected || !affected.IsSequence() || affected.size() == 0) Refuse("affected is missing");
  for (const YAML::Node& item : affected) ReadAffected(item, advisory);
  ReadKevEntry(map, advisory, kev);
  return advisory;
}

void TakeRecord(const YAML::Node& map, FeedStats& stats, RecordSink& sink) {
  ++stats.records;
  const int line = map.Mark().line + 1;
  std::string where = "line " + std::to_string(line);
  if (map.IsMap() && map["id"] && map["id"].IsScalar()) where += ", " + map["id"].Scalar();
  try {
    std::vector<KevEntry> kev;
    Advisory advisory = ReadRecord(map, kev);
    NoteNewest(stats, advisory.modified);
    ++stats.used;
    sink.OnAdvisory(std::move(advisory));
    for (KevEntry& entry : kev) sink.OnKev(std::move(entry));
  } catch (const BadRecord& bad) {
    CountMalformed(stats, where, bad.why);
  } catch (const YAML::Exception& e) {
    CountMalformed(stats, where, e.what());
  }
}

}  // namespace

Result<FeedStats> ReadStarter(std::string_view yaml, RecordSink& sink) {
  if (yaml.size() > kMaxBytes) return Err(Code::kLimitExceeded, "larger than 16 MiB");
  // Size apart, whatever is wrong with the structure makes the file malformed.
  if (Result<void> checked = CheckYaml(yaml, kMaxBytes, kMaxDepth); !checked)
    return Err(Code::kMalformed, checked.error().message);
  FeedStats stats;
  try {
    const YAML::Node root = YAML::Load(std::string(yaml));
    if (!root.IsSequence()) return Err(Code::kMalformed, "wanted a list of advisories");
    for (const YAML::Node& item : root) TakeRecord(item, stats, sink);
  } catch (const BadRecord& bad) {
    return Err(Code::kMalformed, bad.why);
  } catch (const YAML::Exception& e) {
    return Err(Code::kMalformed, e.what());
  }
  return stats;
}

}  // namespace weir::advisory
