// The rules that look for secrets and malware: what there is, what is not used, and
// people's own files.
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/strings.h"
#include "console/event_hub.h"
#include "console/handlers.h"
#include "console/json_views.h"
#include "console/request_fields.h"
#include "console/rule_service.h"
#include "console/sensor_hub.h"
#include "console/services.h"
#include "console/settings.h"
#include "console/time_text.h"
#include "store/content_rules.h"

namespace weir::console {

wire::Command SettingsCommand(const SettingValues& settings, std::string rules_digest);

namespace {

constexpr std::array<std::string_view, 2> kKinds = {"secret", "malware"};
constexpr std::size_t kMaxRemarks = 500, kMaxFiles = 200, kMaxTextOfAll = 64U << 20U;
using RuleKey = std::pair<model::ContentKind, std::string>;

std::optional<model::ContentKind> ContentKindOf(std::string_view word) {
  if (word == "secret") return model::ContentKind::kSecret;
  if (word == "malware") return model::ContentKind::kMalware;
  return std::nullopt;
}

/// Every rule there is, and those that have found something and are there no longer.
struct Browsed {
  std::map<RuleKey, KnownRule> rules;
  std::map<RuleKey, store::RuleCount> counts;
  std::map<RuleKey, store::DisabledRule> disabled;
};

Result<Browsed> Browse(Services& services) {
  WEIR_ASSIGN(auto catalogue, services.rules.Catalogue());
  Browsed out;
  for (const KnownRule& rule : *catalogue) out.rules.insert_or_assign(RuleKey(rule.kind, rule.id), rule);
  return services.store.Read([&](store::Reader& r) -> Result<Browsed> {
    WEIR_ASSIGN(std::vector<store::RuleCount> counts, store::CountByRule(r));
    for (store::RuleCount& count : counts) {
      RuleKey key(count.kind, count.rule);
      if (count.open + count.masked > 0 && !out.rules.contains(key)) {
        KnownRule gone;
        gone.kind = count.kind;
        gone.id = count.rule;
        gone.title = count.title;
        gone.set_aside = "no rule file has it any more";
        out.rules.emplace(key, std::move(gone));
      }
      out.counts.emplace(std::move(key), std::move(count));
    }
    WEIR_ASSIGN(std::vector<store::DisabledRule> disabled, store::ListDisabledRules(r));
    for (store::DisabledRule& rule : disabled) {
      RuleKey key(rule.kind, rule.rule);
      if (!out.rules.contains(key)) {
        KnownRule gone;
        gone.kind = rule.kind;
        gone.id = gone.title = rule.rule;
        gone.set_aside = "no rule file has it any more";
        out.rules.emplace(key, std::move(gone));
      }
      out.disabled.emplace(std::move(key), std::move(rule));
    }
    return std::move(out);
  });
}

Json RuleJson(const Browsed& browsed, const KnownRule& rule) {
  RuleKey key(rule.kind, rule.id);
  auto count = browsed.counts.find(key);
  auto disabled = browsed.disabled.find(key);
  bool is_disabled = disabled != browsed.disabled.end();
  bool counted = count != browsed.counts.end();
  return {{"id", rule.id},
          {"kind", model::ContentKindName(rule.kind)},
          {"title", rule.title},
          {"severity", model::SeverityName(rule.severity)},
          {"confidence", model::ConfidenceName(rule.confidence)},
          {"source", rule.source},
          {"reference", rule.reference},
          {"tags", rule.tags},
          {"examples", rule.examples},
          {"enabled", !is_disabled && rule.set_aside.empty()},
          {"set_aside", rule.set_aside},
          {"disabled_by", is_disabled ? disabled->second.author : std::string()},
          {"disabled_at", is_disabled ? TimeOrNull(disabled->second.at) : Json(nullptr)},
          {"disabled_reason", is_disabled ? disabled->second.reason : std::string()},
          {"open", counted ? count->second.open : 0},
          {"masked", counted ? count->second.masked : 0}};
}

bool HasText(const KnownRule& rule, std::string_view lower) {
  auto has = [&](std::string_view text) { return ToLower(text).find(lower) != std::string::npos; };
  return has(rule.id) || has(rule.title) || has(rule.source) ||
         std::any_of(rule.tags.begin(), rule.tags.end(), has);
}

/// Everybody uses the rules as they are now.
void TellOfRules(Services& services) {
  services.rules.Changed();
  services.sensors.SendToAll(SettingsCommand(*services.settings.Now(), services.rules.Digest()));
}

Answer OneRule(Services& services, model::ContentKind kind, const std::string& id) {
  WEIR_ASSIGN(Browsed browsed, Browse(services));
  auto rule = browsed.rules.find(RuleKey(kind, id));
  if (rule == browsed.rules.end()) return NoSuch("rule", id);
  return JsonAnswer(RuleJson(browsed, rule->second));
}

Json FileJson(const store::RuleFile& file) {
  Json report = Json::parse(file.report, nullptr, false);
  if (!report.is_object()) report = {{"rules", 0}, {"remarks", Json::array()}};
  return {{"id", std::to_string(file.id)},
          {"kind", model::ContentKindName(file.kind)},
          {"name", file.name},
          {"url", file.url},
          {"sha256", file.sha256},
          {"bytes", file.bytes},
          {"rules", report["rules"]},
          {"remarks", report["remarks"]},
          {"created_by", file.author},
          {"created_at", TimeText(file.created_at)}};
}

std::string ReportText(const CheckedRules& checked) {
  Json remarks = Json::array();
  for (const RuleRemark& remark : checked.remarks) {
    if (remarks.size() == kMaxRemarks) break;
    remarks.push_back({{"rule", ToValidUtf8(remark.rule.substr(0, 200))},
                       {"message", ToValidUtf8(remark.message.substr(0, 1000))},
                       {"left_out", remark.left_out}});
  }
  return Json{{"rules", checked.rules}, {"remarks", std::move(remarks)}}.dump();
}

/// Sensors keep the files under their names, and tell what they are by the ends of these.
bool HasEndingOf(model::ContentKind kind, std::string_view name) {
  return kind == model::ContentKind::kMalware
             ? name.ends_with(".yar") || name.ends_with(".yara")
             : name.ends_with(".toml") || name.ends_with(".yaml") || name.ends_with(".yml");
}

bool IsFileName(std::string_view name) {
  return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), [](char c) {
    return IsAlpha(c) || IsDigit(c) || c == '.' || c == '-' || c == '_';
  });
}

}  // namespace

