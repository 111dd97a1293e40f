// The file: magic; fingerprint; records, each its length, its checksum and its
// bytes; a length of zero and the number of records. All numbers little-endian.

#include "sbom/scan_cache.h"

#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>

#include "base/file.h"
#include "base/hash.h"

namespace weir::sbom {
namespace {

constexpr std::string_view kMagic = "weir scan cache\n";
constexpr std::int64_t kSettleNs = 2'000'000'000;
constexpr std::size_t kRecordHead = 16;                                         // length and checksum
constexpr std::uint64_t kMostBytes = std::numeric_limits<std::int32_t>::max();  // offsets have 32 bits
constexpr std::size_t kMaxPath = 64 * 1024;

void EncodeKey(std::string_view path, const target::FileIdentity& identity, ByteWriter& out) {
  out.Text(path);
  out.Le64(identity.device);
  out.Le64(identity.inode);
  out.Le64(identity.size);
  out.Le64(static_cast<std::uint64_t>(identity.modified_ns));
  out.Le64(static_cast<std::uint64_t>(identity.changed_ns));
}

std::int64_t SystemNow() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// The linker's digest of the program: the first note of that kind in the main program.
int FindBuildId(struct dl_phdr_info* info, std::size_t, void* out) {
  constexpr std::uint32_t kBuildId = 3;
  for (std::size_t i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type != PT_NOTE) continue;
    const auto* start = reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr);
    ByteReader in(std::string_view(start, header.p_memsz));
    while (in.ok() && in.remaining() >= 12) {
      std::uint32_t name = in.Le32(), size = in.Le32(), type = in.Le32();
      auto padded = [](std::uint32_t length) { return (std::size_t{length} + 3) / 4 * 4; };
      std::string_view owner = in.TakeText(padded(name)), text = in.TakeText(padded(size));
      if (!in.ok() || type != kBuildId || !owner.starts_with("GNU")) continue;
      *static_cast<std::string*>(out) = Hex(AsBytes(text));
      return 1;
    }
  }
  return 1;  // the main program comes first
}

std::string BuildIdentity() {
  std::string id;
  ::dl_iterate_phdr(&FindBuildId, &id);
  struct stat self{};
  if (id.empty() && ::stat("/proc/self/exe", &self) == 0)
    id = std::to_string(self.st_ino) + "." + std::to_string(self.st_size) + "." +
         std::to_string(self.st_mtim.tv_sec) + "." + std::to_string(self.st_mtim.tv_nsec);
  return id;
}

}  // namespace

std::string CacheFingerprint(const CatalogOptions& options) {
  const target::Limits& limits = options.limits;
  std::string text = BuildIdentity();
  for (std::uint64_t value :
       {std::uint64_t{options.declared}, std::uint64_t{options.go_symbols}, limits.max_file_bytes,
        limits.max_memory_file_bytes, std::uint64_t{limits.max_archive_depth}, limits.max_archive_entries,
        static_cast<std::uint64_t>(limits.max_ratio * 1000)})
    text += " " + std::to_string(value);
  return text;
}

ScanCache::ScanCache(ScanCacheOptions options) : options_(std::move(options)) {
  if (!options_.now_ns) options_.now_ns = &SystemNow;
  options_.max_bytes = std::min(options_.max_bytes, kMostBytes);
}

std::unique_ptr<ScanCache> ScanCache::Open(ScanCacheOptions options) {
  Result<std::string> bytes = Load(options);
  std::unique_ptr<ScanCache> cache = OpenBytes(std::move(options), bytes.value_or(std::string()));
  if (!bytes && bytes.error().code != Code::kNotFound)
    cache->remark_ = "the scan cache was not used: " + bytes.error().message;
  return cache;
}

std::unique_ptr<ScanCache> ScanCache::OpenBytes(ScanCacheOptions options, std::string bytes) {
  std::unique_ptr<ScanCache> cache(new ScanCache(std::move(options)));
  cache->old_ = std::move(bytes);
  if (Result<void> parsed = cache->old_.empty() ? Result<void>() : cache->Parse(); !parsed) {
    cache->old_ = {};
    cache->records_ = {};
    if (parsed.error().code != Code::kNotFound)
      cache->remark_ = "the scan cache was not used: " + cache->options_.path + ": " + parsed.error().message;
  }
  cache->old_.shrink_to_fit();
  cache->seen_ = std::make_unique<std::atomic<bool>[]>(cache->records_.size());
  return cache;
}

Result<std::string> ScanCache::Load(const ScanCacheOptions& options) {
  const std::string& path = options.path;
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0) return Err(ErrnoError(errno, path));
  if (!S_ISREG(info.st_mode)) return Err(Code::kInvalidArgument, path + ": not a regular file");
  // Whoever can write it decides what scans report.
  if (info.st_uid != ::geteuid() || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return Err(Code::kPermissionDenied, path + ": others may write it");
  return ReadAll(fd.get(), std::min<std::uint64_t>(options.max_bytes, kMostBytes), path);
}

