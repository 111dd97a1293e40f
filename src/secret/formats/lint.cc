#include "secret/formats/lint.h"

#include <hs.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/file.h"
#include "base/strings.h"
#include "secret/cases.h"
#include "secret/formats/pattern_facts.h"
#include "secret/pattern.h"
#include "secret/regex.h"
#include "secret/rules.h"

namespace weir::secret {
namespace {

using Level = LintRemark::Level;
using EnginePtr = std::shared_ptr<const Engine>;

constexpr std::size_t kMaxShown = 60;             // bytes of an example
constexpr std::uint64_t kLargePattern = 20'000;   // positions
constexpr std::size_t kMaxAlone = 2'000;          // engines made for one rule
constexpr std::uint32_t kWideMatch = 64U << 10U;  // what the scanner looks at

std::string Shown(std::string_view example) {
  std::string text = ToValidUtf8(example.substr(0, kMaxShown));
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  return "\"" + text + (example.size() > kMaxShown ? "...\"" : "\"");
}

/// The ids of the rules that ENGINE finds in each of TEXTS.
std::vector<std::set<std::string>> Verdicts(const EnginePtr& engine, const std::vector<std::string>& texts,
                                            const std::vector<std::string>& paths) {
  std::ostringstream lines;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const nlohmann::json line{{"id", i}, {"text", texts[i]}, {"path", paths[i]}};
    lines << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  }
  std::istringstream in(lines.str());
  std::ostringstream out, errors;
  RunCases(engine, in, out, errors);
  std::vector<std::set<std::string>> verdicts(texts.size());
  std::istringstream answers(out.str());
  for (std::string line; std::getline(answers, line);) {
    const auto answer = nlohmann::json::parse(line, nullptr, false);
    if (!answer.is_object()) continue;
    const auto index = answer.value("id", texts.size());
    if (index < verdicts.size()) verdicts[index] = answer.value("rules", std::set<std::string>());
  }
  return verdicts;
}

class Linter {
 public:
  Linter(RuleSet rules, std::string_view name) : rules_(std::move(rules)) {
    report_.name = std::string(name);
    report_.rules = rules_.rules.size();
  }

  LintReport Run() {
    std::set<std::string> left_out;
    std::uint64_t nameless = 0;
    for (const RuleRemark& remark : rules_.remarks) {
      Say(remark.left_out ? Level::kError : Level::kNote, remark.rule, remark.message);
      if (remark.left_out && remark.rule.empty()) ++nameless;
      if (remark.left_out && !remark.rule.empty()) left_out.insert(remark.rule);
    }
    for (const Rule& rule : rules_.rules) {
      LookAt(rule);
      left_out.erase(rule.id);  // a later rule of the same id is in use
    }
    for (const Allowlist& list : rules_.allowlists) LookAt(list, {});
    MakeEngine(left_out);
    report_.left_out = left_out.size() + nameless;
    report_.rules -= std::min(report_.rules, refused_);
    if (engine_) TryExamples();
    std::stable_sort(report_.remarks.begin(), report_.remarks.end(),
                     [](const LintRemark& a, const LintRemark& b) {
                       return std::tie(a.level, a.rule) < std::tie(b.level, b.rule);
                     });
    report_.remarks.erase(std::unique(report_.remarks.begin(), report_.remarks.end()), report_.remarks.end());
    return std::move(report_);
  }

 private:
  void Say(Level level, const std::string& rule, std::string message) {
    report_.remarks.push_back({level, rule, std::move(message)});
  }

  void LookAt(const Allowlist& list, const std::string& id) {
    for (const std::vector<std::string>* patterns : {&list.regexes, &list.paths})
      for (const std::string& pattern : *patterns)
        if (const std::string fault = Regex(pattern).Check(); !fault.empty())
          Say(Level::kError, id, "an allowlist's pattern is not taken: " + ToValidUtf8(fault));
    for (const std::string& word : list.stopwords)
      if (word.empty()) Say(Level::kError, id, "an empty stopword allows everything");
  }

