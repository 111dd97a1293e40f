#include <algorithm>
#include <cmath>

#include "rank/factors.h"
#include "rank/rank.h"
#include "rank/tally.h"

namespace weir::rank {
namespace {

using model::AttackVector;
using model::Finding;
using model::Severity;

struct Range {
  double low, high;
};

/// What a vendor's word allows a base score to be: its range on the CVSS scale, one point wider.
Range RangeOfWord(Severity severity) {
  switch (severity) {
    case Severity::kNegligible:
      return {0, 1};
    case Severity::kLow:
      return {0.1, 4.9};
    case Severity::kMedium:
      return {3, 7.9};
    case Severity::kHigh:
      return {6, 9.9};
    case Severity::kCritical:
      return {8, 10};
    case Severity::kUnknown:
      break;
  }
  return {0, 10};
}

void AddSeverity(const Finding& finding, Tally& tally) {
  const model::Vulnerability& v = finding.vulnerability;
  double base = MiddleOfWord(v.severity);
  std::string word(model::SeverityName(v.severity));
  std::string detail = v.severity == Severity::kUnknown ? "no severity is known: counted as medium"
                                                        : "rated " + word + ", without a CVSS score";
  // The base score, not the exploitability sub-score, which is on another scale.
  auto scored =
      std::find_if(v.cvss.begin(), v.cvss.end(), [](const model::Cvss& c) { return c.base_score > 0; });
  if (scored != v.cvss.end()) {
    Range range = RangeOfWord(v.severity);
    base = std::clamp(scored->base_score, range.low, range.high);
    detail = "CVSS " + scored->version + " base score " + Number(scored->base_score);
    if (v.severity != Severity::kUnknown) {
      detail += ", rated " + word;
      if (!v.severity_source.empty()) detail += " by " + v.severity_source;
      if (base != scored->base_score) detail += ", which counts as " + Number(base);
    }
  }
  tally.SetImpact(std::pow(std::clamp(base, 0.0, 10.0) / 10, kImpactExponent));
  tally.SetChance(kBaseChance);
  tally.Record("severity", std::move(detail));
}

void AddVector(const Finding& finding, Tally& tally) {
  AttackVector vector = AttackVector::kUnknown;
  for (const model::Cvss& cvss : finding.vulnerability.cvss)  // of any version: 2.0, 3.x and 4.0 all have one
    if (vector == AttackVector::kUnknown) vector = cvss.attack_vector;
  switch (vector) {
    case AttackVector::kNetwork:
      return tally.Add(kNetworkVector, "can be attacked over a network");
    case AttackVector::kAdjacent:
      return tally.Add(kAdjacentVector, "can be attacked from a neighbouring network");
    case AttackVector::kLocal:
      return tally.Add(kLocalVector, "needs local access");
    case AttackVector::kPhysical:
      return tally.Add(kLocalVector, "needs physical access");
    case AttackVector::kUnknown:
      break;
  }
  tally.Add(kUnknownVector, "the attack vector is not known");
}

void AddExploitation(const Finding& finding, Tally& tally) {
  const model::Vulnerability& v = finding.vulnerability;
  if (v.known_exploited) {
    std::string since = v.known_exploited_since.empty() ? "" : " since " + v.known_exploited_since;
    tally.Add(kKnownExploited, "known to be exploited" + since + " (CISA KEV)");
    if (v.ransomware) tally.Add(kRansomware, "used by ransomware (CISA KEV)");
  }
  if (v.epss) {
    double epss = std::clamp(*v.epss, 0.0, 1.0);
    tally.Apply(kEpss.weight * std::sqrt(epss), kEpss.lift * epss);
    std::string detail = "EPSS " + Number(epss * 100, 2) + " % within 30 days";
    if (v.epss_percentile) detail += ", above " + Number(*v.epss_percentile * 100) + " % of all";
    tally.Record(kEpss.name, std::move(detail));
  }
}

void AddUse(const Usage& usage, Tally& tally) {
  std::string_view name = "unknown-usage";
  std::string_view fallback = "nothing is known of what runs: neither raised nor lowered";
  switch (usage.level) {
    case Usage::Level::kLoaded:
      tally.SetUse(kUseLoaded);
      name = "loaded", fallback = "in use by a running process";
      break;
    case Usage::Level::kInstalledInLiveRuntime:
      tally.SetUse(kUseLiveRuntime);
      name = "live-runtime", fallback = "its runtime is running and can load it";
      break;
    case Usage::Level::kIdle:
      tally.SetUse(kUseIdle);
      name = "idle", fallback = "no running process uses it";
      break;
    case Usage::Level::kUnknown:
      break;
  }
  tally.Record(name, usage.evidence.empty() ? std::string(fallback) : usage.evidence);
}

void AddExposure(const Usage& usage, Tally& tally) {
  if (usage.level != Usage::Level::kLoaded) return;
  if (usage.listening) tally.Add(ListeningFactor(usage.listens), usage.listen_text);
  if (usage.reached_from_outside)
    tally.Add(kReachedPublic, usage.reach_text);
  else if (usage.reached_indirectly)
    tally.Add(kReachedIndirectly, usage.reach_text);
  else if (usage.reached_from_private)
    tally.Add(kReachedPrivate, usage.reach_text);
  else if (usage.reached_locally)
    tally.Add(kReachedLocally, usage.reach_text);
  if (usage.runs_as_root) tally.Add(kRoot, "the process runs as root");
  if (usage.privileged) tally.Add(kPrivileged, "the process has privileges over the host");
}

void AddFix(const Finding& finding, Tally& tally) {
  if (finding.fix_state != model::FixState::kFixed) return;
  std::string versions;
  constexpr std::size_t kShown = 3;
  for (std::size_t i = 0; i < std::min(finding.fixed_versions.size(), kShown); ++i)
    versions += (i == 0 ? " in " : ", ") + finding.fixed_versions[i];
  tally.Add(kFixAvailable, "fixed" + versions);
}

}  // namespace

model::Rank ScoreFinding(const Finding& finding, const Usage& usage) {
  Tally tally;
  tally.SetUse(kUseUnknown);
  AddSeverity(finding, tally);
  AddVector(finding, tally);
  AddExploitation(finding, tally);
  AddUse(usage, tally);
  AddExposure(usage, tally);
  AddFix(finding, tally);
  if (!usage.stale_text.empty()) tally.Record("old-version-running", usage.stale_text);
  return tally.Take();
}

}  // namespace weir::rank
