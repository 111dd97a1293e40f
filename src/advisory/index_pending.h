// An index while it is built: rows in the order of arrival over shared pools.
// index_builder.cc fills it, index_writer.cc lays it out. Threading: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "advisory/index_format.h"
#include "advisory/intern_pool.h"
#include "advisory/record.h"
#include "base/result.h"
#include "model/scan_result.h"

namespace weir::advisory {

/// References are offsets into the pools below; 0 = none.
struct PendingAffected {
  std::uint32_t advisory = 0;
  std::uint32_t ecosystem = 0, name = 0;
  std::uint8_t scheme = 0, flags = 0, fix_state = 0, severity = 0;
  std::uint32_t first_range = 0, range_count = 0;
  std::uint32_t versions = 0;
  std::uint32_t extra = 0;
};

struct PendingAdvisory {
  format::AdvisoryRow row{};
  bool dead = false;  // withdrawn, or replaced by a later record of the same source and id
};

struct PendingEpss {
  std::uint64_t cve = 0;
  float probability = 0, percentile = 0;
};

struct PendingKev {
  std::uint64_t cve = 0;
  std::uint32_t added = 0;
  bool ransomware = false;
};

struct PendingIndex {
  TextPool texts, keys;
  ListPool lists, version_lists;
  std::vector<PendingAdvisory> advisories;
  std::unordered_map<std::uint64_t, std::uint32_t> by_source_and_id;  // of live advisories
  std::vector<PendingAffected> affected;
  std::vector<format::RangeRow> ranges;
  std::vector<PendingEpss> epss;
  std::vector<PendingKev> kev;
  std::vector<model::SourceInfo> sources;
  std::uint64_t unreadable = 0, withdrawn = 0;
  std::vector<std::string> unreadable_examples;
};

/// "CVE-2021-44228" as a number that is never 0; 0 where TEXT is no CVE id.
std::uint64_t CveNumber(std::string_view text);

/// The finished file. Leaves PENDING empty.
Result<std::string> WriteIndex(PendingIndex& pending);

}  // namespace weir::advisory
