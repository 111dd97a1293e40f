// The score of secrets and malware: docs/ranking.md has the formula.
#include <algorithm>
#include <cmath>
#include <tuple>

#include "rank/content_index.h"
#include "rank/factors.h"
#include "rank/paths.h"
#include "rank/rank.h"
#include "rank/tally.h"

namespace weir::rank {
namespace {

using model::Confidence;
using model::ContentFinding;
using model::ContentKind;
using model::ContentPlace;
using model::Origin;
using model::Validation;

constexpr std::uint32_t kSetuidBit = 04000;

/// One place of one finding, and what runs.
struct Circumstances {
  const ContentFinding& finding;
  const ContentPlace& place;
  const ContentIndex& index;
  std::string_view day;  // of the scan, YYYY-MM-DD; may be empty
};

std::string_view FactOf(const ContentFinding& finding, std::string_view name) {
  for (const auto& [fact, value] : finding.facts)
    if (fact == name) return value;
  return {};
}

std::string PackageName(const ContentPlace& place) {
  return place.package_name.empty() ? place.package : place.package_name;
}

bool HasPackage(const ContentPlace& place) { return !place.package.empty() || !place.package_name.empty(); }

void AddSeverity(const Circumstances& c, Tally& tally) {
  double chance = kLowConfidence;
  std::string_view words = "the rule is often wrong (low confidence)";
  if (c.finding.confidence == Confidence::kMedium)
    chance = kMediumConfidence, words = "the rule is sometimes wrong (medium confidence)";
  if (c.finding.confidence == Confidence::kHigh)
    chance = kHighConfidence, words = "the rule is rarely wrong (high confidence)";
  tally.SetImpact(std::pow(MiddleOfWord(c.finding.severity) / 10, kImpactExponent));
  tally.SetChance(chance);
  std::string word(model::SeverityName(c.finding.severity));
  tally.Record("severity",
               (c.finding.severity == model::Severity::kUnknown ? "no severity is known: counted as medium"
                                                                : "rated " + word) +
                   "; " + std::string(words));
}

void AddValidation(const Circumstances& c, Tally& tally) {
  if (c.finding.validation == Validation::kValid) tally.Add(kValidated, "its issuer takes it");
  if (c.finding.validation == Validation::kInvalid) tally.Add(kRefused, "its issuer refuses it");
}

void AddPassPhrase(const Circumstances& c, Tally& tally) {
  if (FactOf(c.finding, "pass-phrase") == "none")
    tally.Add(kNoPassPhrase, "a private key without a pass phrase");
}

void AddHolder(const Circumstances& c, Tally& tally) {
  if (c.place.origin != Origin::kEnvironment && c.place.origin != Origin::kCommandLine) return;
  std::size_t holder = c.index.HolderOf(c.place);
  std::string process = holder != ContentIndex::kNobody ? NameOf(c.index.ProcessAt(holder))
                        : c.place.process.empty()       ? "a process"
                                                        : c.place.process;
  tally.Add(kInProcess, std::string(c.place.origin == Origin::kEnvironment ? "in the environment of "
                                                                           : "on the command line of ") +
                            process + ", which runs");
}

void AddNamedBy(const Circumstances& c, Tally& tally) {
  if (std::size_t process = c.index.NamedBy(c.place); process != ContentIndex::kNobody)
    tally.Add(kNamedByProcess, NameOf(c.index.ProcessAt(process)) + " was started with this path");
}

void AddShare(const Factor& factor, double share, std::string detail, Tally& tally) {
  tally.Apply(factor.weight * share, 0);
  tally.Record(factor.name, std::move(detail));
}

/// Listening, being reached and privilege of process I.
void AddExposure(const Circumstances& c, std::size_t i, double share, const std::string& how, Tally& tally) {
  const Exposure& e = c.index.ExposureAt(i);
  if (e.listening) AddShare(ListeningFactor(e.listens), share, e.listen_text + how, tally);
  if (e.from_public)
    AddShare(kReachedPublic, share, e.reach_text, tally);
  else if (e.indirectly)
    AddShare(kReachedIndirectly, share, e.reach_text, tally);
  else if (e.from_private)
    AddShare(kReachedPrivate, share, e.reach_text, tally);
  else if (e.locally)
    AddShare(kReachedLocally, share, e.reach_text, tally);
  if (c.index.Privileged(i))
    tally.Add(kPrivileged, NameOf(c.index.ProcessAt(i)) + " has privileges over the host");
}

std::string_view WordsOf(Reach::Right right) {
  switch (right) {
    case Reach::Right::kOwner:
      return ", and runs as the owner of the file";
    case Reach::Right::kEverybody:
      return ", and may read the file as everybody may";
    case Reach::Right::kRoot:
      return ", and as root reads every file";
    case Reach::Right::kNeighbour:
      return ", and may look into that process";
    case Reach::Right::kItself:
    case Reach::Right::kNone:
      break;
  }
  return "";
}

void AddReader(const Circumstances& c, Tally& tally) {
  Reach reach = c.index.ReaderOf(c.place);
  if (reach.right == Reach::Right::kNone) return;
  AddExposure(c, reach.process, reach.Share(), std::string(WordsOf(reach.right)), tally);
}

void AddOpenness(const Circumstances& c, Tally& tally) {
  if (c.place.origin == Origin::kImageConfig)
    return tally.Add(kInImageConfig, "who may pull the image can read its configuration");
  if (c.index.OpenToAll(c.place)) tally.Add(kWorldReadable, "every user may read the file");
}

void AddPlaces(const Circumstances& c, Tally& tally) {
  if (c.finding.place_count >= kManyPlacesFrom)
    tally.Add(kManyPlaces, "in " + std::to_string(c.finding.place_count) + " places");
}

/// The file is gone from what the asset shows, and can still be had.
void AddRemoved(const Circumstances& c, Tally& tally) {
  if (c.place.origin == Origin::kRemovedFile)
    tally.Add(kRemovedFile, "a later layer removed it; who has the image can still read it");
  if (c.place.origin == Origin::kCommit)
    tally.Add(kInHistory, "in a commit: who can clone the repository can read it");
}

void AddPackage(const Circumstances& c, Tally& tally) {
  if (HasPackage(c.place) && c.place.unmodified)
    tally.Add(kPackageFile,
              "package " + PackageName(c.place) + " brings the file as it is: everybody has the same");
}

void AddExpiry(const Circumstances& c, Tally& tally) {
  std::string_view expires = FactOf(c.finding, "expires").substr(0, 10);
  bool is_day = expires.size() == 10 && expires[4] == '-' && expires[7] == '-';
  if (is_day && c.day.size() == 10 && expires < c.day)
    tally.Add(kExpired, "expired on " + std::string(expires));
  else if (FactOf(c.finding, "expired") == "yes")
    tally.Add(kExpired, "expired");
}

/// Where it lies says that it is none that counts; unless its issuer takes it.
void AddNeighbourhood(const Circumstances& c, Tally& tally) {
  if (c.finding.validation == Validation::kValid) return;
  if (!FactOf(c.finding, "known-sample").empty())
    return tally.Add(kKnownSample, "a known sample: " + std::string(FactOf(c.finding, "known-sample")));
  if (c.place.origin == Origin::kImageConfig || c.place.pid != 0) return;
  Neighbourhood near = NeighbourhoodOf(c.place.location.path);
  std::string word = "\"" + std::string(near.word) + "\"";
  switch (near.kind) {
    case Neighbourhood::Kind::kSample:
      return tally.Add(kSampleFolder, "in or called " + word + ": tests, samples and documentation");
    case Neighbourhood::Kind::kCache:
      return tally.Add(kCacheFolder, "in " + word + ": a cache");
    case Neighbourhood::Kind::kLibrary:
      return tally.Add(kLibraryFolder, "in " + word + ": libraries of others");
    case Neighbourhood::Kind::kPlain:
      break;
  }
}

Tally TallySecret(const Circumstances& c) {
  Tally tally;
  AddSeverity(c, tally);
  AddValidation(c, tally);
  AddPassPhrase(c, tally);
  AddHolder(c, tally);
  AddNamedBy(c, tally);
  AddReader(c, tally);
  AddOpenness(c, tally);
  AddPlaces(c, tally);
  AddRemoved(c, tally);
  AddPackage(c, tally);
  AddExpiry(c, tally);
  AddNeighbourhood(c, tally);
  return tally;
}

void AddRunning(const Circumstances& c, Tally& tally) {
  std::size_t runner = c.index.RunnerOf(c.place);
  if (runner == ContentIndex::kNobody) {
    // The process may have ended since its memory was read.
    if (c.place.origin == Origin::kMemory) tally.Add(kRunning, "in the memory of " + c.place.process);
    return;
  }
  const model::Process& process = c.index.ProcessAt(runner);
  tally.Add(kRunning, (c.place.origin == Origin::kMemory ? "in the memory of " : "run or loaded by ") +
                          NameOf(process));
  AddExposure(c, runner, 1, "", tally);
  if (process.user_id == 0) tally.Add(kRoot, NameOf(process) + " runs as root");
}

void AddNew(const Circumstances& c, Tally& tally) {
  if (c.place.added) tally.Add(kAdded, "written since the container was started");
  if (c.place.modified)
    tally.Add(kChangedPackageFile,
              "the file belongs to package " + PackageName(c.place) + " and is not what it brought");
}

void AddFolder(const Circumstances& c, Tally& tally) {
  if (c.place.origin != Origin::kFile) return;
  const std::string& prefix = c.index.prefix();
  if (std::string path = prefix + c.place.location.path; !WebRoot(path).empty()) {
    tally.Add(kWebRoot, "in " + std::string(WebRoot(path)) + ", which web servers hand out or run");
    // Whoever listens and can read it is the way to call it.
    if (c.index.RunnerOf(c.place) == ContentIndex::kNobody) AddReader(c, tally);
  }
  std::string_view folder = TempFolder(c.place.location.path);
  // A folder that was unpacked below /tmp to be looked at is not what this is about.
  if (folder.empty() && TempFolder(prefix) == prefix) folder = prefix;
  if (!folder.empty()) tally.Add(kTempFolder, "in " + std::string(folder) + ", where everybody may write");
}

void AddOwner(const Circumstances& c, Tally& tally) {
  if (c.place.mode == 0) return;
  if ((c.place.mode & kSetuidBit) != 0) tally.Add(kSetuid, "whoever starts it runs it as its owner (setuid)");
  if (c.place.owner == 0) tally.Add(kOwnedByRoot, "the file belongs to root");
}

/// Folders called "test" take nothing from malware: whoever brings it chooses where.
Tally TallyMalware(const Circumstances& c) {
  Tally tally;
  AddSeverity(c, tally);
  AddRunning(c, tally);
  AddNew(c, tally);
  AddFolder(c, tally);
  AddOwner(c, tally);
  AddPlaces(c, tally);
  AddRemoved(c, tally);
  AddPackage(c, tally);
  return tally;
}

Tally TallyPlace(const Circumstances& c) {
  return c.finding.kind == ContentKind::kSecret ? TallySecret(c) : TallyMalware(c);
}

/// The worst place decides: to move a copy into a folder of tests makes the original no safer.
model::Rank Score(const ContentFinding& finding, const ContentIndex& index, std::string_view day) {
  static const ContentPlace kNowhere;
  Tally best = TallyPlace({finding, finding.places.empty() ? kNowhere : finding.places.front(), index, day});
  for (std::size_t i = 1; i < finding.places.size(); ++i) {
    Tally other = TallyPlace({finding, finding.places[i], index, day});
    if (other.Exact() > best.Exact()) best = std::move(other);
  }
  return best.Take();
}

bool Before(const ContentFinding& a, const ContentFinding& b) {
  bool a_closed = a.status != model::FindingStatus::kOpen, b_closed = b.status != model::FindingStatus::kOpen;
  if (a_closed != b_closed) return b_closed;
  if (a.rank.score != b.rank.score) return a.rank.score > b.rank.score;
  return std::tie(a.kind, a.rule, a.fingerprint) < std::tie(b.kind, b.rule, b.fingerprint);
}

std::string_view DayOf(const model::ScanResult& result) {
  return std::string_view(result.started_at).substr(0, 10);
}

}  // namespace

model::Rank ScoreContent(const ContentFinding& finding, const model::ScanResult& result) {
  return Score(finding, ContentIndex(result, std::span(&finding, 1)), DayOf(result));
}

void RankContent(model::ScanResult& result) {
  if (result.content.empty()) return;
  ContentIndex index(result, result.content);
  for (ContentFinding& finding : result.content) finding.rank = Score(finding, index, DayOf(result));
  std::stable_sort(result.content.begin(), result.content.end(), Before);
}

}  // namespace weir::rank
