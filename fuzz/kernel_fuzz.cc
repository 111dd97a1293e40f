#include <string>

#include "sbom/kernel/kernel_image.h"
#include "sbom/kernel/module_info.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(data, data + size);
  auto file = weir::target::MakeMemorySource(text);
  static_cast<void>(weir::sbom::ReadModuleInfo(*file, 1U << 20U));
  static_cast<void>(weir::sbom::ReadKernelImage(*file));
  static_cast<void>(weir::sbom::ParseModuleSection(text));
  return 0;
}
