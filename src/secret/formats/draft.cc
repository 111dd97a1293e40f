#include "secret/formats/draft.h"

#include <algorithm>

#include "base/strings.h"
#include "secret/checksum.h"
#include "secret/formats/pattern_facts.h"

namespace weir::secret {
namespace {

bool Has(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

}  // namespace

const Value* Fields::Find(std::string_view name) const {
  const Value* value = table_.Find(name);
  return value != nullptr && value->kind == Value::Kind::kNull ? nullptr : value;
}

std::string Fields::Text(std::string_view name) {
  const Value* value = Find(name);
  if (value == nullptr) return {};
  if (value->IsScalar()) return value->text;
  Remark(std::string(name) + " is no text");
  return {};
}

std::vector<std::string> Fields::Texts(std::string_view name) {
  const Value* value = Find(name);
  if (value == nullptr) return {};
  if (value->IsScalar()) return {value->text};
  std::vector<std::string> texts;
  if (value->IsArray()) {
    texts.reserve(value->items.size());
    for (const Value& item : value->items)
      if (item.IsScalar()) texts.push_back(item.text);
    if (texts.size() == value->items.size()) return texts;
  }
  Remark(std::string(name) + " is no list of texts");
  return texts;
}

std::optional<double> Fields::Number(std::string_view name) {
  const Value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (value->IsScalar())
    if (auto number = ParseDouble(Trim(value->text))) return number;
  Remark(std::string(name) + " is no number");
  return std::nullopt;
}

std::optional<std::uint32_t> Fields::Count(std::string_view name) {
  const Value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (value->IsScalar())
    if (auto count = ParseUint(Trim(value->text)); count && *count <= 0xffffffffU)
      return static_cast<std::uint32_t>(*count);
  Remark(std::string(name) + " is no count");
  return std::nullopt;
}

std::optional<bool> Fields::Flag(std::string_view name) {
  const Value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (value->IsScalar()) {
    if (EqualsIgnoreCase(value->text, "true") || value->text == "yes") return true;
    if (EqualsIgnoreCase(value->text, "false") || value->text == "no") return false;
  }
  Remark(std::string(name) + " is neither true nor false");
  return std::nullopt;
}

void Fields::RemarkOthers(std::initializer_list<std::string_view> known) {
  std::size_t others = 0;
  for (const auto& [key, value] : table_.members) {
    const bool found = std::any_of(known.begin(), known.end(),
                                   [&name = key](std::string_view k) { return EqualsIgnoreCase(k, name); });
    if (!found && ++others <= 8) Remark("\"" + ToValidUtf8(key.substr(0, 60)) + "\" is not read");
  }
}

void ReadWeight(Fields& fields, Draft& draft) {
  if (const std::string word = fields.Text("severity"); !word.empty()) {
    if (const model::Severity severity = model::ParseSeverity(word); severity != model::Severity::kUnknown) {
      draft.rule.severity = severity;
      draft.has_severity = true;
    } else {
      fields.Remark("severity \"" + ToValidUtf8(word.substr(0, 40)) + "\" is not known");
    }
  }
  if (const std::string word = fields.Text("confidence"); !word.empty()) {
    const std::string lower = ToLower(word);
    if (lower == "low" || lower == "medium" || lower == "high") {
      draft.rule.confidence = model::ParseConfidence(lower);
      draft.has_confidence = true;
    } else {
      fields.Remark("confidence \"" + ToValidUtf8(word.substr(0, 40)) + "\" is not known");
    }
  }
  if (auto generic = fields.Flag("generic")) {
    draft.rule.generic = *generic;
    draft.has_generic = true;
  }
}

void Derive(Draft& draft) {
  Rule& rule = draft.rule;
  const std::string id = ToLower(rule.id);
  const std::string name = id + " " + ToLower(rule.title.substr(0, 200));
  const bool says_generic = Has(id, {"generic"});
  if (!draft.has_generic) rule.generic = says_generic;

  const PatternFacts facts = LookAtPattern(rule.pattern, rule.syntax);
  const bool named = facts.names_value;
  const bool literal = facts.longest_literal >= 3;
  if (!draft.has_confidence) {
    const bool vague = rule.generic || says_generic || Has(name, {"generic", "fuzzy"}) ||
                       (!rule.pattern.empty() && !literal && rule.keywords.empty());
    const bool sure = !vague && !rule.pattern.empty() && literal && !named;
    rule.confidence = vague  ? model::Confidence::kLow
                      : sure ? model::Confidence::kHigh
                             : model::Confidence::kMedium;
  }
  if (!draft.has_severity) {
    // What is meant to be seen by others is no loss; a name of an account is half a secret.
    const bool open =
        Has(name, {"publishable", "public key", "public-key", "client id", "client-id", "identifier"});
    if (open || rule.confidence == model::Confidence::kLow) {
      rule.severity = model::Severity::kLow;
    } else if (rule.confidence == model::Confidence::kHigh || Has(name, {"private key", "private-key"})) {
      rule.severity = model::Severity::kHigh;
    } else {
      rule.severity = model::Severity::kMedium;
    }
  }
}

std::string Fault(const Rule& rule) {
  if (Trim(rule.id).empty()) return "has no id";
  if (rule.id.size() > 200) return "has an id of more than 200 bytes";
  if (rule.pattern.empty() && rule.path_pattern.empty()) return "has neither a pattern nor a path";
  const auto too_long = [](const std::string& pattern) { return pattern.size() > kMaxPatternLength; };
  if (too_long(rule.pattern) || too_long(rule.path_pattern)) return "has a pattern longer than 32 KiB";
  for (const Allowlist& list : rule.allowlists)
    if (std::any_of(list.regexes.begin(), list.regexes.end(), too_long) ||
        std::any_of(list.paths.begin(), list.paths.end(), too_long))
      return "has an allowlist with a pattern longer than 32 KiB";
  const PatternFacts facts = LookAtPattern(rule.pattern, rule.syntax);
  if (!facts.balanced) return "has a pattern whose parentheses or classes do not close";
  if (std::max(facts.size, LookAtPattern(rule.path_pattern, Rule::Syntax::kGo).size) > kMaxPatternSize)
    return "has a pattern that is too large when its repeats are written out";
  if (!rule.pattern.empty() && rule.secret_group > facts.groups)
    return "takes its secret from group " + std::to_string(rule.secret_group) + " of " +
           std::to_string(facts.groups);
  if (!rule.checksum.empty() && !IsChecksum(rule.checksum))
    return "names a checksum that is not known: " + ToValidUtf8(rule.checksum.substr(0, 60));
  return {};
}

void Finish(std::vector<Draft> drafts, std::string_view source, RuleSet& rules) {
  if (drafts.size() > kMaxRules) {
    rules.remarks.push_back(
        {{}, "more than " + std::to_string(kMaxRules) + " rules; the rest is not read", true});
    drafts.resize(kMaxRules);
  }
  std::unordered_map<std::string, std::size_t> by_id;
  rules.rules.reserve(rules.rules.size() + drafts.size());
  for (Draft& draft : drafts) {
    const std::string shown = ToValidUtf8(draft.rule.id.substr(0, 200));
    if (std::string fault = Fault(draft.rule); !fault.empty()) {
      rules.remarks.push_back({shown, std::move(fault), true});
      continue;
    }
    Derive(draft);
    draft.rule.source = std::string(source);
    const auto [at, fresh] = by_id.emplace(draft.rule.id, rules.rules.size());
    if (fresh) {
      rules.rules.push_back(std::move(draft.rule));
    } else {
      rules.remarks.push_back({shown, "there are two rules of this id; the later is used", false});
      rules.rules[at->second] = std::move(draft.rule);
    }
  }
  // What a rule requires has to be there; what then falls may have been required itself.
  for (bool again = true; again;) {
    again = false;
    for (std::size_t i = 0; i < rules.rules.size();) {
      const Rule& rule = rules.rules[i];
      const auto missing =
          std::find_if(rule.required.begin(), rule.required.end(),
                       [&](const RequiredRule& r) { return by_id.find(r.id) == by_id.end(); });
      if (missing == rule.required.end()) {
        ++i;
        continue;
      }
      rules.remarks.push_back(
          {ToValidUtf8(rule.id),
           "requires a rule that is not there: " + ToValidUtf8(missing->id.substr(0, 200)), true});
      by_id.erase(rule.id);
      rules.rules.erase(rules.rules.begin() + static_cast<std::ptrdiff_t>(i));
      again = true;
    }
  }
  if (rules.remarks.size() > kMaxRemarks) {
    rules.remarks.resize(kMaxRemarks);
    rules.remarks.push_back({{}, "and more; the rest is not shown", false});
  }
}

std::string FewerThan(std::uint32_t count, std::string_view character_class) {
  const std::string in = "[" + std::string(character_class) + "]";
  const std::string out = "[^" + std::string(character_class) + "]*";
  return "^" + out + "(?:" + in + out + "){0," + std::to_string(count - 1) + "}$";
}

std::string WholeMatch(std::string_view pattern) { return "(" + std::string(pattern) + ")"; }

}  // namespace weir::secret
