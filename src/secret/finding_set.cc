#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <tuple>
#include <unordered_map>

#include "secret/secret.h"

namespace weir::secret {
namespace {

using model::ContentFinding;
using model::ContentPlace;

/// Places that say most about what a secret opens come first.
auto PlaceOrder(const ContentPlace& place) {
  auto parts = std::count(place.location.path.begin(), place.location.path.end(), '/');
  bool gone = place.origin == model::Origin::kRemovedFile || place.origin == model::Origin::kCommit;
  return std::make_tuple(gone, place.unmodified, !place.decoded.empty(), parts,
                         std::string_view(place.location.path), std::string_view(place.location.layer),
                         place.line, place.offset, place.column, std::string_view(place.commit), place.pid);
}

bool Before(const ContentPlace& a, const ContentPlace& b) { return PlaceOrder(a) < PlaceOrder(b); }

/// Adds PLACE where it is among the most telling.
void AddPlace(std::vector<ContentPlace>& places, ContentPlace place) {
  auto at = std::lower_bound(places.begin(), places.end(), place, Before);
  if (at != places.end() && *at == place) return;
  if (places.size() >= ContentFinding::kMaxPlaces) {
    if (at == places.end()) return;
    places.pop_back();
  }
  places.insert(at, std::move(place));
}

/// Where package managers keep what they have fetched.
bool IsPackageCache(std::string_view path) {
  constexpr std::array<std::string_view, 4> kFolders = {"var/cache/apt/archives/", "var/cache/dnf/",
                                                        "var/cache/yum/", "var/cache/apk/"};
  return std::any_of(kFolders.begin(), kFolders.end(),
                     [&](std::string_view folder) { return path.starts_with(folder); });
}

using Facts = std::vector<std::pair<std::string, std::string>>;

/// All that both know; but that a place is a sample's, or everyone's, holds only where all of them are.
void MergeFacts(Facts& into, const Facts& more) {
  for (const std::string_view name : {"place", "public"}) {
    auto is_it = [name](const auto& fact) { return fact.first == name; };
    if (std::none_of(more.begin(), more.end(), is_it)) std::erase_if(into, is_it);
  }
  for (const auto& fact : more) {
    bool of_place = fact.first == "place" || fact.first == "public";
    auto is_it = [&fact](const auto& known) { return known.first == fact.first; };
    if (!of_place || std::any_of(into.begin(), into.end(), is_it)) into.push_back(fact);
  }
  std::sort(into.begin(), into.end());
  into.erase(std::unique(into.begin(), into.end()), into.end());
}

}  // namespace

struct FindingSet::Impl {
  struct Entry {
    ContentFinding finding;
    std::string secret;  // kept only while someone wants to ask
    const Rule* rule = nullptr;
  };

  Impl(std::shared_ptr<const Engine> an_engine, FingerprintKey a_key, std::size_t a_max)
      : engine(std::move(an_engine)), key(std::move(a_key)), max_findings(a_max) {}

  /// The entry for FINDING, made of it where there is none; nullptr beyond the bound. With the mutex held.
  Entry* At(ContentFinding&& finding, bool& is_new) {
    auto known = by_fingerprint.find(finding.fingerprint);
    is_new = known == by_fingerprint.end();
    if (!is_new) return &known->second;
    if (by_fingerprint.size() >= max_findings) {
      ++dropped;
      return nullptr;
    }
    std::string name = finding.fingerprint;
    Entry& entry = by_fingerprint[std::move(name)];
    entry.finding = std::move(finding);
    return &entry;
  }

  static void Merge(ContentFinding& into, const ContentFinding& more) {
    into.severity = std::max(into.severity, more.severity);
    into.confidence = std::max(into.confidence, more.confidence);
    MergeFacts(into.facts, more.facts);
    // One place where nobody allows it is enough.
    if (more.status == model::FindingStatus::kOpen) {
      into.status = more.status;
      into.status_reason.clear();
    }
    into.place_count += more.place_count;
    for (const ContentPlace& place : more.places) AddPlace(into.places, place);
  }

