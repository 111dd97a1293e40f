#include <cstddef>
#include <cstdint>
#include <string>

#include "sbom/zip.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto source = weir::target::MakeMemorySource(std::string(data, data + size));
  weir::sbom::ArchiveBudget budget{4U << 20U, 10'000};
  auto archive = weir::sbom::ZipArchive::Open(*source, budget);
  if (!archive) return 0;
  for (const weir::sbom::ZipMember& member : archive->Select([](std::string_view) { return true; }).members)
    static_cast<void>(archive->Read(member, 1U << 20U));
  return 0;
}
