#include <algorithm>
#include <bit>
#include <string>

#include "base/bytes.h"
#include "sbom/rpm_database.h"

namespace weir::sbom {
namespace {

constexpr std::uint32_t kHashMagic = 0x061561;
constexpr std::uint32_t kBtreeMagic = 0x053162;
constexpr std::size_t kPageHeaderBytes = 26;
constexpr std::size_t kMinPageBytes = 512, kMaxPageBytes = 65536;
constexpr std::size_t kOffPageItemBytes = 12;

enum PageType : std::uint8_t { kHashUnsorted = 2, kOverflow = 7, kHashMeta = 8, kHash = 13 };
enum ItemType : std::uint8_t { kKeyData = 1, kOffPage = 3 };

/// Numbers of the file's own byte order, which is that of the machine that wrote it.
class Fields {
 public:
  Fields(std::string_view bytes, bool big) : bytes_(bytes), big_(big) {}
  std::uint32_t U32(std::size_t at) const {
    ByteReader reader(bytes_);
    reader.Seek(at);
    return big_ ? reader.Be32() : reader.Le32();
  }
  std::uint16_t U16(std::size_t at) const {
    ByteReader reader(bytes_);
    reader.Seek(at);
    return big_ ? reader.Be16() : reader.Le16();
  }
  std::uint8_t U8(std::size_t at) const { return static_cast<std::uint8_t>(bytes_.at(at)); }
  std::string_view Text(std::size_t from, std::size_t length) const { return bytes_.substr(from, length); }

 private:
  std::string_view bytes_;
  bool big_;
};

/// Pages through a window, so that neighbours cost one read.
class Pages {
 public:
  Pages(target::ByteSource& source, std::size_t page_bytes) : source_(source), page_bytes_(page_bytes) {}
  std::uint64_t count() const { return source_.size() / page_bytes_; }
  std::size_t page_bytes() const { return page_bytes_; }

  /// Valid until the next call.
  Result<std::string_view> Get(std::uint32_t page) {
    if (page >= count()) return Err(Code::kMalformed, "a page lies beyond the end of the file");
    if (page < first_ || page >= end_) WEIR_TRY(Fill(page));
    return std::string_view(window_).substr((page - first_) * page_bytes_, page_bytes_);
  }

 private:
  static constexpr std::size_t kWindowBytes = 128 << 10, kJumpBytes = 16 << 10;

  /// Chains run up or down through the file, or jump: reads ahead only the way they go.
  Result<void> Fill(std::uint64_t page) {
    std::uint64_t window = std::max<std::uint64_t>(kWindowBytes / page_bytes_, 1);
    std::uint64_t jump = std::max<std::uint64_t>(kJumpBytes / page_bytes_, 1);
    std::uint64_t begin = page, end = page + jump;
    if (page == end_) {
      end = page + window;
    } else if (page < first_ && first_ - page <= jump) {
      end = page + 1;
      begin = end > window ? end - window : 0;
    }
    end = std::min(end, count());
    first_ = end_ = 0;
    WEIR_ASSIGN(window_, source_.ReadRange(begin * page_bytes_, (end - begin) * page_bytes_));
    first_ = begin;
    end_ = end;
    return {};
  }

  target::ByteSource& source_;
  std::size_t page_bytes_;
  std::string window_;
  std::uint64_t first_ = 0, end_ = 0;  // pages in the window
};

class HashReader {
 public:
  HashReader(target::ByteSource& source, std::size_t page_bytes, bool big, const RpmDatabaseLimits& limits,
             const RpmBlobs& blobs, const RpmProblems& problems)
      : pages_(source, page_bytes),
        overflow_(source, page_bytes),
        big_(big),
        limits_(limits),
        blobs_(blobs),
        problems_(problems),
        budget_(source.size()) {}

  Result<void> Read(std::uint32_t last_page) {
    std::uint64_t end = std::min<std::uint64_t>(pages_.count(), static_cast<std::uint64_t>(last_page) + 1);
    if (end <= last_page) problems_({Code::kMalformed, "the file ends before its last page"});
    for (std::uint64_t page = 1; page < end; ++page) {
      WEIR_ASSIGN(std::string_view bytes, pages_.Get(static_cast<std::uint32_t>(page)));
      std::uint8_t type = Fields(bytes, big_).U8(25);
      if (type == kHash || type == kHashUnsorted) WEIR_TRY(ReadPage(Fields(bytes, big_)));
    }
    return {};
  }

