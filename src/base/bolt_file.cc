#include "base/bolt_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "base/file.h"

namespace weir {
namespace {

constexpr std::uint32_t kMagic = 0xED0CDAED, kVersion = 2;
constexpr std::size_t kPageHead = 16, kElement = 16, kBucketHead = 16, kMetaChecked = 56;
constexpr std::uint16_t kBranch = 1, kLeaf = 2;
constexpr std::uint32_t kBucketFlag = 1;
constexpr int kMaxDepth = 32, kMaxNesting = 16, kAttempts = 4;
constexpr std::size_t kMaxItems = 1'000'000;

struct Meta {
  std::uint64_t page_size = 0, root = 0, transaction = 0;
};

std::uint64_t Fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

std::optional<Meta> ReadMeta(std::string_view bytes, std::size_t at) {
  ByteReader in(bytes);
  if (!in.Seek(at) || !in.Skip(kPageHead)) return std::nullopt;
  std::size_t start = in.position();
  std::uint32_t magic = in.Le32(), version = in.Le32();
  Meta meta;
  meta.page_size = in.Le32();
  in.Skip(4);
  meta.root = in.Le64();
  in.Skip(8 + 8 + 8);  // sequence, free list, high water mark
  meta.transaction = in.Le64();
  std::uint64_t checksum = in.Le64();
  if (!in.ok() || magic != kMagic || version != kVersion) return std::nullopt;
  if (Fnv1a(bytes.substr(start, kMetaChecked)) != checksum) return std::nullopt;
  bool sane = meta.page_size >= 512 && meta.page_size <= (1U << 20U);
  return sane ? std::optional(meta) : std::nullopt;
}

/// The newer of the two that are whole. The second stands one page, of a size that the first tells, further
/// on.
std::optional<Meta> NewestMeta(std::string_view bytes) {
  std::optional<Meta> best = ReadMeta(bytes, 0);
  auto consider = [&](std::size_t at) {
    std::optional<Meta> other = ReadMeta(bytes, at);
    if (other && other->page_size == at && (!best || other->transaction > best->transaction)) best = other;
  };
  if (best) {
    consider(static_cast<std::size_t>(best->page_size));
  } else {
    for (std::size_t size = 512; size <= (1U << 20U); size *= 2) consider(size);
  }
  return best;
}

}  // namespace

Result<BoltFile> BoltFile::Parse(std::string bytes) {
  std::optional<Meta> meta = NewestMeta(bytes);
  if (!meta) return Err(Code::kMalformed, "not a bolt database");
  BoltFile out;
  out.page_size_ = meta->page_size;
  out.root_ = meta->root;
  out.bytes_ = std::move(bytes);
  return out;
}

Result<BoltFile> BoltFile::Open(const std::string& path, std::uint64_t max_bytes) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat info{};
    if (!fd || ::fstat(fd.get(), &info) != 0) return Err(ErrnoError(errno, path));
    if (!S_ISREG(info.st_mode)) return Err(Code::kInvalidArgument, path + ": not a regular file");
    WEIR_ASSIGN(std::string bytes, ReadAll(fd.get(), max_bytes, path));
    std::optional<Meta> before = NewestMeta(bytes);
    if (!before) return Err(Code::kMalformed, path + ": not a bolt database");
    // Pages of a past transaction are used again after the next: what was read is whole if there was none.
    std::string head(static_cast<std::size_t>(2 * before->page_size), '\0');
    ssize_t got = ::pread(fd.get(), head.data(), head.size(), 0);
    if (got < 0) return Err(ErrnoError(errno, path));
    head.resize(static_cast<std::size_t>(got));
    std::optional<Meta> after = NewestMeta(head);
    if (after && after->transaction == before->transaction) return Parse(std::move(bytes));
  }
  return Err(Code::kUnavailable, path + ": changes faster than it can be read");
}

