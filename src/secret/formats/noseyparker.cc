#include <algorithm>
#include <string>
#include <vector>

#include "base/strings.h"
#include "secret/formats/draft.h"
#include "secret/formats/yaml_rules.h"

namespace weir::secret {
namespace {

/// "{{ TOKEN }}" is the secret; any other variable or filter is more than a request of ours can say.
std::optional<std::string> OurTemplate(std::string_view text) {
  std::string ours;
  while (!text.empty()) {
    const std::size_t open = text.find("{{");
    if (open == std::string_view::npos) {
      ours += text;
      break;
    }
    const std::size_t close = text.find("}}", open);
    if (close == std::string_view::npos) return std::nullopt;
    const std::string word = ReplaceAll(text.substr(open + 2, close - open - 2), " ", "");
    if (word != "TOKEN" && word != "TOKEN|b64enc") return std::nullopt;
    ours += text.substr(0, open);
    ours += word == "TOKEN" ? "{{secret}}" : "{{base64}}";
    text.remove_prefix(close + 2);
  }
  if (ours.find("{%") != std::string::npos) return std::nullopt;
  return ours;
}

/// Kingfisher's matchers must all hold. Ours is the status alone, so that a list is taken where the status is
/// what decides: words and headers are not looked at, and a rule with such is not asked about.
bool ReadMatchers(const Value& matchers, ValidationRequest& request) {
  bool status_known = false;
  for (const Value& matcher : matchers.items) {
    const Value* type = matcher.Find("type");
    if (type == nullptr || type->text == "JsonValid" || type->text == "XmlValid" ||
        type->text == "ReportResponse")
      continue;
    if (type->text != "StatusMatch") return false;
    const Value* status = matcher.Find("status");
    if (status == nullptr || !status->IsArray()) return false;
    const Value* negative = matcher.Find("negative");
    std::vector<int> codes;
    for (const Value& item : status->items)
      if (auto code = ParseUint(item.text); code && *code < 1'000) codes.push_back(static_cast<int>(*code));
    if (negative != nullptr && EqualsIgnoreCase(negative->text, "true")) {
      request.invalid = std::move(codes);
    } else {
      request.valid = std::move(codes);
      status_known = true;
    }
  }
  for (const int code : request.valid) std::erase(request.invalid, code);
  return status_known;
}

std::optional<ValidationRequest> ReadHttp(const Value& validation) {
  const Value* content = validation.Find("content");
  const Value* in = content == nullptr ? nullptr : content->Find("request");
  if (in == nullptr) return std::nullopt;
  ValidationRequest request;
  if (const Value* method = in->Find("method"); method != nullptr && method->IsScalar())
    request.method = method->text;
  const Value* url = in->Find("url");
  const auto target = url == nullptr ? std::nullopt : OurTemplate(url->text);
  if (!target || !target->starts_with("https://")) return std::nullopt;
  request.url = *target;
  if (const Value* headers = in->Find("headers"); headers != nullptr)
    for (const auto& [key, value] : headers->members) {
      auto text = OurTemplate(value.text);
      if (!text) return std::nullopt;
      request.headers.emplace_back(key, std::move(*text));
    }
  if (const Value* body = in->Find("body"); body != nullptr && body->IsScalar()) {
    auto text = OurTemplate(body->text);
    if (!text) return std::nullopt;
    request.body = std::move(*text);
  }
  if (in->Find("multipart") != nullptr) return std::nullopt;
  const Value* matchers = in->Find("response_matcher");
  if (matchers == nullptr || !ReadMatchers(*matchers, request)) return std::nullopt;
  return request;
}

void ReadValidation(Fields& fields, Rule& rule) {
  const Value* validation = fields.Find("validation");
  if (validation == nullptr || !validation->IsTable()) return;
  const Value* type = validation->Find("type");
  const std::string kind = type == nullptr ? "?" : type->text;
  if (kind == "Http") {
    rule.validate = ReadHttp(*validation);
    if (!rule.validate)
      fields.Remark("validation is more than one request whose status decides: no issuer is asked");
  } else if (kind != "Assumed") {
    fields.Remark("validation of type " + ToValidUtf8(kind.substr(0, 40)) +
                  " is not read: no issuer is asked");
  }
}

/// Kingfisher's and Titus' demands on the characters of a secret: what meets them not is allowed.
void ReadRequirements(const Value& table, Fields& outer, Rule& rule, std::vector<RuleRemark>& remarks) {
  Fields fields(table, outer.id(), remarks);
  const auto demand = [&](std::string_view name, std::string_view character_class) {
    const auto count = fields.Count(name);
    if (!count || *count == 0) return;
    if (*count > 1'000) {
      fields.Remark(std::string(name) + " is too large; it is not used");
      return;
    }
    Allowlist list;
    list.regexes.push_back(FewerThan(*count, character_class));
    rule.allowlists.push_back(std::move(list));
  };
  demand("min_digits", "0-9");
  demand("min_uppercase", "A-Z");
  demand("min_lowercase", "a-z");
  std::string special;
  for (const char c : fields.Text("special_chars")) {
    special.push_back('\\');
    special.push_back(c);
  }
  const bool plain = std::all_of(special.begin(), special.end(),
                                 [](char c) { return c > ' ' && c < 0x7f && !IsDigit(c) && !IsAlpha(c); });
  if (!plain) {
    fields.Remark("special_chars has what is no ASCII punctuation; min_special_chars is not used");
  } else {
    demand("min_special_chars", special.empty() ? "!-/:-@\\[-`{-~" : special);
  }
  std::vector<std::string> words = fields.Texts("ignore_if_contains");
  if (!words.empty()) {
    Allowlist list;
    for (const std::string& word : words)
      if (!word.empty()) list.stopwords.push_back(ToLower(word));
    rule.allowlists.push_back(std::move(list));
  }
  if (fields.Flag("luhn").value_or(false)) rule.checksum = "luhn";
  if (fields.Find("checksum") != nullptr)
    fields.Remark("a checksum given as a template is not read: more is found");
  fields.RemarkOthers({"min_digits", "min_uppercase", "min_lowercase", "min_special_chars", "special_chars",
                       "ignore_if_contains", "luhn", "checksum"});
}

void Weigh(Fields& fields, Draft& draft) {
  ReadWeight(fields, draft);
  Rule& rule = draft.rule;
  const auto tagged = [&rule](std::string_view tag) {
    return std::find(rule.tags.begin(), rule.tags.end(), tag) != rule.tags.end();
  };
  if (auto score = fields.Count("base_score"); score && !draft.has_severity) {  // Titus
    rule.severity = *score >= 70   ? model::Severity::kHigh
                    : *score >= 40 ? model::Severity::kMedium
                                   : model::Severity::kLow;
    draft.has_severity = true;
  }
  if (!draft.has_confidence &&
      (fields.Flag("noisy").value_or(false) || tagged("fuzzy") || tagged("generic"))) {
    rule.confidence = model::Confidence::kLow;
    draft.has_confidence = true;
  }
  if (!draft.has_severity && tagged("identifier") && !tagged("secret")) {
    rule.severity = model::Severity::kLow;
    draft.has_severity = true;
  }
}

Draft ReadRule(const Value& table, std::vector<RuleRemark>& remarks) {
  Draft draft;
  Rule& rule = draft.rule;
  Fields fields(table, {}, remarks);
  rule.id = fields.Text("id");
  rule.title = fields.Text("name");
  if (rule.id.empty()) rule.id = rule.title;  // Nosey Parker's oldest have no id
  fields.set_id(ToValidUtf8(rule.id.substr(0, 200)));
  rule.syntax = Rule::Syntax::kRust;
  rule.pattern = fields.Text("pattern");
  while (!rule.pattern.empty() && (rule.pattern.back() == '\n' || rule.pattern.back() == ' '))
    rule.pattern.pop_back();
  for (const std::string_view name : {"?P<TOKEN>", "?<TOKEN>", "?P<token>", "?<token>"})
    if (rule.pattern.find(name) != std::string::npos)
      rule.secret_group_name = name.find("TOKEN") != std::string_view::npos ? "TOKEN" : "token";
  rule.entropy = fields.Number("min_entropy").value_or(0);
  rule.tags = fields.Texts("categories");
  rule.examples = fields.Texts("examples");
  rule.negative_examples = fields.Texts("negative_examples");
  for (const std::string& keyword : fields.Texts("keywords"))
    if (!keyword.empty()) rule.keywords.push_back(ToLower(keyword));
  rule.skip_report = !fields.Flag("visible").value_or(true);
  if (const Value* demands = fields.Find("pattern_requirements"); demands != nullptr && demands->IsTable())
    ReadRequirements(*demands, fields, rule, remarks);
  ReadValidation(fields, rule);
  if (rule.skip_report) fields.Remark("is not visible on its own; nothing requires it here");
  Weigh(fields, draft);
  // depends_on_rule only fills in the variables of a validation, revocation is never done.
  fields.RemarkOthers({"id",
                       "name",
                       "pattern",
                       "min_entropy",
                       "categories",
                       "examples",
                       "negative_examples",
                       "keywords",
                       "visible",
                       "pattern_requirements",
                       "validation",
                       "severity",
                       "confidence",
                       "generic",
                       "base_score",
                       "noisy",
                       "description",
                       "references",
                       "depends_on_rule",
                       "revocation",
                       "prevalidated",
                       "tls_mode"});
  return draft;
}

}  // namespace

RuleSet ReadNoseyParker(const Value& root, std::string_view name) {
  RuleSet rules;
  std::vector<Draft> drafts;
  const Value* list = root.IsArray() ? &root : root.Find("rules");
  if (list != nullptr)
    for (const Value& table : list->items) {
      if (drafts.size() > kMaxRules) break;  // Finish remarks it
      if (table.IsTable()) drafts.push_back(ReadRule(table, rules.remarks));
    }
  if (root.IsTable()) Fields(root, {}, rules.remarks).RemarkOthers({"rules", "rulesets"});
  Finish(std::move(drafts), name, rules);
  return rules;
}

}  // namespace weir::secret