  void LookAt(const Rule& rule) {
    if (const std::string fault = Regex(rule.pattern, rule.syntax).Check();
        !rule.pattern.empty() && !fault.empty())
      Say(Level::kError, rule.id, "no matcher takes the pattern: " + ToValidUtf8(fault));
    if (const std::string fault = Regex(rule.path_pattern).Check();
        !rule.path_pattern.empty() && !fault.empty())
      Say(Level::kError, rule.id, "no matcher takes the path: " + ToValidUtf8(fault));
    for (const Allowlist& list : rule.allowlists) LookAt(list, rule.id);
    if (rule.pattern.empty()) return;

    const PatternFacts facts = LookAtPattern(rule.pattern, rule.syntax);
    if (facts.size > kLargePattern)
      Say(Level::kWarning, rule.id,
          "the pattern has about " + std::to_string(facts.size) + " positions: it is slow to compile");
    if (facts.longest_literal < 3 && rule.keywords.empty())
      Say(Level::kWarning, rule.id,
          "nothing in the pattern is rare and there are no keywords: it costs every file");
    LookAtWidth(rule);
    if (!rule.examples.empty())
      for (const std::string& keyword : rule.keywords)
        if (std::none_of(rule.examples.begin(), rule.examples.end(), [&keyword](const std::string& example) {
              return ToLower(example).find(keyword) != std::string::npos;
            }))
          Say(Level::kNote, rule.id, "no example has the keyword " + Shown(keyword));
  }

  void LookAtWidth(const Rule& rule) {
    hs_expr_info_t* info = nullptr;
    hs_compile_error_t* error = nullptr;
    const std::string pattern = ToRe2(rule.pattern, rule.syntax);
    if (pattern.find('\0') != std::string::npos) return;
    const auto status = hs_expression_info(pattern.c_str(), 0, &info, &error);
    const std::unique_ptr<hs_expr_info_t, void (*)(hs_expr_info_t*)> info_owner(info, [](hs_expr_info_t* p) {
      std::free(p);  // NOLINT: how the library says it is to be done
    });
    const std::unique_ptr<hs_compile_error_t, void (*)(hs_compile_error_t*)> error_owner(
        error, [](hs_compile_error_t* p) { hs_free_compile_error(p); });
    if (status != HS_SUCCESS || info == nullptr) return;  // what it refuses, others take
    if (info->min_width == 0) Say(Level::kWarning, rule.id, "the pattern matches nothing at all, everywhere");
    if (info->max_width > kWideMatch)
      Say(Level::kNote, rule.id, "a match can be of any length: what is beyond 64 KiB is not seen");
  }

  void MakeEngine(std::set<std::string>& left_out) {
    RuleSet copy;
    copy.rules = rules_.rules;
    copy.allowlists = rules_.allowlists;
    auto engine = Engine::Make(std::move(copy), {});
    if (!engine) {
      Say(Level::kError, {}, "no scanner can be made: " + engine.error().message);
      return;
    }
    engine_ = std::move(*engine);
    for (const RuleRemark& remark : engine_->remarks()) {
      Say(remark.left_out ? Level::kError : Level::kNote, remark.rule, remark.message);
      if (remark.left_out && left_out.insert(remark.rule).second) ++refused_;
    }
  }

  /// A scanner of RULE alone, with what it requires: where another takes precedence, or it is only there for
  /// others.
  std::set<std::string> VerdictAlone(const Rule& rule, const std::string& text) {
    if (++alone_ > kMaxAlone) return {rule.id};
    RuleSet few;
    few.allowlists = rules_.allowlists;
    for (const Rule& other : rules_.rules)
      if (std::any_of(rule.required.begin(), rule.required.end(),
                      [&other](const RequiredRule& r) { return r.id == other.id; }))
        few.rules.push_back(other);
    few.rules.push_back(rule);
    few.rules.back().skip_report = false;
    const auto engine = Engine::Make(std::move(few), {});
    return engine ? Verdicts(*engine, {text}, {{}})[0] : std::set<std::string>();
  }

