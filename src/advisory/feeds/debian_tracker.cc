// The Debian security tracker's JSON: package -> weakness -> release. Source: the
// tracker's own documentation of statuses, and its "data/json" output.
#include <algorithm>

#include "advisory/feeds/debian_release.h"
#include "advisory/feeds/json.h"
#include "advisory/feeds/reader.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

/// One package's word on one weakness. The document goes by package, an advisory by weakness.
struct Entry {
  std::string_view id, package;
  JsonValue value;
};

/// "low**" and the like: the stars say only that the tracker guessed.
model::Severity Urgency(std::string_view word) {
  while (word.ends_with('*')) word.remove_suffix(1);
  return model::ParseSeverity(word);
}

model::FixState OpenState(JsonValue release) {
  if (release["nodsa_reason"].text() == "ignored" || release["urgency"].text() == "end-of-life")
    return model::FixState::kWontFix;
  return model::FixState::kNotFixed;  // open, postponed, or left to a point release ("no-dsa")
}

/// False where the tracker does not say.
bool ReadRelease(std::string_view codename, JsonValue release, AffectedPackage& out) {
  out.ecosystem = DebianEcosystem(codename);
  if (out.ecosystem.empty()) return false;
  out.scheme = Scheme::kDeb;
  out.severity = Urgency(release["urgency"].text());
  std::string_view status = release["status"].text(), fixed = release["fixed_version"].text();
  if (status == "not-affected" || (status == "resolved" && fixed == "0")) {
    out.unaffected = true;
    return true;
  }
  if (status == "resolved" && !fixed.empty()) {
    out.ranges.push_back({.introduced = {}, .fixed = std::string(fixed), .last_affected = {}});
    out.fix_state = model::FixState::kFixed;
    return true;
  }
  if (status != "open") return false;  // "undetermined": nobody knows, so nothing is claimed
  out.ranges.push_back({});
  out.fix_state = OpenState(release);
  return true;
}

void TakeEntry(const Entry& entry, Advisory& advisory, FeedStats& stats) {
  ++stats.records;
  JsonValue releases = entry.value["releases"];
  if (!releases.IsObject())
    return CountMalformed(stats, std::string(entry.package) + " " + std::string(entry.id), "no releases");
  if (advisory.summary.empty()) advisory.summary = CleanLine(entry.value["description"].text());
  for (const auto& [codename, release] : releases.fields()) {
    AffectedPackage package;
    if (!ReadRelease(codename, release, package)) continue;
    package.name = entry.package;
    advisory.affected.push_back(std::move(package));
  }
}

}  // namespace

Result<FeedStats> ReadDebianTracker(std::string_view json, RecordSink& sink) {
  JsonParser parser;
  WEIR_ASSIGN(JsonValue root, parser.Parse(json));
  if (!root.IsObject()) return Err(Code::kMalformed, "not a document of the Debian security tracker");
  FeedStats stats;
  std::vector<Entry> entries;
  for (const auto& [package, weaknesses] : root.fields()) {
    if (!weaknesses.IsObject()) {
      ++stats.records;
      CountMalformed(stats, package, "not an object");
      continue;
    }
    for (const auto& [id, value] : weaknesses.fields()) entries.push_back({id, package, value});
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.id < b.id; });

  for (std::size_t i = 0; i < entries.size();) {
    Advisory advisory;
    const std::string_view id = entries[i].id;
    advisory.id = CleanId(id);
    advisory.source = "debian-tracker";
    std::size_t first = i;
    for (; i < entries.size() && entries[i].id == id; ++i) TakeEntry(entries[i], advisory, stats);
    if (advisory.id.empty()) {
      CountMalformed(stats, entries[first].package, "a weakness without a usable id");
      continue;
    }
    if (advisory.affected.empty()) continue;
    advisory.references.push_back("https://security-tracker.debian.org/tracker/" + advisory.id);
    stats.used += i - first;
    sink.OnAdvisory(std::move(advisory));
  }
  return stats;
}

}  // namespace weir::advisory
