#include "advisory/index.h"

#include <sys/mman.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "advisory/distro_ecosystem.h"
#include "advisory/feeds/ecosystem.h"
#include "advisory/index_format.h"
#include "advisory/index_pending.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/strings.h"

namespace weir::advisory {

using format::Section;

struct Index::Impl {
  MappedFile file;
  std::string_view bytes;
  format::Header header{};
  std::vector<std::pair<std::string_view, format::EcosystemRow>> ecosystems;  // sorted
  std::vector<model::SourceInfo> sources;

  std::string_view SectionBytes(Section section) const {
    const format::SectionSpan& span = header.sections[section];
    return bytes.substr(span.offset, span.size);
  }

  template <class Row>
  std::size_t Count(Section section) const {
    return header.sections[section].size / sizeof(Row);
  }

  /// Row INDEX of SECTION; all zero beyond the end.
  template <class Row>
  Row Get(Section section, std::uint64_t index) const {
    Row row{};
    if (index < Count<Row>(section))
      std::memcpy(&row, bytes.data() + header.sections[section].offset + index * sizeof(Row), sizeof(Row));
    return row;
  }

  /// Text at OFFSET of a pool; empty where that lies outside.
  std::string_view Text(Section pool, std::uint32_t offset) const {
    std::string_view all = SectionBytes(pool);
    std::uint64_t at = offset, length = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
      if (at >= all.size()) return {};
      auto byte = static_cast<unsigned char>(all[at++]);
      length |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
      if ((byte & 0x80U) == 0) return length <= all.size() - at ? all.substr(at, length) : std::string_view();
    }
    return {};
  }

  struct List {
    std::uint64_t first = 0;
    std::uint32_t count = 0;
  };
  /// Where the items of a list are; none where it reaches outside.
  List ListAt(Section section, std::uint32_t offset) const {
    std::uint64_t words = Count<std::uint32_t>(section);
    auto count = Get<std::uint32_t>(section, offset);
    if (offset >= words || count > words - offset - 1) return {};
    return {std::uint64_t{offset} + 1, count};
  }
  std::uint32_t Word(std::uint64_t index) const { return Get<std::uint32_t>(format::kLists, index); }

  std::vector<std::string_view> TextList(std::uint32_t offset) const {
    std::vector<std::string_view> out;
    List list = ListAt(format::kLists, offset);
    out.reserve(list.count);
    for (std::uint32_t i = 0; i < list.count; ++i) out.push_back(Text(format::kTexts, Word(list.first + i)));
    return out;
  }

  const format::EcosystemRow* FindEcosystem(std::string_view name) const {
    auto at = std::ranges::lower_bound(ecosystems, name, {}, [](const auto& entry) { return entry.first; });
    return at != ecosystems.end() && at->first == name ? &at->second : nullptr;
  }

  /// Calls FN with each value whose tag fits HASH in the table, until it returns true.
  template <class Fn>
  void Probe(Section section, std::uint64_t first, std::uint64_t count, std::uint64_t hash,
             const Fn& fn) const {
    std::uint64_t slots = Count<format::Slot>(section);
    if (count == 0 || (count & (count - 1)) != 0 || first > slots || count > slots - first) return;
    auto tag = static_cast<std::uint32_t>(hash >> 32U);
    for (std::uint64_t i = 0; i < count; ++i) {
      auto slot = Get<format::Slot>(section, first + ((hash + i) & (count - 1)));
      if (slot.value == 0) return;
      if (slot.tag == tag && fn(slot.value)) return;
    }
  }

