#include "store/packages.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "store/byte_writer.h"
#include "store/keys.h"
#include "store/package_ids.h"
#include "store/row_flags.h"
#include "store/sbom_codec.h"

namespace weir::store {
namespace {

std::string EncodeSymbols(const model::GoSymbols& symbols) {
  ByteWriter out;
  for (std::uint64_t hash : symbols) out.Le64(hash);
  return out.Take();
}

std::shared_ptr<const model::GoSymbols> DecodeSymbols(Bytes bytes) {
  auto out = std::make_shared<model::GoSymbols>();
  ByteReader in(bytes);
  out->reserve(bytes.size() / 8);
  while (in.remaining() >= 8) out->push_back(in.Le64());
  return out;
}

/// Symbols by their address: the packages of one program share one list.
struct SymbolRow {
  std::string key;
  std::int64_t id = 0;
};
using SymbolRows = std::unordered_map<const model::GoSymbols*, SymbolRow>;

Result<const SymbolRow*> PutSymbols(Transaction& t, const model::GoSymbols& symbols, SymbolRows& known) {
  if (auto found = known.find(&symbols); found != known.end()) return &found->second;
  std::string bytes = EncodeSymbols(symbols);
  SymbolRow row{ContentKey(bytes), 0};
  WEIR_ASSIGN(row.id, t.db().Value(0, "SELECT id FROM go_symbols WHERE key = ?", AsBytes(row.key)));
  if (row.id == 0) {
    WEIR_TRY(
        t.db().Run("INSERT INTO go_symbols (key, hashes) VALUES (?, ?)", AsBytes(row.key), AsBytes(bytes)));
    row.id = t.db().last_insert_id();
  }
  return &known.emplace(&symbols, std::move(row)).first->second;
}

/// Distinct packages as they are read one after the other: shares the symbols of a program.
class DistinctReader {
 public:
  explicit DistinctReader(Reader& r) : r_(r) {}

  Result<DistinctPackage> Get(PackageId package) {
    WEIR_ASSIGN(Statement row, r_.db().Query("SELECT content, symbols FROM package WHERE id = ?", package));
    if (!row.Next()) {
      WEIR_TRY(row.Finish());
      return Err(Code::kNotFound, "there is no package " + std::to_string(package));
    }
    WEIR_ASSIGN(DistinctPackage out, DecodeDistinct(row.Blob(0)));
    std::int64_t symbols = row.Int(1);
    if (symbols != 0) {
      WEIR_ASSIGN(out.package.go_symbols, Symbols(symbols));
    }
    return out;
  }

 private:
  Result<std::shared_ptr<const model::GoSymbols>> Symbols(std::int64_t id) {
    if (auto found = symbols_.find(id); found != symbols_.end()) return found->second;
    WEIR_ASSIGN(Statement row, r_.db().Query("SELECT hashes FROM go_symbols WHERE id = ?", id));
    if (!row.Next()) {
      WEIR_TRY(row.Finish());
      return Err(Code::kMalformed, "a program's symbols are missing");
    }
    return symbols_.emplace(id, DecodeSymbols(row.Blob(0))).first->second;
  }

