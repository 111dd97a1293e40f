#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "advisory/index_pending.h"
#include "base/hash.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

using format::Section;

template <class Row>
std::string_view RowBytes(const std::vector<Row>& rows) {
  static_assert(std::is_trivially_copyable_v<Row>);
  return {static_cast<const char*>(static_cast<const void*>(rows.data())), rows.size() * sizeof(Row)};
}

std::uint32_t Size32(std::size_t size) { return static_cast<std::uint32_t>(size); }

/// The smallest power of two that keeps an open hash of COUNT entries at most two thirds full.
std::size_t SlotCount(std::size_t count) {
  std::size_t slots = 2;
  while (slots * 2 < count * 3) slots *= 2;
  return slots;
}

void PutSlot(std::span<format::Slot> table, std::uint64_t hash, std::uint32_t value) {
  std::size_t mask = table.size() - 1;
  std::size_t at = hash & mask;
  while (table[at].value != 0) at = (at + 1) & mask;
  table[at] = {static_cast<std::uint32_t>(hash >> 32U), value};
}

class Writer {
 public:
  explicit Writer(PendingIndex& pending) : in_(pending) {}

  Result<std::string> Write() {
    SortAffected();
    MoveAdvisories();
    WriteAffected();
    IndexAffectedByAdvisory();
    IndexIds();
    WriteCves();
    WriteSources();
    return Assemble();
  }

 private:
  void SortAffected() {
    std::erase_if(in_.affected,
                  [&](const PendingAffected& row) { return in_.advisories[row.advisory].dead; });
    // Texts are compared once for each (ecosystem, name), rows by numbers.
    auto pair = [](const PendingAffected& row) { return std::uint64_t{row.ecosystem} << 32U | row.name; };
    std::vector<std::uint64_t> names;
    names.reserve(in_.affected.size());
    for (const PendingAffected& row : in_.affected) names.push_back(pair(row));
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    std::ranges::sort(names, [&](std::uint64_t a, std::uint64_t b) {
      std::uint64_t high_a = a >> 32U, high_b = b >> 32U;
      if (high_a != high_b) return in_.texts.Get(Size32(high_a)) < in_.texts.Get(Size32(high_b));
      return in_.texts.Get(static_cast<std::uint32_t>(a)) < in_.texts.Get(static_cast<std::uint32_t>(b));
    });
    std::unordered_map<std::uint64_t, std::uint32_t> rank;
    rank.reserve(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) rank.emplace(names[i], Size32(i));
    order_.reserve(in_.affected.size());
    for (std::size_t i = 0; i < in_.affected.size(); ++i)
      order_.push_back({rank[pair(in_.affected[i])], in_.affected[i].advisory, Size32(i)});
    std::ranges::sort(order_);
  }

  std::uint32_t MoveText(std::uint32_t text) { return texts_.Add(in_.texts.Get(text)); }
  std::uint32_t MoveTextList(std::uint32_t list) {
    std::vector<std::uint32_t> out;
    for (std::uint32_t text : in_.lists.Get(list)) out.push_back(MoveText(text));
    return lists_.Add(out);
  }

  std::uint32_t MoveExtra(std::uint32_t extra) {
    std::vector<std::uint32_t> out;
    for (std::uint32_t word : in_.lists.Get(extra)) {
      bool list = out.size() >= 2 && out.size() % 2 == 0;  // arches, and the symbols of each import
      out.push_back(list ? MoveTextList(word) : MoveText(word));
    }
    return lists_.Add(out);
  }

  /// Numbers advisories in the order in which the affected rows come to speak of them.
  void MoveAdvisories() {
    constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
    new_number_.assign(in_.advisories.size(), kNone);
    auto move = [&](std::uint32_t old) {
      if (new_number_[old] != kNone || in_.advisories[old].dead) return;
      new_number_[old] = Size32(advisories_.size());
      format::AdvisoryRow row = in_.advisories[old].row;
      for (std::uint32_t* text : {&row.id, &row.source, &row.summary, &row.published, &row.modified})
        *text = MoveText(*text);
      for (std::uint32_t* list : {&row.aliases, &row.related, &row.cvss, &row.cwes, &row.references})
        *list = MoveTextList(*list);
      advisories_.push_back(row);
    };
    for (const Place& place : order_) move(place.advisory);
    for (std::uint32_t i = 0; i < in_.advisories.size(); ++i) move(i);
    for (PendingAffected& row : in_.affected) row.advisory = new_number_[row.advisory];
  }

