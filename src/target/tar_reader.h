// Reads tar archives as a stream: ustar, GNU (long names, sparse files, binary
// numbers) and PAX (path, linkpath, size, uid, GNU.sparse), as POSIX.1-2017 pax
// and the GNU tar manual describe them.
//
// Links, folders, devices and pipes have no data whatever their size field says,
// as in the container runtimes. Threading: one thread a reader.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "target/input_stream.h"

namespace weir::target {

struct SparsePart {
  std::uint64_t offset = 0, length = 0;  // in the file; its data follow one another in the archive
};

enum class TarType : std::uint8_t { kFile, kHardLink, kSymbolicLink, kFolder, kOther };

struct TarMember {
  std::string name;  // as written
  std::string link;  // target of either kind of link
  TarType type = TarType::kOther;
  std::uint64_t size = 0;         // of the file
  std::uint64_t stored_size = 0;  // of its data in the archive
  std::uint64_t data_offset = 0;  // of its data from the start of the stream
  std::uint32_t mode = 0, owner = 0;
  bool sparse = false;
  std::vector<SparsePart> parts;  // where sparse
};

class TarReader {
 public:
  explicit TarReader(InputStream& stream);

  /// False at the end. After an error nothing more can be read.
  Result<bool> Next(TarMember& member);
  /// Data of the present member as stored; 0 at their end.
  Result<std::size_t> ReadData(std::span<std::byte> out);
  /// Reads to the end of the stream, beyond the archive's own end mark.
  Result<void> Drain();

 private:
  struct Extended;  // what PAX and GNU headers say of the member that follows

  Result<bool> ReadBlock();
  Result<std::uint64_t> PassOver(std::uint64_t count);
  Result<std::string> ReadText(std::uint64_t size);
  Result<void> ReadPax(std::uint64_t size, Extended& extended);
  Result<void> Describe(const Extended& extended, TarMember& member);
  Result<void> ReadOldSparseMap(TarMember& member);
  Result<void> ReadSparseMap(const Extended& extended, TarMember& member);
  Result<std::size_t> Buffered(std::span<std::byte> out);

  InputStream& stream_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::uint64_t position_ = 0;  // in the stream, of what was handed out
  std::uint64_t data_left_ = 0, padding_ = 0;
  std::string block_;  // the present header
};

}  // namespace weir::target
