// Sensors, what they have sent, and work for them. Threading: as Reader and Transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/ids.h"
#include "store/store.h"

namespace weir::store {

struct Sensor {
  std::string id, name;
  std::string certificate_serial;  // the newest one's
  TimeMs certificate_not_after = 0;
  TimeMs enrolled_at = 0, last_seen = 0;
  bool revoked = false;
  AssetId host = 0;
  std::string epoch;            // of its spool
  std::uint64_t sequence = 0;   // the last that is stored
  std::string version, status;  // JSON: its newest Status
};
Result<void> AddSensor(Transaction& t, const Sensor& sensor);
/// Certificate, name and version; kNotFound.
Result<void> UpdateSensor(Transaction& t, const Sensor& sensor);
Result<void> SetSensorSeen(Transaction& t, std::string_view id, std::string_view status_json);
Result<void> SetSensorHost(Transaction& t, std::string_view id, AssetId host);
Result<void> RevokeSensor(Transaction& t, std::string_view id);
Result<Sensor> GetSensor(Reader& r, std::string_view id);
Result<std::vector<Sensor>> ListSensors(Reader& r);

/// Exactly once: whether (EPOCH, SEQUENCE) of SENSOR is new; if so it is noted as stored in this unit.
/// A new epoch starts from anew; within one, numbers at or below the last stored are not new.
Result<bool> Advance(Transaction& t, std::string_view sensor, std::string_view epoch, std::uint64_t sequence);

enum class JobState : std::uint8_t { kWaiting, kSent, kRunning, kDone, kFailed, kCancelled };
std::string_view JobStateName(JobState state);
struct Job {
  std::int64_t id = 0;
  std::string kind;    // "scan", "advisories"
  std::string sensor;  // that has to do it; may be empty
  AssetId asset = 0;
  JobState state = JobState::kWaiting;
  std::string author, detail;  // DETAIL: JSON of the console
  std::string error;
  ScanId scan = 0;  // its result
  TimeMs created_at = 0, updated_at = 0;
};
Result<std::int64_t> AddJob(Transaction& t, const Job& job);
Result<void> SetJobState(Transaction& t, std::int64_t id, JobState state, std::string_view error,
                         ScanId scan);
Result<Job> GetJob(Reader& r, std::int64_t id);
/// Waiting, sent or running ones of SENSOR, oldest first.
Result<std::vector<Job>> OpenJobs(Reader& r, std::string_view sensor);
/// Newest first.
Result<Page<Job>> ListJobs(Reader& r, const PageRequest& page);

}  // namespace weir::store
