// Whole files of our own (configuration, caches, reports): not for scanned
// targets, which are read through the target room only.
// Threading: functions are independent of each other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/fd.h"
#include "base/result.h"

namespace weir {

/// The file's bytes; kLimitExceeded where it has more than MAX_BYTES.
Result<std::string> ReadFile(const std::string& path, std::uint64_t max_bytes);
/// Reads FD from its present offset to its end, as above; WHAT names it in errors.
Result<std::string> ReadAll(int fd, std::uint64_t max_bytes, std::string_view what);
Result<void> WriteAll(int fd, std::string_view bytes, std::string_view what);
/// True for what is there and must not be replaced by a file: devices (/dev/null), a pipe of our own, and
/// descriptors by name (/dev/stdout).
bool IsWrittenInPlace(const std::string& path);
/// A file written beside PATH and renamed over it, so that a reader sees the old or the new file whole.
/// Without Commit nothing is left behind. Threading: one thread.
class AtomicFile {
 public:
  static Result<AtomicFile> Create(const std::string& path, unsigned mode = 0644);
  AtomicFile(AtomicFile&&) noexcept = default;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();
  Result<void> Write(std::string_view bytes);
  Result<void> Commit();

 private:
  AtomicFile(UniqueFd fd, std::string path, std::string temporary)
      : fd_(std::move(fd)), path_(std::move(path)), temporary_(std::move(temporary)) {}
  UniqueFd fd_;  // empty once committed or moved from
  std::string path_, temporary_;
};

/// As AtomicFile, in one go.
/// What IsWrittenInPlace is written to as it stands.
Result<void> WriteFileAtomically(const std::string& path, std::string_view bytes, unsigned mode = 0644);
/// mkdir -p; 0755 before umask.
Result<void> MakeDirectories(const std::string& path);

/// Read-only memory map of a file of our own (the advisory index). Empty files map to an empty span.
class MappedFile {
 public:
  static Result<MappedFile> Open(const std::string& path);
  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();
  std::string_view text() const { return {data_, size_}; }

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace weir
