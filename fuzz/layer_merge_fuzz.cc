// Two layers out of one input, merged and visited.
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "target/layer_walker.h"
#include "target/spool.h"

namespace {

using namespace weir;
using namespace weir::target;

class Store final : public BlobStore {
 public:
  Result<BlobRange> Find(std::string_view name) const override { return name == "0" ? low : high; }
  BlobRange low, high;
};

class Reader final : public Visitor {
 public:
  bool WantsFile(const Entry& entry) override { return entry.name.size() % 4 != 0; }
  bool WantsBeyondTree() const override { return true; }
  void VisitFile(File& file) override { static_cast<void>(file.content().ReadAll(1U << 20U)); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::size_t cut = std::min<std::size_t>((data[0] | data[1] << 8U) * std::size_t{64}, size - 2);
  auto file = MakeTemporaryFile("/dev/shm");
  if (!file || ::write(file->get(), data + 2, size - 2) < 0) return 0;
  auto fd = std::make_shared<UniqueFd>(std::move(*file));
  Store store;
  store.low = {fd, 0, cut};
  store.high = {fd, cut, size - 2 - cut};
  ImageDescription image;
  image.layers = {{"0", {}, {}, {}}, {"1", {}, {}, {}}};
  KnownFiles known{{"etc/os-release", ""}};
  KnownLinks links;
  LayerWalkExtras extras;
  extras.known = &known;
  extras.links = &links;
  extras.temporary_dir = "/dev/shm";
  WalkOptions options;
  options.threads = 1;
  options.limits.max_layer_bytes = 8U << 20U;
  options.limits.max_file_bytes = 4U << 20U;
  options.limits.max_memory_file_bytes = 64U << 10U;
  Reader reader;
  Visitor* visitors[] = {&reader};
  ProblemLog problems(100);
  static_cast<void>(WalkLayers(store, image, visitors, options, problems, extras));
  return 0;
}
