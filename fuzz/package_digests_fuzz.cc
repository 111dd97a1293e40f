#include "sbom/package_digests.h"

// The first byte chooses the database.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr const char* kPaths[] = {"var/lib/dpkg/info/a.md5sums", "lib/apk/db/installed",
                                           "var/lib/rpm/Packages", "var/lib/rpm/Packages.db",
                                           "var/lib/rpm/rpmdb.sqlite"};
  if (size == 0) return 0;
  weir::target::ProblemLog problems;
  weir::sbom::PackageDigestReader reader(problems);
  std::string content(data + 1, data + size);
  reader.AddLink("bin", content.substr(0, 64));
  reader.AddFile(kPaths[data[0] % 5], content);
  weir::sbom::PackageDigests digests = reader.Finish();
  static_cast<void>(digests.Verify("bin/a", {}));
  static_cast<void>(digests.Lookup("usr/bin/a"));
  return 0;
}