  void TryExamples() {
    struct Try {
      const Rule* rule;
      bool positive;
    };
    std::vector<Try> tries;
    std::vector<std::string> texts;
    for (const Rule& rule : rules_.rules) {
      // Where a path is wanted, too, an example of the text alone says nothing.
      if (!rule.path_pattern.empty()) continue;
      for (const std::string& text : rule.examples) {
        tries.push_back({&rule, true});
        texts.push_back(text);
      }
      for (const std::string& text : rule.negative_examples) {
        tries.push_back({&rule, false});
        texts.push_back(text);
      }
    }
    report_.examples = tries.size();
    const auto verdicts = Verdicts(engine_, texts, std::vector<std::string>(texts.size()));
    for (std::size_t i = 0; i < tries.size(); ++i) {
      const Rule& rule = *tries[i].rule;
      const bool found = verdicts[i].count(rule.id) > 0;
      if (!tries[i].positive && found)
        Say(Level::kError, rule.id, "finds its negative example " + Shown(texts[i]));
      if (!tries[i].positive || found) continue;
      if (VerdictAlone(rule, texts[i]).count(rule.id) == 0) {
        Say(Level::kError, rule.id, "does not find its example " + Shown(texts[i]));
      } else if (!rule.skip_report) {
        Say(Level::kNote, rule.id, "in its example " + Shown(texts[i]) + " " + Precedes(verdicts[i]));
      }
    }
  }

  static std::string Precedes(const std::set<std::string>& others) {
    return others.empty() ? "nothing is found when all rules are in use"
                          : *others.begin() + " takes precedence";
  }

  RuleSet rules_;
  LintReport report_;
  EnginePtr engine_;
  std::size_t alone_ = 0;
  std::uint64_t refused_ = 0;  // by the scanner
};

std::string_view LevelName(Level level) {
  switch (level) {
    case Level::kError:
      return "error";
    case Level::kWarning:
      return "warning";
    case Level::kNote:
      return "note";
  }
  return "note";
}

std::string Counted(std::uint64_t count, std::string_view one) {
  return std::to_string(count) + " " + std::string(one) + (count == 1 ? "" : "s");
}

}  // namespace

bool LintReport::clean() const {
  return std::none_of(remarks.begin(), remarks.end(),
                      [](const LintRemark& remark) { return remark.level == Level::kError; });
}

std::string LintReport::Text() const {
  std::string text;
  std::uint64_t counts[3] = {};
  for (const LintRemark& remark : remarks) {
    ++counts[static_cast<std::size_t>(remark.level)];
    text += std::string(LevelName(remark.level)) + ": " + (remark.rule.empty() ? "" : remark.rule + ": ") +
            remark.message + "\n";
  }
  text += name + ": " + (format.empty() ? "" : format + ", ") + Counted(rules, "rule") + " in use, " +
          std::to_string(left_out) + " left out, " + Counted(examples, "example") + " tried; " +
          Counted(counts[0], "error") + ", " + Counted(counts[1], "warning") + ", " +
          Counted(counts[2], "note") + "\n";
  return text;
}

std::string LintReport::Json() const {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const LintRemark& remark : remarks)
    list.push_back({{"level", LevelName(remark.level)}, {"rule", remark.rule}, {"message", remark.message}});
  const nlohmann::ordered_json json{{"name", name},         {"format", format},
                                    {"rules", rules},       {"left_out", left_out},
                                    {"examples", examples}, {"remarks", std::move(list)}};
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

LintReport LintRuleSet(RuleSet rules, std::string_view name) { return Linter(std::move(rules), name).Run(); }

Result<LintReport> LintRules(const std::string& path) {
  WEIR_ASSIGN(RuleSet rules, ReadRules(path));
  LintReport report = LintRuleSet(std::move(rules), path);
  std::error_code error;
  if (!std::filesystem::is_directory(path, error))
    if (const auto text = ReadFile(path, 16U << 20U))
      if (const auto format = DetectRuleFormat(*text)) report.format = std::string(RuleFormatName(*format));
  return report;
}

}  // namespace weir::secret
