#include "console/match_usage.h"

#include <unordered_map>
#include <unordered_set>

#include "base/bytes.h"
#include "rank/rank.h"
#include "store/byte_writer.h"
#include "store/sbom_codec.h"

namespace weir::console {
namespace {

constexpr std::size_t kMaxStateBytes = 1U << 30U;

/// How much of a finding's score a usage gives: of any finding, for usage alone orders them.
double Weight(store::UsageKey key) {
  model::Finding finding;
  finding.vulnerability.severity = model::Severity::kHigh;
  return rank::ScoreFinding(finding, store::UsageOf(key)).score;
}

}  // namespace

Result<UsageTable> UsageTable::Load(std::string_view bytes) {
  UsageTable out;
  if (bytes.empty()) return out;
  WEIR_ASSIGN(std::string raw, store::Decompress(AsBytes(bytes), kMaxStateBytes));
  ByteReader in(raw);
  WEIR_ASSIGN(out.others_, wire::ParseUsage(in.TakeText(in.Uvarint()), {}));
  while (in.ok() && !in.empty()) {
    std::string id(in.TakeText(in.Uvarint()));
    WEIR_ASSIGN(model::Usage usage, wire::ParseUsage(in.TakeText(in.Uvarint()), {}));
    out.packages_.emplace(std::move(id), std::move(usage));
  }
  if (!in.ok()) return Err(Code::kMalformed, "a stored usage is damaged");
  return out;
}

std::string UsageTable::Save() const {
  store::ByteWriter out;
  out.Text(wire::ToJson(others_));
  for (const auto& [id, usage] : packages_) {
    out.Text(id);
    out.Text(wire::ToJson(usage));
  }
  return store::Compress(out.bytes());
}

void UsageTable::Apply(const wire::UsageChange& change) {
  if (change.full) {
    others_ = change.others;
    packages_.clear();
  }
  for (const auto& [id, usage] : change.packages) packages_.insert_or_assign(id, usage);
  for (const std::string& id : change.back_to_others) packages_.erase(id);
}

void UsageTable::KeepOnly(const model::Sbom& sbom) {
  if (packages_.empty()) return;
  std::unordered_set<std::string_view> there;
  for (const model::Package& package : sbom.packages) there.insert(package.id);
  std::erase_if(packages_, [&](const auto& entry) { return !there.contains(entry.first); });
}

const model::Usage& UsageTable::Of(const std::string& package_id) const {
  auto found = packages_.find(package_id);
  return found == packages_.end() ? others_ : found->second;
}

std::vector<store::PackageUsage> UsageTable::ByDistinct(std::span<const std::string> package_ids,
                                                        std::span<const store::PackageId> ids) const {
  std::unordered_map<store::PackageId, const model::Usage*> best;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const model::Usage* usage = &Of(package_ids[i]);
    auto [at, fresh] = best.emplace(ids[i], usage);
    if (fresh || store::KeyOf(*usage) == store::KeyOf(*at->second)) continue;
    if (Weight(store::KeyOf(*usage)) > Weight(store::KeyOf(*at->second))) at->second = usage;
  }
  std::vector<store::PackageUsage> out;
  for (const auto& [id, usage] : best)
    if (usage != &others_) out.push_back({id, store::KeyOf(*usage), wire::ToJson(*usage)});
  return out;
}

}  // namespace weir::console
