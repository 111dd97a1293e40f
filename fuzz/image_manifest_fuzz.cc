#include <cstddef>
#include <cstdint>

#include "target/image_manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::target;
  std::string_view text(static_cast<const char*>(static_cast<const void*>(data)), size);
  if (auto manifest = ParseManifest(text)) {
    static_cast<void>(ChooseManifest(manifest->manifests, "linux/amd64"));
    static_cast<void>(BlobName(manifest->config.digest));
  }
  static_cast<void>(ParseConfig(text));
  static_cast<void>(ParseArchiveManifest(text));
  static_cast<void>(ParseRepositories(text));
  static_cast<void>(ParseLegacyParent(text));
  return 0;
}