  Reader& r_;
  std::map<std::int64_t, std::shared_ptr<const model::GoSymbols>> symbols_;
};

Result<void> AddPackageRow(Transaction& t, const DistinctPackage& value, std::string_view key,
                           const std::string& content, std::int64_t symbols) {
  const model::Package& p = value.package;
  std::string_view ecosystem = value.names.empty() ? std::string_view() : value.names.front().first;
  WEIR_TRY(t.db().Run(
      "INSERT INTO package (key, type, name, version, ecosystem, purl, answered, symbols, content) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      AsBytes(key), p.type, p.name, p.version, ecosystem, p.purl, value.answered_by_owner, symbols,
      AsBytes(content)));
  std::int64_t id = t.db().last_insert_id();
  if (value.answered_by_owner) return {};
  for (const auto& [space, name] : value.names)
    WEIR_TRY(t.db().Run("INSERT OR IGNORE INTO package_query (hash, package) VALUES (?, ?)",
                        NameHash(space, name), id));
  return {};
}

}  // namespace

Result<std::vector<Interned>> InternPackages(Transaction& t, std::span<const DistinctPackage> packages) {
  std::vector<Interned> out;
  out.reserve(packages.size());
  SymbolRows symbols;
  WEIR_ASSIGN(Statement find, t.db().Prepare("SELECT id, generation FROM package WHERE key = ?"));
  for (const DistinctPackage& value : packages) {
    std::string content = EncodeDistinct(value);
    std::string identity = content;
    std::int64_t symbol_row = 0;
    if (value.package.go_symbols != nullptr) {
      WEIR_ASSIGN(const SymbolRow* row, PutSymbols(t, *value.package.go_symbols, symbols));
      identity += row->key;
      symbol_row = row->id;
    }
    std::string key = ContentKey(identity);
    find.Restart(AsBytes(key));
    if (find.Next()) {
      out.push_back({find.U32(0), false, find.U64(1)});
      WEIR_TRY(find.Finish());
      continue;
    }
    WEIR_TRY(find.Finish());
    WEIR_TRY(AddPackageRow(t, value, key, content, symbol_row));
    WEIR_ASSIGN(std::int64_t id, t.db().Value(0, "SELECT id FROM package WHERE key = ?", AsBytes(key)));
    out.push_back({static_cast<PackageId>(id), true, 0});
  }
  return out;
}

Result<DistinctPackage> LoadDistinctPackage(Reader& r, PackageId package) {
  return DistinctReader(r).Get(package);
}

Result<std::vector<DistinctPackage>> LoadDistinctPackages(Reader& r, std::span<const PackageId> packages) {
  std::vector<DistinctPackage> out;
  out.reserve(packages.size());
  DistinctReader reader(r);
  for (PackageId package : packages) {
    WEIR_ASSIGN(DistinctPackage value, reader.Get(package));
    out.push_back(std::move(value));
  }
  return out;
}

Result<std::vector<PackageId>> PackagesNamed(Reader& r, std::string_view ecosystem, std::string_view name) {
  WEIR_ASSIGN(Statement rows,
              r.db().Query("SELECT package FROM package_query WHERE hash = ?", NameHash(ecosystem, name)));
  std::vector<PackageId> out;
  while (rows.Next()) out.push_back(rows.U32(0));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<std::vector<PackageId>> PackagesToMatch(Reader& r, std::uint64_t generation) {
  // By type and name: packages that share their advisories are matched in one go.
  WEIR_ASSIGN(
      Statement rows,
      r.db().Query("SELECT id FROM package WHERE generation <> ? ORDER BY type, name, id", generation));
  std::vector<PackageId> out;
  while (rows.Next())
    if (r.postings().Count(rows.U32(0)) > 0) out.push_back(rows.U32(0));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<std::vector<PackageId>> PackageIdsOf(Reader& r, AssetId asset) {
  WEIR_ASSIGN(Statement row, r.db().Query("SELECT ids FROM asset_package WHERE asset = ?", asset));
  std::vector<PackageId> out;
  if (row.Next()) WEIR_TRY(DecodeIds(row.Blob(0), out));
  WEIR_TRY(row.Finish());
  return out;
}

Result<PackageListChange> SetAssetSbom(Transaction& t, AssetId asset, const model::Sbom& sbom,
                                       std::span<const PackageId> ids) {
  if (ids.size() != sbom.packages.size())
    return Err(Code::kInternal, "an id is needed for every package of the SBOM");
  std::vector<PackageId> now(ids.begin(), ids.end());
  std::ranges::sort(now);
  now.erase(std::unique(now.begin(), now.end()), now.end());
  WEIR_ASSIGN(std::vector<PackageId> before, PackageIdsOf(t, asset));
  PackageListChange out;
  std::ranges::set_difference(now, before, std::back_inserter(out.added));
  std::ranges::set_difference(before, now, std::back_inserter(out.removed));
  for (PackageId package : out.added) t.posting_changes().Set(package, asset, true);
  for (PackageId package : out.removed) {
    t.posting_changes().Set(package, asset, false);
    WEIR_TRY(t.db().Run("DELETE FROM asset_usage WHERE package = ? AND asset = ?", package, asset));
  }
  WEIR_TRY(t.db().Run("INSERT OR REPLACE INTO asset_package (asset, ids) VALUES (?, ?)", asset,
                      AsBytes(EncodeIds(now))));
  WEIR_TRY(t.db().Run("INSERT OR REPLACE INTO asset_sbom (asset, content) VALUES (?, ?)", asset,
                      AsBytes(EncodeSbom(sbom, ids))));
  WEIR_TRY(t.db().Run("UPDATE asset_count SET packages = ? WHERE asset = ?", sbom.packages.size(), asset));
  return out;
}

Result<StoredSbom> LoadStoredSbom(Reader& r, AssetId asset) {
  WEIR_ASSIGN(Statement row, r.db().Query("SELECT content FROM asset_sbom WHERE asset = ?", asset));
  if (!row.Next()) {
    WEIR_TRY(row.Finish());
    return Err(Code::kNotFound, "asset " + std::to_string(asset) + " has no SBOM");
  }
  return DecodeSbom(row.Blob(0));
}

Result<model::Sbom> LoadSbom(Reader& r, AssetId asset) {
  WEIR_ASSIGN(StoredSbom stored, LoadStoredSbom(r, asset));
  DistinctReader reader(r);
  for (std::size_t i = 0; i < stored.ids.size(); ++i) {
    WEIR_ASSIGN(DistinctPackage shared, reader.Get(stored.ids[i]));
    FillShared(stored, i, shared);
  }
  return FinishSbom(std::move(stored));
}

Result<PackageNames> PackageNamesOf(Reader& r, AssetId asset) {
  Result<model::Sbom> sbom = LoadSbom(r, asset);
  PackageNames out;
  if (!sbom && sbom.error().code == Code::kNotFound) return out;
  if (!sbom) return Err(sbom.error());
  WEIR_ASSIGN(StoredSbom stored, LoadStoredSbom(r, asset));
  for (const model::Package& package : sbom->packages) out.ids.push_back(package.id);
  out.distinct = std::move(stored.ids);
  return out;
}

}  // namespace weir::store
