#include "store/sensors.h"

#include "store/cursor.h"

namespace weir::store {
namespace {

constexpr std::string_view kSensorColumns =
    "s.id, s.name, s.certificate_serial, s.certificate_not_after, s.enrolled_at, s.last_seen, s.revoked, "
    "s.host, "
    "s.version, s.status, coalesce(p.epoch, ''), coalesce(p.sequence, 0)";
constexpr std::string_view kSensorTables = " FROM sensor s LEFT JOIN sensor_position p ON p.sensor = s.id ";

Sensor SensorFromRow(const Statement& row) {
  Sensor s;
  s.id = row.Text(0);
  s.name = row.Text(1);
  s.certificate_serial = row.Text(2);
  s.certificate_not_after = row.Int(3);
  s.enrolled_at = row.Int(4);
  s.last_seen = row.Int(5);
  s.revoked = row.Bool(6);
  s.host = row.U32(7);
  s.version = row.Text(8);
  s.status = row.Text(9);
  s.epoch = row.Text(10);
  s.sequence = row.U64(11);
  return s;
}

constexpr std::string_view kJobColumns =
    "id, kind, sensor, asset, state, author, detail, error, scan, created_at, updated_at";

Job JobFromRow(const Statement& row) {
  Job j;
  j.id = row.Int(0);
  j.kind = row.Text(1);
  j.sensor = row.Text(2);
  j.asset = row.U32(3);
  j.state = static_cast<JobState>(row.Int(4));
  j.author = row.Text(5);
  j.detail = row.Text(6);
  j.error = row.Text(7);
  j.scan = row.Int(8);
  j.created_at = row.Int(9);
  j.updated_at = row.Int(10);
  return j;
}

Result<void> MustChange(Transaction& t, std::string_view what) {
  if (t.db().changes() == 0) return Err(Code::kNotFound, "there is no such " + std::string(what));
  return {};
}

}  // namespace

Result<void> AddSensor(Transaction& t, const Sensor& s) {
  return t.db().Run(
      "INSERT INTO sensor (id, name, certificate_serial, certificate_not_after, enrolled_at, last_seen, "
      "revoked, host, version, status) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?)",
      s.id, s.name, s.certificate_serial, s.certificate_not_after, t.now(), s.last_seen, s.host, s.version,
      s.status);
}

Result<void> UpdateSensor(Transaction& t, const Sensor& s) {
  WEIR_TRY(t.db().Run(
      "UPDATE sensor SET name = ?2, certificate_serial = ?3, certificate_not_after = ?4, version = ?5 "
      "WHERE id = ?1",
      s.id, s.name, s.certificate_serial, s.certificate_not_after, s.version));
  return MustChange(t, "sensor");
}

Result<void> SetSensorSeen(Transaction& t, std::string_view id, std::string_view status_json) {
  WEIR_TRY(t.db().Run("UPDATE sensor SET last_seen = ?2, status = iif(?3 = '', status, ?3) WHERE id = ?1", id,
                      t.now(), status_json));
  return MustChange(t, "sensor");
}

Result<void> SetSensorHost(Transaction& t, std::string_view id, AssetId host) {
  WEIR_TRY(t.db().Run("UPDATE sensor SET host = ? WHERE id = ?", host, id));
  return MustChange(t, "sensor");
}

Result<void> RevokeSensor(Transaction& t, std::string_view id) {
  WEIR_TRY(t.db().Run("UPDATE sensor SET revoked = 1 WHERE id = ?", id));
  return MustChange(t, "sensor");
}

Result<Sensor> GetSensor(Reader& r, std::string_view id) {
  WEIR_ASSIGN(Statement row, r.db().Query("SELECT " + std::string(kSensorColumns) +
                                              std::string(kSensorTables) + "WHERE s.id = ?",
                                          id));
  if (row.Next()) return SensorFromRow(row);
  WEIR_TRY(row.Finish());
  return Err(Code::kNotFound, "there is no such sensor");
}

Result<std::vector<Sensor>> ListSensors(Reader& r) {
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT " + std::string(kSensorColumns) +
                                           std::string(kSensorTables) + "ORDER BY s.name, s.id"));
  std::vector<Sensor> out;
  while (rows.Next()) out.push_back(SensorFromRow(rows));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<bool> Advance(Transaction& t, std::string_view sensor, std::string_view epoch,
                     std::uint64_t sequence) {
  WEIR_ASSIGN(Statement row,
              t.db().Query("SELECT epoch, sequence FROM sensor_position WHERE sensor = ?", sensor));
  bool stored = row.Next() && row.Text(0) == epoch && row.U64(1) >= sequence;
  WEIR_TRY(row.Finish());
  if (stored) return false;
  WEIR_TRY(t.db().Run("INSERT OR REPLACE INTO sensor_position (sensor, epoch, sequence) VALUES (?, ?, ?)",
                      sensor, epoch, sequence));
  return true;
}

