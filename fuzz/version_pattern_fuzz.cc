#include <string>

#include "base/strings.h"
#include "sbom/program/version_pattern.h"
#include "sbom/program/version_strings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(data, data + size);
  for (const weir::sbom::VersionRule& rule : weir::sbom::VersionRules())
    for (std::string_view pattern : weir::Split(rule.patterns, '\n'))
      static_cast<void>(weir::sbom::FindVersion(pattern, text, "3.11"));
  return 0;
}
