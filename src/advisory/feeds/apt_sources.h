// The package archives that a host is set up for: sources.list(5), one-line and
// deb822. Threading: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::advisory {

struct AptArchive {
  std::string uri;    // without a slash at the end
  std::string suite;  // "bookworm-security"
  std::vector<std::string> components;
  bool operator==(const AptArchive&) const = default;
};

/// Enabled "deb" entries; others, and those of flat repositories, are left out.
std::vector<AptArchive> ParseOneLineSources(std::string_view text);
std::vector<AptArchive> ParseDeb822Sources(std::string_view text);
/// Everything below ROOT/etc/apt.
std::vector<AptArchive> ReadAptArchives(const std::string& root);
/// The start of the names of an archive's files in var/lib/apt/lists.
std::string AptListPrefix(const AptArchive& archive);

}  // namespace weir::advisory
