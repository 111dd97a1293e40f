#include "sbom/catalogers.h"
#include "sbom/rpm_header.h"
#include "sbom/testing.h"

// The first byte chooses the container.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr const char* kPaths[] = {"var/lib/rpm/Packages", "var/lib/rpm/Packages.db",
                                           "var/lib/rpm/rpmdb.sqlite",
                                           "var/lib/rpmmanifest/container-manifest-2"};
  if (size == 0) return 0;
  std::string bytes(data + 1, data + size);
  static_cast<void>(weir::sbom::ParseRpmHeader(bytes));
  auto cataloger = weir::sbom::MakeRpmCataloger({});
  weir::sbom::RunCataloger(*cataloger, {{kPaths[data[0] % 4], bytes}});
  return 0;
}
