#include <string>
#include <vector>

#include "base/strings.h"
#include "secret/formats/draft.h"
#include "secret/formats/yaml_rules.h"

namespace weir::secret {
namespace {

/// regex and path of an allow rule must both match where both are given.
void ReadAllowRules(const Value* list, Allowlist::Target target, std::vector<Allowlist>& into,
                    std::vector<RuleRemark>& remarks, const std::string& id) {
  if (list == nullptr) return;
  for (const Value& table : list->items) {
    if (!table.IsTable()) continue;
    Fields fields(table, id, remarks);
    Allowlist allow;
    allow.all = true;
    allow.target = target;
    if (std::string regex = fields.Text("regex"); !regex.empty()) allow.regexes.push_back(std::move(regex));
    if (std::string path = fields.Text("path"); !path.empty()) allow.paths.push_back(std::move(path));
    fields.RemarkOthers({"id", "description", "regex", "path"});
    if (!allow.regexes.empty() || !allow.paths.empty()) into.push_back(std::move(allow));
  }
}

Draft ReadRule(const Value& table, std::vector<RuleRemark>& remarks) {
  Draft draft;
  Rule& rule = draft.rule;
  Fields fields(table, {}, remarks);
  rule.id = fields.Text("id");
  fields.set_id(ToValidUtf8(rule.id.substr(0, 200)));
  rule.title = fields.Text("title");
  rule.path_pattern = fields.Text("path");
  rule.pattern = fields.Text("regex");
  rule.secret_group_name = fields.Text("secret-group-name");
  if (rule.secret_group_name.empty() && !rule.pattern.empty()) rule.pattern = WholeMatch(rule.pattern);
  if (const std::string category = fields.Text("category"); !category.empty()) rule.tags.push_back(category);
  for (const std::string& keyword : fields.Texts("keywords"))
    if (!keyword.empty()) rule.keywords.push_back(ToLower(keyword));
  ReadAllowRules(fields.Find("allow-rules"), Allowlist::Target::kSecret, rule.allowlists, remarks,
                 fields.id());
  ReadWeight(fields, draft);
  if (fields.Find("exclude-block") != nullptr) fields.Remark("exclude-block is not read: more is found");
  fields.RemarkOthers({"id", "title", "path", "regex", "secret-group-name", "category", "keywords",
                       "allow-rules", "severity", "confidence", "generic", "exclude-block"});
  return draft;
}

}  // namespace

RuleSet ReadTrivy(const Value& root, std::string_view name) {
  RuleSet rules;
  std::vector<Draft> drafts;
  if (const Value* list = root.Find("rules"); list != nullptr)
    for (const Value& table : list->items) {
      if (drafts.size() > kMaxRules) break;  // Finish remarks it
      if (table.IsTable()) drafts.push_back(ReadRule(table, rules.remarks));
    }
  ReadAllowRules(root.Find("allow-rules"), Allowlist::Target::kSecret, rules.allowlists, rules.remarks, {});
  Fields fields(root, {}, rules.remarks);
  for (const std::string_view own : {"enable-builtin-rules", "disable-rules", "disable-allow-rules"})
    if (fields.Find(own) != nullptr)
      fields.Remark(std::string(own) + " is about trivy's own rules; it has no effect");
  if (fields.Find("exclude-block") != nullptr) fields.Remark("exclude-block is not read: more is found");
  fields.RemarkOthers({"rules", "allow-rules", "enable-builtin-rules", "disable-rules", "disable-allow-rules",
                       "exclude-block"});
  Finish(std::move(drafts), name, rules);
  return rules;
}

}  // namespace weir::secret
