#include "secret/formats/gitleaks.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "secret/formats/draft.h"
#include "secret/formats/filter_expression.h"
#include "secret/rules.h"

namespace weir::secret {
namespace {

/// gitleaks follows [extend] so far.
constexpr int kMaxExtends = 2;

struct File {
  std::vector<Draft> drafts;
  std::vector<Allowlist> allowlists;
  std::vector<std::pair<std::vector<std::string>, Allowlist>> targeted;  // global ones with targetRules
  std::string extend_path;
  bool use_default = false;
  std::vector<std::string> disabled;
  std::vector<RuleRemark> remarks;
};

std::optional<Allowlist> ReadAllowlist(const Value& table, const std::string& id,
                                       std::vector<RuleRemark>& remarks) {
  Fields fields(table, id, remarks);
  if (!table.IsTable()) {
    fields.Remark("an allowlist is no table");
    return std::nullopt;
  }
  Allowlist list;
  const std::string condition = ToLower(fields.Text("condition"));
  if (condition == "and" || condition == "&&") {
    list.all = true;
  } else if (!condition.empty() && condition != "or" && condition != "||") {
    fields.Remark("an allowlist has a condition that is neither AND nor OR; it is not used");
    return std::nullopt;
  }
  const std::string target = fields.Text("regexTarget");
  if (target == "match") {
    list.target = Allowlist::Target::kMatch;
  } else if (target == "line") {
    list.target = Allowlist::Target::kLine;
  } else if (!target.empty() && target != "secret") {
    fields.Remark("an allowlist has an unknown regexTarget; it is not used");
    return std::nullopt;
  }
  list.regexes = fields.Texts("regexes");
  list.paths = fields.Texts("paths");
  for (std::string& word : fields.Texts("stopwords")) list.stopwords.push_back(ToLower(word));
  for (std::string& commit : fields.Texts("commits")) list.commits.push_back(ToLower(Trim(commit)));
  fields.RemarkOthers(
      {"description", "condition", "commits", "paths", "regexTarget", "regexes", "stopwords", "targetRules"});
  if (list.regexes.empty() && list.paths.empty() && list.stopwords.empty() && list.commits.empty()) {
    fields.Remark("an allowlist allows nothing");
    return std::nullopt;
  }
  return list;
}

/// The tables under NAME: one, or a list of them.
std::vector<const Value*> Tables(const Value& parent, std::string_view name) {
  std::vector<const Value*> tables;
  const Value* value = parent.Find(name);
  if (value == nullptr) return tables;
  if (value->IsTable()) tables.push_back(value);
  if (value->IsArray())
    for (const Value& item : value->items) tables.push_back(&item);
  return tables;
}

std::optional<ValidationRequest> ReadValidate(const Value& table, const std::string& id,
                                              std::vector<RuleRemark>& remarks) {
  Fields fields(table, id, remarks);
  ValidationRequest request;
  if (const std::string method = fields.Text("method"); !method.empty()) request.method = method;
  request.url = fields.Text("url");
  request.body = fields.Text("body");
  if (const Value* headers = fields.Find("headers"); headers != nullptr && headers->IsTable())
    for (const auto& [key, value] : headers->members)
      if (value.IsScalar()) request.headers.emplace_back(key, value.text);
  const auto codes = [&](std::string_view name, std::vector<int>& into) {
    if (fields.Find(name) == nullptr) return;
    into.clear();
    for (const std::string& text : fields.Texts(name))
      if (auto code = ParseUint(text); code && *code < 1'000) into.push_back(static_cast<int>(*code));
  };
  codes("valid", request.valid);
  codes("invalid", request.invalid);
  fields.RemarkOthers({"method", "url", "body", "headers", "valid", "invalid"});
  if (!request.url.starts_with("https://") && !request.url.starts_with("{{secret}}")) {
    fields.Remark("validate has no https URL; it is not used");
    return std::nullopt;
  }
  return request;
}

void ReadRequired(const Value& table, Fields& fields, Rule& rule, std::vector<RuleRemark>& remarks) {
  for (const Value* item : Tables(table, "required")) {
    if (!item->IsTable()) continue;
    Fields required(*item, fields.id(), remarks);
    RequiredRule needed;
    needed.id = required.Text("id");
    needed.within_lines = required.Count("withinLines");
    needed.within_columns = required.Count("withinColumns");
    if (needed.id.empty()) {
      required.Remark("requires a rule without an id");
      continue;
    }
    rule.required.push_back(std::move(needed));
  }
}

Draft ReadRule(const Value& table, std::vector<RuleRemark>& remarks) {
  Draft draft;
  Rule& rule = draft.rule;
  Fields fields(table, {}, remarks);
  rule.id = fields.Text("id");
  fields.set_id(ToValidUtf8(rule.id.substr(0, 200)));
  rule.title = fields.Text("title");
  if (rule.title.empty()) rule.title = fields.Text("description");
  rule.pattern = fields.Text("regex");
  rule.path_pattern = fields.Text("path");
  rule.entropy = fields.Number("entropy").value_or(0);
  rule.secret_group = fields.Count("secretGroup").value_or(fields.Count("valueGroup").value_or(0));
  rule.tags = fields.Texts("tags");
  for (const std::string& keyword : fields.Texts("keywords"))
    if (!keyword.empty()) rule.keywords.push_back(ToLower(keyword));
  for (const std::string_view name : {"allowlists", "allowlist"})  // the latter up to gitleaks 8.20
    for (const Value* item : Tables(table, name))
      if (auto list = ReadAllowlist(*item, fields.id(), remarks)) rule.allowlists.push_back(std::move(*list));
  ReadRequired(table, fields, rule, remarks);
  rule.skip_report = fields.Flag("skipReport").value_or(false);
  ReadWeight(fields, draft);
  if (const std::string rank = fields.Text("specificity"); rank.starts_with('-') && !draft.has_generic)
    rule.generic = draft.has_generic = true;  // betterleaks: yields to what is more specific
  if (fields.Find("components") != nullptr)
    fields.Remark("\"components\" go with the secret to its issuer; they are not required");
  rule.checksum = fields.Text("checksum");
  rule.examples = fields.Texts("examples");
  rule.negative_examples = fields.Texts("negative_examples");
  if (const Value* validate = fields.Find("validate"); validate != nullptr) {
    if (validate->IsTable()) {
      rule.validate = ReadValidate(*validate, fields.id(), remarks);
    } else {
      rule.validate = ReadValidateExpression(validate->text);
      if (!rule.validate)
        fields.Remark("the expression in \"validate\" is not understood: no issuer is asked");
    }
  }
  for (const std::string_view name : {"prefilter", "filter"})
    if (const std::string expression = fields.Text(name); !expression.empty()) {
      FilterParts parts = ReadFilterExpression(expression);
      if (parts.entropy > 0) rule.entropy = parts.entropy;
      for (Allowlist& list : parts.allowlists) rule.allowlists.push_back(std::move(list));
      if (!parts.complete)
        fields.Remark("the expression in \"" + std::string(name) + "\" is understood in part: more is found");
    }
  fields.RemarkOthers({"id",         "title",      "description",       "regex",
                       "path",       "entropy",    "secretGroup",       "tags",
                       "keywords",   "allowlists", "allowlist",         "required",
                       "skipReport", "severity",   "confidence",        "generic",
                       "checksum",   "examples",   "negative_examples", "validate",
                       "prefilter",  "filter"});
  return draft;
}

File ReadFileTable(const Value& root) {
  File file;
  Fields fields(root, {}, file.remarks);
  if (const Value* extend = fields.Find("extend"); extend != nullptr && extend->IsTable()) {
    Fields of_extend(*extend, {}, file.remarks);
    file.extend_path = of_extend.Text("path");
    file.use_default = of_extend.Flag("useDefault").value_or(false);
    file.disabled = of_extend.Texts("disabledRules");
    of_extend.RemarkOthers({"path", "useDefault", "disabledRules"});
  }
  for (const std::string_view name : {"allowlists", "allowlist"})
    for (const Value* item : Tables(root, name)) {
      auto list = ReadAllowlist(*item, {}, file.remarks);
      if (!list) continue;
      std::vector<std::string> targets = Fields(*item, {}, file.remarks).Texts("targetRules");
      if (targets.empty()) {
        file.allowlists.push_back(std::move(*list));
      } else {
        file.targeted.emplace_back(std::move(targets), std::move(*list));
      }
    }
  for (const std::string_view name : {"prefilter", "filter"})
    if (const std::string expression = fields.Text(name); !expression.empty()) {
      FilterParts parts = ReadFilterExpression(expression);
      for (Allowlist& list : parts.allowlists) file.allowlists.push_back(std::move(list));
      if (!parts.complete || parts.entropy > 0)
        fields.Remark("the file's \"" + std::string(name) + "\" is understood in part: more is found");
    }
  const std::vector<const Value*> rules = Tables(root, "rules");
  file.drafts.reserve(std::min(rules.size(), kMaxRules + 1));
  for (const Value* table : rules) {
    if (file.drafts.size() > kMaxRules) break;  // Finish remarks it
    if (table->IsTable()) file.drafts.push_back(ReadRule(*table, file.remarks));
  }
  fields.RemarkOthers({"title", "description", "minVersion", "betterleaksMinVersion", "extend", "allowlist",
                       "allowlists", "rules", "prefilter", "filter"});
  return file;
}

/// As gitleaks does: what the extending file says of a rule wins, lists are joined.
void ExtendRule(Draft& mine, Draft base) {
  Rule& rule = base.rule;
  Rule& over = mine.rule;
  if (!over.title.empty()) rule.title = std::move(over.title);
  if (over.entropy != 0) rule.entropy = over.entropy;
  if (over.secret_group != 0) rule.secret_group = over.secret_group;
  if (!over.pattern.empty()) {
    rule.pattern = std::move(over.pattern);
    rule.syntax = over.syntax;
    rule.checksum = over.checksum;  // the base's belongs to the base's pattern, and so do its examples
    rule.examples = std::move(over.examples);
    rule.negative_examples = std::move(over.negative_examples);
  }
  if (!over.path_pattern.empty()) rule.path_pattern = std::move(over.path_pattern);
  if (over.validate) rule.validate = std::move(over.validate);
  if (over.skip_report) rule.skip_report = true;
  const auto join = [](auto& into, auto& from) {
    std::move(from.begin(), from.end(), std::back_inserter(into));
  };
  join(rule.tags, over.tags);
  join(rule.keywords, over.keywords);
  join(rule.allowlists, over.allowlists);
  if (!over.required.empty()) rule.required = std::move(over.required);
  if (mine.has_severity) rule.severity = over.severity;
  if (mine.has_confidence) rule.confidence = over.confidence;
  if (mine.has_generic) rule.generic = over.generic;
  base.has_severity |= mine.has_severity;
  base.has_confidence |= mine.has_confidence;
  base.has_generic |= mine.has_generic;
  mine = std::move(base);
}

void Extend(File& file, File base) {
  std::unordered_map<std::string, std::size_t> mine;
  for (std::size_t i = 0; i < file.drafts.size(); ++i) mine[file.drafts[i].rule.id] = i;
  for (const std::string& id : file.disabled)
    if (std::none_of(base.drafts.begin(), base.drafts.end(),
                     [&id](const Draft& d) { return d.rule.id == id; }))
      file.remarks.push_back(
          {ToValidUtf8(id.substr(0, 200)), "is disabled, but there is no such rule", false});
  for (Draft& draft : base.drafts) {
    if (std::find(file.disabled.begin(), file.disabled.end(), draft.rule.id) != file.disabled.end()) continue;
    const auto at = mine.find(draft.rule.id);
    if (at == mine.end()) {
      file.drafts.push_back(std::move(draft));
    } else {
      ExtendRule(file.drafts[at->second], std::move(draft));
    }
  }
  std::move(base.allowlists.begin(), base.allowlists.end(), std::back_inserter(file.allowlists));
  std::move(base.targeted.begin(), base.targeted.end(), std::back_inserter(file.targeted));
  std::move(base.remarks.begin(), base.remarks.end(), std::back_inserter(file.remarks));
}

File DefaultFile() {
  RuleSet pack = BuiltInRules();
  File file;
  file.allowlists = std::move(pack.allowlists);
  file.drafts.reserve(pack.rules.size());
  for (Rule& rule : pack.rules) file.drafts.push_back({std::move(rule), true, true, true});
  return file;
}

File ReadExtended(const Value& root, const ExtendLoader& loader, int depth) {
  File file = ReadFileTable(root);
  if (depth >= kMaxExtends) return file;
  const auto remark = [&file](std::string message) {
    file.remarks.push_back({{}, std::move(message), true});
  };
  if (file.use_default) {
    if (!file.extend_path.empty()) remark("extend.path is not followed where useDefault is set");
    Extend(file, DefaultFile());
  } else if (!file.extend_path.empty()) {
    const std::string shown = ToValidUtf8(file.extend_path);
    if (!loader) {
      remark("extend.path is not followed here: " + shown);
      return file;
    }
    const auto text = loader(file.extend_path);
    if (!text) {
      remark("extend.path: " + text.error().message);
      return file;
    }
    const auto base = ReadToml(*text, {});
    if (!base) {
      remark("extend.path " + shown + ": " + base.error().message);
      return file;
    }
    Extend(file, ReadExtended(*base, loader, depth + 1));
  }
  return file;
}

}  // namespace

RuleSet ReadGitleaks(const Value& root, std::string_view name, const ExtendLoader& loader) {
  File file = ReadExtended(root, loader, 0);
  for (const auto& [targets, list] : file.targeted)
    for (const std::string& id : targets) {
      bool found = false;
      for (Draft& draft : file.drafts)
        if (draft.rule.id == id) {
          draft.rule.allowlists.push_back(list);
          found = true;
        }
      if (!found)
        file.remarks.push_back({ToValidUtf8(id.substr(0, 200)),
                                "is the target of an allowlist, but there is no such rule", false});
    }
  RuleSet rules;
  rules.allowlists = std::move(file.allowlists);
  rules.remarks = std::move(file.remarks);
  Finish(std::move(file.drafts), name, rules);
  return rules;
}

}  // namespace weir::secret
