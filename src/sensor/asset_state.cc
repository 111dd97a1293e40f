#include "sensor/asset_state.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/bytes.h"
#include "base/file.h"
#include "sensor/support.h"
#include "wire/content.h"

namespace weir::sensor {
namespace {

constexpr std::string_view kMagic = "weir-asset-2\n";
constexpr std::uint64_t kMaxPacked = 512ULL << 20U, kMaxText = 2ULL << 30U;

void PutNumber(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>((value >> (8 * i)) & 0xffU));
}

void PutText(std::string& out, std::string_view text) {
  PutNumber(out, text.size(), 4);
  out += text;
}

/// Ids of Go symbols; many packages share one table, and a digest of it takes a while.
class SymbolIds {
 public:
  const std::string& Of(const model::Package& package) {
    auto [at, is_new] = ids_.try_emplace(package.go_symbols.get());
    if (is_new) at->second = wire::GoSymbolsId(package.go_symbols.get());
    return at->second;
  }

 private:
  std::unordered_map<const model::GoSymbols*, std::string> ids_;
};

std::string TextWithoutSymbols(const model::Package& package) {
  if (!package.go_symbols) return wire::ToJson(package);
  model::Package copy = package;
  copy.go_symbols.reset();
  return wire::ToJson(copy);
}

/// Whether AFTER says nothing of secrets and malware that BEFORE has not said. That it looked for another
/// kind, or looked at everything for once, is news even where nothing was found.
bool SameContent(const wire::ScanRecord& before, const wire::ScanRecord& after) {
  auto same_kind = [](const auto& a, const auto& b) { return a.kind == b.kind; };
  // As it is told: the reasons of ranks count, which comparing findings leaves out.
  auto same = [](const auto& a, const auto& b) { return a == b && wire::ToJson(a) == wire::ToJson(b); };
  return !before.cut_short &&
         std::equal(before.content_scans.begin(), before.content_scans.end(), after.content_scans.begin(),
                    after.content_scans.end(), same_kind) &&
         std::equal(before.content.begin(), before.content.end(), after.content.begin(), after.content.end(),
                    same);
}

}  // namespace

AssetState StateOf(const wire::ScanRecord& record, model::FileOwners owners) {
  AssetState state;
  state.record = record;
  state.record.usage = {};
  state.owners = std::move(owners);
  SymbolIds ids;
  for (model::Package& package : state.record.packages) {
    state.symbols.push_back(ids.Of(package));
    package.go_symbols.reset();
  }
  return state;
}

std::string PackAssetState(AssetState& state) {
  std::string out(kMagic);
  std::string record = wire::RecordLine({1, state.record});
  PutNumber(out, record.size(), 8);
  out += record;
  for (const std::string& id : state.symbols) PutText(out, id);
  const auto& entries = state.owners.entries();
  PutNumber(out, entries.size(), 8);
  for (const auto& [hash, package] : entries) {
    PutNumber(out, hash, 8);
    PutNumber(out, package, 4);
  }
  PutNumber(out, state.owners.links().size(), 4);
  for (const auto& [folder, link] : state.owners.links()) {
    PutText(out, folder);
    PutText(out, link);
  }
  return out;
}

Result<AssetState> UnpackAssetState(std::string_view text) {
  ByteReader reader(text);
  if (reader.TakeText(kMagic.size()) != kMagic) return Err(Code::kMalformed, "not the state of an asset");
  std::uint64_t size = reader.Le64();
  std::string_view line = reader.TakeText(size);
  if (!reader.ok()) return Err(Code::kMalformed, "the state of an asset is cut short");
  WEIR_ASSIGN(wire::Record record, wire::ParseRecord(line, {}));
  auto* scan = std::get_if<wire::ScanRecord>(&record.body);
  if (scan == nullptr) return Err(Code::kMalformed, "the state of an asset is not of a scan");
  AssetState state;
  state.record = std::move(*scan);
  for (std::size_t i = 0; i < state.record.packages.size() && reader.ok(); ++i)
    state.symbols.emplace_back(reader.TakeText(reader.Le32()));
  std::uint64_t entries = reader.Le64();
  constexpr std::size_t kEntryBytes = 12;
  if (entries > reader.remaining() / kEntryBytes)
    return Err(Code::kMalformed, "the state of an asset is cut short");
  state.owners.entries().reserve(entries);
  for (std::uint64_t i = 0; i < entries; ++i) {
    std::uint64_t hash = reader.Le64();
    std::uint32_t package = reader.Le32();
    if (package >= state.record.packages.size())
      return Err(Code::kMalformed, "the state of an asset names a package that it does not have");
    state.owners.entries().emplace_back(hash, package);
  }
  std::uint32_t links = reader.Le32();
  for (std::uint32_t i = 0; i < links && reader.ok(); ++i) {
    std::string_view folder = reader.TakeText(reader.Le32());
    std::string_view link = reader.TakeText(reader.Le32());
    if (reader.ok()) state.owners.AddLink(link, folder);
  }
  if (!reader.ok() || !reader.empty()) return Err(Code::kMalformed, "the state of an asset is cut short");
  state.owners.Sort();
  return state;
}

