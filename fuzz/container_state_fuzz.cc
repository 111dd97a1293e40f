// What container runtimes answer and keep: Docker API, containers/storage, OCI bundles.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "discovery/containers.h"
#include "target/podman_storage.h"
#include "target/stored_layers.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  std::string_view text = AsText(std::as_bytes(std::span(data, size)));
  static_cast<void>(discovery::ParseDockerList(text));
  static_cast<void>(discovery::ParseDockerInspect(text));
  static_cast<void>(discovery::ParsePodmanContainers(text));
  static_cast<void>(discovery::ParseDockerImages(text));
  static_cast<void>(discovery::ParsePodmanImageList(text, text));
  static_cast<void>(target::ParsePodmanImages(text));
  static_cast<void>(target::ParsePodmanLayers(text));
  static_cast<void>(target::ParseTarSplitLine(text));
  model::Container container;
  static_cast<void>(discovery::ApplyOciConfig(text, container));
  return 0;
}
