// Catalogers whose packages are records in JSON files: composer, conda, Bitnami.

#include <gtest/gtest.h>

#include "sbom/catalogers.h"
#include "sbom/testing.h"

namespace weir::sbom {
namespace {

using model::RelationKind;

template <class Make>
CatalogedFiles Catalog(Make make, const std::map<std::string, std::string>& files) {
  auto cataloger = make(CatalogOptions{});
  return RunCataloger(*cataloger, files);
}

constexpr std::string_view kElement = R"({"name": "Symfony/http-kernel", "version": "v5.4.19",
  "source": {"type": "git", "url": "https://github.com/symfony/http-kernel.git", "reference": "abc"},
  "require": {"php": ">=7.2.5", "psr/log": "^1|^2"}, "extra": {"name": "not this", "deep": [{"version": "nor"}]},
  "license": ["MIT"], "authors": [{"name": "someone"}]})";
constexpr std::string_view kLog =
    R"({"name": "psr/log", "version": "1.1.4", "dist": {"url": "https://x/y.zip"}})";

TEST(Composer, ReadsInstalledPackagesOfBothVersions) {
  std::string list = "[" + std::string(kElement) + "," + std::string(kLog) + "]";
  for (const std::string& text :
       {list, "{\"packages\": " + list + ", \"dev\": true, \"dev-package-names\": [\"psr/log\"]}"}) {
    CatalogedFiles found = Catalog(MakeComposerCataloger, {{"srv/app/vendor/composer/installed.json", text}});
    ASSERT_EQ(found.packages.size(), 2U) << text;
    EXPECT_TRUE(found.problems.empty());
    const model::Package* kernel = found.Find("symfony/http-kernel");
    ASSERT_NE(kernel, nullptr);
    EXPECT_EQ(kernel->version, "v5.4.19");
    EXPECT_EQ(kernel->licenses, (std::vector<std::string>{"MIT"}));
    EXPECT_EQ(kernel->origin, "https://github.com/symfony/http-kernel.git");
    EXPECT_EQ(kernel->scope, model::Scope::kInstalled);
    EXPECT_EQ(found.Find("psr/log")->development, text.front() == '{');
    EXPECT_TRUE(found.Related("symfony/http-kernel", "psr/log", RelationKind::kDependsOn));
  }
}

TEST(Composer, ReadsLockFiles) {
  CatalogedFiles found =
      Catalog(MakeComposerCataloger,
              {{"app/composer.lock", "{\"packages\": [" + std::string(kElement) + "], \"packages-dev\": [" +
                                         std::string(kLog) + ", {}]}"},
               {"bad/composer.lock", "{\"packages\": [{\"name\": "},
               {"odd/composer.lock", "{}"},
               {"elsewhere/installed.json", "[" + std::string(kElement) + "]"}});
  ASSERT_EQ(found.packages.size(), 2U);
  EXPECT_TRUE(found.Find("psr/log")->development);
  EXPECT_EQ(found.Find("psr/log")->scope, model::Scope::kDeclared);
  EXPECT_GE(found.problems.size(), 3U);
}

TEST(Conda, ReadsEnvironments) {
  CatalogedFiles found =
      Catalog(MakeCondaCataloger,
              {{"opt/conda/conda-meta/numpy-1.26.0-py311h64a7726_0.json",
                R"({"build": "py311h64a7726_0", "channel": "https://conda.anaconda.org/conda-forge/linux-64",
            "depends": ["python >=3.11,<3.12.0a0", "libgcc-ng"], "files": ["lib/a"], "license": "BSD-3-Clause",
            "link": {"name": "no"}, "name": "numpy", "version": "1.26.0", "sha256": "AB"})"},
               {"opt/conda/conda-meta/python-3.11.5.json", R"({"name": "python", "version": "3.11.5"})"},
               {"opt/conda/envs/x/conda-meta/libgcc-ng-13.json", R"({"name": "libgcc-ng", "version": "13"})"},
               {"opt/conda/conda-meta/state.json", R"({"env_vars": {}})"},
               {"opt/conda/conda-meta/broken.json", "{"},
               {"opt/conda/conda-meta/history", "==> 2023 <=="}});
  ASSERT_EQ(found.packages.size(), 3U);
  EXPECT_EQ(found.Find("numpy")->version, "1.26.0");
  EXPECT_EQ(found.Find("numpy")->licenses, (std::vector<std::string>{"BSD-3-Clause"}));
  ASSERT_EQ(found.Find("numpy")->digests.size(), 1U);
  EXPECT_EQ(found.Find("numpy")->digests[0].hex, "ab");
  EXPECT_TRUE(found.Related("numpy", "python", RelationKind::kDependsOn));
  EXPECT_FALSE(found.Related("numpy", "libgcc-ng", RelationKind::kDependsOn)) << "of another environment";
  EXPECT_EQ(found.problems.size(), 1U);
}

TEST(Bitnami, ReadsItsSpdxDocuments) {
  CatalogedFiles found = Catalog(
      MakeBitnamiCataloger,
      {{"opt/bitnami/nginx/.spdx-nginx.spdx", R"({"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT",
        "packages": [
         {"SPDXID": "SPDXRef-nginx", "name": "nginx", "versionInfo": "1.25.3", "licenseDeclared": "NOASSERTION",
          "licenseConcluded": "BSD-2-Clause", "supplier": "Organization: Broadcom",
          "externalRefs": [
           {"referenceCategory": "SECURITY", "referenceType": "cpe23Type",
            "referenceLocator": "cpe:2.3:*:f5:nginx:1.25.3:*:*:*:*:*:*:*"},
           {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
            "referenceLocator": "pkg:bitnami/nginx@1.25.3-0?arch=amd64&distro=debian-11"}]},
         {"SPDXID": "SPDXRef-geoip", "name": "geoip", "externalRefs": [
           {"referenceType": "purl", "referenceLocator": "pkg:bitnami/geoip@1.0.0"}]},
         {"SPDXID": "SPDXRef-gem", "name": "x", "externalRefs": [
           {"referenceType": "purl", "referenceLocator": "pkg:gem/x@1"}]}],
        "relationships": [
         {"spdxElementId": "SPDXRef-nginx", "relationshipType": "CONTAINS", "relatedSpdxElement": "SPDXRef-geoip"}]})"},
       {"srv/.spdx-other.spdx", "{}"},
       {"opt/bitnami/x/.spdx-x.spdx", "{}"}});
  ASSERT_EQ(found.packages.size(), 2U);
  const model::Package* nginx = found.Find("nginx");
  ASSERT_NE(nginx, nullptr);
  EXPECT_EQ(nginx->type, model::PackageType::kBitnami);
  EXPECT_EQ(nginx->version, "1.25.3-0");
  EXPECT_EQ(nginx->arch, "amd64");
  EXPECT_EQ(nginx->vendor, "Broadcom");
  EXPECT_EQ(nginx->licenses, (std::vector<std::string>{"BSD-2-Clause"}));
  EXPECT_EQ(nginx->cpes.size(), 1U);
  EXPECT_TRUE(found.Related("nginx", "geoip", RelationKind::kContains));
  EXPECT_EQ(found.problems.size(), 1U);
}

}  // namespace
}  // namespace weir::sbom
