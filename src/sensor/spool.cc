#include "sensor/spool.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/strings.h"
#include "sensor/support.h"
#include "wire/messages.h"

namespace weir::sensor {
namespace {

constexpr std::size_t kHashDigits = 16;
constexpr std::uint64_t kMaxSegmentBytes = 1ULL << 30U;  // one record may be larger than a usual segment
constexpr std::string_view kSuffix = ".seg";

std::string HashText(std::string_view text) {
  std::array<char, kHashDigits + 1> digits;
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(Hash64(text)));
  return {digits.data(), kHashDigits};
}

std::string MakeLine(SpoolKind kind, std::uint64_t sequence, std::string_view record) {
  std::string rest(1, static_cast<char>(kind));
  rest += ' ' + std::to_string(sequence) + ' ';
  rest += record;
  std::string line = HashText(rest) + ' ';
  line += rest;
  line += '\n';
  return line;
}

std::string SegmentPath(const std::string& folder, std::uint64_t first) {
  std::array<char, 32> name;
  std::snprintf(name.data(), name.size(), "%020llu", static_cast<unsigned long long>(first));
  return folder + "/" + name.data() + std::string(kSuffix);
}

void SyncFolder(const std::string& folder) {
  UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd) ::fsync(fd.get());
}

bool IsReplaceable(SpoolKind kind) { return kind == SpoolKind::kInventory || kind == SpoolKind::kUsage; }

}  // namespace

std::optional<SpoolLine> ParseSpoolLine(std::string_view line) {
  if (line.size() < kHashDigits + 5 || line[kHashDigits] != ' ') return std::nullopt;
  std::string_view rest = line.substr(kHashDigits + 1);
  if (HashText(rest) != line.substr(0, kHashDigits)) return std::nullopt;
  SpoolLine out;
  switch (rest[0]) {
    case 'I':
    case 'U':
    case 'S':
    case 'F':
      out.kind = static_cast<SpoolKind>(rest[0]);
      break;
    default:
      return std::nullopt;
  }
  if (rest[1] != ' ') return std::nullopt;
  rest.remove_prefix(2);
  std::size_t space = rest.find(' ');
  auto sequence = ParseUint(rest.substr(0, space));
  if (space == std::string_view::npos || !sequence || *sequence == 0) return std::nullopt;
  out.sequence = *sequence;
  out.record = rest.substr(space + 1);
  return out;
}

Result<std::unique_ptr<Spool>> Spool::Open(SpoolOptions options) {
  WEIR_TRY(MakePrivateFolder(options.folder));
  std::unique_ptr<Spool> spool(new Spool(std::move(options)));
  std::lock_guard lock(spool->mutex_);
  WEIR_TRY(spool->Recover());
  return spool;
}

