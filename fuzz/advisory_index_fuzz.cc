// The index reader on damaged files. The checksum of the header is mended, so
// that damage behind it is reached.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "advisory/index.h"
#include "advisory/index_format.h"
#include "base/hash.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using weir::advisory::AffectedView;
  namespace format = weir::advisory::format;
  std::string bytes(static_cast<const char*>(static_cast<const void*>(data)), size);
  if (bytes.size() >= sizeof(format::Header)) {
    format::Header header{};
    std::memcpy(&header, bytes.data(), sizeof header);
    std::memcpy(header.magic, format::kMagic, sizeof header.magic);
    header.version = format::kVersion;
    header.section_count = format::kSectionCount;
    header.file_size = bytes.size();
    std::memcpy(bytes.data(), &header, sizeof header);
    header.checksum = weir::Hash64(std::string_view(bytes).substr(0, offsetof(format::Header, checksum)));
    std::memcpy(bytes.data(), &header, sizeof header);
  }
  auto index = weir::advisory::Index::FromMemory(bytes);
  if (!index) return 0;
  for (const auto& [ecosystem, sources] : (*index)->ecosystems())
    (*index)->ForEach(ecosystem, "a", [](const AffectedView&) {});
  (*index)->FindById("CVE-2021-44228");
  for (std::uint32_t i = 0; i < (*index)->advisory_count() && i < 16; ++i) {
    (*index)->GetVulnerability(i);
    (*index)->ForEachAffectedOf(i, [&](const AffectedView& view) {
      std::string range;
      std::vector<std::string> fixed;
      (*index)->Affects(view, "1.0", "k", &range, &fixed);
      (*index)->GoImports(view);
    });
  }
  return 0;
}