  std::uint32_t MoveKey(std::uint32_t key) { return keys_.Add(in_.keys.Get(key)); }

  bool SameStatement(const PendingAffected& a, const PendingAffected& b) const {
    auto ranges = [&](const PendingAffected& row) {
      return RowBytes(in_.ranges)
          .substr(row.first_range * sizeof(format::RangeRow), row.range_count * sizeof(format::RangeRow));
    };
    return a.ecosystem == b.ecosystem && a.name == b.name && a.advisory == b.advisory &&
           a.scheme == b.scheme && a.flags == b.flags && a.fix_state == b.fix_state &&
           a.severity == b.severity && a.versions == b.versions && a.extra == b.extra &&
           ranges(a) == ranges(b);
  }

  void WriteAffected() {
    constexpr std::size_t kLookBack = 32;
    std::uint32_t last_rank = std::numeric_limits<std::uint32_t>::max();
    std::vector<const PendingAffected*> written;  // of this name
    for (const Place& place : order_) {
      const PendingAffected& from = in_.affected[place.index];
      if (place.rank != last_rank) {
        StartName(from);
        written.clear();
        last_rank = place.rank;
      }
      // Several products of one distribution often say the same.
      auto recent = written.size() > kLookBack ? written.end() - kLookBack : written.begin();
      if (std::any_of(recent, written.end(),
                      [&](const PendingAffected* w) { return SameStatement(*w, from); }))
        continue;
      written.push_back(&from);
      WriteRow(from);
    }
    EndEcosystem();
  }

  void StartName(const PendingAffected& from) {
    if (ecosystems_.empty() || from.ecosystem != open_ecosystem_) {
      EndEcosystem();
      open_ecosystem_ = from.ecosystem;
      format::EcosystemRow row{};
      row.name = names_.Add(in_.texts.Get(from.ecosystem));
      row.first_name = Size32(name_rows_.size());
      ecosystems_.push_back(row);
    }
    name_rows_.push_back({names_.Add(in_.texts.Get(from.name)), Size32(affected_.size()), 0});
  }

  void WriteRow(const PendingAffected& from) {
    format::AffectedRow row{};
    row.advisory = from.advisory;
    row.name_row = Size32(name_rows_.size() - 1);
    row.ecosystem = Size32(ecosystems_.size() - 1);
    row.scheme = from.scheme;
    row.flags = from.flags;
    row.fix_state = from.fix_state;
    row.severity = from.severity;
    row.first_range = Size32(ranges_.size());
    row.range_count = from.range_count;
    row.extra = MoveExtra(from.extra);
    for (std::uint32_t i = 0; i < from.range_count; ++i) {
      format::RangeRow range = in_.ranges[from.first_range + i];
      range.introduced_key = MoveKey(range.introduced_key);
      range.end_key = MoveKey(range.end_key);
      range.introduced_text = MoveText(range.introduced_text);
      range.end_text = MoveText(range.end_text);
      ranges_.push_back(range);
    }
    std::vector<std::uint32_t> versions;
    for (std::uint32_t key : in_.version_lists.Get(from.versions)) versions.push_back(MoveKey(key));
    row.versions = version_lists_.Add(versions);
    affected_.push_back(row);
    ++name_rows_.back().affected_count;
    ecosystem_sources_.push_back(advisories_[from.advisory].source);
    if (ecosystem_sources_.size() > 4096) CompactSources();
  }

  void CompactSources() {
    std::ranges::sort(ecosystem_sources_, {}, [&](std::uint32_t text) { return texts_.Get(text); });
    ecosystem_sources_.erase(std::unique(ecosystem_sources_.begin(), ecosystem_sources_.end()),
                             ecosystem_sources_.end());
  }