Answer ListContentRules(Services& services, Call& call) {
  QueryFields query(call.request);
  store::PageRequest wanted = query.Page();
  std::optional<model::ContentKind> kind = ContentKindOf(query.Word("kind", kKinds));
  std::string q = ToLower(query.Text("q", 200));
  std::optional<bool> enabled = query.Bool("enabled");
  if (!wanted.cursor.empty() && !ParseUint(wanted.cursor))
    query.Complain("cursor", "the cursor is not one of this list");
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  WEIR_ASSIGN(Browsed browsed, Browse(services));
  Json items = Json::array();
  for (const auto& [key, rule] : browsed.rules) {
    if (kind && rule.kind != *kind) continue;
    bool in_use = rule.set_aside.empty() && !browsed.disabled.contains(key);
    if ((enabled && *enabled != in_use) || (!q.empty() && !HasText(rule, q))) continue;
    items.push_back(RuleJson(browsed, rule));
  }
  return JsonAnswer(SlicedPage(std::move(items), wanted));
}

Answer DisableContentRule(Services& services, Call& call) {
  BodyFields body(call.request);
  store::DisabledRule rule;
  rule.reason = body.Text("reason", 3, 2000);
  if (auto fault = body.Fault()) return tl::unexpected<Problem>(*fault);
  std::optional<model::ContentKind> kind = ContentKindOf(call.params[0]);
  rule.rule = call.params[1];
  rule.author = call.who.user;
  call.target = call.params[0] + " " + rule.rule;
  call.detail = rule.reason;
  if (!kind) return NoSuch("kind of rules", call.params[0]);
  rule.kind = *kind;
  WEIR_ASSIGN(Browsed browsed, Browse(services));
  if (!browsed.rules.contains(RuleKey(rule.kind, rule.rule))) return NoSuch("rule", rule.rule);
  auto done = services.store.Write([&](store::Transaction& t) -> Result<void> {
    WEIR_TRY(store::DisableRule(t, rule));
    return services.events.Emit(t, "rules", Json::object());
  });
  WEIR_TRY(done);
  TellOfRules(services);
  return OneRule(services, rule.kind, rule.rule);
}

Answer EnableContentRule(Services& services, Call& call) {
  BodyFields body(call.request);
  if (auto fault = body.Fault()) return tl::unexpected<Problem>(*fault);
  std::optional<model::ContentKind> kind = ContentKindOf(call.params[0]);
  const std::string& rule = call.params[1];
  call.target = call.params[0] + " " + rule;
  if (!kind) return NoSuch("kind of rules", call.params[0]);
  auto was_disabled = services.store.Write([&](store::Transaction& t) -> Result<bool> {
    WEIR_ASSIGN(bool done, store::EnableRule(t, *kind, rule));
    if (done) WEIR_TRY(services.events.Emit(t, "rules", Json::object()));
    return done;
  });
  WEIR_TRY(was_disabled);
  if (*was_disabled) TellOfRules(services);
  return OneRule(services, *kind, rule);
}

