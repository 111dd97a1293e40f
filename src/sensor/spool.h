// Records on their way to the console, kept on disk until it has them.
//
// Format: segment files "<first sequence, 20 digits>.seg" of lines
//   <XXH3-64 of the rest, 16 hex digits> <kind letter> <sequence> <record as sent>
// Only appended to; deleted when acknowledged. Beside them "epoch" (one line that
// names the numbering) and "acknowledged". A line is in the page cache when Append
// returns, so it survives a kill; it is on the disk after Sync, and only such lines
// are read for sending: what a console has acknowledged is never numbered anew.
// What a crash cut short at the end is dropped; what is damaged elsewhere is skipped
// and told as lost.
//
// Full: inventory and usage records go first, oldest first; then whole segments.
// What went is counted and told by TakeLost, so that whole records can replace it.
// Threading: safe from every thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace weir::sensor {

enum class SpoolKind : char { kInventory = 'I', kUsage = 'U', kScan = 'S', kScanFailed = 'F' };

struct SpoolOptions {
  std::string folder;
  std::uint64_t max_bytes = 512ULL << 20U;
  std::uint64_t segment_bytes = 8ULL << 20U;
};

struct SpoolLine {
  SpoolKind kind = SpoolKind::kInventory;
  std::uint64_t sequence = 0;
  std::string_view record;  // points into what was parsed
};
/// Nothing where it is damaged. LINE without its line feed.
std::optional<SpoolLine> ParseSpoolLine(std::string_view line);

class Spool {
 public:
  struct Lost {
    bool inventory = false, usage = false, scans = false;
    bool any() const { return inventory || usage || scans; }
  };
  struct Chunk {
    std::string lines;  // records as sent, each with a line feed
    std::uint64_t first = 0, last = 0;
    std::size_t records = 0;
    SpoolKind first_kind = SpoolKind::kInventory;
  };

  static Result<std::unique_ptr<Spool>> Open(SpoolOptions options);

  /// TEXT as wire::RecordText gives it. Returns the record's sequence.
  Result<std::uint64_t> Append(SpoolKind kind, std::string_view text);
  Result<void> Sync();
  /// Records after AFTER that are on the disk; at least one where there is one, whatever its size.
  Result<Chunk> Read(std::uint64_t after, std::size_t max_bytes, std::size_t max_records);
  void Acknowledge(std::uint64_t sequence);
  /// Drops everything and counts from 1 again, under another name: after the console is ahead of us.
  Result<void> StartNewEpoch();
  /// A record that the console will never take.
  void NoteDropped(SpoolKind kind);

  std::string epoch() const;
  std::uint64_t last_sequence() const;
  std::uint64_t acknowledged() const;
  std::uint64_t waiting_records() const;
  std::uint64_t waiting_bytes() const;
  std::uint64_t dropped_records() const;  // since the start of the program
  /// What was lost since it was last asked.
  Lost TakeLost();

 private:
  struct Segment {
    std::string path;
    std::uint64_t first = 0, last = 0;  // last < first: empty
    std::uint64_t bytes = 0, records = 0;
  };

  explicit Spool(SpoolOptions options) : options_(std::move(options)) {}
  Result<void> Recover();
  Result<void> RecoverSegment(Segment& segment, bool newest);
  Result<void> Rotate();
  Result<void> MakeRoom(std::uint64_t bytes);
  Result<void> Thin(Segment& segment);
  void Forget(SpoolKind kind);
  std::uint64_t Bytes() const;
  Result<void> Renew();
  Result<void> SyncLocked();

  const SpoolOptions options_;
  mutable std::mutex mutex_;  // guards everything below
  std::string epoch_;
  std::deque<Segment> segments_;  // the last one is open for writing
  UniqueFd file_;
  bool dirty_ = false, tail_damaged_ = false;
  std::uint64_t next_ = 1, synced_ = 0, acknowledged_ = 0, dropped_ = 0, stored_acknowledged_ = 0;
  Lost lost_;
  // Where the last Read ended, so that the next one need not look for its place.
  std::uint64_t cursor_sequence_ = 0, cursor_segment_ = 0, cursor_offset_ = 0;
};

}  // namespace weir::sensor
