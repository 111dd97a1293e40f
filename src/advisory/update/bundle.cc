#include "advisory/update/bundle.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <set>

#include "base/fd.h"
#include "base/file.h"
#include "base/hash.h"

namespace weir::advisory {
namespace {

constexpr const char* kManifest = "weir-feeds.json";
constexpr std::size_t kBlock = 256U << 10U;
constexpr std::size_t kMaxManifestBytes = 64U << 20U;
constexpr std::uint64_t kMaxMemberBytes = 8ULL << 30U;

struct ReadDeleter {
  void operator()(archive* a) const { archive_read_free(a); }
};
struct WriteDeleter {
  void operator()(archive* a) const { archive_write_free(a); }
};
struct EntryDeleter {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using Reader = std::unique_ptr<archive, ReadDeleter>;
using Writer = std::unique_ptr<archive, WriteDeleter>;

Error ArchiveError(archive* a, std::string_view what, Code code = Code::kMalformed) {
  const char* text = archive_error_string(a);
  return {code, std::string(what) + ": " + (text != nullptr ? text : "damaged archive")};
}

Result<Reader> OpenTar(const std::string& path) {
  Reader reader(archive_read_new());
  if (!reader) return Err(Code::kLimitExceeded, "out of memory");
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_filter_xz(reader.get());
  archive_read_support_filter_zstd(reader.get());
  archive_read_support_format_tar(reader.get());
  if (archive_read_open_filename(reader.get(), path.c_str(), kBlock) != ARCHIVE_OK)
    return Err(ArchiveError(reader.get(), path));
  return reader;
}

/// The next member's name; empty at the end.
Result<std::string> NextMember(archive* a, const std::string& path) {
  archive_entry* entry = nullptr;
  int status = archive_read_next_header(a, &entry);
  if (status == ARCHIVE_EOF) return std::string();
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return Err(ArchiveError(a, path));
  const char* name = archive_entry_pathname(entry);
  if (name == nullptr || *name == '\0' || archive_entry_filetype(entry) != AE_IFREG)
    return Err(Code::kMalformed, path + ": holds something that is no file");
  return std::string(name);
}

Result<FeedState> ReadManifest(archive* a, const std::string& path) {
  WEIR_ASSIGN(std::string name, NextMember(a, path));
  if (name != kManifest) return Err(Code::kMalformed, path + ": not a bundle of feeds");
  std::string text, block(kBlock, '\0');
  for (;;) {
    la_ssize_t got = archive_read_data(a, block.data(), block.size());
    if (got < 0) return Err(ArchiveError(a, path));
    if (got == 0) break;
    text.append(block, 0, static_cast<std::size_t>(got));
    if (text.size() > kMaxManifestBytes) return Err(Code::kLimitExceeded, path + ": too large a manifest");
  }
  return FeedFilesFromJson(text);
}

Result<void> UnpackMember(archive* a, const FeedFile& file, const std::string& target) {
  WEIR_TRY(MakeDirectories(target.substr(0, target.rfind('/'))));
  UniqueFd fd(::open(target.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd) return Err(ErrnoError(errno, target));
  Digester digester(DigestKind::kSha256);
  std::uint64_t total = 0;
  std::string block(kBlock, '\0');
  for (;;) {
    la_ssize_t got = archive_read_data(a, block.data(), block.size());
    if (got < 0) return Err(ArchiveError(a, file.local));
    if (got == 0) break;
    std::string_view piece = std::string_view(block).substr(0, static_cast<std::size_t>(got));
    total += piece.size();
    if (total > kMaxMemberBytes || total > file.bytes)
      return Err(Code::kMalformed, file.local + ": larger than the manifest says");
    digester.Update(AsBytes(piece));
    WEIR_TRY(WriteAll(fd.get(), piece, target));
  }
  if (digester.FinishHex() != file.sha256)
    return Err(Code::kMalformed, file.local + ": its SHA-256 is not the manifest's");
  return {};
}

Result<void> PackBytes(archive* a, const std::string& name, std::string_view bytes) {
  std::unique_ptr<archive_entry, EntryDeleter> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  if (archive_write_header(a, entry.get()) != ARCHIVE_OK ||
      archive_write_data(a, bytes.data(), bytes.size()) != static_cast<la_ssize_t>(bytes.size()))
    return Err(ArchiveError(a, name, Code::kUnavailable));
  return {};
}

Result<void> PackInto(archive* a, int fd, const std::string& name, const FeedState& state,
                      const std::string& folder) {
  if (archive_write_open_fd(a, fd) != ARCHIVE_OK) return Err(ArchiveError(a, name, Code::kUnavailable));
  WEIR_TRY(PackBytes(a, kManifest, FeedFilesToJson(state)));
  for (const FeedFile& file : state.files) {
    WEIR_ASSIGN(std::string bytes, ReadFile(folder + "/" + file.local, kMaxMemberBytes));
    if (DigestHex(DigestKind::kSha256, AsBytes(bytes)) != file.sha256)
      return Err(Code::kMalformed, folder + "/" + file.local + ": was changed since it was fetched");
    WEIR_TRY(PackBytes(a, file.local, bytes));
  }
  if (archive_write_close(a) != ARCHIVE_OK) return Err(ArchiveError(a, name, Code::kUnavailable));
  return {};
}

}  // namespace

bool IsBundle(const std::string& path) {
  auto reader = OpenTar(path);
  if (!reader) return false;
  auto name = NextMember(reader->get(), path);
  return name && *name == kManifest;
}

Result<FeedState> UnpackBundle(const std::string& path, const std::string& folder) {
  WEIR_ASSIGN(Reader reader, OpenTar(path));
  WEIR_ASSIGN(FeedState manifest, ReadManifest(reader.get(), path));
  std::set<std::string> seen;
  for (;;) {
    WEIR_ASSIGN(std::string name, NextMember(reader.get(), path));
    if (name.empty()) break;
    const FeedFile* file = manifest.Find(name);
    if (file == nullptr || !seen.insert(name).second)
      return Err(Code::kMalformed, path + ": holds \"" + name + "\", which its manifest does not list once");
    WEIR_TRY(UnpackMember(reader.get(), *file, folder + "/" + name));
  }
  if (seen.size() != manifest.files.size())
    return Err(Code::kMalformed, path + ": lacks files that its manifest lists");
  return manifest;
}

Result<void> PackBundle(const FeedState& state, const std::string& folder, const std::string& out_path) {
  Writer writer(archive_write_new());
  if (!writer) return Err(Code::kLimitExceeded, "out of memory");
  archive_write_set_format_pax_restricted(writer.get());
  if (IsWrittenInPlace(out_path)) return Err(Code::kInvalidArgument, out_path + ": not a file");
  const std::string temporary = out_path + ".new." + std::to_string(::getpid());
  // Never through a link, nor into a file, that another user may have put there.
  UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd) return Err(ErrnoError(errno, temporary));
  Result<void> packed = PackInto(writer.get(), fd.get(), temporary, state, folder);
  if (packed && ::rename(temporary.c_str(), out_path.c_str()) != 0) packed = Err(ErrnoError(errno, out_path));
  if (!packed) ::unlink(temporary.c_str());
  return packed;
}

}  // namespace weir::advisory
