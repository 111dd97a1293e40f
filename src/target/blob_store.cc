#include "target/blob_store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <unordered_map>

#include "base/file.h"
#include "base/strings.h"
#include "target/decompress.h"
#include "target/file_content.h"
#include "target/rooted_open.h"
#include "target/spool.h"
#include "target/tar_reader.h"

namespace weir::target {
namespace {

constexpr int kMaxLinkHops = 8;

Result<BlobRange> WholeFile(UniqueFd fd, const std::string& what) {
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return Err(ErrnoError(errno, what));
  if (!S_ISREG(info.st_mode)) return Err(Code::kUnsupported, what + ": not a regular file");
  return BlobRange{std::make_shared<UniqueFd>(std::move(fd)), 0, static_cast<std::uint64_t>(info.st_size)};
}

class FolderStore final : public BlobStore {
 public:
  explicit FolderStore(UniqueFd root) : root_(std::move(root)) {}
  Result<BlobRange> Find(std::string_view name) const override {
    WEIR_ASSIGN(UniqueFd fd, OpenFileInRoot(root_.get(), name));
    return WholeFile(std::move(fd), std::string(name));
  }

 private:
  UniqueFd root_;
};

class ArchiveStore final : public BlobStore {
 public:
  explicit ArchiveStore(BlobRange archive) : archive_(std::move(archive)) {}

  /// Reads the headers and passes over the data.
  Result<void> Index(const Limits& limits) {
    RangeStream stream(archive_);
    TarReader reader(stream);
    TarMember member;
    for (std::uint64_t count = 0;; ++count) {
      if (count > limits.max_archive_entries)
        return Err(Code::kLimitExceeded, "too many entries for an image archive");
      Result<bool> more = reader.Next(member);
      if (!more && count == 0) return Err(Code::kUnsupported, "not a tar archive");
      if (!more) damage_ = more.error().message;
      if (!more || !*more) return {};
      std::optional<std::string> name = NormalizePath(member.name);
      if (!name || name->empty()) continue;
      if (member.type == TarType::kFile && !member.sparse) {
        // A member that is cut off keeps what there is of it.
        std::uint64_t there = archive_.size - std::min(archive_.size, member.data_offset);
        entries_[*name] = {member.data_offset, std::min(member.stored_size, there), {}};
      } else if (member.type == TarType::kHardLink) {
        entries_[*name] = {0, 0, member.link};
      } else if (member.type == TarType::kSymbolicLink) {
        std::size_t slash = name->rfind('/');
        std::string folder = slash == std::string::npos ? "" : name->substr(0, slash + 1);
        entries_[*name] = {0, 0, member.link.starts_with('/') ? member.link : folder + member.link};
      }
    }
  }

  Result<BlobRange> Find(std::string_view name) const override {
    std::optional<std::string> path = NormalizePath(name);
    for (int hop = 0; path && hop < kMaxLinkHops; ++hop) {
      auto found = entries_.find(*path);
      if (found == entries_.end()) break;
      const Member& member = found->second;
      if (member.link.empty()) return BlobRange{archive_.fd, archive_.offset + member.offset, member.size};
      path = NormalizePath(member.link);
    }
    std::string message = std::string(name) + ": not in the archive";
    if (!damage_.empty()) message += ", which is damaged: " + damage_;
    return Err(Code::kNotFound, std::move(message));
  }
  std::string damage() const override { return damage_; }

 private:
  struct Member {
    std::uint64_t offset, size;
    std::string link;  // path from the archive's root; empty for a file
  };
  BlobRange archive_;
  std::unordered_map<std::string, Member> entries_;
  std::string damage_;
};

/// "docker save | gzip": unpacked once, so that its members can be reached in any order.
Result<BlobRange> Unpack(const BlobRange& packed, const OpenOptions& options) {
  Limits limits = options.limits;
  limits.max_layer_bytes = limits.max_image_bytes;
  WEIR_ASSIGN(std::unique_ptr<LayerStream> stream, LayerStream::Open(packed, limits, false));
  WEIR_ASSIGN(UniqueFd file, MakeTemporaryFile(options.temporary_dir));
  std::vector<std::byte> buffer(256 * 1024);
  while (true) {
    Result<std::size_t> got = stream->Read(buffer);
    if (!got && got.error().code != Code::kMalformed) return Err(got.error());
    if (!got || *got == 0) break;  // a cut-off archive shows by its missing members
    WEIR_TRY(WriteAll(file.get(), AsText(std::span(buffer).first(*got)), "a temporary file"));
  }
  return WholeFile(std::move(file), "the unpacked archive");
}

}  // namespace

Result<std::string> BlobStore::ReadText(std::string_view name, std::uint64_t max_bytes) const {
  WEIR_ASSIGN(BlobRange range, Find(name));
  if (range.size > max_bytes)
    return Err(Code::kLimitExceeded, std::string(name) + ": " + std::to_string(range.size) + " bytes");
  std::string text(static_cast<std::size_t>(range.size), '\0');
  WEIR_ASSIGN(std::size_t got,
              ReadFully(range.fd->get(), range.offset, std::as_writable_bytes(std::span(text))));
  if (got != text.size()) return Err(Code::kMalformed, std::string(name) + " is cut off");
  return text;
}

Result<std::unique_ptr<BlobStore>> OpenFolderStore(const std::string& path) {
  UniqueFd root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK));
  if (!root) return Err(ErrnoError(errno, path));
  return std::make_unique<FolderStore>(std::move(root));
}

Result<std::unique_ptr<BlobStore>> OpenArchiveStore(const std::string& path, const OpenOptions& options) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return Err(ErrnoError(errno, path));
  if (!S_ISREG(info.st_mode)) return Err(Code::kInvalidArgument, path + ": not a regular file");
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return Err(ErrnoError(errno, path));
  Result<std::unique_ptr<BlobStore>> store = OpenArchiveStore(std::move(fd), options);
  if (!store) return Err(store.error().Context(path));
  return store;
}

Result<std::unique_ptr<BlobStore>> OpenArchiveStore(UniqueFd file, const OpenOptions& options) {
  WEIR_ASSIGN(BlobRange range, WholeFile(std::move(file), "the archive"));
  if (SniffCompression(range) != Compression::kNone) {
    WEIR_ASSIGN(range, Unpack(range, options));
  }
  auto store = std::make_unique<ArchiveStore>(std::move(range));
  WEIR_TRY(store->Index(options.limits));
  return store;
}

}  // namespace weir::target
