#include "advisory/feeds/decompress.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace weir::advisory {
namespace {

constexpr std::size_t kBlock = 64U << 10U;

struct ArchiveDeleter {
  void operator()(archive* a) const { archive_read_free(a); }
};
using Archive = std::unique_ptr<archive, ArchiveDeleter>;

Error ArchiveError(archive* a) {
  const char* text = archive_error_string(a);
  return {Code::kMalformed, text != nullptr ? text : "damaged archive"};
}

/// Filters that unpack in this process; libarchive's others would start programs.
Archive NewReader() {
  Archive reader(archive_read_new());
  if (!reader) return reader;
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_filter_xz(reader.get());
  archive_read_support_filter_lzma(reader.get());
  archive_read_support_filter_bzip2(reader.get());
  archive_read_support_filter_zstd(reader.get());
  archive_read_support_filter_lz4(reader.get());
  return reader;
}

/// Hands on what is left of the current member.
Result<void> Drain(archive* a, std::uint64_t max_bytes, const PieceSink& sink) {
  char block[kBlock];
  std::uint64_t total = 0;
  for (;;) {
    la_ssize_t got = archive_read_data(a, block, sizeof block);
    if (got == 0) return {};
    if (got < 0) return Err(ArchiveError(a));
    total += static_cast<std::uint64_t>(got);
    if (total > max_bytes)
      return Err(Code::kLimitExceeded, "unpacks to more than " + std::to_string(max_bytes) + " bytes");
    if (!sink({block, static_cast<std::size_t>(got)})) return {};
  }
}

Result<void> DrainRaw(archive* a, std::uint64_t max_bytes, const PieceSink& sink) {
  archive_entry* entry = nullptr;
  int status = archive_read_next_header(a, &entry);
  if (status == ARCHIVE_EOF) return {};  // no bytes at all
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return Err(ArchiveError(a));
  return Drain(a, max_bytes, sink);
}

}  // namespace

Result<std::string> DecompressBytes(std::string_view bytes, std::uint64_t max_bytes) {
  std::string out;
  if (bytes.empty()) return out;
  Archive reader = NewReader();
  if (!reader) return Err(Code::kLimitExceeded, "out of memory");
  archive_read_support_format_raw(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
    return Err(ArchiveError(reader.get()));
  WEIR_TRY(DrainRaw(reader.get(), max_bytes, [&](std::string_view piece) {
    out += piece;
    return true;
  }));
  return out;
}

Result<void> DecompressFile(const std::string& path, std::uint64_t max_bytes, const PieceSink& sink) {
  Archive reader = NewReader();
  if (!reader) return Err(Code::kLimitExceeded, "out of memory");
  archive_read_support_format_raw(reader.get());
  archive_read_support_format_empty(reader.get());
  if (archive_read_open_filename(reader.get(), path.c_str(), kBlock) != ARCHIVE_OK)
    return Err(ArchiveError(reader.get()).Context(path));
  if (auto done = DrainRaw(reader.get(), max_bytes, sink); !done) return Err(done.error().Context(path));
  return {};
}

Result<void> ReadTarMember(std::string_view tar, const std::function<bool(std::string_view)>& is_wanted,
                           std::uint64_t max_scanned, const PieceSink& sink) {
  Archive reader = NewReader();
  if (!reader) return Err(Code::kLimitExceeded, "out of memory");
  archive_read_support_format_tar(reader.get());
  if (archive_read_open_memory(reader.get(), tar.data(), tar.size()) != ARCHIVE_OK)
    return Err(ArchiveError(reader.get()));
  for (;;) {
    archive_entry* entry = nullptr;
    int status = archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) return Err(Code::kNotFound, "the archive has no such member");
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return Err(ArchiveError(reader.get()));
    if (static_cast<std::uint64_t>(archive_filter_bytes(reader.get(), 0)) > max_scanned)
      return Err(Code::kLimitExceeded, "the archive is too large to look through");
    const char* raw = archive_entry_pathname(entry);
    std::string_view name = raw != nullptr ? raw : "";
    if (name.starts_with("./")) name.remove_prefix(2);
    if (archive_entry_filetype(entry) == AE_IFREG && is_wanted(name)) break;
  }
  return Drain(reader.get(), max_scanned, sink);
}

Result<std::string> ReadArMember(std::string_view ar, std::string_view prefix, std::uint64_t max_bytes) {
  Archive reader(archive_read_new());
  if (!reader) return Err(Code::kLimitExceeded, "out of memory");
  archive_read_support_format_ar(reader.get());
  if (archive_read_open_memory(reader.get(), ar.data(), ar.size()) != ARCHIVE_OK)
    return Err(ArchiveError(reader.get()));
  for (;;) {
    archive_entry* entry = nullptr;
    int status = archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) return Err(Code::kNotFound, "the archive has no such member");
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return Err(ArchiveError(reader.get()));
    const char* raw = archive_entry_pathname(entry);
    if (raw != nullptr && std::string_view(raw).starts_with(prefix)) break;
  }
  std::string out;
  WEIR_TRY(Drain(reader.get(), max_bytes, [&](std::string_view piece) {
    out += piece;
    return true;
  }));
  return out;
}

}  // namespace weir::advisory
