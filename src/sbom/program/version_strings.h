// Programs that no package database names, told by a version string inside.
//
// A declarative table (version_table.cc): file names, patterns, CPE. Only files
// whose name fits are searched, their data only, in chunks. No regular
// expression engine: its tables would weigh more than the rest of a scan.
// Threading: pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "sbom/program/image.h"

namespace weir::sbom {

struct VersionRule {
  std::string_view package;
  std::string_view names;  // globs over the file's name, '|' between
  std::string_view
      patterns;           // '\n' between, the surest first; "@name" takes the library's version from its name
  std::string_view cpes;  // "vendor:product", '|' between
};

std::span<const VersionRule> VersionRules();

/// The rule for a file's name, or null. The first row that fits wins.
const VersionRule* FindVersionRule(std::string_view file_name);

/// The version that RULE finds in FILE; empty where it finds none.
Result<std::string> SearchVersion(const VersionRule& rule, std::string_view file_name,
                                  target::ByteSource& file, const Image& image);

/// "cpe:2.3:a:VENDOR:PRODUCT:VERSION:*:*:*:*:*:*:*" with VERSION escaped; VENDOR_PRODUCT is "vendor:product".
std::string MakeCpe(std::string_view vendor_product, std::string_view version);

}  // namespace weir::sbom