Result<Bytes> BoltFile::Page(std::uint64_t id) const {
  std::uint64_t pages = bytes_.size() / page_size_;
  if (id >= pages) return Err(Code::kMalformed, "a page beyond the end of the database");
  Bytes from = AsBytes(bytes_).subspan(static_cast<std::size_t>(id * page_size_));
  ByteReader head(from);
  head.Skip(12);
  std::uint64_t size = (std::uint64_t{head.Le32()} + 1) * page_size_;
  if (!head.ok() || size > from.size()) return Err(Code::kMalformed, "a page beyond the end of the database");
  return from.first(static_cast<std::size_t>(size));
}

Result<void> BoltFile::Collect(Bytes page, int depth, std::size_t& visited, std::vector<Item>& out) const {
  if (depth > kMaxDepth || ++visited > bytes_.size() / page_size_ + 1)
    return Err(Code::kMalformed, "pages of the database that contain each other");
  ByteReader in(page);
  in.Skip(8);
  std::uint16_t flags = in.Le16(), count = in.Le16();
  auto at = [&](std::size_t element, std::uint32_t position, std::uint64_t size) -> Result<std::string_view> {
    ByteReader data(page);
    if (!data.Seek(element) || !data.Skip(position) || size > data.remaining())
      return Err(Code::kMalformed, "a key or value beyond the end of its page");
    return data.TakeText(static_cast<std::size_t>(size));
  };
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t element = kPageHead + i * kElement;
    if (!in.Seek(element)) return Err(Code::kMalformed, "a page that is cut off");
    if (flags == kBranch) {
      in.Skip(8);
      std::uint64_t child_id = in.Le64();
      if (!in.ok()) return Err(Code::kMalformed, "a page that is cut off");
      WEIR_ASSIGN(Bytes child, Page(child_id));
      WEIR_TRY(Collect(child, depth + 1, visited, out));
    } else if (flags == kLeaf) {
      std::uint32_t kind = in.Le32(), position = in.Le32(), key_size = in.Le32(), value_size = in.Le32();
      if (!in.ok()) return Err(Code::kMalformed, "a page that is cut off");
      WEIR_ASSIGN(std::string_view both, at(element, position, std::uint64_t{key_size} + value_size));
      if (out.size() >= kMaxItems) return Err(Code::kLimitExceeded, "too many items in a bucket");
      out.push_back({both.substr(0, key_size), both.substr(key_size), (kind & kBucketFlag) != 0});
    } else {
      return Err(Code::kMalformed, "a page of another kind");
    }
  }
  return {};
}

Result<std::vector<BoltFile::Item>> BoltFile::ListBucket(std::string_view bucket) const {
  ByteReader head(bucket);
  std::uint64_t root = head.Le64();
  head.Skip(8);
  if (!head.ok()) return Err(Code::kMalformed, "a bucket that is cut off");
  std::vector<Item> out;
  std::size_t visited = 0;
  if (root == 0) {
    WEIR_TRY(Collect(AsBytes(bucket.substr(kBucketHead)), 0, visited, out));
  } else {
    WEIR_ASSIGN(Bytes page, Page(root));
    WEIR_TRY(Collect(page, 0, visited, out));
  }
  return out;
}

Result<std::vector<BoltFile::Item>> BoltFile::List(std::span<const std::string_view> path) const {
  if (path.size() > kMaxNesting) return Err(Code::kInvalidArgument, "a path of too many buckets");
  std::vector<Item> items;
  std::size_t visited = 0;
  WEIR_ASSIGN(Bytes page, Page(root_));
  WEIR_TRY(Collect(page, 0, visited, items));
  for (std::string_view name : path) {
    auto found = std::find_if(items.begin(), items.end(),
                              [&](const Item& item) { return item.bucket && item.key == name; });
    if (found == items.end()) return Err(Code::kNotFound, "no bucket " + std::string(name));
    WEIR_ASSIGN(items, ListBucket(found->value));
  }
  return items;
}

Result<std::string_view> BoltFile::Get(std::span<const std::string_view> path, std::string_view key) const {
  WEIR_ASSIGN(std::vector<Item> items, List(path));
  for (const Item& item : items)
    if (!item.bucket && item.key == key) return item.value;
  return Err(Code::kNotFound, "no value " + std::string(key));
}

}  // namespace weir