Result<AssetState> ReadAssetState(const std::string& path) {
  WEIR_ASSIGN(std::string packed, ReadFile(path, kMaxPacked));
  WEIR_ASSIGN(std::string text, DecompressZstd(packed, kMaxText));
  packed.clear();
  packed.shrink_to_fit();
  return UnpackAssetState(text);
}

Result<void> WriteAssetState(const std::string& path, AssetState& state) {
  return WriteFileAtomically(path, CompressZstd(PackAssetState(state)), 0600);
}

Result<wire::UsageChange> ReadAssetUsage(const std::string& path) {
  WEIR_ASSIGN(std::string packed, ReadFile(path, kMaxPacked));
  WEIR_ASSIGN(std::string text, DecompressZstd(packed, kMaxText));
  WEIR_ASSIGN(wire::Record record, wire::ParseRecord(text, {}));
  auto* usage = std::get_if<wire::UsageRecord>(&record.body);
  if (usage == nullptr) return Err(Code::kMalformed, "not the usage of an asset");
  return std::move(usage->usage);
}

Result<void> WriteAssetUsage(const std::string& path, const wire::UsageChange& usage) {
  std::string text = wire::RecordLine({1, wire::UsageRecord{{}, usage}});
  return WriteFileAtomically(path, CompressZstd(text), 0600);
}

wire::ScanRecord ScanDifference(const AssetState& before, const wire::ScanRecord& after) {
  wire::ScanRecord out = after;
  out.base = before.record.scan_id;
  out.packages.clear();
  out.relations.clear();
  if (SameContent(before.record, after)) {
    out.content.clear();
    out.content_same = true;
  }
  std::unordered_map<std::string_view, std::size_t> known;
  for (std::size_t i = 0; i < before.record.packages.size(); ++i)
    known.emplace(before.record.packages[i].id, i);
  std::set<std::string_view> there;
  SymbolIds ids;
  for (const model::Package& package : after.packages) {
    there.insert(package.id);
    auto same = known.find(package.id);
    if (same == known.end() || before.symbols[same->second] != ids.Of(package) ||
        TextWithoutSymbols(before.record.packages[same->second]) != TextWithoutSymbols(package))
      out.packages.push_back(package);
  }
  for (const model::Package& package : before.record.packages)
    if (!there.contains(package.id)) out.gone_packages.push_back(package.id);
  std::vector<model::Relation> old = before.record.relations, now = after.relations;
  std::sort(old.begin(), old.end());
  std::sort(now.begin(), now.end());
  std::set_difference(now.begin(), now.end(), old.begin(), old.end(), std::back_inserter(out.relations));
  std::set_difference(old.begin(), old.end(), now.begin(), now.end(), std::back_inserter(out.gone_relations));
  return out;
}

namespace {

bool SameForRank(const model::Usage& a, const model::Usage& b) {
  auto key = [](const model::Usage& u) {
    return std::tuple(u.level, u.listens, u.listening, u.reached_from_outside, u.reached_from_private,
                      u.runs_as_root, u.privileged, u.reached_indirectly, u.reached_locally,
                      u.stale_text.empty(), u.pids.empty());
  };
  return key(a) == key(b);
}

}  // namespace

wire::UsageChange UsageDifference(const wire::UsageChange& before, const wire::UsageChange& after,
                                  bool minor) {
  wire::UsageChange out;
  auto same = [&](const model::Usage& a, const model::Usage& b) {
    return minor ? a == b : SameForRank(a, b);
  };
  // With other others every package that has no entry is another one: then it is told whole.
  if (!same(before.others, after.others)) {
    out = after;
    out.full = true;
    return out;
  }
  out.others = before.others;
  std::map<std::string_view, const model::Usage*> known;
  for (const auto& [id, usage] : before.packages) known.emplace(id, &usage);
  std::set<std::string_view> there;
  for (const auto& [id, usage] : after.packages) {
    there.insert(id);
    auto found = known.find(id);
    if (found == known.end() || !same(*found->second, usage)) out.packages.emplace_back(id, usage);
  }
  for (const auto& [id, usage] : before.packages)
    if (!there.contains(id)) out.back_to_others.push_back(id);
  return out;
}

wire::UsageChange ApplyUsage(const wire::UsageChange& before, const wire::UsageChange& change) {
  if (change.full) return change;
  std::map<std::string, model::Usage> packages(before.packages.begin(), before.packages.end());
  for (const auto& [id, usage] : change.packages) packages[id] = usage;
  for (const std::string& id : change.back_to_others) packages.erase(id);
  wire::UsageChange out;
  out.full = true;
  out.others = before.others;
  out.packages.assign(packages.begin(), packages.end());
  return out;
}

bool IsEmpty(const wire::UsageChange& change) {
  return !change.full && change.packages.empty() && change.back_to_others.empty();
}

}  // namespace weir::sensor