Result<void> ScanCache::Parse() {
  ByteReader in(old_);
  if (in.TakeText(kMagic.size()) != kMagic) return Err(Code::kMalformed, "no scan cache");
  if (in.Text() != options_.fingerprint)
    return Err(Code::kNotFound, "made by another build or with other options");
  std::uint64_t length = 0;
  while ((length = in.Le64()) != 0 && in.ok()) {
    std::uint64_t checksum = in.Le64();
    if (!in.ok() || length > in.remaining()) return Err(Code::kMalformed, "it is cut off");
    Record record;
    record.offset = static_cast<std::uint32_t>(in.position());
    record.length = static_cast<std::uint32_t>(length);
    std::string_view bytes = in.TakeText(record.length);
    if (Hash64(bytes) != checksum) return Err(Code::kMalformed, "it is damaged");
    ByteReader fields(bytes);
    record.path_hash = Hash64(fields.Text());
    if (!fields.ok()) return Err(Code::kMalformed, "a record without a path");
    records_.push_back(record);
  }
  std::uint64_t count = in.Le64();
  if (!IsWhole(in) || count != records_.size()) return Err(Code::kMalformed, "it is cut off");
  std::sort(records_.begin(), records_.end(),
            [](const Record& a, const Record& b) { return a.path_hash < b.path_hash; });
  return {};
}

std::optional<std::string_view> ScanCache::Find(std::string_view path, const target::FileIdentity& identity) {
  std::uint64_t hash = Hash64(path);
  auto at =
      std::lower_bound(records_.begin(), records_.end(), hash,
                       [](const Record& record, std::uint64_t value) { return record.path_hash < value; });
  if (at != records_.end() && at->path_hash == hash) {
    ByteWriter key;
    EncodeKey(path, identity, key);
    for (; at != records_.end() && at->path_hash == hash; ++at) {
      std::string_view record = std::string_view(old_).substr(at->offset, at->length);
      if (!record.starts_with(key.text())) continue;
      // Once a scan: two files of one path cannot be.
      if (seen_[static_cast<std::size_t>(at - records_.begin())].exchange(true)) break;
      ++hits_;
      std::lock_guard lock(mutex_);
      bytes_ += kRecordHead + record.size();
      return record.substr(key.size());
    }
  }
  ++misses_;
  return std::nullopt;
}

void ScanCache::Put(std::string_view path, const target::FileIdentity& identity, std::string_view found,
                    std::int64_t read_at_ns) {
  auto settled = [&](std::int64_t time) { return time <= read_at_ns - kSettleNs; };
  // A modification time ahead of the clock was set by somebody and says nothing; a change time was not.
  bool just_modified = !settled(identity.modified_ns) && identity.modified_ns <= read_at_ns + kSettleNs;
  if (!settled(identity.changed_ns) || just_modified || path.size() > kMaxPath) return;
  ByteWriter record;
  EncodeKey(path, identity, record);
  record.Raw(found);
  std::lock_guard lock(mutex_);
  constexpr std::uint64_t kHeadAndTail = 4096;
  if (bytes_ + kRecordHead + record.size() + kHeadAndTail > options_.max_bytes) {
    remark_ = "the scan cache is full; some files are read in each scan";
    return;
  }
  bytes_ += kRecordHead + record.size();
  new_.push_back(record.Take());
}

void ScanCache::Distrust() { distrusted_ = true; }

std::string ScanCache::remark() const {
  std::lock_guard lock(mutex_);
  return remark_;
}

Result<void> ScanCache::Save(bool keep_unseen) {
  std::lock_guard lock(mutex_);
  std::uint64_t kept = 0;
  bool distrusted = distrusted_;
  auto is_kept = [&](std::size_t i) { return !distrusted && (keep_unseen || seen_[i].load()); };
  for (std::size_t i = 0; i < records_.size(); ++i) kept += is_kept(i) ? 1U : 0U;
  if (new_.empty() && kept == records_.size() && !old_.empty()) return {};

  WEIR_ASSIGN(AtomicFile file, AtomicFile::Create(options_.path, 0600));
  ByteWriter out;
  std::uint64_t written = 0, count = 0;
  auto flush = [&](std::size_t above) -> Result<void> {
    if (out.size() <= above) return {};
    written += out.size();
    return file.Write(out.Take());
  };
  auto add = [&](std::string_view record) -> Result<void> {
    constexpr std::size_t kChunk = 256 * 1024;
    if (written + out.size() + kRecordHead + record.size() + kRecordHead > options_.max_bytes) return {};
    out.Le64(record.size());
    out.Le64(Hash64(record));
    out.Raw(record);
    ++count;
    return flush(kChunk);
  };
  out.Raw(kMagic);
  out.Text(options_.fingerprint);
  for (const std::string& record : new_) WEIR_TRY(add(record));
  for (std::size_t i = 0; i < records_.size(); ++i)
    if (is_kept(i)) WEIR_TRY(add(std::string_view(old_).substr(records_[i].offset, records_[i].length)));
  out.Le64(0);
  out.Le64(count);
  WEIR_TRY(flush(0));
  return file.Commit();
}

}  // namespace weir::sbom
