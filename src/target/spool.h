// Where the contents of wanted layer members wait for their visit: in memory up
// to a bound, beyond it in one nameless temporary file.
// Threading: written by one thread; the payloads may then be read by several.
#pragma once

#include <memory>
#include <string>

#include "target/input_stream.h"
#include "target/target.h"

namespace weir::target {

/// A nameless file in FOLDER (empty: $TMPDIR or /var/tmp) that goes away with its descriptor.
Result<UniqueFd> MakeTemporaryFile(const std::string& folder);
std::string TemporaryFolder(const std::string& given);

/// Content that several names may share.
struct Payload {
  std::shared_ptr<const std::string> bytes;  // or, where null, a part of a file
  BlobRange range;
  std::uint64_t size() const { return bytes ? bytes->size() : range.size; }
  std::unique_ptr<ByteSource> MakeSource() const;
};

class Spool {
 public:
  Spool(std::string folder, std::uint64_t memory_bytes)
      : folder_(std::move(folder)), memory_left_(memory_bytes) {}
  /// Starts a content of SIZE bytes, all zero until written.
  Result<void> Begin(std::uint64_t size);
  Result<void> Write(std::uint64_t offset, Bytes bytes);
  Payload Finish();

 private:
  std::string folder_;
  std::uint64_t memory_left_;
  std::shared_ptr<std::string> bytes_;
  std::shared_ptr<UniqueFd> file_;
  std::uint64_t file_end_ = 0, begin_ = 0, size_ = 0;
};

}  // namespace weir::target
