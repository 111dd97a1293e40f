// What semver, npm and Go share: numbers, then pre-release identifiers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::advisory {

struct SemverParts {
  std::vector<std::string_view> numbers;       // at least one
  std::optional<std::string_view> prerelease;  // identifiers joined by "."; absent for a release
};

/// Reads NUMBERS[-PRERELEASE][+BUILD] with any count of numbers; a tail that follows without
/// "-" ("1.2.3beta", "1.2.3.Final") is a pre-release too. Nothing where it is none of these.
std::optional<SemverParts> ReadSemver(std::string_view text);

/// Missing numbers are 0.
void AppendNumbers(std::string& key, std::vector<std::string_view> numbers);
/// A release is above any pre-release; numeric identifiers are below the others; fewer come first.
void AppendRelease(std::string& key);
void AppendPrerelease(std::string& key, const std::vector<std::string_view>& identifiers);

/// Drops spaces, "v" and "=" in front, as npm does, and spaces behind.
std::string_view WithoutVersionPrefix(std::string_view version);

}  // namespace weir::advisory
