// What the package manager of a system says its files' contents are: md5sums of dpkg,
// file digests of rpm, checksums of apk. A file that is what its package brought need not
// be searched for malware; one that is not has been changed.
//
// It is the system's own word: who can write to its databases can make any file look
// unmodified, and MD5 and SHA-1 resist only those who did not make the package.
// Configuration files of dpkg have no entry: they are there to be changed.
// Threading: PackageDigests is immutable and read by all threads; a reader belongs to one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "target/target.h"

namespace weir::sbom {

struct PackagedFile {
  std::string_view package;  // name, as its manager spells it
  DigestKind algorithm = DigestKind::kMd5;
  std::string hex;
};

enum class FileVerdict : std::uint8_t { kUnknown, kUnmodified, kModified };

class PackageDigests {
 public:
  /// From the databases at TARGET's root. A folder is read through its descriptor; an image is walked once
  /// for them. What cannot be read becomes a problem, and its files are unknown.
  static PackageDigests Read(target::Target& target, const target::WalkOptions& options,
                             target::ProblemLog& problems);

  /// PATH as a walk gives it, without leading slash. Folders that are links ("bin" to "usr/bin") are
  /// resolved.
  std::optional<PackagedFile> Lookup(std::string_view path) const;
  /// CONTENT is all of the file.
  FileVerdict Verify(std::string_view path, Bytes content) const;
  std::size_t size() const { return entries_.size(); }
  std::uint64_t memory_bytes() const;

 private:
  friend class PackageDigestReader;
  struct Entry {
    std::uint64_t path = 0;    // Hash64 of the path
    std::uint32_t digest = 0;  // offset in digests_
    std::uint32_t package = 0;
    DigestKind algorithm = DigestKind::kMd5;
  };
  std::string Resolve(std::string_view path) const;
  std::vector<Entry>::const_iterator First(std::uint64_t path) const;
  std::string HexOf(const Entry& entry) const;

  std::vector<Entry> entries_;  // sorted by path
  std::string digests_;         // raw, one after the other
  std::vector<std::string> packages_;
  std::map<std::string, std::string, std::less<>> links_;  // folder that is a link to what it leads to
};

/// Takes databases file by file. For PackageDigests::Read, and for tests.
class PackageDigestReader {
 public:
  explicit PackageDigestReader(target::ProblemLog& problems) : problems_(problems) {}
  /// Is PATH a database, or a link that LookUp has to know?
  static bool Wants(std::string_view path);
  static bool WantsLink(std::string_view path);

  void AddFile(std::string_view path, std::string content);
  void AddLink(std::string_view path, std::string_view link_target);
  PackageDigests Finish();

 private:
  void AddMd5Sums(std::string_view file_name, std::string_view text);
  void AddApk(std::string_view text);
  void AddRpm(std::string_view path, std::string content);
  void AddRpmHeader(std::string_view blob, std::string_view path);
  void Add(std::string_view path, DigestKind algorithm, std::string_view raw, std::uint32_t package);
  std::uint32_t Package(std::string_view name);

  target::ProblemLog& problems_;
  PackageDigests out_;
  std::vector<std::string> paths_;  // of out_.entries_, until all links are known
  bool full_ = false;
};

}  // namespace weir::sbom
