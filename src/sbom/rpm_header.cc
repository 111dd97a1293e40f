#include "sbom/rpm_header.h"

#include <bitset>

#include "base/bytes.h"

namespace weir::sbom {
namespace {

// rpm's own bounds (lib/header.c): more is no header.
constexpr std::uint32_t kMaxEntries = 0xffff;
constexpr std::uint32_t kMaxDataBytes = 256U << 20U;
constexpr std::size_t kEntryBytes = 16;

enum Type : std::uint32_t { kInt16 = 3, kInt32 = 4, kString = 6, kStringArray = 8, kI18nString = 9 };

enum Tag : std::uint32_t {
  kName = 1000,
  kVersion = 1001,
  kRelease = 1002,
  kEpoch = 1003,
  kVendor = 1011,
  kLicense = 1014,
  kArch = 1022,
  kOldFileNames = 1027,
  kFileModes = 1030,
  kFileDigests = 1035,
  kSourceRpm = 1044,
  kProvideName = 1047,
  kRequireName = 1049,
  kDirIndexes = 1116,
  kBaseNames = 1117,
  kDirNames = 1118,
  kFileDigestAlgorithm = 5011,
  kModularityLabel = 5096,
};

struct Entry {
  std::uint32_t tag, type, offset, count;
};

/// The values of one entry, read from its offset on; failed() once for all of them.
class Values {
 public:
  Values(std::string_view data, const Entry& entry)
      : rest_(entry.offset <= data.size() ? data.substr(entry.offset) : std::string_view()), entry_(entry) {}

  bool Text(std::string_view& out) {
    return (entry_.type == kString || entry_.type == kI18nString || entry_.type == kStringArray) && Next(out);
  }
  bool Texts(std::vector<std::string_view>& out) {
    // Every string has at least its final zero: a count beyond the data is a lie.
    if (entry_.type != kStringArray && entry_.type != kString) return false;
    if (entry_.count > rest_.size()) return false;
    out.resize(entry_.count);
    for (std::string_view& text : out)
      if (!Next(text)) return false;
    return true;
  }
  template <class T>
  bool Numbers(std::uint32_t type, std::vector<T>& out) {
    if (entry_.type != type || entry_.count > rest_.size() / sizeof(T)) return false;
    ByteReader reader(rest_);
    out.resize(entry_.count);
    for (T& value : out) value = reader.Be<T>();
    return reader.ok();
  }

 private:
  bool Next(std::string_view& out) {
    std::size_t end = rest_.find('\0');
    if (end == std::string_view::npos) return false;
    out = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return true;
  }
  std::string_view rest_;
  Entry entry_;
};

bool ReadEntry(std::string_view data, const Entry& entry, RpmHeader& header) {
  Values values(data, entry);
  switch (entry.tag) {
    case kName:
      return values.Text(header.name);
    case kVersion:
      return values.Text(header.version);
    case kRelease:
      return values.Text(header.release);
    case kVendor:
      return values.Text(header.vendor);
    case kLicense:
      return values.Text(header.license);
    case kArch:
      return values.Text(header.arch);
    case kSourceRpm:
      return values.Text(header.source_rpm);
    case kModularityLabel:
      return values.Text(header.modularity.emplace());
    case kEpoch: {
      std::vector<std::uint32_t> epoch;
      if (!values.Numbers(kInt32, epoch) || epoch.empty()) return false;
      header.epoch = epoch.front();
      return true;
    }
    case kProvideName:
      return values.Texts(header.provides);
    case kRequireName:
      return values.Texts(header.requires_names);
    case kBaseNames:
      return values.Texts(header.base_names);
    case kDirNames:
      return values.Texts(header.folders);
    case kOldFileNames:
      return values.Texts(header.old_file_names);
    case kDirIndexes:
      return values.Numbers(kInt32, header.folder_of);
    case kFileModes:
      return values.Numbers(kInt16, header.file_modes);
    case kFileDigests:
      return values.Texts(header.file_digests);
    case kFileDigestAlgorithm: {
      std::vector<std::uint32_t> algorithm;
      if (!values.Numbers(kInt32, algorithm) || algorithm.empty()) return false;
      header.digest_algorithm = algorithm.front();
      return true;
    }
    default:
      return true;
  }
}

}  // namespace

Result<RpmHeader> ParseRpmHeader(std::string_view blob, bool with_file_digests) {
  ByteReader reader(blob);
  std::uint32_t entries = reader.Be32();
  std::uint32_t data_bytes = reader.Be32();
  if (!reader.ok() || entries == 0 || entries > kMaxEntries || data_bytes > kMaxDataBytes)
    return Err(Code::kMalformed, "not an rpm header");
  if (reader.remaining() < entries * kEntryBytes + data_bytes)
    return Err(Code::kMalformed, "an rpm header ends early");
  std::string_view data = blob.substr(2 * sizeof(std::uint32_t) + entries * kEntryBytes, data_bytes);

  RpmHeader header;
  std::bitset<kModularityLabel + 1> seen;
  for (std::uint32_t i = 0; i < entries; ++i) {
    Entry entry{reader.Be32(), reader.Be32(), reader.Be32(), reader.Be32()};
    if (entry.tag >= seen.size() || seen[entry.tag]) continue;
    if (!with_file_digests && (entry.tag == kFileDigests || entry.tag == kFileDigestAlgorithm)) continue;
    seen.set(entry.tag);
    if (!ReadEntry(data, entry, header))
      return Err(Code::kMalformed, "an rpm header has a bad entry for tag " + std::to_string(entry.tag));
  }
  if (header.name.empty()) return Err(Code::kMalformed, "an rpm header has no package name");
  return header;
}

}  // namespace weir::sbom
