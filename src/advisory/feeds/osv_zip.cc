// "<ecosystem>/all.zip": one JSON file a record. Streamed: no record is held
// longer than it takes to read it.
#include <archive.h>
#include <archive_entry.h>

#include <memory>

#include "advisory/feeds/osv_record.h"
#include "advisory/feeds/reader.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

constexpr std::size_t kReadBlock = 1U << 20U;
constexpr std::size_t kMaxRecordBytes = 32U << 20U;
constexpr std::uint64_t kMaxTotalBytes = 16ULL << 30U;
constexpr std::uint64_t kMaxEntries = 5'000'000;

struct ArchiveDeleter {
  void operator()(archive* a) const { archive_read_free(a); }
};
using Archive = std::unique_ptr<archive, ArchiveDeleter>;

Error ArchiveError(archive* a, const std::string& path) {
  const char* text = archive_error_string(a);
  return {Code::kMalformed, path + ": " + (text != nullptr ? text : "not a zip archive")};
}

/// One member's bytes; kLimitExceeded for an oversized one, kMalformed for a damaged one.
Result<void> ReadMember(archive* a, std::string& out) {
  out.clear();
  char block[64U << 10U];
  for (;;) {
    la_ssize_t got = archive_read_data(a, block, sizeof block);
    if (got == 0) return {};
    if (got < 0) return Err(ArchiveError(a, "member"));
    if (out.size() + static_cast<std::size_t>(got) > kMaxRecordBytes)
      return Err(Code::kLimitExceeded, "larger than " + std::to_string(kMaxRecordBytes) + " bytes");
    out.append(block, static_cast<std::size_t>(got));
  }
}

}  // namespace

Result<FeedStats> ReadOsvZip(const std::string& path, RecordSink& sink) {
  Archive archive(archive_read_new());
  if (!archive) return Err(Code::kLimitExceeded, "out of memory");
  archive_read_support_format_zip(archive.get());
  if (archive_read_open_filename(archive.get(), path.c_str(), kReadBlock) != ARCHIVE_OK)
    return Err(ArchiveError(archive.get(), path));

  FeedStats stats;
  JsonParser parser;
  std::string text;
  std::uint64_t total = 0, entries = 0;
  for (;;) {
    archive_entry* entry = nullptr;
    int status = archive_read_next_header(archive.get(), &entry);
    if (status == ARCHIVE_EOF) break;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return Err(ArchiveError(archive.get(), path));
    if (++entries > kMaxEntries) return Err(Code::kLimitExceeded, path + ": too many members");
    const char* raw_name = archive_entry_pathname(entry);
    std::string_view name = raw_name != nullptr ? raw_name : "";
    if (archive_entry_filetype(entry) == AE_IFDIR || !name.ends_with(".json")) continue;
    if (auto read = ReadMember(archive.get(), text); !read) {
      ++stats.records;
      CountMalformed(stats, name, read.error().message);
      if (read.error().code == Code::kMalformed) return Err(read.error().Context(path));
      continue;
    }
    total += text.size();
    if (total > kMaxTotalBytes) return Err(Code::kLimitExceeded, path + ": unpacks to too many bytes");
    auto record = parser.Parse(text);
    if (record) {
      TakeOsvRecord(*record, name, stats, sink);
    } else {
      ++stats.records;
      CountMalformed(stats, name, record.error().message);
    }
  }
  return stats;
}

}  // namespace weir::advisory
