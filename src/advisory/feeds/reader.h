// What the readers share: counting, and the cleaning of outside text.
// Threading: plain values and pure functions.
#pragma once

#include <string>
#include <string_view>

#include "advisory/feed.h"
#include "base/result.h"

namespace weir::advisory {

/// Counts a record that could not be read; the first one's reason is kept.
void CountMalformed(FeedStats& stats, std::string_view what, std::string_view why);
/// Keeps the newest of RFC 3339 stamps, which order as text.
void NoteNewest(FeedStats& stats, std::string_view stamp);
/// One line of valid UTF-8 without control characters, at most LIMIT bytes, cut at a character.
std::string CleanLine(std::string_view text, std::size_t limit = 300);
/// "2021-12-10" becomes "2021-12-10T00:00:00Z"; anything that does not start like a date becomes empty.
std::string CleanStamp(std::string_view text);
/// An identifier (CVE, GHSA, DSA ...): printable ASCII without spaces, at most 64 bytes; empty otherwise.
std::string CleanId(std::string_view text);
/// True for "CVE-2021-44228".
bool IsCve(std::string_view id);
/// http and https only, bounded.
bool IsUsableUrl(std::string_view url);

}  // namespace weir::advisory