 private:
  /// A page of keys and values in turn; the values are the headers.
  Result<void> ReadPage(const Fields& page) {
    std::size_t items = page.U16(20), size = pages_.page_bytes();
    if (kPageHeaderBytes + items * 2 > size) {
      problems_({Code::kMalformed, "a page has more entries than fit"});
      return {};
    }
    for (std::size_t i = 1; i < items; i += 2) {
      // Items grow down from the page's end: one ends where the one before it starts.
      std::size_t begin = page.U16(kPageHeaderBytes + i * 2);
      std::size_t end = page.U16(kPageHeaderBytes + (i - 1) * 2);
      std::size_t key_end = i == 1 ? size : page.U16(kPageHeaderBytes + (i - 2) * 2);
      if (begin >= end || end >= key_end || key_end > size || begin < kPageHeaderBytes) {
        problems_({Code::kMalformed, "a page's entries overlap"});
        return {};
      }
      if (IsNextPackageNumber(page.Text(end + 1, key_end - end - 1))) continue;
      WEIR_TRY(ReadValue(page, begin, end));
    }
    return {};
  }

  /// Key 0 holds the number that the next package gets.
  static bool IsNextPackageNumber(std::string_view key) { return key == std::string_view("\0\0\0\0", 4); }

  Result<void> ReadValue(const Fields& page, std::size_t begin, std::size_t end) {
    if (++packages_ > limits_.max_packages) return Err(Code::kLimitExceeded, "too many packages");
    std::uint8_t type = page.U8(begin);
    if (type == kKeyData) {
      blobs_(page.Text(begin + 1, end - begin - 1));
      return {};
    }
    if (type != kOffPage || end - begin < kOffPageItemBytes) {
      problems_({Code::kUnsupported, "an entry is of the unknown kind " + std::to_string(type)});
      return {};
    }
    std::uint32_t first = page.U32(begin + 4), length = page.U32(begin + 8);
    if (length > limits_.max_blob_bytes) {
      problems_({Code::kLimitExceeded, "a package's header is too large"});
      return {};
    }
    // Chains do not share pages: all values together are no longer than the file.
    if (length > budget_) return Err(Code::kMalformed, "packages share their pages");
    budget_ -= length;
    if (Result<void> read = ReadChain(first, length); !read)
      problems_(read.error());
    else
      blobs_(value_);
    return {};
  }

  /// Gathers a value that is spread over a chain of overflow pages.
  Result<void> ReadChain(std::uint32_t page, std::size_t length) {
    value_.clear();
    while (value_.size() < length) {
      if (page == 0) return Err(Code::kMalformed, "a package's header ends early");
      WEIR_ASSIGN(std::string_view bytes, overflow_.Get(page));
      Fields fields(bytes, big_);
      std::size_t here = fields.U16(22);
      if (fields.U8(25) != kOverflow || here == 0 || here > bytes.size() - kPageHeaderBytes)
        return Err(Code::kMalformed,
                   "page " + std::to_string(page) + " is not the overflow page it should be");
      value_ += fields.Text(kPageHeaderBytes, std::min(here, length - value_.size()));
      page = fields.U32(16);
    }
    return {};
  }

  Pages pages_, overflow_;
  bool big_;
  const RpmDatabaseLimits& limits_;
  const RpmBlobs& blobs_;
  const RpmProblems& problems_;
  std::uint64_t budget_, packages_ = 0;
  std::string value_;
};

}  // namespace

Result<void> ReadBerkeleyHash(target::ByteSource& source, const RpmDatabaseLimits& limits,
                              const RpmBlobs& blobs, const RpmProblems& problems) {
  WEIR_ASSIGN(std::string meta, source.ReadRange(0, kMinPageBytes));
  bool big = Fields(meta, true).U32(12) == kHashMagic || Fields(meta, true).U32(12) == kBtreeMagic;
  Fields fields(meta, big);
  std::uint32_t magic = fields.U32(12), page_bytes = fields.U32(20);
  if (magic == kBtreeMagic) return Err(Code::kUnsupported, "a Berkeley DB of kind btree, not hash");
  if (magic != kHashMagic || fields.U8(25) != kHashMeta)
    return Err(Code::kMalformed, "not a Berkeley DB hash");
  if (fields.U8(24) != 0) return Err(Code::kUnsupported, "an encrypted Berkeley DB");
  if (page_bytes < kMinPageBytes || page_bytes > kMaxPageBytes || !std::has_single_bit(page_bytes))
    return Err(Code::kMalformed, "a page size of " + std::to_string(page_bytes));
  return HashReader(source, page_bytes, big, limits, blobs, problems).Read(fields.U32(32));
}

}  // namespace weir::sbom
