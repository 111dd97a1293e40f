#include <algorithm>
#include <optional>
#include <utility>

#include "advisory/distro_ecosystem.h"
#include "advisory/feeds/ecosystem.h"
#include "advisory/index.h"
#include "advisory/index_pending.h"
#include "base/hash.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

// Longer texts than these are cut, further items than these are left out: an
// advisory is shown as a hint with its links, never as the document itself.
constexpr std::size_t kMaxSummary = 300, kMaxText = 1024, kMaxVersion = 256;
constexpr std::size_t kMaxReferences = 6, kMaxNames = 4096, kMaxCwes = 16, kMaxCvss = 8, kMaxExamples = 50;

std::string OneLine(std::string_view text, std::size_t limit) {
  std::string out = ToValidUtf8(Trim(text.substr(0, std::min(text.size(), limit * 2))));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  if (out.size() <= limit) return out;
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80U) --end;  // not inside a character
  return out.substr(0, end) + "\u2026";
}

bool IsFirstVersion(std::string_view version) { return version.empty() || version == "0"; }

/// "nodejs:14" from "Important: nodejs:14 security update".
std::string ModuleFromSummary(std::string_view summary) {
  for (std::string_view word : Split(summary, ' ')) {
    std::size_t colon = word.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == word.size()) continue;
    if (word.find(':', colon + 1) == std::string_view::npos) return std::string(word);
  }
  return "";
}

std::string_view BeforeModule(std::string_view version) {
  std::size_t at = version.find(".module");
  return at == std::string_view::npos ? std::string_view() : version.substr(0, at);
}

bool IsModularBuild(const AffectedPackage& package) {
  return package.scheme == Scheme::kRpm && std::ranges::any_of(package.ranges, [](const VersionRange& r) {
           return !BeforeModule(r.fixed).empty();
         });
}

}  // namespace

std::uint64_t CveNumber(std::string_view text) {
  if (!text.starts_with("CVE-")) return 0;
  std::string_view rest = text.substr(4);
  std::optional<std::uint64_t> year = ParseUint(NextPiece(rest, '-'));
  std::optional<std::uint64_t> number = ParseUint(rest);
  if (!year || !number || *year == 0 || *year >= 1U << 20U || *number >= std::uint64_t{1} << 40U) return 0;
  return (*year << 40U) | *number;
}

struct IndexBuilder::Impl : PendingIndex {
  std::uint32_t Text(std::string_view text, std::size_t limit = kMaxText) {
    return text.size() <= limit ? texts.Add(text) : texts.Add(OneLine(text, limit));
  }

  std::uint32_t TextList(const std::vector<std::string>& items, std::size_t limit) {
    std::vector<std::uint32_t> refs;
    for (const std::string& item : items) {
      if (item.empty() || refs.size() == limit) continue;
      std::uint32_t ref = Text(item);
      if (std::ranges::find(refs, ref) == refs.end()) refs.push_back(ref);
    }
    return lists.Add(refs);
  }

  std::optional<std::string> Key(Scheme scheme, const std::string& version) {
    if (version.size() > kMaxVersion) return std::nullopt;
    Result<std::string> key = EncodeVersion(scheme, version);
    if (!key) return std::nullopt;
    return std::move(*key);
  }

  void CountUnreadable(const Advisory& advisory, const std::string& version) {
    ++unreadable;
    if (unreadable_examples.size() < kMaxExamples)
      unreadable_examples.push_back(
          OneLine(advisory.source + ": " + advisory.id + ": " + version, kMaxSummary));
  }

  /// Appends the range; false, and counted, where a bound cannot be read.
  bool AddRange(const Advisory& advisory, Scheme scheme, const VersionRange& range) {
    format::RangeRow row{};
    auto bound = [&](const std::string& version, std::uint32_t flag, std::uint32_t& key,
                     std::uint32_t& text) {
      std::optional<std::string> encoded = Key(scheme, version);
      if (!encoded) {
        CountUnreadable(advisory, version);
        return false;
      }
      row.flags |= flag;
      key = keys.Add(*encoded);
      text = Text(version);
      return true;
    };
    if (!IsFirstVersion(range.introduced) || range.introduced_exclusive) {
      if (!bound(range.introduced, format::kHasIntroduced, row.introduced_key, row.introduced_text))
        return false;
      if (range.introduced_exclusive) row.flags |= format::kIntroducedExclusive;
    }
    if (!range.fixed.empty()) {
      if (!bound(range.fixed, format::kHasFixed, row.end_key, row.end_text)) return false;
    } else if (!range.last_affected.empty()) {
      if (!bound(range.last_affected, format::kHasLast, row.end_key, row.end_text)) return false;
    }
    ranges.push_back(row);
    return true;
  }

