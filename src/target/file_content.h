// The bytes of a file in a live tree: opened at the first read, never through a link.
// Threading: reads are safe from several threads.
#pragma once

#include <sys/stat.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "base/fd.h"
#include "target/target.h"

namespace weir::target {

/// pread until OUT is full or the file ends.
Result<std::size_t> ReadFully(int fd, std::uint64_t offset, std::span<std::byte> out);

class LazyFileContent final : public ByteSource {
 public:
  /// FOLDER and NAME must outlive it; EXPECTED is what the name stood for when it was looked at.
  LazyFileContent(int folder, const char* name, const struct stat& expected)
      : folder_(folder), name_(name), expected_(expected) {}

  std::uint64_t size() const override { return static_cast<std::uint64_t>(expected_.st_size); }
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) override;
  int descriptor() const override;

  bool opened() const { return opened_.load(); }
  std::uint64_t bytes_read() const { return bytes_read_.load(); }
  /// The first error that opening or reading met, if any.
  std::optional<Error> first_error() const;

 private:
  void Open() const;

  const int folder_;
  const char* const name_;
  const struct stat expected_;
  mutable std::once_flag once_;
  mutable UniqueFd fd_;
  mutable std::atomic<bool> opened_{false};
  std::atomic<std::uint64_t> bytes_read_{0};
  mutable std::mutex mutex_;  // guards error_
  mutable std::optional<Error> error_;
};

}  // namespace weir::target