  const std::shared_ptr<const Engine> engine;
  const FingerprintKey key;
  const std::size_t max_findings;
  std::mutex mutex;  // guards what follows
  std::unordered_map<std::string, Entry> by_fingerprint;
  Ask ask;
  std::uint64_t dropped = 0;
};

FindingSet::FindingSet(std::shared_ptr<const Engine> engine, FingerprintKey key, std::size_t max_findings)
    : impl_(std::make_unique<Impl>(std::move(engine), std::move(key), max_findings)) {}

FindingSet::~FindingSet() {
  for (auto& [name, entry] : impl_->by_fingerprint) OPENSSL_cleanse(entry.secret.data(), entry.secret.size());
}

void FindingSet::SetAsk(Ask ask) {
  std::lock_guard lock(impl_->mutex);
  impl_->ask = std::move(ask);
}

void FindingSet::Add(std::span<Hit> hits, const ContentPlace& place) {
  for (Hit& hit : hits) {
    ContentFinding finding;
    finding.rule = hit.rule->id;
    finding.title = hit.rule->title.empty() ? hit.rule->id : hit.rule->title;
    finding.severity = hit.severity;
    finding.confidence = hit.confidence;
    // Where the path alone decided there is no secret, and the path is what it is known by.
    bool by_path = hit.secret.empty();
    finding.fingerprint =
        impl_->key.Fingerprint(hit.rule->id, by_path ? std::string_view(place.location.path) : hit.secret);
    finding.masked = by_path ? std::string() : MaskSecret(hit.secret);
    finding.facts = hit.facts;
    // Whoever has the package has it; but it may be a package of one's own.
    if (place.unmodified || IsPackageCache(place.location.path)) {
      finding.severity = std::min(finding.severity, model::Severity::kMedium);
      finding.facts.emplace_back("public", "part of a package");
      std::sort(finding.facts.begin(), finding.facts.end());
    }
    ContentPlace where = place;
    where.line = hit.line;
    where.column = hit.column;
    where.offset = hit.offset;
    where.decoded = hit.decoded;
    finding.places.push_back(std::move(where));
    finding.place_count = 1;
    if (!hit.allowed.empty()) {
      finding.status = model::FindingStatus::kIgnored;
      finding.status_reason = hit.allowed;
    }
    std::lock_guard lock(impl_->mutex);
    bool is_new = false;
    ContentFinding copy = finding;
    Impl::Entry* entry = impl_->At(std::move(copy), is_new);
    if (entry != nullptr) {
      if (!is_new) Impl::Merge(entry->finding, finding);
      if (impl_->ask && hit.rule->validate && entry->rule == nullptr && !by_path) {
        entry->rule = hit.rule;
        entry->secret = hit.secret;
      }
    }
    OPENSSL_cleanse(hit.secret.data(), hit.secret.size());
    hit.secret.clear();
  }
}

void FindingSet::Add(const ContentFinding& finding) {
  std::lock_guard lock(impl_->mutex);
  bool is_new = false;
  ContentFinding copy = finding;
  Impl::Entry* entry = impl_->At(std::move(copy), is_new);
  if (entry != nullptr && !is_new) Impl::Merge(entry->finding, finding);
}

std::vector<ContentFinding> FindingSet::Take() {
  std::lock_guard lock(impl_->mutex);
  std::vector<ContentFinding> out;
  out.reserve(impl_->by_fingerprint.size());
  for (auto& [name, entry] : impl_->by_fingerprint) {
    if (impl_->ask && entry.rule != nullptr && entry.finding.status == model::FindingStatus::kOpen)
      entry.finding.validation = impl_->ask(*entry.rule, entry.secret);
    OPENSSL_cleanse(entry.secret.data(), entry.secret.size());
    out.push_back(std::move(entry.finding));
  }
  impl_->by_fingerprint.clear();
  std::sort(out.begin(), out.end(), [](const ContentFinding& a, const ContentFinding& b) {
    return std::tie(a.rule, a.fingerprint) < std::tie(b.rule, b.fingerprint);
  });
  return out;
}

std::uint64_t FindingSet::dropped() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->dropped;
}

}  // namespace weir::secret
