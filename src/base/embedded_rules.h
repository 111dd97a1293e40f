// The rule files that are part of the program (rules/secrets/*.toml, rules/malware/*.yar),
// in the order of their names. Threading: pure functions.
#pragma once

#include <string_view>
#include <vector>

namespace weir {

std::vector<std::string_view> EmbeddedSecretRules();
std::vector<std::string_view> EmbeddedMalwareRules();

}  // namespace weir
