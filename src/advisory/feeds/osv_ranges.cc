#include "advisory/feeds/osv_ranges.h"

#include <algorithm>
#include <optional>

namespace weir::advisory {
namespace {

struct KeyedEvent {
  OsvEvent event;
  std::string key;  // empty = before every version
};

/// At one version an end ("fixed") comes before a start, and a last affected version after it.
int Order(OsvEventKind kind) {
  switch (kind) {
    case OsvEventKind::kFixed:
    case OsvEventKind::kLimit:
      return 0;
    case OsvEventKind::kIntroduced:
      return 1;
    case OsvEventKind::kLastAffected:
      break;
  }
  return 2;
}

bool IsStart(const OsvEvent& event) { return event.kind == OsvEventKind::kIntroduced; }

/// Adds keys and sorts; leaves the order as it is where a version cannot be read.
void SortByVersion(Scheme scheme, std::vector<OsvEvent>& events) {
  std::vector<KeyedEvent> keyed;
  keyed.reserve(events.size());
  for (OsvEvent& event : events) {
    KeyedEvent next{std::move(event), {}};
    if (!next.event.version.empty()) {
      auto key = EncodeVersion(scheme, next.event.version);
      if (key) next.key = std::move(*key);
    }
    keyed.push_back(std::move(next));
  }
  bool readable = std::all_of(keyed.begin(), keyed.end(),
                              [](const KeyedEvent& e) { return !e.key.empty() || e.event.version.empty(); });
  if (readable) {
    std::stable_sort(keyed.begin(), keyed.end(), [](const KeyedEvent& a, const KeyedEvent& b) {
      if (a.key != b.key) return a.key < b.key;
      return Order(a.event.kind) < Order(b.event.kind);
    });
  }
  for (std::size_t i = 0; i < events.size(); ++i) events[i] = std::move(keyed[i].event);
}

struct KeyedRange {
  std::string from, to;
  bool from_exclusive = false, to_exclusive = false, bounded = false;
};

/// Nothing where a bound cannot be read: then nothing is known to be covered.
std::optional<KeyedRange> KeyRange(Scheme scheme, const VersionRange& range) {
  KeyedRange out;
  out.from_exclusive = range.introduced_exclusive;
  if (!range.introduced.empty()) {
    auto key = EncodeVersion(scheme, range.introduced);
    if (!key) return std::nullopt;
    out.from = std::move(*key);
  }
  const std::string& end = range.fixed.empty() ? range.last_affected : range.fixed;
  if (!end.empty()) {
    auto key = EncodeVersion(scheme, end);
    if (!key) return std::nullopt;
    out.to = std::move(*key);
    out.to_exclusive = !range.fixed.empty();
    out.bounded = true;
  }
  return out;
}

bool Holds(const KeyedRange& range, const std::string& key) {
  if (range.from_exclusive ? key <= range.from : key < range.from) return false;
  if (!range.bounded) return true;
  return range.to_exclusive ? key < range.to : key <= range.to;
}

}  // namespace

std::vector<VersionRange> RangesOfEvents(Scheme scheme, std::vector<OsvEvent> events) {
  for (OsvEvent& event : events)
    if (IsStart(event) && event.version == "0") event.version.clear();
  std::erase_if(events, [](const OsvEvent& e) {
    return !IsStart(e) && (e.version.empty() || e.version == "*");  // "limit": "*" is no limit
  });
  // A pair in the usual order needs no keys; it is most of all records.
  bool plain = events.size() == 1 || (events.size() == 2 && IsStart(events[0]) && !IsStart(events[1]));
  if (!plain) SortByVersion(scheme, events);

  std::vector<VersionRange> ranges;
  bool open = false;
  for (OsvEvent& event : events) {
    if (IsStart(event)) {
      if (!open)
        ranges.push_back(
            VersionRange{.introduced = std::move(event.version), .fixed = {}, .last_affected = {}});
      open = true;
    } else if (open) {
      std::string& end =
          event.kind == OsvEventKind::kLastAffected ? ranges.back().last_affected : ranges.back().fixed;
      end = std::move(event.version);
      open = false;
    }
  }
  return ranges;
}

void DropCoveredVersions(Scheme scheme, const std::vector<VersionRange>& ranges,
                         std::vector<std::string>& versions) {
  if (versions.empty() || ranges.empty()) return;
  std::vector<KeyedRange> keyed;
  for (const VersionRange& range : ranges)
    if (auto one = KeyRange(scheme, range)) keyed.push_back(std::move(*one));
  std::erase_if(versions, [&](const std::string& version) {
    auto key = EncodeVersion(scheme, version);
    return key &&
           std::any_of(keyed.begin(), keyed.end(), [&](const KeyedRange& r) { return Holds(r, *key); });
  });
}

}  // namespace weir::advisory
