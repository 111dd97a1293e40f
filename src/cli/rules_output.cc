#include "cli/rules_output.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/strings.h"

namespace weir::cli {
namespace {

/// Rule files are people's own, and still no text from outside steers a terminal.
std::string Plain(std::string_view text) {
  std::string out = ToValidUtf8(text);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return out;
}

}  // namespace

void PrintRules(const std::vector<RuleLine>& rules, bool json) {
  if (json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const RuleLine& rule : rules) {
      nlohmann::ordered_json one;
      one["id"] = ToValidUtf8(rule.id);
      one["title"] = ToValidUtf8(rule.title);
      one["severity"] = model::SeverityName(rule.severity);
      one["confidence"] = model::ConfidenceName(rule.confidence);
      one["source"] = ToValidUtf8(rule.source);
      for (const std::string& tag : rule.tags) one["tags"].push_back(ToValidUtf8(tag));
      if (!rule.set_aside.empty()) one["setAside"] = ToValidUtf8(rule.set_aside);
      list.push_back(std::move(one));
    }
    std::printf("%s\n", list.dump(1).c_str());
    return;
  }
  constexpr std::size_t kMaxId = 44;
  std::size_t width = 2;
  for (const RuleLine& rule : rules) width = std::max(width, std::min(Plain(rule.id).size(), kMaxId));
  std::printf("%-*s  %-10s %-10s %s\n", static_cast<int>(width), "ID", "SEVERITY", "CONFIDENCE", "WHAT");
  for (const RuleLine& rule : rules)
    std::printf("%-*s  %-10s %-10s %s%s\n", static_cast<int>(width), Plain(rule.id).c_str(),
                std::string(model::SeverityName(rule.severity)).c_str(),
                std::string(model::ConfidenceName(rule.confidence)).c_str(), Plain(rule.title).c_str(),
                rule.set_aside.empty() ? "" : ("  (not in use: " + Plain(rule.set_aside) + ")").c_str());
  std::printf("%zu rules\n", rules.size());
}

}  // namespace weir::cli
