// What the store keeps as bytes (a damaged file must give errors, not crashes), and the cursors that come
// back from browsers.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "store/cursor.h"
#include "store/finding_codec.h"
#include "store/package_ids.h"
#include "store/problem_codec.h"
#include "store/sbom_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const void* bytes = data;
  std::string_view text(static_cast<const char*>(bytes), size);
  weir::Bytes raw = weir::AsBytes(text);
  static_cast<void>(weir::store::ParseCursor(text, 3));
  std::vector<weir::store::PackageId> ids;
  static_cast<void>(weir::store::DecodeIds(raw, ids));
  std::vector<weir::model::Problem> problems;
  static_cast<void>(weir::store::DecodeProblems(raw, problems));
  static_cast<void>(weir::store::DecodeVulnerability(raw));
  weir::model::Finding finding;
  static_cast<void>(weir::store::DecodeMatch(raw, finding));
  static_cast<void>(weir::store::DecodeDistinct(raw));
  // As it lies in the database, and as what is inside the compression.
  static_cast<void>(weir::store::DecodeSbom(raw));
  auto stored = weir::store::DecodeSbom(weir::AsBytes(weir::store::Compress(text)));
  if (stored) static_cast<void>(weir::store::FinishSbom(std::move(*stored)));
  return 0;
}