  AffectedView View(std::uint64_t handle) const {
    auto row = Get<format::AffectedRow>(format::kAffected, handle);
    AffectedView view;
    view.handle = handle;
    view.advisory = row.advisory;
    view.ecosystem = Text(format::kNames, Get<format::EcosystemRow>(format::kEcosystems, row.ecosystem).name);
    view.name = Text(format::kNames, Get<format::NameRow>(format::kNameRows, row.name_row).name);
    view.scheme =
        row.scheme <= static_cast<std::uint8_t>(Scheme::kFuzzy) ? Scheme{row.scheme} : Scheme::kFuzzy;
    view.unaffected = (row.flags & format::kUnaffected) != 0;
    view.modular_build = (row.flags & format::kModularBuild) != 0;
    if (row.fix_state <= static_cast<std::uint8_t>(model::FixState::kWontFix))
      view.fix_state = model::FixState{row.fix_state};
    if (row.severity <= static_cast<std::uint8_t>(model::Severity::kCritical))
      view.severity = model::Severity{row.severity};
    if (row.extra == 0) return view;
    List extra = ListAt(format::kLists, row.extra);
    if (extra.count < 3) return view;
    view.rpm_module = Text(format::kTexts, Word(extra.first));
    view.cpe_target_software = Text(format::kTexts, Word(extra.first + 1));
    view.arches = TextList(Word(extra.first + 2));
    view.has_go_imports = extra.count > 3;
    return view;
  }

  format::CveRow Cve(std::string_view id) const {
    std::uint64_t cve = CveNumber(id), low = 0, high = Count<format::CveRow>(format::kCves);
    while (low < high && cve != 0) {
      std::uint64_t middle = low + (high - low) / 2;
      auto row = Get<format::CveRow>(format::kCves, middle);
      if (row.cve == cve) return row;
      if (row.cve < cve) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return {};
  }

  Result<void> Check();
  void Load();
};

namespace {

/// 3.1 first: it is what most sources give and what the severity words are defined on.
int CvssOrder(const model::Cvss& cvss) {
  static constexpr std::string_view kOrder[] = {"3.1", "3.0", "4.0", "2.0"};
  return static_cast<int>(std::ranges::find(kOrder, cvss.version) - std::begin(kOrder));
}

std::string RangeText(std::string_view introduced, std::string_view end, std::uint32_t flags) {
  std::string out;
  if ((flags & format::kHasIntroduced) != 0)
    out = ((flags & format::kIntroducedExclusive) != 0 ? "> " : ">= ") + std::string(introduced);
  bool fixed = (flags & format::kHasFixed) != 0;
  if (fixed || (flags & format::kHasLast) != 0) {
    if (!out.empty()) out += ", ";
    out += (fixed ? "< " : "<= ") + std::string(end);
  }
  return out.empty() ? "all versions" : out;
}

}  // namespace

Result<void> Index::Impl::Check() {
  auto malformed = [](std::string_view why) {
    return Err(Code::kMalformed, "advisory index: " + std::string(why));
  };
  if (bytes.size() < sizeof header) return malformed("shorter than its header");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, format::kMagic, sizeof header.magic) != 0)
    return malformed("no such file format");
  if (header.version != format::kVersion)
    return Err(Code::kUnsupported, "advisory index: format version " + std::to_string(header.version) +
                                       ", this program reads " + std::to_string(format::kVersion));
  if (header.section_count != format::kSectionCount) return malformed("wrong number of sections");
  if (header.checksum != Hash64(bytes.substr(0, offsetof(format::Header, checksum))))
    return malformed("header checksum differs");
  if (header.file_size != bytes.size()) return malformed("cut short or padded");
  for (const format::SectionSpan& span : header.sections)
    if (span.offset < sizeof header || span.offset > bytes.size() || span.size > bytes.size() - span.offset)
      return malformed("a section lies outside the file");
  return {};
}

void Index::Impl::Load() {
  constexpr std::size_t kMaxEcosystems = 65536, kMaxSources = 4096;
  std::size_t count = std::min(Count<format::EcosystemRow>(format::kEcosystems), kMaxEcosystems);
  for (std::size_t i = 0; i < count; ++i) {
    auto row = Get<format::EcosystemRow>(format::kEcosystems, i);
    ecosystems.emplace_back(Text(format::kNames, row.name), row);
  }
  std::ranges::sort(ecosystems, {}, [](const auto& entry) { return entry.first; });
  count = std::min(Count<format::SourceRow>(format::kSources), kMaxSources);
  for (std::size_t i = 0; i < count; ++i) {
    auto row = Get<format::SourceRow>(format::kSources, i);
    auto text = [&](std::uint32_t offset) { return std::string(Text(format::kTexts, offset)); };
    sources.push_back(
        {text(row.name), text(row.fetched_at), text(row.data_date), row.records, text(row.url)});
  }
}

