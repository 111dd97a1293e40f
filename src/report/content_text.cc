#include "report/content_text.h"

#include <algorithm>
#include <cstdio>

#include "base/strings.h"
#include "report/text.h"

namespace weir::report {
namespace {

using model::ContentFinding;
using model::ContentKind;
using model::ContentPlace;
using model::Origin;

std::string Pid(const ContentPlace& place) {
  std::string name = OneLine(place.process);
  std::string pid = "pid " + std::to_string(place.pid);
  return name.empty() ? pid : name + " (" + pid + ")";
}

/// Enough of a digest or commit to tell it from others of the same asset.
std::string ShortId(std::string_view id) {
  if (id.starts_with("sha256:")) id.remove_prefix(7);
  return OneLine(id.substr(0, 12));
}

std::string LayerText(std::string_view diff_id, const model::Asset& asset) {
  std::string out = "layer " + ShortId(diff_id);
  auto layer = std::find_if(asset.layers.begin(), asset.layers.end(),
                            [&](const model::Layer& l) { return l.diff_id == diff_id; });
  constexpr std::size_t kCommand = 60;
  if (layer != asset.layers.end() && !layer->command.empty())
    out += " (" + Cut(OneLine(layer->command), kCommand) + ")";
  return out;
}

std::string WithLine(const ContentPlace& place) {
  std::string out = OneLine(place.location.path);
  if (place.line > 0) out += ":" + std::to_string(place.line);
  return out;
}

std::string PackageNote(const ContentPlace& place) {
  std::string name = OneLine(place.package_name.empty() ? place.package : place.package_name);
  if (name.empty()) return "";
  if (place.unmodified) return "as package " + name + " brings it";
  return place.modified ? "changed since package " + name + " installed it" : "of package " + name;
}

}  // namespace

const model::ContentScan* ScanOf(const model::ScanResult& result, ContentKind kind) {
  auto found = std::find_if(result.content_scans.begin(), result.content_scans.end(),
                            [&](const model::ContentScan& scan) { return scan.kind == kind; });
  return found == result.content_scans.end() ? nullptr : &*found;
}

std::vector<const ContentFinding*> ContentOf(const model::ScanResult& result, ContentKind kind) {
  std::vector<const ContentFinding*> out;
  for (const ContentFinding& finding : result.content)
    if (finding.kind == kind) out.push_back(&finding);
  return out;
}

bool IsOpen(const ContentFinding& finding) { return finding.status == model::FindingStatus::kOpen; }

ContentCounts CountContent(const model::ScanResult& result, ContentKind kind) {
  ContentCounts out;
  for (const ContentFinding& finding : result.content) {
    if (finding.kind != kind) continue;
    if (!IsOpen(finding)) {
      ++out.closed;
      continue;
    }
    ++out.open;
    ++out.by_severity[static_cast<std::size_t>(finding.severity)];
  }
  return out;
}

std::string_view KindWord(ContentKind kind) { return kind == ContentKind::kSecret ? "secrets" : "malware"; }
std::string_view KindTitle(ContentKind kind) { return kind == ContentKind::kSecret ? "Secrets" : "Malware"; }

std::string LookedAt(const model::ContentScan& scan) {
  std::string out = Thousands(scan.files) + (scan.files == 1 ? " file, " : " files, ") +
                    ByteCount(scan.bytes) + ", " + Thousands(scan.rules) +
                    (scan.rules == 1 ? " rule" : " rules");
  if (scan.unchanged > 0) out += "; " + Thousands(scan.unchanged) + " of them unchanged since the last scan";
  return out;
}

std::vector<std::string> GapsOf(const model::ContentScan& scan) {
  std::vector<std::string> out;
  // To have looked for nothing is not to have found nothing.
  if (scan.rules == 0) out.emplace_back("no rule was in use: nothing could be found");
  for (const auto& [reason, count] : scan.skipped)
    out.push_back(Thousands(count) + (count == 1 ? " file" : " files") +
                  " not looked at: " + OneLine(reason));
  for (const std::string& rule : scan.set_aside) out.push_back("rule not in use: " + OneLine(rule));
  if (scan.dropped_findings > 0)
    out.push_back(Thousands(scan.dropped_findings) + " more found, beyond the bound, and not listed");
  return out;
}

std::vector<std::string> ContentGaps(const model::ScanResult& result) {
  std::vector<std::string> out;
  for (const model::ContentScan& scan : result.content_scans)
    for (const std::string& gap : GapsOf(scan)) out.push_back(std::string(KindWord(scan.kind)) + ": " + gap);
  return out;
}

const ContentPlace& FirstPlace(const ContentFinding& finding) {
  static const ContentPlace kNone;
  return finding.places.empty() ? kNone : finding.places.front();
}

std::string PlaceText(const ContentPlace& place) {
  switch (place.origin) {
    case Origin::kEnvironment:
      return "environment of " + Pid(place);
    case Origin::kCommandLine:
      return "command line of " + Pid(place);
    case Origin::kMemory:
      return "memory of " + Pid(place);
    case Origin::kCommit: {
      std::string time = OneLine(place.commit_time.substr(0, 10));
      return WithLine(place) + " in commit " + ShortId(place.commit) + (time.empty() ? "" : " of " + time);
    }
    case Origin::kFile:
    case Origin::kRemovedFile:
    case Origin::kImageConfig:
      break;
  }
  return WithLine(place);
}

std::vector<std::string> PlaceNotes(const ContentPlace& place, const model::Asset& asset) {
  std::vector<std::string> out;
  if (!place.location.layer.empty()) out.push_back("in " + LayerText(place.location.layer, asset));
  if (place.origin == Origin::kRemovedFile)
    out.push_back(place.removed_in.empty()
                      ? "removed by a later layer, yet still in the image"
                      : "removed in " + LayerText(place.removed_in, asset) + ", yet still in the image");
  if (place.added) out.emplace_back("written since the container was started");
  if (std::string package = PackageNote(place); !package.empty()) out.push_back(std::move(package));
  if (!place.decoded.empty()) out.push_back("wrapped in " + OneLine(place.decoded));
  return out;
}

std::string PlaceSentence(const ContentPlace& place, const model::Asset& asset) {
  std::string out = PlaceText(place);
  for (const std::string& note : PlaceNotes(place, asset)) out += ", " + note;
  return out;
}

std::string FactsText(const ContentFinding& finding) {
  std::string out;
  for (const auto& [name, value] : finding.facts)
    out += (out.empty() ? "" : "; ") + OneLine(name) + ": " + OneLine(value);
  return out;
}

std::string ValidationText(const ContentFinding& finding) {
  switch (finding.validation) {
    case model::Validation::kValid:
      return "its issuer takes it: it works";
    case model::Validation::kInvalid:
      return "its issuer refuses it: it works no longer";
    case model::Validation::kUnknown:
      return "its issuer was asked, and gave no clear answer";
    case model::Validation::kNotTried:
      break;
  }
  return "";
}

std::string TitleOf(const ContentFinding& finding) {
  return OneLine(finding.title.empty() ? finding.rule : finding.title);
}

std::string ModeText(std::uint32_t mode) {
  char text[16];
  int length = std::snprintf(text, sizeof text, "%04o", mode & 07777U);
  return {text, static_cast<std::size_t>(std::max(length, 0))};
}

std::string_view Advice(ContentKind kind) {
  if (kind == ContentKind::kSecret)
    return "Have its issuer revoke it and give out a new one, then take it out of where it was found. To "
           "delete the file alone is not enough: layers of images, commits and backups keep it.";
  return "Find out how it came there before it is deleted: its owner, its time and the process that wrote it "
         "tell. Replace the container or host from a clean image where it ran.";
}

}  // namespace weir::report
