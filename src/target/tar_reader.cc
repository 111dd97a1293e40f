#include "target/tar_reader.h"

#include <cstring>
#include <optional>

#include "base/bytes.h"
#include "base/strings.h"

namespace weir::target {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kBuffer = 256 * 1024;
constexpr std::uint64_t kMaxHeaderText = 1ULL << 20U;  // of one PAX or GNU long-name header
constexpr std::size_t kMaxSparseParts = 100'000;
constexpr std::size_t kMaxExtendedHeaders = 16;  // before one member

std::string_view Field(std::string_view block, std::size_t offset, std::size_t length) {
  std::string_view field = block.substr(offset, length);
  return field.substr(0, field.find('\0'));
}

/// Octal text, or big-endian binary where the first bit is set.
std::optional<std::uint64_t> Number(std::string_view field) {
  if (!field.empty() && (static_cast<unsigned char>(field[0]) & 0x80U) != 0) {
    if ((static_cast<unsigned char>(field[0]) & 0x40U) != 0) return std::nullopt;  // negative
    std::uint64_t value = static_cast<unsigned char>(field[0]) & 0x3fU;
    for (char c : field.substr(1)) {
      if (value >> 55U != 0) return std::nullopt;
      value = value << 8U | static_cast<unsigned char>(c);
    }
    return value;
  }
  std::uint64_t value = 0;
  field = Trim(field.substr(0, field.find('\0')));
  for (char c : field) {
    if (c < '0' || c > '7' || value >> 60U != 0) return std::nullopt;
    value = value << 3U | static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

bool ChecksumFits(std::string_view block) {
  constexpr std::size_t kAt = 148, kLength = 8;
  std::uint64_t sum = 0;
  std::int64_t signed_sum = 0;  // some old writers summed signed characters
  for (std::size_t i = 0; i < block.size(); ++i) {
    char c = i >= kAt && i < kAt + kLength ? ' ' : block[i];
    sum += static_cast<unsigned char>(c);
    signed_sum += static_cast<signed char>(c);
  }
  std::optional<std::uint64_t> said = Number(block.substr(kAt, kLength));
  return said && (*said == sum || static_cast<std::int64_t>(*said) == signed_sum);
}

std::uint64_t PaddingOf(std::uint64_t size) { return (kBlock - size % kBlock) % kBlock; }

/// Parts must go forward and stay inside the file; their lengths make up the stored size.
Result<void> CheckParts(const TarMember& member) {
  std::uint64_t end = 0, stored = 0;
  for (const SparsePart& part : member.parts) {
    if (part.offset < end || part.offset > member.size || part.length > member.size - part.offset)
      return Err(Code::kMalformed, "a bad map of a sparse file");
    end = part.offset + part.length;
    stored += part.length;
  }
  if (stored > member.stored_size) return Err(Code::kMalformed, "a bad map of a sparse file");
  return {};
}

}  // namespace

struct TarReader::Extended {
  std::optional<std::string> name, link, sparse_name, sparse_map;
  std::optional<std::uint64_t> size, owner, real_size;
  std::uint64_t sparse_major = 0;
  bool sparse = false;
  std::vector<SparsePart> parts;  // PAX sparse 0.0
};

TarReader::TarReader(InputStream& stream) : stream_(stream), buffer_(kBuffer) {}

Result<std::size_t> TarReader::Buffered(std::span<std::byte> out) {
  if (begin_ == end_) {
    if (out.size() >= buffer_.size()) {
      WEIR_ASSIGN(std::size_t direct, stream_.Read(out));
      position_ += direct;
      return direct;
    }
    WEIR_ASSIGN(end_, stream_.Read(buffer_));
    begin_ = 0;
  }
  std::size_t count = std::min(out.size(), end_ - begin_);
  if (count > 0) std::memcpy(out.data(), buffer_.data() + begin_, count);
  begin_ += count;
  position_ += count;
  return count;
}

Result<std::uint64_t> TarReader::PassOver(std::uint64_t count) {
  std::uint64_t inside = std::min<std::uint64_t>(count, end_ - begin_);
  begin_ += static_cast<std::size_t>(inside);
  if (inside < count) {
    WEIR_ASSIGN(std::uint64_t skipped, stream_.Skip(count - inside));
    inside += skipped;
  }
  position_ += inside;
  return inside;
}

/// False at a clean end of the stream.
Result<bool> TarReader::ReadBlock() {
  block_.resize(kBlock);
  std::size_t done = 0;
  while (done < kBlock) {
    WEIR_ASSIGN(std::size_t got, Buffered(std::as_writable_bytes(std::span(block_)).subspan(done)));
    if (got == 0 && done == 0) return false;
    if (got == 0) return Err(Code::kMalformed, "the archive ends within a header");
    done += got;
  }
  return true;
}

Result<std::string> TarReader::ReadText(std::uint64_t size) {
  if (size > kMaxHeaderText)
    return Err(Code::kLimitExceeded, "a tar header of " + std::to_string(size) + " bytes");
  std::string text(static_cast<std::size_t>(size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    WEIR_ASSIGN(std::size_t got, Buffered(std::as_writable_bytes(std::span(text)).subspan(done)));
    if (got == 0) return Err(Code::kMalformed, "the archive ends within a header");
    done += got;
  }
  WEIR_TRY(PassOver(PaddingOf(size)));
  return text;
}

Result<void> TarReader::ReadPax(std::uint64_t size, Extended& extended) {
  WEIR_ASSIGN(std::string text, ReadText(size));
  std::string_view rest = text;
  std::uint64_t offset = 0;
  while (!rest.empty() && rest.front() != '\0') {
    // "LENGTH KEY=VALUE\n", where LENGTH counts the whole record.
    std::size_t space = rest.find(' ');
    std::optional<std::uint64_t> length =
        space == std::string_view::npos ? std::nullopt : ParseUint(rest.substr(0, space));
    if (!length || *length > rest.size() || *length < space + 2 || rest[*length - 1] != '\n')
      return Err(Code::kMalformed, "a bad PAX header");
    std::string_view record = rest.substr(space + 1, *length - space - 2);
    rest.remove_prefix(*length);
    std::size_t equals = record.find('=');
    if (equals == std::string_view::npos) return Err(Code::kMalformed, "a bad PAX header");
    std::string_view key = record.substr(0, equals), value = record.substr(equals + 1);
    if (key == "path") extended.name = value;
    if (key == "linkpath") extended.link = value;
    if (key == "size") extended.size = ParseUint(value);
    if (key == "uid") extended.owner = ParseUint(value);
    if (!key.starts_with("GNU.sparse.")) continue;
    extended.sparse = true;
    key.remove_prefix(std::string_view("GNU.sparse.").size());
    if (key == "major") extended.sparse_major = ParseUint(value).value_or(0);
    if (key == "name") extended.sparse_name = value;
    if (key == "realsize" || key == "size") extended.real_size = ParseUint(value);
    if (key == "map") extended.sparse_map = value;
    if (key == "offset") offset = ParseUint(value).value_or(0);
    if (key == "numbytes") extended.parts.push_back({offset, ParseUint(value).value_or(0)});
    if (extended.parts.size() > kMaxSparseParts)
      return Err(Code::kLimitExceeded, "too many parts of a sparse file");
  }
  return {};
}

Result<bool> TarReader::Next(TarMember& member) {
  std::uint64_t left = data_left_ + padding_;
  WEIR_ASSIGN(std::uint64_t passed, PassOver(left));
  if (passed < left) return Err(Code::kMalformed, "the archive ends within a file");
  data_left_ = padding_ = 0;
  Extended extended;
  for (std::size_t headers = 0;; ++headers) {
    if (headers > kMaxExtendedHeaders) return Err(Code::kMalformed, "too many extended headers");
    WEIR_ASSIGN(bool more, ReadBlock());
    if (!more) return false;
    if (block_.find_first_not_of('\0') == std::string::npos) return false;
    if (!ChecksumFits(block_)) return Err(Code::kMalformed, "not a tar header (its checksum is wrong)");
    constexpr std::size_t kSizeAt = 124, kNumber = 12, kTypeAt = 156;
    std::optional<std::uint64_t> size = Number(std::string_view(block_).substr(kSizeAt, kNumber));
    if (!size) return Err(Code::kMalformed, "a bad size in a tar header");
    char type = block_[kTypeAt];
    if (type == 'x' || type == 'X') {
      WEIR_TRY(ReadPax(*size, extended));
    } else if (type == 'g') {
      WEIR_TRY(ReadText(*size));  // defaults for all members: nothing that we use is ever in them
    } else if (type == 'L' || type == 'K') {
      WEIR_ASSIGN(std::string text, ReadText(*size));
      text.resize(std::min(text.find('\0'), text.size()));
      (type == 'L' ? extended.name : extended.link) = std::move(text);
    } else {
      member.stored_size = extended.size.value_or(*size);
      WEIR_TRY(Describe(extended, member));
      return true;
    }
  }
}

Result<void> TarReader::Describe(const Extended& extended, TarMember& member) {
  constexpr std::size_t kName = 100, kModeAt = 100, kOwnerAt = 108, kShort = 8, kTypeAt = 156, kLinkAt = 157,
                        kMagicAt = 257, kPrefixAt = 345, kPrefix = 155;
  std::string_view block = block_;
  member.name = Field(block, 0, kName);
  if (block.substr(kMagicAt, 6) == std::string_view("ustar\0", 6) && block[kPrefixAt] != '\0')
    member.name = std::string(Field(block, kPrefixAt, kPrefix)) + "/" + member.name;
  member.link = Field(block, kLinkAt, kName);
  if (extended.name) member.name = *extended.name;
  if (extended.sparse_name) member.name = *extended.sparse_name;
  if (extended.link) member.link = *extended.link;
  member.mode = static_cast<std::uint32_t>(Number(block.substr(kModeAt, kShort)).value_or(0) & 07777U);
  member.owner =
      static_cast<std::uint32_t>(extended.owner.value_or(Number(block.substr(kOwnerAt, kShort)).value_or(0)));
  char type = block[kTypeAt];
  member.sparse = type == 'S' || (extended.sparse && type == '0');
  member.parts.clear();
  switch (type) {
    case '1':
      member.type = TarType::kHardLink;
      break;
    case '2':
      member.type = TarType::kSymbolicLink;
      break;
    case '5':
      member.type = TarType::kFolder;
      break;
    case '3':
    case '4':
    case '6':
      member.type = TarType::kOther;
      break;
    case '\0':
      member.type = member.name.ends_with('/') ? TarType::kFolder : TarType::kFile;
      break;
    case '0':
    case '7':
    case 'S':
      member.type = TarType::kFile;
      break;
    default:
      member.type = TarType::kOther;
  }
  // Unknown kinds carry data by the standard; the known ones without content do not.
  bool bare = member.type != TarType::kFile && (type == '\0' || (type >= '1' && type <= '6'));
  if (bare) member.stored_size = 0;
  member.size = member.stored_size;
  data_left_ = member.stored_size;
  padding_ = PaddingOf(member.stored_size);
  if (type == 'S') {
    WEIR_TRY(ReadOldSparseMap(member));
  } else if (member.sparse) {
    WEIR_TRY(ReadSparseMap(extended, member));
  }
  member.data_offset = position_;
  return member.sparse ? CheckParts(member) : Result<void>{};
}

/// GNU tar's own type 'S': parts in the header, and in blocks of 21 after it.
Result<void> TarReader::ReadOldSparseMap(TarMember& member) {
  constexpr std::size_t kPartsAt = 386, kHeaderParts = 4, kBlockParts = 21, kNumber = 12, kMoreAt = 482,
                        kRealSizeAt = 483, kBlockMoreAt = 504;
  std::optional<std::uint64_t> real = Number(std::string_view(block_).substr(kRealSizeAt, kNumber));
  if (!real) return Err(Code::kMalformed, "a bad map of a sparse file");
  member.size = *real;
  std::size_t at = kPartsAt, count = kHeaderParts, more_at = kMoreAt;
  while (true) {
    for (std::size_t i = 0; i < count; ++i, at += 2 * kNumber) {
      std::string_view raw = std::string_view(block_).substr(at, 2 * kNumber);
      if (raw[0] == '\0') break;
      std::optional<std::uint64_t> offset = Number(raw.substr(0, kNumber)),
                                   length = Number(raw.substr(kNumber));
      if (!offset || !length) return Err(Code::kMalformed, "a bad map of a sparse file");
      member.parts.push_back({*offset, *length});
    }
    if (block_[more_at] == '\0') return {};
    if (member.parts.size() > kMaxSparseParts)
      return Err(Code::kLimitExceeded, "too many parts of a sparse file");
    WEIR_ASSIGN(bool more, ReadBlock());
    if (!more) return Err(Code::kMalformed, "the archive ends within a header");
    at = 0;
    count = kBlockParts;
    more_at = kBlockMoreAt;
  }
}

/// PAX: 0.0 as repeated records, 0.1 as one list, 1.0 as lines of numbers before the data.
Result<void> TarReader::ReadSparseMap(const Extended& extended, TarMember& member) {
  member.size = extended.real_size.value_or(member.stored_size);
  member.parts = extended.parts;
  if (extended.sparse_map) {
    std::string_view rest = *extended.sparse_map;
    while (!rest.empty() && member.parts.size() < kMaxSparseParts) {
      std::optional<std::uint64_t> offset = ParseUint(NextPiece(rest, ',')),
                                   length = ParseUint(NextPiece(rest, ','));
      if (!offset || !length) return Err(Code::kMalformed, "a bad map of a sparse file");
      member.parts.push_back({*offset, *length});
    }
  }
  if (extended.sparse_major != 1) return {};
  std::string text;
  std::size_t used = 0;
  auto next_number = [&]() -> Result<std::uint64_t> {
    std::size_t end = text.find('\n', used);
    while (end == std::string::npos) {
      if (text.size() > kMaxHeaderText * 4 || data_left_ < kBlock)
        return Err(Code::kMalformed, "a bad map of a sparse file");
      WEIR_ASSIGN(bool more, ReadBlock());
      if (!more) return Err(Code::kMalformed, "the archive ends within a header");
      text += block_;
      data_left_ -= kBlock;
      end = text.find('\n', used);
    }
    std::optional<std::uint64_t> value = ParseUint(std::string_view(text).substr(used, end - used));
    used = end + 1;
    if (!value) return Err(Code::kMalformed, "a bad map of a sparse file");
    return *value;
  };
  WEIR_ASSIGN(std::uint64_t count, next_number());
  if (count > kMaxSparseParts) return Err(Code::kLimitExceeded, "too many parts of a sparse file");
  for (std::uint64_t i = 0; i < count; ++i) {
    WEIR_ASSIGN(std::uint64_t offset, next_number());
    WEIR_ASSIGN(std::uint64_t length, next_number());
    member.parts.push_back({offset, length});
  }
  member.stored_size = data_left_;
  return {};
}

Result<std::size_t> TarReader::ReadData(std::span<std::byte> out) {
  std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), data_left_));
  if (count == 0) return std::size_t{0};
  WEIR_ASSIGN(std::size_t got, Buffered(out.first(count)));
  if (got == 0) return Err(Code::kMalformed, "the archive ends within a file");
  data_left_ -= got;
  return got;
}

Result<void> TarReader::Drain() {
  while (true) {
    begin_ = end_;
    WEIR_ASSIGN(end_, stream_.Read(buffer_));
    begin_ = 0;
    if (end_ == 0) return {};
  }
}

}  // namespace weir::target
