// Small text functions that the standard library of this compiler lacks.
// All are ASCII, byte-wise and free of locale. Threading: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

std::string_view Trim(std::string_view text);
std::string ToLower(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);
/// Pieces between separators; empty pieces are kept ("a,,b" has three).
std::vector<std::string_view> Split(std::string_view text, char separator);
/// Takes the text up to the next separator off the front of REST; all of it where there is none.
std::string_view NextPiece(std::string_view& rest, char separator);
/// Takes the next line off REST, without its "\n" or "\r\n".
std::string_view NextLine(std::string_view& rest);
std::string Join(const std::vector<std::string>& pieces, std::string_view separator);
std::string ReplaceAll(std::string_view text, std::string_view from, std::string_view to);
/// Whole text as a decimal number; nothing for anything else, overflow included.
std::optional<std::uint64_t> ParseUint(std::string_view text);
std::optional<double> ParseDouble(std::string_view text);
/// Shell-like pattern over a whole path: '*' within a component, '**' across, '?' one character.
bool GlobMatch(std::string_view pattern, std::string_view text);
/// Valid UTF-8 from any bytes: bad sequences become U+FFFD, so that reports stay parseable.
std::string ToValidUtf8(std::string_view text);
/// "." and ".." resolved, no leading or double slash; nothing where the path leaves the root.
std::optional<std::string> NormalizePath(std::string_view path);

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
inline bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace weir
