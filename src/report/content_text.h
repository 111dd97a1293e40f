// Words and counts for secrets and malware that several formats share. Texts that are
// returned are one line and safe to show; a format still escapes what is special to it.
// Threading: pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "model/scan_result.h"

namespace weir::report {

/// The row of KIND; null where it was not looked for.
const model::ContentScan* ScanOf(const model::ScanResult& result, model::ContentKind kind);
/// Findings of KIND, in their order.
std::vector<const model::ContentFinding*> ContentOf(const model::ScanResult& result, model::ContentKind kind);
bool IsOpen(const model::ContentFinding& finding);

struct ContentCounts {
  std::array<std::size_t, 6> by_severity{};  // open ones; index: Severity
  std::size_t open = 0, closed = 0;
};
ContentCounts CountContent(const model::ScanResult& result, model::ContentKind kind);

std::string_view KindWord(model::ContentKind kind);   // in a sentence: "secrets", "malware"
std::string_view KindTitle(model::ContentKind kind);  // as a heading: "Secrets", "Malware"

/// "7,312 files, 212 MB, 223 rules"
std::string LookedAt(const model::ContentScan& scan);
/// What the list of KIND does not cover: files skipped, rules set aside, findings dropped; one line each.
std::vector<std::string> GapsOf(const model::ContentScan& scan);
/// GapsOf every scan of RESULT, each line with its kind in front.
std::vector<std::string> ContentGaps(const model::ScanResult& result);

/// The most telling place; an empty one where a finding has none.
const model::ContentPlace& FirstPlace(const model::ContentFinding& finding);
/// "srv/app.env:3", "environment of nginx (pid 12)", "a.py:3 in commit 0123456789ab".
std::string PlaceText(const model::ContentPlace& place);
/// Further facts of a place: layer and its command (ASSET knows them), where removed, package, wrapping.
std::vector<std::string> PlaceNotes(const model::ContentPlace& place, const model::Asset& asset);
/// PlaceText and PlaceNotes in one.
std::string PlaceSentence(const model::ContentPlace& place, const model::Asset& asset);
/// "account: 1234; pass-phrase: none"
std::string FactsText(const model::ContentFinding& finding);
/// What was said of its validity: empty where nobody asked.
std::string ValidationText(const model::ContentFinding& finding);
std::string TitleOf(const model::ContentFinding& finding);  // the title, or the rule where there is none
std::string ModeText(std::uint32_t mode);                   // "0644"
/// What to do about it, for people: two sentences.
std::string_view Advice(model::ContentKind kind);

}  // namespace weir::report
