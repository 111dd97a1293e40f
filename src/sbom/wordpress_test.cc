#include <gtest/gtest.h>

#include "sbom/catalogers.h"
#include "sbom/testing.h"

namespace weir::sbom {
namespace {

TEST(Wordpress, ReadsCorePluginsAndThemes) {
  auto cataloger = MakeWordpressCataloger({});
  CatalogedFiles found = RunCataloger(
      *cataloger,
      {
          {"var/www/html/wp-includes/version.php",
           "<?php\n/**\n * @global string $wp_version\n */\n$wp_version = '6.4.2';\n$wp_db_version = "
           "56657;\n"},
          {"var/www/html/wp-content/plugins/contact-form-7/wp-contact-form-7.php",
           "<?php\n/*\n * Plugin Name: Contact Form 7\n * Plugin URI: https://contactform7.com/\n"
           " * Author: Takayuki Miyoshi\n * Version: 5.3.1\n * License: GPL v2 or later\n */\n"},
          {"var/www/html/wp-content/plugins/contact-form-7/load.php", "<?php\n// Version: 9\n"},
          {"var/www/html/wp-content/plugins/contact-form-7/includes/x.php", "<?php // Plugin Name: deeper\n"},
          {"var/www/html/wp-content/plugins/hello.php",
           "<?php\n/* Plugin Name: Hello Dolly\nVersion: 1.7.2 */\n"},
          {"var/www/html/wp-content/themes/twenty/style.css", "/*\nTheme Name: Twenty\nVersion: 1.1\n*/\n"},
          {"var/www/html/index.php", "<?php /* Plugin Name: no\nVersion: 1 */"},
      });
  ASSERT_EQ(found.packages.size(), 4U);
  EXPECT_TRUE(found.problems.empty());
  EXPECT_EQ(found.Find("wordpress")->version, "6.4.2");
  EXPECT_EQ(found.Find("wordpress")->cpes.at(0), "cpe:2.3:a:wordpress:wordpress:6.4.2:*:*:*:*:*:*:*");
  const model::Package* form = found.Find("contact-form-7");
  ASSERT_NE(form, nullptr);
  EXPECT_EQ(form->version, "5.3.1");
  EXPECT_EQ(form->vendor, "Takayuki Miyoshi");
  EXPECT_EQ(form->cpes.at(0), "cpe:2.3:a:contact-form-7:contact-form-7:5.3.1:*:*:*:*:wordpress:*:*");
  EXPECT_EQ(found.Find("hello")->version, "1.7.2");
  EXPECT_EQ(found.Find("twenty")->version, "1.1");
}

TEST(Wordpress, ReportsACoreWithoutVersion) {
  auto cataloger = MakeWordpressCataloger({});
  EXPECT_EQ(
      RunCataloger(*cataloger, {{"wp-includes/version.php", "<?php $wp_version = f();"}}).problems.size(),
      1U);
}

}  // namespace
}  // namespace weir::sbom
