// The files of an image as it is stored: a folder, or an archive of one.
// Threading: one thread a store; the ranges it gives may be read by several.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "target/input_stream.h"
#include "target/target.h"

namespace weir::target {

class BlobStore {
 public:
  virtual ~BlobStore() = default;
  /// By path from the root of the layout, as "blobs/sha256/...". kNotFound where there is none.
  virtual Result<BlobRange> Find(std::string_view name) const = 0;
  bool Has(std::string_view name) const { return Find(name).has_value(); }
  /// A small file's text, at most MAX_BYTES.
  Result<std::string> ReadText(std::string_view name, std::uint64_t max_bytes) const;
  /// Set where the archive was cut short: what stands before the cut can be found.
  virtual std::string damage() const { return {}; }
};

Result<std::unique_ptr<BlobStore>> OpenFolderStore(const std::string& path);
/// A tar archive, itself perhaps packed with gzip or zstd (then unpacked to a nameless temporary file).
Result<std::unique_ptr<BlobStore>> OpenArchiveStore(const std::string& path, const OpenOptions& options);
/// As above, of an open file.
Result<std::unique_ptr<BlobStore>> OpenArchiveStore(UniqueFd file, const OpenOptions& options);

}  // namespace weir::target
