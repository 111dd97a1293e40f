#include <gtest/gtest.h>

#include "sbom/ownership.h"
#include "sbom/program/program.h"

namespace weir::sbom {
namespace {

model::Package Make(model::PackageType type, const char* name, const char* source,
                    std::string_view found_by) {
  model::Package package;
  package.type = type;
  package.name = name;
  package.source_name = source;
  package.found_by = found_by;
  return package;
}

TEST(ElfNote, IsSilentWhereTheDatabaseSpeaks) {
  using model::PackageType;
  model::Sbom sbom;
  sbom.packages = {Make(PackageType::kDeb, "libsystemd0", "systemd", "dpkg"),
                   Make(PackageType::kDeb, "systemd", "", kElfNoteFinder),
                   Make(PackageType::kRpm, "systemd", "", kElfNoteFinder),
                   Make(PackageType::kDeb, "other", "", kElfNoteFinder)};
  DropRepeatedNotes(sbom);
  ASSERT_EQ(sbom.packages.size(), 3U);
  EXPECT_EQ(sbom.packages[0].name, "libsystemd0");
  EXPECT_EQ(sbom.packages[1].type, PackageType::kRpm);
  EXPECT_EQ(sbom.packages[2].name, "other");
}

}  // namespace
}  // namespace weir::sbom
