#include "sbom/catalogers.h"
#include "sbom/testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(data, data + size);
  auto composer = weir::sbom::MakeComposerCataloger({});
  auto conda = weir::sbom::MakeCondaCataloger({});
  auto bitnami = weir::sbom::MakeBitnamiCataloger({});
  weir::sbom::RunCataloger(*composer, {{"composer.lock", text}, {"vendor/composer/installed.json", text}});
  weir::sbom::RunCataloger(*conda, {{"conda-meta/a.json", text}});
  weir::sbom::RunCataloger(*bitnami, {{"opt/bitnami/a/.spdx-a.spdx", text}});
  return 0;
}
