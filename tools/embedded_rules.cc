// The embedded rule files: declared in base/embedded_rules.h.
#include "base/embedded_rules.h"

extern "C" {
extern const char weir_secret_rules[], weir_secret_rules_end[];
extern const char weir_malware_rules[], weir_malware_rules_end[];
}

namespace weir {
namespace {

/// Files end with a form feed each.
std::vector<std::string_view> Split(const char* begin, const char* end) {
  std::string_view rest(begin, static_cast<std::size_t>(end - begin));
  std::vector<std::string_view> texts;
  while (!rest.empty()) {
    std::size_t cut = rest.find('\f');
    if (cut == std::string_view::npos) cut = rest.size();
    if (cut > 0) texts.push_back(rest.substr(0, cut));
    rest.remove_prefix(cut < rest.size() ? cut + 1 : cut);
  }
  return texts;
}

}  // namespace

std::vector<std::string_view> EmbeddedSecretRules() {
  return Split(weir_secret_rules, weir_secret_rules_end);
}
std::vector<std::string_view> EmbeddedMalwareRules() {
  return Split(weir_malware_rules, weir_malware_rules_end);
}

}  // namespace weir
