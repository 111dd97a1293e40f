#include <string>
#include <unordered_map>
#include <vector>

#include "base/strings.h"
#include "secret/formats/draft.h"
#include "secret/formats/yaml_rules.h"

namespace weir::secret {
namespace {

std::string Quote(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) quoted.push_back('\\');
    quoted.push_back(c);
  }
  return quoted;
}

/// The words of NAME as an id: the format has none.
std::string IdOf(std::string_view name, std::string_view part) {
  std::string id(part);
  for (const char c : ToLower(name)) {
    const bool word = IsAlpha(c) || IsDigit(c);
    if (word) {
      id.push_back(c);
    } else if (!id.ends_with('-')) {
      id.push_back('-');
    }
  }
  while (id.ends_with('-')) id.pop_back();
  return id;
}

/// A pattern over the whole path for a pattern over the name or the extension of a file.
std::string OverPath(std::string_view pattern, bool extension) {
  std::string path;
  if (pattern.starts_with("(?i)")) {
    path = "(?i)";
    pattern.remove_prefix(4);
  }
  const bool from_start = pattern.starts_with('^');
  if (from_start) pattern.remove_prefix(1);
  const bool to_end = pattern.ends_with('$') && !pattern.ends_with("\\$");
  if (to_end) pattern.remove_suffix(1);
  if (!extension) {
    path += from_start ? "(?:^|/)" : "(?:^|/)[^/]*";
  } else if (!from_start) {
    path += "\\.[^/.]*";
  } else if (!pattern.starts_with("\\.")) {
    path += "\\.";  // the scanner compared the extension with its dot, but most patterns are written without
  }
  return path + "(?:" + std::string(pattern) + ")" + (to_end ? "$" : extension ? "[^/.]*$" : "[^/]*$");
}

Draft ReadSignature(const Value& table, std::vector<RuleRemark>& remarks) {
  Draft draft;
  Rule& rule = draft.rule;
  Fields fields(table, {}, remarks);
  rule.title = fields.Text("name");
  const std::string part = ToLower(fields.Text("part"));
  rule.id = fields.Text("id");
  if (rule.id.empty()) rule.id = IdOf(rule.title, part == "contents" ? "" : "file-");
  fields.set_id(ToValidUtf8(rule.id.substr(0, 200)));
  const std::string match = fields.Text("match");
  const std::string regex = fields.Text("regex");
  if (part == "contents") {
    // The whole match is the secret.
    rule.pattern = WholeMatch(regex.empty() ? Quote(match) : regex);
    if (regex.empty() && match.empty()) rule.pattern.clear();
  } else if (part == "path") {
    rule.path_pattern = match.empty() ? regex : "^" + Quote(match) + "$";
  } else if (part == "filename") {
    rule.path_pattern = match.empty() ? OverPath(regex, false) : "(?:^|/)" + Quote(match) + "$";
  } else if (part == "extension") {
    rule.path_pattern =
        match.empty() ? OverPath(regex, true) : (match.starts_with('.') ? "" : "\\.") + Quote(match) + "$";
  } else {
    fields.Remark("the part \"" + ToValidUtf8(part.substr(0, 40)) + "\" is not known");
  }
  if (part != "contents" && match.empty() && regex.empty()) rule.path_pattern.clear();
  ReadWeight(fields, draft);
  if (part != "contents" && !rule.path_pattern.empty()) {
    // A name alone says where a secret may be, not that there is one.
    if (!draft.has_severity) rule.severity = model::Severity::kLow;
    if (!draft.has_confidence) rule.confidence = model::Confidence::kLow;
    draft.has_severity = draft.has_confidence = true;
  }
  fields.RemarkOthers({"id", "name", "part", "match", "regex", "regextype", "severity", "severityscore",
                       "confidence", "generic"});
  return draft;
}

}  // namespace

RuleSet ReadSecretScanner(const Value& root, std::string_view name) {
  RuleSet rules;
  std::vector<Draft> drafts;
  std::unordered_map<std::string, std::size_t> seen;
  if (const Value* list = root.Find("signatures"); list != nullptr)
    for (const Value& table : list->items) {
      if (drafts.size() > kMaxRules) break;  // Finish remarks it
      if (!table.IsTable()) continue;
      drafts.push_back(ReadSignature(table, rules.remarks));
      // Several signatures share a name; none may replace another.
      Rule& rule = drafts.back().rule;
      if (const std::size_t times = ++seen[rule.id]; times > 1) rule.id += "-" + std::to_string(times);
    }
  Fields fields(root, {}, rules.remarks);
  if (const std::vector<std::string> words = fields.Texts("blacklisted_strings"); !words.empty()) {
    Allowlist list;
    list.target = Allowlist::Target::kMatch;
    for (const std::string& word : words)
      if (!word.empty()) list.regexes.push_back(Quote(word));
    if (!list.regexes.empty()) rules.allowlists.push_back(std::move(list));
  }
  fields.RemarkOthers({"signatures", "blacklisted_strings"});
  Finish(std::move(drafts), name, rules);
  return rules;
}

}  // namespace weir::secret