  bool RangeHolds(const format::RangeRow& range, std::string_view key) const {
    if ((range.flags & format::kHasIntroduced) != 0) {
      int order = key.compare(keys.Get(range.introduced_key));
      if (order < 0 || (order == 0 && (range.flags & format::kIntroducedExclusive) != 0)) return false;
    }
    if ((range.flags & format::kHasFixed) != 0) return key < keys.Get(range.end_key);
    if ((range.flags & format::kHasLast) != 0) return key <= keys.Get(range.end_key);
    return true;
  }

  /// Exact versions that no range of the record holds already: in practice few.
  std::uint32_t AddVersions(Scheme scheme, const PendingAffected& row,
                            const std::vector<std::string>& versions) {
    std::vector<std::string> missing;
    for (const std::string& version : versions) {
      if (version.empty() || version.size() > kMaxVersion) continue;
      std::optional<std::string> key = Key(scheme, version);
      if (!key) {
        missing.push_back(format::kRawVersionPrefix + version);
        continue;
      }
      auto first = ranges.begin() + static_cast<std::ptrdiff_t>(row.first_range);
      bool held =
          std::any_of(first, ranges.end(), [&](const format::RangeRow& r) { return RangeHolds(r, *key); });
      if (!held) missing.push_back(std::move(*key));
    }
    std::ranges::sort(missing);
    missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
    std::vector<std::uint32_t> refs;
    refs.reserve(missing.size());
    for (const std::string& key : missing) refs.push_back(keys.Add(key));
    return version_lists.Add(refs);
  }

  std::uint32_t AddExtra(const Advisory& advisory, const AffectedPackage& package) {
    std::string module = package.rpm_module;
    if (module.empty() && IsModularBuild(package)) module = ModuleFromSummary(advisory.summary);
    bool none = module.empty() && package.cpe_target_software.empty() && package.arches.empty() &&
                package.go_imports.empty();
    if (none) return 0;
    std::vector<std::uint32_t> words = {Text(module), Text(package.cpe_target_software),
                                        TextList(package.arches, 64)};
    for (const GoImport& import : package.go_imports) {
      if (words.size() > kMaxNames) break;
      words.push_back(Text(import.path));
      words.push_back(TextList(import.symbols, kMaxNames));
    }
    return lists.Add(words);
  }

  /// A module's package was rebuilt for each minor release ("1.2-3.module_el8.3...",
  /// "1.2-3.module_el8.6..."): all are the fix, so only the lowest may call a version affected.
  bool IsRebuild(const AffectedPackage& package, const AffectedPackage& other) const {
    if (&package == &other || package.name != other.name || package.ecosystem != other.ecosystem)
      return false;
    if (other.scheme != Scheme::kRpm || other.ranges.size() != 1) return false;
    const std::string &mine = package.ranges[0].fixed, &theirs = other.ranges[0].fixed;
    if (BeforeModule(mine) != BeforeModule(theirs)) return false;
    Result<std::strong_ordering> order = CompareVersions(Scheme::kRpm, theirs, mine);
    return order && (*order < 0 || (*order == 0 && &other < &package));
  }

