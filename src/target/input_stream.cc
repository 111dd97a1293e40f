#include "target/input_stream.h"

#include "target/file_content.h"

namespace weir::target {

Result<std::size_t> RangeStream::Read(std::span<std::byte> out) {
  std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), range_.size - position_));
  if (count == 0) return std::size_t{0};
  WEIR_ASSIGN(std::size_t got, ReadFully(range_.fd->get(), range_.offset + position_, out.first(count)));
  position_ += got;
  if (digester_ != nullptr) digester_->Update(out.first(got));
  return got;
}

Result<std::uint64_t> RangeStream::Skip(std::uint64_t count) {
  if (digester_ != nullptr) return InputStream::Skip(count);
  std::uint64_t step = std::min(count, range_.size - position_);
  position_ += step;
  return step;
}

}  // namespace weir::target
