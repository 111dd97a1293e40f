// The two texts that name Ruby gems.
// Threading: pure functions. Neither is run: they are read as text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::sbom {

struct Gemspec {
  std::string name, version, platform;
  std::vector<std::string> licenses, authors;
};
/// A specification as rubygems writes it on installation. FILE_STEM, "name-version[-platform]",
/// stands in for what is not a plain string (s.version = Foo::VERSION).
Gemspec ParseGemspec(std::string_view text, std::string_view file_stem);

struct LockedGem {
  std::string name, version, platform, remote;
  std::vector<std::string> dependencies;  // names
};
/// The gems under "specs:" of GEM and GIT sections; those under PATH are the project itself and are left out.
std::vector<LockedGem> ParseGemfileLock(std::string_view text);

}  // namespace weir::sbom