Answer ListRuleFiles(Services& services, Call& call) {
  QueryFields query(call.request);
  store::PageRequest wanted = query.Page();
  if (!wanted.cursor.empty() && !ParseUint(wanted.cursor))
    query.Complain("cursor", "the cursor is not one of this list");
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    WEIR_ASSIGN(std::vector<store::RuleFile> files, store::ListRuleFiles(r, false));
    Json items = Json::array();
    for (const store::RuleFile& file : files) items.push_back(FileJson(file));
    return JsonAnswer(SlicedPage(std::move(items), wanted));
  });
}

Answer AddRuleFile(Services& services, Call& call) {
  BodyFields body(call.request);
  store::RuleFile file;
  std::optional<std::string> kind = body.OptionalWord("kind", kKinds);
  if (!kind) body.Complain("kind", "is missing");
  file.name = body.Text("name", 1, 100);
  std::optional<std::string> text = body.OptionalText("text", 1, kMaxRuleText);
  file.url = body.OptionalText("url", 1, 2000).value_or("");
  file.sha256 = body.OptionalText("sha256", 64, 64).value_or("");
  if (!IsFileName(file.name))
    body.Complain("name", "has characters other than letters, digits, '.', '-', '_'");
  if (kind && !HasEndingOf(*ContentKindOf(*kind), file.name))
    body.Complain("name", "must end in .toml, .yaml or .yml for secrets, in .yar or .yara for malware");
  if (text.has_value() == !file.url.empty()) body.Complain("text", "give text, or url and sha256");
  if (!file.url.empty() && file.sha256.empty()) body.Complain("sha256", "a URL needs the digest of its file");
  if (auto fault = body.Fault()) return tl::unexpected<Problem>(*fault);
  file.kind = *ContentKindOf(*kind);
  file.author = call.who.user;
  call.target = *kind + " " + file.name;
  if (!file.url.empty()) {
    auto fetched = FetchRuleText(file.url, file.sha256, services.settings.Now()->webhook_allow_internal);
    if (!fetched) return BadField("url", ToValidUtf8(fetched.error().message.substr(0, 500)));
    text = std::move(*fetched);
  }
  std::string digest = DigestHex(DigestKind::kSha256, AsBytes(*text));
  if (!file.sha256.empty() && ToLower(file.sha256) != digest)
    return BadField("sha256", "the text's SHA-256 is " + digest);
  file.sha256 = digest;
  call.detail = digest + (file.url.empty() ? "" : " " + file.url);
  auto checked = CheckRuleText(services.rules.tools(), file.kind, file.name, *text);
  if (!checked)
    return BadField(file.url.empty() ? "text" : "url", ToValidUtf8(checked.error().message.substr(0, 2000)));
  file.report = ReportText(*checked);
  file.text = std::move(*text);
  bool too_many = false;
  auto stored = services.store.Write([&](store::Transaction& t) -> Result<std::int64_t> {
    WEIR_ASSIGN(std::vector<store::RuleFile> there, store::ListRuleFiles(t, false));
    std::size_t bytes = file.text.size();
    for (const store::RuleFile& other : there) bytes += other.bytes;
    too_many = there.size() >= kMaxFiles || bytes > kMaxTextOfAll;
    if (too_many) return Err(Code::kLimitExceeded, "too many rule files");
    WEIR_ASSIGN(std::int64_t id, store::PutRuleFile(t, file));
    WEIR_TRY(services.events.Emit(t, "rules", Json::object()));
    return id;
  });
  if (too_many) return Refuse(409, "conflict", "more than 200 rule files, or 64 MiB of them, are too many");
  WEIR_TRY(stored);
  TellOfRules(services);
  WEIR_ASSIGN(file, services.store.Read([&](store::Reader& r) { return store::GetRuleFile(r, *stored); }));
  return JsonAnswer(FileJson(file), 201);
}

Answer DeleteRuleFile(Services& services, Call& call) {
  std::optional<std::uint32_t> id = ParseId(call.id());
  if (!id) return NoSuch("rule file", call.id());
  auto done = services.store.Write([&](store::Transaction& t) -> Result<void> {
    WEIR_ASSIGN(store::RuleFile file, store::GetRuleFile(t, *id));
    call.detail = std::string(model::ContentKindName(file.kind)) + " " + file.name;
    WEIR_TRY(store::RemoveRuleFile(t, *id));
    return services.events.Emit(t, "rules", Json::object());
  });
  WEIR_TRY(done);
  TellOfRules(services);
  return NoContent();
}

Answer SensorRules(Services& services, Call&) {
  WEIR_ASSIGN(auto rules, services.rules.Current());
  return TextAnswer(wire::ToJson(*rules), "application/json");
}

}  // namespace weir::console
