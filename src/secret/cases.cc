#include "secret/cases.h"

#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <string>

#include "base/json_guard.h"
#include "base/strings.h"
#include "secret/scan_state.h"

namespace weir::secret {
namespace {

/// A lone surrogate or broken UTF-8 in a text is no reason not to answer.
std::string Line(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

CaseCounts RunCases(const std::shared_ptr<const Engine>& engine, std::istream& in, std::ostream& out,
                    std::ostream& errors) {
  CaseCounts counts;
  Scanner::Impl scanner(engine);
  scanner.keep_all = true;
  std::string line;
  for (std::uint64_t number = 1; std::getline(in, line); ++number) {
    if (Trim(line).empty()) continue;
    ++counts.cases;
    nlohmann::json value;
    if (CheckJsonDepth(line)) value = nlohmann::json::parse(line, nullptr, false);
    auto text = value.is_object() ? value.find("text") : value.end();
    auto id = value.is_object() ? value.find("id") : value.end();
    if (!value.is_object() || text == value.end() || !text->is_string() || id == value.end()) {
      ++counts.malformed;
      errors << "line " << number << ": no JSON object with \"id\" and a string \"text\"\n";
      continue;
    }
    auto path = value.find("path");
    std::string name = path != value.end() && path->is_string() ? path->get<std::string>() : std::string();
    Source source;
    source.path = name;
    scanner.Begin(source);
    std::set<std::string> rules;
    for (const Hit& hit : scanner.Finish(text->get_ref<const std::string&>(), 0).hits)
      if (hit.allowed.empty()) rules.insert(hit.rule->id);
    nlohmann::json answer;
    answer["id"] = *id;
    answer["rules"] = rules;
    out << Line(answer) << '\n';
  }
  return counts;
}

}  // namespace weir::secret
