#include "sbom/catalogers.h"
#include "sbom/testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(data, data + size);
  auto cataloger = weir::sbom::MakeWordpressCataloger({});
  weir::sbom::RunCataloger(*cataloger, {{"wp-includes/version.php", text},
                                        {"wp-content/plugins/a/a.php", text},
                                        {"wp-content/themes/a/style.css", text}});
  return 0;
}
