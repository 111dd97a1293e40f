#include "store/package_ids.h"

#include <limits>

#include "store/byte_writer.h"

namespace weir::store {

std::string EncodeIds(std::span<const PackageId> ids) {
  ByteWriter out;
  PackageId last = 0;
  for (PackageId id : ids) {
    out.Uvarint(id - last);
    last = id;
  }
  return out.Take();
}

Result<void> DecodeIds(Bytes bytes, std::vector<PackageId>& out) {
  out.clear();
  out.reserve(bytes.size());
  ByteReader reader(bytes);
  std::uint64_t last = 0;
  while (!reader.empty()) {
    last += reader.Uvarint();
    if (!reader.ok() || last > std::numeric_limits<PackageId>::max())
      return Err(Code::kMalformed, "list of package ids is damaged");
    out.push_back(static_cast<PackageId>(last));
  }
  return {};
}

}  // namespace weir::store
