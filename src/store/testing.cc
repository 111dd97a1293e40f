#include "store/testing.h"

#include "store/package_ids.h"

namespace weir::store {
namespace {

struct Check {
  std::string_view what;
  std::string_view sql;  // rows that are wrong
};

constexpr Check kChecks[] = {
    {"open findings of an asset",
     "SELECT c.asset FROM asset_count c LEFT JOIN (SELECT asset, sum(state = 0 AND severity = 0) s0, "
     "sum(state = 0 AND severity = 1) s1, sum(state = 0 AND severity = 2) s2, sum(state = 0 AND severity = "
     "3) s3, "
     "sum(state = 0 AND severity = 4) s4, sum(state = 0 AND severity = 5) s5, sum(state = 1) m, "
     "sum(state = 0 AND level = 3) l, 1000 - min(iif(state = 0, rank, 1000)) h FROM finding GROUP BY asset) "
     "f "
     "ON f.asset = c.asset WHERE c.open0 <> coalesce(s0, 0) OR c.open1 <> coalesce(s1, 0) OR "
     "c.open2 <> coalesce(s2, 0) OR c.open3 <> coalesce(s3, 0) OR c.open4 <> coalesce(s4, 0) OR "
     "c.open5 <> coalesce(s5, 0) OR c.masked <> coalesce(m, 0) OR c.loaded <> coalesce(l, 0) OR "
     "c.max_score <> coalesce(h, 0)"},
    {"exploited findings of an asset",
     "SELECT c.asset FROM asset_count c WHERE c.exploited <> (SELECT count(*) FROM finding f JOIN match m ON "
     "m.id = f.match WHERE f.asset = c.asset AND f.state = 0 AND m.flags & 1)"},
    {"findings of a match",
     "SELECT m.id FROM match m LEFT JOIN (SELECT match, sum(state = 0) o, sum(state = 1) k FROM finding "
     "GROUP BY match) "
     "f ON f.match = m.id WHERE m.open <> coalesce(o, 0) OR m.masked <> coalesce(k, 0)"},
    {"findings of a vulnerability",
     "SELECT c.vulnerability FROM vulnerability_count c LEFT JOIN (SELECT m.vulnerability v, sum(f.state = "
     "0) o, "
     "sum(f.state = 1) k, count(DISTINCT iif(f.state = 0, f.asset, NULL)) a, 1000 - min(iif(f.state = 0, "
     "f.rank, 1000)) "
     "h FROM match m JOIN finding f ON f.match = m.id GROUP BY m.vulnerability) f ON f.v = c.vulnerability "
     "WHERE c.open <> coalesce(o, 0) OR c.masked <> coalesce(k, 0) OR c.assets <> coalesce(a, 0) OR "
     "c.max_score <> coalesce(h, 0)"},
    {"severity of a finding",
     "SELECT f.match FROM finding f JOIN match m ON m.id = f.match WHERE f.severity <> m.severity OR "
     "(f.state = 2) <> (m.state = 1) OR m.state = 2"},
    {"finding of a match that does not stand",
     "SELECT f.match FROM finding f WHERE f.match NOT IN (SELECT id FROM match)"},
    {"finding that is both there and resolved",
     "SELECT f.match FROM finding f JOIN resolved_finding r ON r.match = f.match AND r.asset = f.asset"},
    {"match without detail", "SELECT id FROM match WHERE id NOT IN (SELECT match FROM match_detail)"},
    {"detail without text",
     "SELECT match FROM match_detail WHERE text NOT IN (SELECT id FROM vulnerability_text)"},
    {"secrets and malware of an asset",
     "SELECT f.asset FROM (SELECT asset, sum(state = 0 AND kind = 0) s, sum(state = 0 AND kind = 1) m, "
     "sum(state "
     "IN (1, 2) AND kind = 0) sm, sum(state IN (1, 2) AND kind = 1) mm, 1000 - min(iif(state = 0, rank, "
     "1000)) "
     "h FROM content_finding GROUP BY asset) f LEFT JOIN asset_content k ON k.asset = f.asset WHERE s <> "
     "coalesce(k.secret0 + k.secret1 + k.secret2 + k.secret3 + k.secret4 + k.secret5, 0) OR m <> "
     "coalesce(k.malware0 + k.malware1 + k.malware2 + k.malware3 + k.malware4 + k.malware5, 0) OR sm <> "
     "coalesce(k.secrets_masked, 0) OR mm <> coalesce(k.malware_masked, 0) OR h <> coalesce(k.max_score, 0)"},
    {"secret or malware of no asset",
     "SELECT id FROM content_finding WHERE asset NOT IN (SELECT id FROM asset)"},
    {"secret or malware without text",
     "SELECT id FROM content_finding WHERE id NOT IN (SELECT id FROM content_search)"},
    {"asset without counts", "SELECT id FROM asset WHERE id NOT IN (SELECT asset FROM asset_count)"},
};

/// Findings are exactly the matches of held packages.
Result<void> CheckHolders(Reader& r, std::vector<std::string>& faults) {
  Postings from_blobs;
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT asset, ids FROM asset_package ORDER BY asset"));
  std::vector<PackageId> ids;
  while (rows.Next()) {
    WEIR_TRY(DecodeIds(rows.Blob(1), ids));
    from_blobs.Append(rows.U32(0), ids);
  }
  WEIR_TRY(rows.Finish());
  if (!(from_blobs == r.postings())) faults.push_back("postings are not those of the package lists");
  WEIR_ASSIGN(rows,
              r.db().Query("SELECT m.id, m.package, (SELECT count(*) FROM finding f WHERE f.match = m.id) "
                           "FROM match m WHERE m.state < 2"));
  while (rows.Next())
    if (from_blobs.Count(rows.U32(1)) != rows.U64(2))
      faults.push_back("match " + rows.String(0) + " has " + rows.String(2) +
                       " findings, but its package has " + std::to_string(from_blobs.Count(rows.U32(1))) +
                       " holders");
  return rows.Finish();
}

}  // namespace

Result<std::vector<std::string>> CheckInvariants(Store& store) {
  auto check = [](Reader& r) -> Result<std::vector<std::string>> {
    std::vector<std::string> faults;
    for (const Check& one : kChecks) {
      WEIR_ASSIGN(Statement rows, r.db().Query(one.sql));
      while (rows.Next()) faults.push_back(std::string(one.what) + ": " + rows.String(0));
      WEIR_TRY(rows.Finish());
    }
    WEIR_TRY(CheckHolders(r, faults));
    WEIR_ASSIGN(Statement integrity, r.db().Query("PRAGMA integrity_check"));
    while (integrity.Next())
      if (integrity.Text(0) != "ok") faults.push_back("integrity: " + integrity.String(0));
    WEIR_TRY(integrity.Finish());
    return faults;
  };
  return store.Read(check);
}

}  // namespace weir::store