  void AddAffected(const Advisory& advisory, std::uint32_t number, const AffectedPackage& package) {
    PendingAffected row;
    row.advisory = number;
    std::string ecosystem = NormalizeEcosystem(package.ecosystem);
    row.ecosystem = Text(ecosystem);
    row.name = Text(NormalizePackageName(ecosystem, package.name));
    if (row.ecosystem == 0 || row.name == 0) return;
    row.scheme = static_cast<std::uint8_t>(package.scheme);
    row.fix_state = static_cast<std::uint8_t>(package.fix_state);
    row.severity = static_cast<std::uint8_t>(package.severity);
    row.first_range = static_cast<std::uint32_t>(ranges.size());
    bool never = !package.ranges.empty();
    for (const VersionRange& range : package.ranges) {
      never = never && IsFirstVersion(range.introduced) && range.fixed == "0";
      if (range.fixed == "0") continue;  // the secdb's "never affected"
      AddRange(advisory, package.scheme, range);
    }
    row.range_count = static_cast<std::uint32_t>(ranges.size()) - row.first_range;
    row.versions = AddVersions(package.scheme, row, package.versions);
    bool stated = package.ranges.empty() && package.versions.empty();
    if (package.unaffected || never) row.flags |= format::kUnaffected;
    if (never || (package.unaffected && stated)) row.flags |= format::kAllVersions;
    if (IsModularBuild(package)) row.flags |= format::kModularBuild;
    row.extra = AddExtra(advisory, package);
    affected.push_back(row);
  }

  std::uint32_t AddNames(const Advisory& advisory) {
    PendingAdvisory entry;
    format::AdvisoryRow& row = entry.row;
    row.id = Text(advisory.id);
    row.source = Text(advisory.source);
    row.summary = texts.Add(OneLine(advisory.summary, kMaxSummary));
    row.published = Text(advisory.published, 64);
    row.modified = Text(advisory.modified, 64);
    row.aliases = TextList(advisory.aliases, kMaxNames);
    row.related = TextList(advisory.related, kMaxNames);
    row.cvss = TextList(advisory.cvss, kMaxCvss);
    row.cwes = TextList(advisory.cwes, kMaxCwes);
    row.references = TextList(advisory.references, kMaxReferences);
    row.severity = static_cast<std::uint32_t>(advisory.severity);
    advisories.push_back(entry);
    return static_cast<std::uint32_t>(advisories.size() - 1);
  }
};

IndexBuilder::IndexBuilder() : impl_(std::make_unique<Impl>()) {}
IndexBuilder::~IndexBuilder() = default;

void IndexBuilder::Add(const Advisory& advisory) {
  if (advisory.id.empty()) return;
  std::uint64_t identity = Hash64(advisory.source + '\n' + advisory.id);
  if (auto old = impl_->by_source_and_id.find(identity); old != impl_->by_source_and_id.end()) {
    impl_->advisories[old->second].dead = true;
    impl_->by_source_and_id.erase(old);
  }
  if (advisory.withdrawn) {
    ++impl_->withdrawn;
    return;
  }
  std::uint32_t number = impl_->AddNames(advisory);
  impl_->by_source_and_id.emplace(identity, number);
  for (const AffectedPackage& package : advisory.affected) {
    bool modular = IsModularBuild(package) && package.ranges.size() == 1;
    bool rebuild = modular && std::ranges::any_of(advisory.affected, [&](const AffectedPackage& other) {
                     return impl_->IsRebuild(package, other);
                   });
    if (!rebuild) impl_->AddAffected(advisory, number, package);
  }
}

void IndexBuilder::Add(const KevEntry& entry) {
  if (std::uint64_t cve = CveNumber(entry.cve); cve != 0)
    impl_->kev.push_back({cve, impl_->Text(entry.date_added, 64), entry.ransomware});
}

void IndexBuilder::Add(const EpssEntry& entry) {
  if (std::uint64_t cve = CveNumber(entry.cve); cve != 0)
    impl_->epss.push_back({cve, entry.probability, entry.percentile});
}

void IndexBuilder::AddSource(const model::SourceInfo& source) {
  auto same = std::ranges::find(impl_->sources, source.name, &model::SourceInfo::name);
  if (same == impl_->sources.end()) {
    impl_->sources.push_back(source);
  } else {
    *same = source;
  }
}

std::uint64_t IndexBuilder::unreadable_versions() const { return impl_->unreadable; }
std::uint64_t IndexBuilder::withdrawn() const { return impl_->withdrawn; }
const std::vector<std::string>& IndexBuilder::unreadable_examples() const {
  return impl_->unreadable_examples;
}
Result<std::string> IndexBuilder::Finish() { return WriteIndex(*impl_); }

}  // namespace weir::advisory
