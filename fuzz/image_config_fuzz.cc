// The texts of an image's config, and of its manifest's annotations.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "target/image_manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(static_cast<const char*>(static_cast<const void*>(data)), size);
  weir::target::ConfigTexts texts = weir::target::ReadConfigTexts(text);
  if (auto manifest = weir::target::ParseManifest(text))
    weir::target::AddAnnotations(manifest->annotations, texts);
  return 0;
}
