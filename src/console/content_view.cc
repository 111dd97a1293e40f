#include "console/content_view.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "console/query_words.h"
#include "console/time_text.h"
#include "wire/content.h"

namespace weir::console {
namespace {

constexpr std::array<std::string_view, 2> kContentKinds = {"secret", "malware"};
constexpr std::array<std::string_view, 4> kContentStatuses = {"open", "masked", "ignored", "resolved"};
constexpr std::size_t kMaxListed = 1000;

std::string Octal(std::uint32_t mode) {
  if (mode == 0) return "";
  std::string out = "0";
  for (int shift = 6; shift >= 0; shift -= 3)
    out += static_cast<char>('0' + ((mode >> static_cast<unsigned>(shift)) & 7U));
  if ((mode & 07000U) != 0) out[0] = static_cast<char>('0' + ((mode >> 9U) & 7U));
  return out;
}

std::string Clip(std::string_view text, std::size_t bytes) { return ToValidUtf8(text.substr(0, bytes)); }

/// Sets a bit for each of the comma-separated words of query parameter NAME.
template <class E>
std::uint8_t BitsOf(QueryFields& query, std::string_view name, unsigned count,
                    std::string_view (*name_of)(E)) {
  std::uint8_t bits = 0;
  std::string words = query.Text(name, 200);
  if (words.empty()) return 0;
  for (std::string_view word : Split(words, ',')) {
    unsigned i = 0;
    while (i < count && name_of(static_cast<E>(i)) != word) ++i;
    if (i == count) {
      query.Complain(name, "has a word that is not one of its words");
      return 0;
    }
    bits = static_cast<std::uint8_t>(bits | (1U << i));
  }
  return bits;
}

}  // namespace

model::ContentFinding FindingOf(const store::ContentRow& row) {
  model::ContentFinding out;
  if (auto parsed = wire::ParseContentFinding(row.detail, {})) out = std::move(*parsed);
  out.kind = row.kind;
  out.rule = row.rule;
  out.title = row.title;
  out.severity = row.severity;
  out.confidence = row.confidence;
  out.fingerprint = row.fingerprint;
  out.status =
      row.state == store::ContentState::kOpen ? model::FindingStatus::kOpen : model::FindingStatus::kIgnored;
  return out;
}

Json ContentPlaceJson(const model::ContentPlace& place) {
  return {{"path", place.location.path},
          {"layer", place.location.layer},
          {"origin", model::OriginName(place.origin)},
          {"line", place.line},
          {"column", place.column},
          {"offset", place.offset},
          {"decoded", place.decoded},
          {"removed_in", place.removed_in},
          {"commit", place.commit},
          {"commit_time", place.commit_time},
          {"pid", place.pid == 0 ? Json(nullptr) : Json(place.pid)},
          {"process", place.process},
          {"package", place.package},
          {"package_name", place.package_name},
          {"unmodified", place.unmodified},
          {"modified", place.modified},
          {"added", place.added},
          {"mode", Octal(place.mode)},
          {"owner", place.owner}};
}

Result<Json> ContentFindingJson(store::Reader& r, const store::ContentRow& row, Names& names) {
  model::ContentFinding finding = FindingOf(row);
  model::ContentPlace nowhere;
  WEIR_ASSIGN(std::int64_t same, store::CountSame(r, row.kind, row.fingerprint, row.asset));
  return Json{{"id", std::to_string(row.id)},
              {"kind", model::ContentKindName(row.kind)},
              {"rule", row.rule},
              {"title", row.title},
              {"severity", model::SeverityName(row.severity)},
              {"confidence", model::ConfidenceName(row.confidence)},
              {"score", row.score},
              {"status", store::ContentStateName(row.state)},
              {"masked", finding.masked},
              {"validation", model::ValidationName(finding.validation)},
              {"asset_id", std::to_string(row.asset)},
              {"asset_name", row.asset_name},
              {"asset_kind", model::AssetKindName(row.asset_kind)},
              {"host_name", names.HostName(names.AssetOf(row.asset))},
              {"place", ContentPlaceJson(finding.places.empty() ? nowhere : finding.places.front())},
              {"place_count", finding.place_count},
              {"same_elsewhere", same},
              {"fingerprint", row.fingerprint},
              {"first_seen", TimeText(row.first_seen)},
              {"resolved_at", TimeOrNull(row.resolved_at)}};
}

std::string ContentScansText(const std::vector<model::ContentScan>& scans) {
  Json list = Json::array();
  for (const model::ContentScan& scan : scans) {
    if (list.size() == 2) break;
    Json skipped = Json::array(), set_aside = Json::array();
    for (const auto& [reason, count] : scan.skipped)
      if (skipped.size() < kMaxListed) skipped.push_back({{"reason", Clip(reason, 300)}, {"count", count}});
    for (const std::string& text : scan.set_aside)
      if (set_aside.size() < kMaxListed) set_aside.push_back(Clip(text, 500));
    list.push_back({{"kind", model::ContentKindName(scan.kind)},
                    {"rules_digest", Clip(scan.rules_digest, 128)},
                    {"rules", scan.rules},
                    {"files", scan.files},
                    {"bytes", scan.bytes},
                    {"unchanged", scan.unchanged},
                    {"skipped", std::move(skipped)},
                    {"set_aside", std::move(set_aside)},
                    {"dropped_findings", scan.dropped_findings}});
  }
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json ContentScansJson(const std::string& stored) {
  Json list = Json::parse(stored, nullptr, false);
  return list.is_array() ? list : Json::array();
}

store::ContentQuery ContentQueryOf(QueryFields& query) {
  store::ContentQuery wanted;
  std::string kind = query.Word("kind", kContentKinds);
  if (!kind.empty())
    wanted.kind = kind == "secret" ? model::ContentKind::kSecret : model::ContentKind::kMalware;
  std::string status = query.Word("status", kContentStatuses);
  for (std::size_t i = 0; i < kContentStatuses.size(); ++i)
    if (kContentStatuses[i] == status) wanted.state = static_cast<store::ContentState>(i);
  wanted.severity_bits = BitsOf<model::Severity>(query, "severity", 6, &model::SeverityName);
  wanted.confidence_bits = BitsOf<model::Confidence>(query, "confidence", 3, &model::ConfidenceName);
  wanted.origin_bits = BitsOf<model::Origin>(query, "origin", 7, &model::OriginName);
  wanted.q = query.Text("q", 200);
  wanted.rule = query.Text("rule", 200);
  wanted.fingerprint = query.Text("fingerprint", 64);
  wanted.asset = query.Id("asset");
  return wanted;
}

}  // namespace weir::console