  /// Closes the open ecosystem: its sources and the hash over its names.
  void EndEcosystem() {
    if (ecosystems_.empty()) return;
    CompactSources();
    format::EcosystemRow& row = ecosystems_.back();
    row.sources = lists_.Add(ecosystem_sources_);
    ecosystem_sources_.clear();
    row.name_count = Size32(name_rows_.size()) - row.first_name;
    row.first_slot = Size32(name_slots_.size());
    row.slot_count = Size32(SlotCount(row.name_count));
    name_slots_.resize(name_slots_.size() + row.slot_count);
    std::span<format::Slot> table = std::span(name_slots_).subspan(row.first_slot);
    for (std::uint32_t i = row.first_name; i < name_rows_.size(); ++i)
      PutSlot(table, Hash64(names_.Get(name_rows_[i].name)), i + 1);
  }

  void IndexAffectedByAdvisory() {
    for (const format::AffectedRow& row : affected_) ++advisories_[row.advisory].affected_count;
    std::uint32_t next = 0;
    for (format::AdvisoryRow& row : advisories_) {
      row.first_affected = next;
      next += std::exchange(row.affected_count, 0);
    }
    by_advisory_.resize(affected_.size());
    for (std::size_t i = 0; i < affected_.size(); ++i) {
      format::AdvisoryRow& row = advisories_[affected_[i].advisory];
      by_advisory_[row.first_affected + row.affected_count++] = Size32(i);
    }
  }

  void IndexIds() {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> ids;
    auto add = [&](std::uint32_t text, std::uint32_t advisory) {
      std::string_view id = texts_.Get(text);
      ids.emplace_back(Hash64(ToLower(id)), advisory);
      if (std::uint64_t cve = CveNumber(id); cve != 0) named_cves_.push_back(cve);
    };
    for (std::uint32_t i = 0; i < advisories_.size(); ++i) {
      add(advisories_[i].id, i);
      for (std::uint32_t text : lists_.Get(advisories_[i].aliases)) add(text, i);
      for (std::uint32_t text : lists_.Get(advisories_[i].related)) add(text, i);
    }
    std::ranges::sort(ids);
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    std::size_t distinct = 0;
    for (std::size_t i = 0; i < ids.size(); ++i)
      distinct += i == 0 || ids[i].first != ids[i - 1].first ? 1U : 0U;
    id_slots_.resize(SlotCount(distinct));
    for (std::size_t i = 0; i < ids.size();) {
      std::vector<std::uint32_t> holders;
      std::uint64_t hash = ids[i].first;
      for (; i < ids.size() && ids[i].first == hash; ++i) holders.push_back(ids[i].second);
      PutSlot(id_slots_, hash, lists_.Add(holders));
    }
  }