Index::Index(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Index::~Index() = default;

Result<std::shared_ptr<const Index>> Index::Open(const std::string& path) {
  auto impl = std::make_unique<Impl>();
  WEIR_ASSIGN(impl->file, MappedFile::Open(path));
  impl->bytes = impl->file.text();
  if (Result<void> checked = impl->Check(); !checked) return Err(checked.error().Context(path));
  impl->Load();
  return std::shared_ptr<const Index>(new Index(std::move(impl)));
}

Result<std::shared_ptr<const Index>> Index::FromMemory(std::string_view bytes) {
  auto impl = std::make_unique<Impl>();
  impl->bytes = bytes;
  WEIR_TRY(impl->Check());
  impl->Load();
  return std::shared_ptr<const Index>(new Index(std::move(impl)));
}

void Index::ForEach(std::string_view ecosystem, std::string_view name,
                    const std::function<void(const AffectedView&)>& fn) const {
  std::string space = NormalizeEcosystem(ecosystem), wanted = NormalizePackageName(space, name);
  const format::EcosystemRow* row = impl_->FindEcosystem(space);
  if (row == nullptr) return;
  impl_->Probe(format::kNameSlots, row->first_slot, row->slot_count, Hash64(wanted),
               [&](std::uint32_t value) {
                 auto found = impl_->Get<format::NameRow>(format::kNameRows, value - 1);
                 if (impl_->Text(format::kNames, found.name) != wanted) return false;
                 std::uint64_t end =
                     std::min<std::uint64_t>(std::uint64_t{found.first_affected} + found.affected_count,
                                             impl_->Count<format::AffectedRow>(format::kAffected));
                 for (std::uint64_t i = found.first_affected; i < end; ++i) fn(impl_->View(i));
                 return true;
               });
}

bool Index::Affects(const AffectedView& record, std::string_view version, std::string_view key,
                    std::string* range_text, std::vector<std::string>* fixed) const {
  const Impl& impl = *impl_;
  auto row = impl.Get<format::AffectedRow>(format::kAffected, record.handle);
  if (range_text != nullptr) range_text->clear();
  if (fixed != nullptr) fixed->clear();
  if ((row.flags & format::kAllVersions) != 0) {
    if (range_text != nullptr) *range_text = "all versions";
    return true;
  }
  bool hit = false;
  std::uint64_t end = std::min<std::uint64_t>(std::uint64_t{row.first_range} + row.range_count,
                                              impl.Count<format::RangeRow>(format::kRanges));
  auto add_fixed = [&](const format::RangeRow& range) {
    if (fixed == nullptr || (range.flags & format::kHasFixed) == 0) return;
    std::string text(impl.Text(format::kTexts, range.end_text));
    if (std::ranges::find(*fixed, text) == fixed->end()) fixed->push_back(std::move(text));
  };
  for (std::uint64_t i = row.first_range; i < end && !key.empty(); ++i) {
    auto range = impl.Get<format::RangeRow>(format::kRanges, i);
    if ((range.flags & format::kHasIntroduced) != 0) {
      int order = key.compare(impl.Text(format::kKeys, range.introduced_key));
      if (order < 0 || (order == 0 && (range.flags & format::kIntroducedExclusive) != 0)) continue;
    }
    std::string_view end_key = impl.Text(format::kKeys, range.end_key);
    if ((range.flags & format::kHasFixed) != 0 && key >= end_key) continue;
    if ((range.flags & format::kHasLast) != 0 && key > end_key) continue;
    if (range_text != nullptr) {
      if (hit) *range_text += " || ";
      *range_text += RangeText(impl.Text(format::kTexts, range.introduced_text),
                               impl.Text(format::kTexts, range.end_text), range.flags);
    }
    add_fixed(range);
    hit = true;
  }
  if (hit) return true;
  std::string raw = format::kRawVersionPrefix + std::string(version);
  std::string_view wanted = key.empty() ? std::string_view(raw) : key;
  Impl::List list = impl.ListAt(format::kVersionLists, row.versions);
  std::uint64_t low = list.first, high = list.first + list.count;
  while (low < high) {
    std::uint64_t middle = low + (high - low) / 2;
    std::string_view entry = impl.Text(format::kKeys, impl.Get<std::uint32_t>(format::kVersionLists, middle));
    if (entry == wanted) {
      if (range_text != nullptr) *range_text = "= " + std::string(version);
      // The fixes of later ranges are what is there to upgrade to.
      for (std::uint64_t i = row.first_range; i < end && !key.empty(); ++i) {
        auto range = impl.Get<format::RangeRow>(format::kRanges, i);
        if (impl.Text(format::kKeys, range.end_key) > key) add_fixed(range);
      }
      return true;
    }
    if (entry < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return false;
}

std::vector<GoImport> Index::GoImports(const AffectedView& record) const {
  std::vector<GoImport> out;
  auto row = impl_->Get<format::AffectedRow>(format::kAffected, record.handle);
  if (row.extra == 0) return out;
  Impl::List extra = impl_->ListAt(format::kLists, row.extra);
  for (std::uint32_t i = 3; i + 1 < extra.count; i += 2) {
    GoImport import;
    import.path = impl_->Text(format::kTexts, impl_->Word(extra.first + i));
    for (std::string_view symbol : impl_->TextList(impl_->Word(extra.first + i + 1)))
      import.symbols.emplace_back(symbol);
    out.push_back(std::move(import));
  }
  return out;
}

AdvisoryNames Index::Names(std::uint32_t advisory) const {
  auto row = impl_->Get<format::AdvisoryRow>(format::kAdvisories, advisory);
  return {impl_->Text(format::kTexts, row.id), impl_->Text(format::kTexts, row.source),
          impl_->TextList(row.aliases), impl_->TextList(row.related)};
}

void Index::JoinExploitation(model::Vulnerability& vulnerability) const {
  auto join = [&](std::string_view id) {
    format::CveRow cve = impl_->Cve(id);
    if ((cve.flags & format::kKnownExploited) != 0) {
      std::string added(impl_->Text(format::kTexts, cve.kev_added));
      if (!vulnerability.known_exploited || added < vulnerability.known_exploited_since)
        vulnerability.known_exploited_since = added;
      vulnerability.known_exploited = true;
      vulnerability.ransomware |= (cve.flags & format::kRansomware) != 0;
    }
    if ((cve.flags & format::kHasEpss) != 0 &&
        (!vulnerability.epss || *vulnerability.epss < double{cve.epss})) {
      vulnerability.epss = double{cve.epss};
      vulnerability.epss_percentile = double{cve.percentile};
    }
  };
  join(vulnerability.id);
  for (const std::string& alias : vulnerability.aliases) join(alias);
}

model::Vulnerability Index::GetVulnerability(std::uint32_t advisory) const {
  model::Vulnerability out;
  if (advisory >= advisory_count()) return out;
  auto row = impl_->Get<format::AdvisoryRow>(format::kAdvisories, advisory);
  auto text = [&](std::uint32_t offset) { return std::string(impl_->Text(format::kTexts, offset)); };
  out.id = text(row.id);
  out.source = text(row.source);
  out.summary = text(row.summary);
  out.published = text(row.published);
  out.modified = text(row.modified);
  for (std::uint32_t list : {row.aliases, row.related})
    for (std::string_view name : impl_->TextList(list)) out.aliases.emplace_back(name);
  std::ranges::sort(out.aliases);
  out.aliases.erase(std::unique(out.aliases.begin(), out.aliases.end()), out.aliases.end());
  for (std::string_view vector : impl_->TextList(row.cvss))
    if (std::optional<model::Cvss> cvss = model::ParseCvss(vector)) out.cvss.push_back(std::move(*cvss));
  std::ranges::stable_sort(out.cvss, {}, CvssOrder);
  for (std::string_view cwe : impl_->TextList(row.cwes)) out.cwes.emplace_back(cwe);
  for (std::string_view url : impl_->TextList(row.references)) out.references.emplace_back(url);
  if (row.severity != 0 && row.severity <= static_cast<std::uint32_t>(model::Severity::kCritical)) {
    out.severity = static_cast<model::Severity>(row.severity);
    out.severity_source = out.source;
  } else if (!out.cvss.empty()) {
    out.severity = model::SeverityOfScore(out.cvss.front().base_score);
    out.severity_source = "cvss " + out.cvss.front().version;
  }
  JoinExploitation(out);
  return out;
}

std::vector<std::uint32_t> Index::FindById(std::string_view id) const {
  std::vector<std::uint32_t> out;
  std::uint64_t slots = impl_->Count<format::Slot>(format::kIdSlots);
  impl_->Probe(format::kIdSlots, 0, slots, Hash64(ToLower(id)), [&](std::uint32_t value) {
    Impl::List list = impl_->ListAt(format::kLists, value);
    for (std::uint32_t i = 0; i < list.count; ++i) {
      std::uint32_t advisory = impl_->Word(list.first + i);
      if (advisory >= advisory_count()) continue;
      AdvisoryNames names = Names(advisory);
      auto same = [&](std::string_view name) { return EqualsIgnoreCase(name, id); };
      if (same(names.id) || std::ranges::any_of(names.aliases, same) ||
          std::ranges::any_of(names.related, same))
        out.push_back(advisory);
    }
    return !out.empty();
  });
  return out;
}

void Index::ForEachAffectedOf(std::uint32_t advisory,
                              const std::function<void(const AffectedView&)>& fn) const {
  auto row = impl_->Get<format::AdvisoryRow>(format::kAdvisories, advisory);
  std::uint64_t end = std::min<std::uint64_t>(std::uint64_t{row.first_affected} + row.affected_count,
                                              impl_->Count<std::uint32_t>(format::kAdvisoryAffected));
  for (std::uint64_t i = row.first_affected; i < end; ++i) {
    auto handle = impl_->Get<std::uint32_t>(format::kAdvisoryAffected, i);
    if (handle < affected_count()) fn(impl_->View(handle));
  }
}

const std::vector<model::SourceInfo>& Index::sources() const { return impl_->sources; }

std::vector<std::pair<std::string, std::vector<std::string>>> Index::ecosystems() const {
  std::vector<std::pair<std::string, std::vector<std::string>>> out;
  for (const auto& [name, row] : impl_->ecosystems) {
    std::vector<std::string> names;
    for (std::string_view source : impl_->TextList(row.sources)) names.emplace_back(source);
    out.emplace_back(std::string(name), std::move(names));
  }
  return out;
}

bool Index::HasEcosystem(std::string_view ecosystem) const {
  return impl_->FindEcosystem(NormalizeEcosystem(ecosystem)) != nullptr;
}
std::uint64_t Index::advisory_count() const { return impl_->Count<format::AdvisoryRow>(format::kAdvisories); }
std::uint64_t Index::affected_count() const { return impl_->Count<format::AffectedRow>(format::kAffected); }
std::uint64_t Index::unreadable_versions() const { return impl_->header.unreadable_versions; }
std::uint64_t Index::size_bytes() const { return impl_->bytes.size(); }

void Index::ReleasePages() const {
  std::string_view mapped = impl_->file.text();
  if (!mapped.empty()) ::madvise(const_cast<char*>(mapped.data()), mapped.size(), MADV_DONTNEED);
}

}  // namespace weir::advisory
