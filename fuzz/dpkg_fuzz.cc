#include "sbom/catalogers.h"
#include "sbom/debian_copyright.h"
#include "sbom/testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(data, data + size);
  auto cataloger = weir::sbom::MakeDpkgCataloger({});
  weir::sbom::RunCataloger(*cataloger, {{"var/lib/dpkg/status", text},
                                        {"var/lib/dpkg/info/a.list", text},
                                        {"var/lib/dpkg/status.d/a.md5sums", text}});
  static_cast<void>(weir::sbom::LicensesOfCopyright(text));
  return 0;
}
