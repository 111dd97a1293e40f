#include <gtest/gtest.h>

#include "sbom/sbom.h"

namespace weir::sbom {
namespace {

TEST(ReadSbom, TakesPackagesDistroAndEdgesFromCycloneDx) {
  Result<model::Sbom> sbom = ReadSbom(R"({"bomFormat":"CycloneDX","specVersion":"1.5","components":[
    {"type":"operating-system","name":"debian","version":"12"},
    {"type":"library","bom-ref":"a","name":"openssl","version":"3.0.11-1","purl":"pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&upstream=openssl"},
    {"type":"library","bom-ref":"b","name":"express","version":"4.17.1","purl":"pkg:npm/express@4.17.1",
     "licenses":[{"license":{"id":"MIT"}}],"components":[{"type":"library","bom-ref":"c","name":"qs","purl":"pkg:npm/qs@6.7.0"}]},
    {"type":"library","name":"mystery","version":"1"}],
    "dependencies":[{"ref":"b","dependsOn":["c"]}]})",
                                      "app.cdx.json");
  ASSERT_TRUE(sbom) << sbom.error().message;
  EXPECT_EQ(sbom->distro.version_id, "12");
  ASSERT_EQ(sbom->packages.size(), 3U);
  EXPECT_EQ(sbom->packages[0].source_name, "openssl");
  EXPECT_EQ(sbom->packages[1].licenses, std::vector<std::string>{"MIT"});
  ASSERT_EQ(sbom->relations.size(), 1U);
  EXPECT_EQ(sbom->relations[0].from, sbom->packages[1].id);
  ASSERT_EQ(sbom->problems.size(), 1U) << "a component without an identity must be reported";
  EXPECT_EQ(sbom->problems[0].path, "mystery 1");
}

TEST(ReadSbom, TakesPackagesFromSpdxAndDistroFromTheirPurls) {
  Result<model::Sbom> sbom = ReadSbom(R"({"spdxVersion":"SPDX-2.3","packages":[
    {"SPDXID":"SPDXRef-1","name":"bash","versionInfo":"5.2","licenseDeclared":"GPL-3.0-or-later","externalRefs":[
      {"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:deb/debian/bash@5.2?distro=debian-12"}]}]})",
                                      "x");
  ASSERT_TRUE(sbom);
  ASSERT_EQ(sbom->packages.size(), 1U);
  EXPECT_EQ(sbom->distro.id, "debian");
  EXPECT_EQ(sbom->distro.version_id, "12");
}

TEST(ReadSbom, OurOwnGapsStayGaps) {
  Result<model::Sbom> cdx = ReadSbom(R"({"bomFormat":"CycloneDX","metadata":{"properties":[
    {"name":"weir:problem","value":"srv/a.jar: truncated"},{"name":"weir:asset-kind","value":"host"}]}})",
                                     "x");
  ASSERT_TRUE(cdx);
  ASSERT_EQ(cdx->problems.size(), 1U);
  EXPECT_EQ(cdx->problems[0].message, "srv/a.jar: truncated");
  Result<model::Sbom> own = ReadSbom(R"({"schema":"weir-scan/1","packages":[
    {"type":"npm","name":"a","version":"1","digests":{"sha1":"00","md5":7}}],
    "problems":[{"path":"srv/a.jar","message":"truncated"}]})",
                                     "x");
  ASSERT_TRUE(own);
  ASSERT_EQ(own->problems.size(), 1U);
  ASSERT_EQ(own->packages.size(), 1U);
  ASSERT_EQ(own->packages[0].digests.size(), 1U);
  EXPECT_EQ(own->packages[0].digests[0].algorithm, "sha1");
}

TEST(ReadSbom, TellsOfComponentsThatLieTooDeep) {
  std::string inner = R"({"type":"library","name":"deep","purl":"pkg:npm/deep@1"})";
  for (int i = 0; i < 20; ++i)
    inner = R"({"type":"library","name":"n","purl":"pkg:npm/n@1","components":[)" + inner + "]}";
  Result<model::Sbom> sbom = ReadSbom(R"({"bomFormat":"CycloneDX","components":[)" + inner + "]}", "x");
  ASSERT_TRUE(sbom);
  ASSERT_EQ(sbom->problems.size(), 1U);
  EXPECT_EQ(sbom->problems[0].code, Code::kLimitExceeded);
}

TEST(ReadSbom, RefusesWhatIsNoSbom) {
  for (const char* text : {"", "[]", "{}", "{\"spdxVersion\":\"SPDX-3.0\"}", "{\"bomFormat\":"})
    EXPECT_FALSE(ReadSbom(text, "x")) << text;
  EXPECT_EQ(ReadSbom(std::string(100'000, '['), "x").error().code, Code::kLimitExceeded);
}

}  // namespace
}  // namespace weir::sbom
