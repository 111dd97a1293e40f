// An archive of any kind, with what is packed in it.
#include <cstddef>
#include <cstdint>

#include "target/archive_walk.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  using namespace weir::target;
  if (size < 1) return 0;
  std::string_view bytes(static_cast<const char*>(static_cast<const void*>(data)) + 1, size - 1);
  ArchiveKind kind = DetectArchive(bytes, (data[0] & 1U) != 0 ? "a.iso" : "a.tar");
  if (kind == ArchiveKind::kNone) kind = static_cast<ArchiveKind>(data[0] % 10U);
  ArchiveOptions options;
  options.limits.max_memory_file_bytes = 64U << 10U;
  options.limits.max_file_bytes = 1U << 20U;
  options.limits.max_archive_entries = 200;
  options.limits.max_archive_depth = 4;
  options.max_bytes = 4U << 20U;
  options.max_seconds = 5;
  options.offer_archives = (data[0] & 2U) != 0;
  options.temporary_dir = "/dev/shm";
  ProblemLog problems(100);
  static_cast<void>(
      WalkArchive(kind, AsBytes(bytes), "a", options, problems, [](ArchiveMember& member) -> Result<void> {
        static_cast<void>(member.ReadAll(1U << 20U));
        return {};
      }));
  return 0;
}
