#include "model/purl.h"

#include <gtest/gtest.h>

namespace weir::model {
namespace {

TEST(Purl, KeepsEveryPartThroughTextAndBack) {
  for (const char* text : {
           "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl",
           "pkg:npm/%40angular/core@12.0.0",
           "pkg:golang/github.com/gin-gonic/gin@v1.9.0",
           "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
           "pkg:pypi/django@4.2",
           "pkg:rpm/rhel/bash@5.1.8-6.el9?arch=x86_64&epoch=1",
       }) {
    Result<Purl> purl = ParsePurl(text);
    ASSERT_TRUE(purl) << text;
    EXPECT_EQ(purl->ToString(), text);
  }
}

TEST(Purl, AcceptsAnUnencodedNpmScope) {
  Result<Package> package = PackageFromPurl("pkg:npm/@angular/core@12.0.0");
  ASSERT_TRUE(package);
  EXPECT_EQ(package->name, "@angular/core");
  EXPECT_EQ(package->version, "12.0.0");
}

TEST(Purl, ReadsSyftsSourceRpm) {
  Result<Package> package =
      PackageFromPurl("pkg:rpm/rhel/bash@5.1.8-6.el9?upstream=bash-5.1.8-6.el9.src.rpm");
  ASSERT_TRUE(package);
  EXPECT_EQ(package->source_name, "bash");
  EXPECT_EQ(package->source_version, "5.1.8-6.el9");
}

TEST(Purl, RefusesWhatIsNotOne) {
  for (const char* text : {"", "pkg:", "pkg:npm", "npm/x@1", "pkg:npm/"})
    EXPECT_FALSE(ParsePurl(text)) << text;
}

}  // namespace
}  // namespace weir::model
