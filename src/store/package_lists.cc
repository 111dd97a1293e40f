#include <algorithm>
#include <set>
#include <tuple>

#include "base/strings.h"
#include "model/purl.h"
#include "store/cursor.h"
#include "store/packages.h"
#include "store/row_flags.h"
#include "store/sbom_codec.h"

namespace weir::store {
namespace {

struct NamedInstance {
  std::size_t index = 0;  // in the stored SBOM
  std::string name, version;
};

Result<std::vector<NamedInstance>> InstancesNamed(Reader& r, const StoredSbom& stored, std::string_view q) {
  std::vector<NamedInstance> out;
  std::string wanted = ToLower(q);
  WEIR_ASSIGN(Statement row, r.db().Prepare("SELECT name, version FROM package WHERE id = ?"));
  for (std::size_t i = 0; i < stored.ids.size(); ++i) {
    row.Restart(stored.ids[i]);
    if (row.Next() && (wanted.empty() || ToLower(row.Text(0)).find(wanted) != std::string::npos))
      out.push_back({i, row.String(0), row.String(1)});
    WEIR_TRY(row.Finish());
  }
  auto path = [&](const NamedInstance& instance) -> std::string_view {
    const auto& locations = stored.sbom.packages[instance.index].locations;
    return locations.empty() ? std::string_view() : std::string_view(locations.front().path);
  };
  std::ranges::sort(out, [&](const NamedInstance& a, const NamedInstance& b) {
    return std::forward_as_tuple(a.name, a.version, path(a)) <
           std::forward_as_tuple(b.name, b.version, path(b));
  });
  return out;
}

Result<AssetPackageRow> LoadInstance(Reader& r, AssetId asset, const StoredSbom& stored, std::size_t index) {
  const model::Package& instance = stored.sbom.packages[index];
  AssetPackageRow out;
  out.id = stored.ids[index];
  WEIR_ASSIGN(Statement row,
              r.db().Query("SELECT type, name, version, purl, answered FROM package WHERE id = ?", out.id));
  if (row.Next()) {
    out.type = PackageTypeFromRow(row.Int(0));
    out.name = row.Text(1);
    out.version = row.Text(2);
    out.purl = row.Text(3);
    out.owned = row.Bool(4);
  }
  WEIR_TRY(row.Finish());
  if (!instance.locations.empty()) out.path = instance.locations.front().path;
  out.scope = instance.scope;
  out.licenses = instance.licenses;
  WEIR_ASSIGN(PackageUsage usage, GetUsage(r, asset, out.id));
  out.usage = LevelOf(usage.key);
  WEIR_ASSIGN(Statement counts,
              r.db().Query("SELECT count(*), 1000 - min(f.rank) FROM match m CROSS JOIN finding f ON "
                           "f.match = m.id AND f.asset = ?2 WHERE m.package = ?1 AND +f.state = 0",
                           out.id, asset));
  if (counts.Next() && counts.Int(0) > 0) {
    out.open = counts.Int(0);
    out.max_score = ScoreOf(counts.Int(1));
  }
  WEIR_TRY(counts.Finish());
  return out;
}

}  // namespace

Result<Page<AssetPackageRow>> ListAssetPackages(Reader& r, const AssetPackageQuery& query) {
  Result<StoredSbom> stored = LoadStoredSbom(r, query.asset);
  if (!stored && stored.error().code == Code::kNotFound) return Page<AssetPackageRow>();
  if (!stored) return Err(stored.error());
  WEIR_ASSIGN(std::vector<NamedInstance> named, InstancesNamed(r, *stored, query.q));
  return PageOf<AssetPackageRow>(named.size(), query.page, [&](std::size_t i) {
    return LoadInstance(r, query.asset, *stored, named[i].index);
  });
}

Result<std::vector<std::string>> DebianSourceNames(Reader& r) {
  std::set<std::string> names;
  WEIR_ASSIGN(Statement row, r.db().Query("SELECT purl FROM package WHERE type = ?",
                                          static_cast<std::int64_t>(model::PackageType::kDeb)));
  while (row.Next()) {
    Result<model::Package> package = model::PackageFromPurl(row.String(0));
    if (package) names.insert(package->source_name.empty() ? package->name : package->source_name);
  }
  WEIR_TRY(row.Finish());
  return std::vector<std::string>(names.begin(), names.end());
}

Result<PackageRow> GetPackage(Reader& r, PackageId package) {
  WEIR_ASSIGN(Statement row, r.db().Query("SELECT id, type, name, version, purl, ecosystem, (SELECT coalesce("
                                          "sum(open), 0) FROM match WHERE package = ?1 AND state < 2) "
                                          "FROM package WHERE id = ?1",
                                          package));
  if (!row.Next()) {
    WEIR_TRY(row.Finish());
    return Err(Code::kNotFound, "there is no package " + std::to_string(package));
  }
  return PackageRow{row.U32(0),
                    PackageTypeFromRow(row.Int(1)),
                    row.String(2),
                    row.String(3),
                    row.String(4),
                    row.String(5),
                    static_cast<std::int64_t>(r.postings().Count(package)),
                    row.Int(6)};
}

Result<Page<PackageRow>> SearchPackages(Reader& r, std::string_view q, const PageRequest& page) {
  // All of them come out of the index in order; a few are sorted, those of the very name first.
  WEIR_ASSIGN(
      Statement rows,
      q.empty()
          ? r.db().Query("SELECT id FROM package INDEXED BY package_name ORDER BY name, version, id")
          : r.db().Query("SELECT id FROM package INDEXED BY package_name WHERE name LIKE ?1 ESCAPE '\\' "
                         "ORDER BY lower(name) <> ?2, name, version, id",
                         LikePattern(q), ToLower(q)));
  std::vector<PackageId> ids;
  while (rows.Next())
    if (r.postings().Count(rows.U32(0)) > 0) ids.push_back(rows.U32(0));
  WEIR_TRY(rows.Finish());
  return PageOf<PackageRow>(ids.size(), page, [&](std::size_t i) { return GetPackage(r, ids[i]); });
}

}  // namespace weir::store