Result<void> Spool::Recover() {
  std::vector<std::string> paths;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(options_.folder, ignored)) {
    std::string name = entry.path().filename().string();
    if (name.find(".tmp.") != std::string::npos) ::unlink(entry.path().c_str());  // of a crash
    if (name.ends_with(kSuffix)) paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  auto epoch = ReadFile(options_.folder + "/epoch", 256);
  if (epoch) epoch_ = std::string(Trim(*epoch));
  if (epoch_.empty()) {
    // Without its name the numbering cannot go on.
    if (!paths.empty()) lost_ = {true, true, true};
    for (const std::string& path : paths) ::unlink(path.c_str());
    return Renew();
  }
  for (const std::string& path : paths) {
    std::string name = std::filesystem::path(path).filename().string();
    auto first = ParseUint(std::string_view(name).substr(0, name.size() - kSuffix.size()));
    if (!first || *first < next_) {
      ::unlink(path.c_str());
      continue;
    }
    Segment segment{path, *first, *first - 1, 0, 0};
    next_ = std::max(next_, *first);
    WEIR_TRY(RecoverSegment(segment, path == paths.back()));
    next_ = std::max(next_, segment.last + 1);
    segments_.push_back(std::move(segment));
  }
  if (segments_.empty()) return Renew();  // the numbers already used are not known any more
  if (auto text = ReadFile(options_.folder + "/acknowledged", 64))
    acknowledged_ = ParseUint(Trim(*text)).value_or(0);
  // Numbers that were given away must not be used again: the console would take what has them for old.
  constexpr std::uint64_t kGap = 1U << 20U;
  if (acknowledged_ >= next_ || tail_damaged_) next_ = std::max(next_, acknowledged_ + 1) + kGap;
  synced_ = next_ - 1;
  file_ = UniqueFd(::open(segments_.back().path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
  if (!file_) return Err(ErrnoError(errno, segments_.back().path));
  // What a kill left in the page cache only is to be on the disk before it is sent.
  if (::fdatasync(file_.get()) != 0) return Err(ErrnoError(errno, segments_.back().path));
  return {};
}

Result<void> Spool::RecoverSegment(Segment& segment, bool newest) {
  WEIR_ASSIGN(std::string text, ReadFile(segment.path, kMaxSegmentBytes));
  std::size_t at = 0, sound_end = 0;
  std::uint64_t damaged = 0;
  while (at < text.size()) {
    std::size_t end = text.find('\n', at);
    bool whole = end != std::string::npos;
    auto line = whole ? ParseSpoolLine(std::string_view(text).substr(at, end - at)) : std::nullopt;
    std::size_t next = whole ? end + 1 : text.size();
    if (line && line->sequence > segment.last && line->sequence >= segment.first) {
      segment.last = line->sequence;
      ++segment.records;
      sound_end = next;
    } else if (next != text.size() || !newest) {
      ++damaged;
    }
    at = next;
  }
  // The unfinished last line of a crash was never told to anyone.
  if (newest && sound_end < text.size()) {
    if (::truncate(segment.path.c_str(), static_cast<off_t>(sound_end)) != 0)
      return Err(ErrnoError(errno, segment.path));
    text.resize(sound_end);
  }
  segment.bytes = text.size();
  if (damaged > 0) {
    tail_damaged_ = newest;
    Log(LogLevel::kWarn, "spool.damaged", {{"file", segment.path}, {"lines", std::to_string(damaged)}});
    lost_ = {true, true, true};
    dropped_ += damaged;
  }
  return {};
}

Result<void> Spool::Renew() {
  segments_.clear();
  file_.Reset();
  epoch_ = RandomHex(16);
  next_ = 1;
  synced_ = acknowledged_ = stored_acknowledged_ = 0;
  cursor_sequence_ = cursor_segment_ = cursor_offset_ = 0;
  ::unlink((options_.folder + "/acknowledged").c_str());
  WEIR_TRY(WriteFileAtomically(options_.folder + "/epoch", epoch_ + "\n", 0600));
  return Rotate();
}

Result<void> Spool::StartNewEpoch() {
  std::lock_guard lock(mutex_);
  for (const Segment& segment : segments_) {
    ::unlink(segment.path.c_str());
    dropped_ += segment.records;
  }
  lost_ = {true, true, true};
  return Renew();
}

Result<void> Spool::Rotate() {
  WEIR_TRY(SyncLocked());
  Segment segment{SegmentPath(options_.folder, next_), next_, next_ - 1, 0, 0};
  UniqueFd file(::open(segment.path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return Err(ErrnoError(errno, segment.path));
  SyncFolder(options_.folder);
  file_ = std::move(file);
  segments_.push_back(std::move(segment));
  return {};
}

std::uint64_t Spool::Bytes() const {
  std::uint64_t bytes = 0;
  for (const Segment& segment : segments_) bytes += segment.bytes;
  return bytes;
}

void Spool::Forget(SpoolKind kind) {
  ++dropped_;
  lost_.inventory = lost_.inventory || kind == SpoolKind::kInventory;
  lost_.usage = lost_.usage || kind == SpoolKind::kUsage;
  lost_.scans = lost_.scans || kind == SpoolKind::kScan || kind == SpoolKind::kScanFailed;
}

/// Takes the records out that a later whole record replaces.
Result<void> Spool::Thin(Segment& segment) {
  WEIR_ASSIGN(std::string text, ReadFile(segment.path, kMaxSegmentBytes));
  std::string kept;
  std::uint64_t records = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view line = NextPiece(rest, '\n');
    auto parsed = ParseSpoolLine(line);
    if (!parsed || parsed->sequence <= acknowledged_) continue;
    if (IsReplaceable(parsed->kind)) {
      Forget(parsed->kind);
      continue;
    }
    kept.append(line).push_back('\n');
    ++records;
  }
  WEIR_TRY(WriteFileAtomically(segment.path, kept, 0600));
  segment.bytes = kept.size();
  segment.records = records;
  cursor_sequence_ = 0;
  return {};
}

Result<void> Spool::MakeRoom(std::uint64_t bytes) {
  if (Bytes() + bytes <= options_.max_bytes) return {};
  if (segments_.back().records > 0) WEIR_TRY(Rotate());
  for (std::size_t i = 0; i + 1 < segments_.size() && Bytes() + bytes > options_.max_bytes; ++i)
    WEIR_TRY(Thin(segments_[i]));
  while (segments_.size() > 1 && Bytes() + bytes > options_.max_bytes) {
    const Segment& oldest = segments_.front();
    for (std::uint64_t i = 0; i < oldest.records; ++i) Forget(SpoolKind::kScan);
    ::unlink(oldest.path.c_str());
    segments_.pop_front();
  }
  while (segments_.size() > 1 && segments_.front().bytes == 0) {
    ::unlink(segments_.front().path.c_str());
    segments_.pop_front();
  }
  if (Bytes() + bytes > options_.max_bytes)
    return Err(Code::kLimitExceeded, "a record is larger than the spool may be");
  return {};
}

Result<std::uint64_t> Spool::Append(SpoolKind kind, std::string_view text) {
  std::lock_guard lock(mutex_);
  std::string line = MakeLine(kind, next_, wire::NumberRecord(next_, text));
  Result<void> room = MakeRoom(line.size());
  if (!room) {
    Forget(kind);
    return Err(room.error());
  }
  if (segments_.back().bytes > 0 && segments_.back().bytes + line.size() > options_.segment_bytes)
    WEIR_TRY(Rotate());
  Segment& segment = segments_.back();
  Result<void> written = WriteAll(file_.get(), line, segment.path);
  if (!written) {
    // Half a line would damage the next one.
    if (::ftruncate(file_.get(), static_cast<off_t>(segment.bytes)) != 0) static_cast<void>(Rotate());
    Forget(kind);
    return Err(written.error().Context("the spool"));
  }
  segment.bytes += line.size();
  segment.last = next_;
  ++segment.records;
  dirty_ = true;
  return next_++;
}

Result<void> Spool::SyncLocked() {
  if (!dirty_ || !file_) return {};
  if (::fdatasync(file_.get()) != 0) return Err(ErrnoError(errno, segments_.back().path));
  dirty_ = false;
  synced_ = next_ - 1;
  return {};
}

Result<void> Spool::Sync() {
  std::lock_guard lock(mutex_);
  return SyncLocked();
}

Result<Spool::Chunk> Spool::Read(std::uint64_t after, std::size_t max_bytes, std::size_t max_records) {
  std::lock_guard lock(mutex_);
  Chunk chunk;
  for (const Segment& segment : segments_) {
    if (segment.last <= after || segment.records == 0) continue;
    bool at_cursor = cursor_sequence_ == after && cursor_segment_ == segment.first && after != 0;
    std::uint64_t offset = at_cursor ? cursor_offset_ : 0;
    UniqueFd fd(::open(segment.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd || ::lseek(fd.get(), static_cast<off_t>(offset), SEEK_SET) < 0)
      return Err(ErrnoError(errno, segment.path));
    WEIR_ASSIGN(std::string text, ReadAll(fd.get(), kMaxSegmentBytes, segment.path));
    std::string_view rest = text;
    while (!rest.empty()) {
      std::string_view line = NextPiece(rest, '\n');
      auto parsed = ParseSpoolLine(line);
      if (!parsed || parsed->sequence <= after) continue;
      if (parsed->sequence > synced_) return chunk;
      if (chunk.records > 0 &&
          (chunk.records >= max_records || chunk.lines.size() + parsed->record.size() > max_bytes))
        return chunk;
      chunk.lines.append(parsed->record).push_back('\n');
      if (chunk.records++ == 0) {
        chunk.first = parsed->sequence;
        chunk.first_kind = parsed->kind;
      }
      chunk.last = parsed->sequence;
      cursor_sequence_ = chunk.last;
      cursor_segment_ = segment.first;
      cursor_offset_ = offset + (text.size() - rest.size());
    }
  }
  return chunk;
}

void Spool::Acknowledge(std::uint64_t sequence) {
  std::lock_guard lock(mutex_);
  acknowledged_ = std::max(acknowledged_, std::min(sequence, next_ - 1));
  bool deleted = false;
  while (segments_.size() > 1 && segments_.front().last <= acknowledged_) {
    ::unlink(segments_.front().path.c_str());
    segments_.pop_front();
    deleted = true;
  }
  // An old value only means that a few records are sent again and skipped there.
  constexpr std::uint64_t kStoreEvery = 64;
  if (deleted || acknowledged_ >= stored_acknowledged_ + kStoreEvery || acknowledged_ + 1 == next_) {
    UniqueFd fd(::open((options_.folder + "/acknowledged").c_str(),
                       O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (fd && WriteAll(fd.get(), std::to_string(acknowledged_) + "\n", "acknowledged"))
      stored_acknowledged_ = acknowledged_;
  }
  // All of it is with the console: the open segment starts anew once it has grown.
  if (acknowledged_ + 1 == next_ && segments_.back().bytes >= options_.segment_bytes / 2)
    if (Rotate()) {
      ::unlink(segments_.front().path.c_str());
      segments_.pop_front();
    }
}

void Spool::NoteDropped(SpoolKind kind) {
  std::lock_guard lock(mutex_);
  Forget(kind);
}

std::string Spool::epoch() const {
  std::lock_guard lock(mutex_);
  return epoch_;
}
std::uint64_t Spool::last_sequence() const {
  std::lock_guard lock(mutex_);
  return next_ - 1;
}
std::uint64_t Spool::acknowledged() const {
  std::lock_guard lock(mutex_);
  return acknowledged_;
}
std::uint64_t Spool::waiting_records() const {
  std::lock_guard lock(mutex_);
  std::uint64_t all = 0;
  for (const Segment& segment : segments_) all += segment.records;
  // Of the first segment some may be acknowledged already.
  if (!segments_.empty() && acknowledged_ >= segments_.front().first)
    all -= std::min(all, acknowledged_ - segments_.front().first + 1);
  return all;
}
std::uint64_t Spool::waiting_bytes() const {
  std::lock_guard lock(mutex_);
  return acknowledged_ + 1 == next_ ? 0 : Bytes();
}
std::uint64_t Spool::dropped_records() const {
  std::lock_guard lock(mutex_);
  return dropped_;
}
Spool::Lost Spool::TakeLost() {
  std::lock_guard lock(mutex_);
  return std::exchange(lost_, Lost{});
}

}  // namespace weir::sensor