  /// All of KEV, for an advisory that comes by itself later may be of one of them, and EPSS of the CVEs that
  /// some advisory or KEV names; of several entries the last counts.
  void WriteCves() {
    for (const PendingKev& entry : in_.kev) named_cves_.push_back(entry.cve);
    std::ranges::sort(named_cves_);
    named_cves_.erase(std::unique(named_cves_.begin(), named_cves_.end()), named_cves_.end());
    std::vector<format::CveRow> rows(named_cves_.size());
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].cve = named_cves_[i];
    auto find = [&](std::uint64_t cve) -> format::CveRow* {
      auto at = std::ranges::lower_bound(named_cves_, cve);
      return at != named_cves_.end() && *at == cve ? &rows[static_cast<std::size_t>(at - named_cves_.begin())]
                                                   : nullptr;
    };
    for (const PendingEpss& entry : in_.epss) {
      format::CveRow* row = find(entry.cve);
      if (row == nullptr) continue;
      row->flags |= format::kHasEpss;
      row->epss = entry.probability;
      row->percentile = entry.percentile;
    }
    for (const PendingKev& entry : in_.kev) {
      format::CveRow* row = find(entry.cve);
      if (row == nullptr) continue;
      row->flags |= format::kKnownExploited;
      if (entry.ransomware) row->flags |= format::kRansomware;
      row->kev_added = MoveText(entry.added);
    }
    std::erase_if(rows, [](const format::CveRow& row) { return row.flags == 0; });
    cves_ = std::move(rows);
  }

  void WriteSources() {
    std::ranges::sort(in_.sources, {}, &model::SourceInfo::name);
    for (const model::SourceInfo& source : in_.sources) {
      format::SourceRow row{};
      row.name = texts_.Add(source.name);
      row.fetched_at = texts_.Add(source.fetched_at);
      row.data_date = texts_.Add(source.data_date);
      row.url = texts_.Add(source.url);
      row.records = source.records;
      sources_.push_back(row);
    }
  }

  Result<std::string> Assemble() {
    bool overflow = texts_.overflow() || lists_.overflow() || in_.texts.overflow() || in_.keys.overflow() ||
                    in_.lists.overflow() || in_.version_lists.overflow() || keys_.overflow() ||
                    names_.overflow() || version_lists_.overflow() ||
                    affected_.size() > std::numeric_limits<std::uint32_t>::max() ||
                    ranges_.size() > std::numeric_limits<std::uint32_t>::max();
    if (overflow) return Err(Code::kLimitExceeded, "advisory index: more data than its format holds");
    const std::pair<Section, std::string_view> parts[] = {
        {format::kTexts, texts_.bytes()},
        {format::kNames, names_.bytes()},
        {format::kKeys, keys_.bytes()},
        {format::kLists, RowBytes(lists_.words())},
        {format::kVersionLists, RowBytes(version_lists_.words())},
        {format::kEcosystems, RowBytes(ecosystems_)},
        {format::kNameRows, RowBytes(name_rows_)},
        {format::kNameSlots, RowBytes(name_slots_)},
        {format::kAffected, RowBytes(affected_)},
        {format::kRanges, RowBytes(ranges_)},
        {format::kAdvisories, RowBytes(advisories_)},
        {format::kAdvisoryAffected, RowBytes(by_advisory_)},
        {format::kIdSlots, RowBytes(id_slots_)},
        {format::kCves, RowBytes(cves_)},
        {format::kSources, RowBytes(sources_)},
    };
    format::Header header{};
    std::memcpy(header.magic, format::kMagic, sizeof header.magic);
    header.version = format::kVersion;
    header.section_count = format::kSectionCount;
    header.unreadable_versions = in_.unreadable;
    std::uint64_t at = sizeof header;
    for (const auto& [section, bytes] : parts) {
      header.sections[section] = {at, bytes.size()};
      at += (bytes.size() + 7) / 8 * 8;
    }
    header.file_size = at;
    const char* raw = static_cast<const char*>(static_cast<const void*>(&header));
    header.checksum = Hash64({raw, offsetof(format::Header, checksum)});
    std::string out;
    out.reserve(at);
    out.append(raw, sizeof header);
    for (const auto& [section, bytes] : parts) {
      out.append(bytes);
      out.resize((out.size() + 7) / 8 * 8);
    }
    return out;
  }

  struct Place {
    std::uint32_t rank, advisory, index;
    auto operator<=>(const Place&) const = default;
  };

  PendingIndex& in_;
  std::vector<std::uint32_t> new_number_;
  std::vector<Place> order_;
  TextPool texts_, names_, keys_;
  ListPool lists_, version_lists_;
  std::vector<format::EcosystemRow> ecosystems_;
  std::vector<format::NameRow> name_rows_;
  std::vector<format::Slot> name_slots_, id_slots_;
  std::vector<format::AffectedRow> affected_;
  std::vector<format::RangeRow> ranges_;
  std::vector<format::AdvisoryRow> advisories_;
  std::vector<std::uint32_t> by_advisory_, ecosystem_sources_;
  std::vector<std::uint64_t> named_cves_;
  std::vector<format::CveRow> cves_;
  std::vector<format::SourceRow> sources_;
  std::uint32_t open_ecosystem_ = 0;
};

}  // namespace

Result<std::string> WriteIndex(PendingIndex& pending) {
  Result<std::string> out = Writer(pending).Write();
  pending = PendingIndex();
  return out;
}

}  // namespace weir::advisory
