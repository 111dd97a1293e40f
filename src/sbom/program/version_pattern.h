// A version between bytes that name a program: the small pattern language of
// the version-string table.
//
// Plain bytes stand for themselves, and
//   %v  a version: two or more numbers with dots, then perhaps "k", "p1", "rc2", "-beta1"
//   %d  digits        %w  letters, digits, '+', '_' or nothing
//   %s  up to 64 bytes that are not zero, as few as will do
//   %h  40 hexadecimal digits
//   %0  one to 16 zero bytes
//   %f  the first dotted number in the file's name
//   %%  a percent sign
//   %( %)  the version, where it is more or less than one %v
// No alternatives and no nesting: a match costs a bounded number of steps.
// Threading: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace weir::sbom {

/// The first version that PATTERN finds in TEXT; empty where there is none.
std::string_view FindVersion(std::string_view pattern, std::string_view text, std::string_view file_version);

/// "3.11" from "libpython3.11.so.1.0"; empty where the name has none.
std::string_view VersionInName(std::string_view name);

/// "2.9.14" from "libxml2.so.2.9.14"; empty unless it has three numbers or more.
std::string_view LibraryVersionInName(std::string_view name);

/// The most bytes that a match of any pattern of the table spans.
inline constexpr std::size_t kMaxMatchBytes = 256;

}  // namespace weir::sbom
