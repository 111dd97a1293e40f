// What a scan has found in the contents of an asset: from a sensor's record to the
// store. The sensor may be anybody who broke into its host: every text is bounded.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "console/content_view.h"
#include "console/event_hub.h"
#include "console/record_store.h"
#include "wire/content.h"

namespace weir::console {
namespace {

constexpr std::size_t kMaxFindings = 20'000;  // of one asset
constexpr std::size_t kFingerprintDigits = 32, kPathBytes = 4096, kWordBytes = 300, kSentenceBytes = 1000;
constexpr std::size_t kMaxFacts = 50, kMaxReasons = 50, kToldIds = 500;

std::string Clip(std::string_view text, std::size_t bytes) { return ToValidUtf8(text.substr(0, bytes)); }
void ClipIn(std::string& text, std::size_t bytes) { text = Clip(text, bytes); }

double Bounded(double value, double least, double most) {
  return std::isfinite(value) ? std::clamp(value, least, most) : least;
}

bool IsFingerprint(std::string_view text) {
  return text.size() == kFingerprintDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

/// False for what makes no sense.
bool Bound(model::ContentFinding& finding) {
  if (!IsFingerprint(finding.fingerprint) || finding.rule.empty()) return false;
  ClipIn(finding.rule, 200);
  ClipIn(finding.title, kWordBytes);
  if (finding.title.empty()) finding.title = finding.rule;
  ClipIn(finding.masked, kSentenceBytes);
  ClipIn(finding.status_reason, kSentenceBytes);
  if (finding.facts.size() > kMaxFacts) finding.facts.resize(kMaxFacts);
  for (auto& [name, value] : finding.facts) {
    ClipIn(name, 100);
    ClipIn(value, kSentenceBytes);
  }
  if (finding.places.size() > model::ContentFinding::kMaxPlaces)
    finding.places.resize(model::ContentFinding::kMaxPlaces);
  for (model::ContentPlace& place : finding.places) {
    ClipIn(place.location.path, kPathBytes);
    for (std::string* text : {&place.location.layer, &place.decoded, &place.removed_in, &place.commit,
                              &place.commit_time, &place.process, &place.package, &place.package_name})
      ClipIn(*text, kWordBytes);
  }
  finding.place_count = std::clamp<std::uint64_t>(finding.place_count, finding.places.size(), 1U << 30U);
  finding.rank.score = Bounded(finding.rank.score, 0, 100);
  if (finding.rank.reasons.size() > kMaxReasons) finding.rank.reasons.resize(kMaxReasons);
  for (model::RankReason& reason : finding.rank.reasons) {
    ClipIn(reason.factor, 100);
    ClipIn(reason.detail, kSentenceBytes);
    reason.points = Bounded(reason.points, -1000, 1000);
  }
  return true;
}

store::ContentInput InputOf(const model::ContentFinding& finding) {
  store::ContentInput input;
  input.kind = finding.kind;
  input.fingerprint = finding.fingerprint;
  input.rule = finding.rule;
  input.title = finding.title;
  input.severity = finding.severity;
  input.confidence = finding.confidence;
  input.ignored = finding.status != model::FindingStatus::kOpen;
  input.score = finding.rank.score;
  if (!finding.places.empty()) {
    const model::ContentPlace& place = finding.places.front();
    input.origin = place.origin;
    input.search = place.location.path;
    for (const std::string* text : {&place.process, &place.package_name})
      if (!text->empty()) input.search += "\n" + *text;
  }
  input.detail = wire::ToJson(finding);
  return input;
}

}  // namespace

Result<store::ContentChange> RecordStore::ApplyContent(const store::Asset& asset,
                                                       const wire::ScanRecord& record,
                                                       std::vector<model::Problem>& problems) {
  std::vector<model::ContentKind> kinds;
  for (const model::ContentScan& scan : record.content_scans) kinds.push_back(scan.kind);
  // What the scan before had told stands, as far as people have not moved it.
  if (record.content_same && !record.base.empty()) return store::ContentChange();
  std::vector<store::ContentInput> found;
  std::uint64_t senseless = 0, beyond = 0;
  for (const model::ContentFinding& told : record.content) {
    if (found.size() == kMaxFindings) {
      ++beyond;
      continue;
    }
    model::ContentFinding finding = told;
    if (!Bound(finding)) {
      ++senseless;
      continue;
    }
    found.push_back(InputOf(finding));
  }
  auto note = [&](std::uint64_t count, std::string message) {
    if (count > 0) problems.push_back({Code::kLimitExceeded, "", std::move(message), count});
  };
  note(senseless, "secrets or malware without a rule or a fingerprint were left out");
  note(beyond, "secrets and malware beyond 20000 of one asset were left out");
  WEIR_ASSIGN(store::ContentChange change,
              store::PutContent(t_, asset.id, kinds, found, !record.cut_short && beyond == 0));
  if (change.opened == 0 && change.resolved == 0) return change;
  Json event = {{"asset_id", std::to_string(asset.id)},
                {"asset_name", asset.name},
                {"new", change.opened},
                {"resolved", change.resolved}};
  Json ids = Json::array();
  for (store::ContentId id : change.new_open)
    if (ids.size() < kToldIds) ids.push_back(std::to_string(id));
  if (!change.new_open.empty()) {
    WEIR_ASSIGN(store::ContentRow worst, store::GetContent(t_, change.new_open.front()));
    event["severity"] = model::SeverityName(worst.severity);
    event["score"] = worst.score;
    event["title"] = worst.title;
    event["content_kind"] = model::ContentKindName(worst.kind);
  }
  event["ids"] = std::move(ids);
  WEIR_TRY(parts_.events.Emit(t_, "content", std::move(event)));
  return change;
}

}  // namespace weir::console