std::string_view JobStateName(JobState state) {
  switch (state) {
    case JobState::kWaiting:
      return "waiting";
    case JobState::kSent:
      return "sent";
    case JobState::kRunning:
      return "running";
    case JobState::kDone:
      return "done";
    case JobState::kFailed:
      return "failed";
    case JobState::kCancelled:
      return "cancelled";
  }
  return "waiting";
}

Result<std::int64_t> AddJob(Transaction& t, const Job& job) {
  WEIR_TRY(t.db().Run(
      "INSERT INTO job (kind, sensor, asset, state, author, detail, error, scan, created_at, "
      "updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
      job.kind, job.sensor, job.asset, job.state, job.author, job.detail, job.error, job.scan, t.now()));
  return t.db().last_insert_id();
}

Result<void> SetJobState(Transaction& t, std::int64_t id, JobState state, std::string_view error,
                         ScanId scan) {
  WEIR_TRY(t.db().Run("UPDATE job SET state = ?2, error = ?3, scan = ?4, updated_at = ?5 WHERE id = ?1", id,
                      state, error, scan, t.now()));
  return MustChange(t, "job");
}

Result<Job> GetJob(Reader& r, std::int64_t id) {
  WEIR_ASSIGN(Statement row,
              r.db().Query("SELECT " + std::string(kJobColumns) + " FROM job WHERE id = ?", id));
  if (row.Next()) return JobFromRow(row);
  WEIR_TRY(row.Finish());
  return Err(Code::kNotFound, "there is no job " + std::to_string(id));
}

Result<std::vector<Job>> OpenJobs(Reader& r, std::string_view sensor) {
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT " + std::string(kJobColumns) +
                                               " FROM job WHERE sensor = ? AND state < 3 ORDER BY id",
                                           sensor));
  std::vector<Job> out;
  while (rows.Next()) out.push_back(JobFromRow(rows));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<Page<Job>> ListJobs(Reader& r, const PageRequest& page) {
  WEIR_ASSIGN(std::vector<std::int64_t> cursor, ParseCursor(page.cursor, 1));
  std::optional<std::int64_t> before;
  if (!cursor.empty()) before = cursor[0];
  std::size_t limit = LimitOf(page);
  WEIR_ASSIGN(Statement rows,
              r.db().Query("SELECT " + std::string(kJobColumns) +
                               " FROM job WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT ?2",
                           before, limit + 1));
  Page<Job> out;
  while (rows.Next()) out.items.push_back(JobFromRow(rows));
  WEIR_TRY(rows.Finish());
  if (out.items.size() > limit) {
    out.items.pop_back();
    out.next_cursor = MakeCursor({out.items.back().id});
  }
  WEIR_ASSIGN(std::int64_t total, r.db().Value(0, "SELECT count(*) FROM job"));
  out.total = static_cast<std::uint64_t>(total);
  return out;
}

}  // namespace weir::store
