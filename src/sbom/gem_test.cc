#include <gtest/gtest.h>

#include "sbom/catalogers.h"
#include "sbom/gem_formats.h"
#include "sbom/testing.h"

namespace weir::sbom {
namespace {

CatalogedFiles Catalog(const std::map<std::string, std::string>& files, bool declared = true) {
  CatalogOptions options;
  options.declared = declared;
  auto cataloger = MakeGemCataloger(options);
  return RunCataloger(*cataloger, files);
}

constexpr std::string_view kNokogiri = R"(# -*- encoding: utf-8 -*-
# stub: nokogiri 1.15.4 x86_64-linux lib

Gem::Specification.new do |s|
  s.name = "nokogiri".freeze
  s.version = "1.15.4"
  s.platform = "x86_64-linux".freeze

  s.required_rubygems_version = Gem::Requirement.new(">= 0".freeze) if s.respond_to? :required_rubygems_version=
  s.authors = ["Mike Dalessio".freeze, "Aaron Patterson".freeze]
  s.licenses = ["MIT".freeze]
  s.rubygems_version = "3.4.19".freeze
  s.add_runtime_dependency(%q<racc>.freeze, ["~> 1.4"])
end
)";

TEST(Gem, ReadsInstalledSpecifications) {
  CatalogedFiles found = Catalog({
      {"usr/lib/ruby/gems/3.1.0/specifications/nokogiri-1.15.4-x86_64-linux.gemspec", std::string(kNokogiri)},
      {"usr/lib/ruby/gems/3.1.0/specifications/default/json-2.6.1.gemspec",
       "Gem::Specification.new do |s|\n  s.name = %q{json}\n  s.version = JSON::VERSION\nend\n"},
      {"usr/lib/ruby/gems/3.1.0/gems/json-2.6.1/json.gemspec", "Gem::Specification.new { |s| s.name = 'x' }"},
      {"usr/lib/ruby/gems/3.1.0/specifications/odd.gemspec", "nothing"},
  });
  ASSERT_EQ(found.packages.size(), 2U);
  const model::Package* nokogiri = found.Find("nokogiri");
  ASSERT_NE(nokogiri, nullptr);
  EXPECT_EQ(nokogiri->version, "1.15.4");
  EXPECT_EQ(nokogiri->vendor, "Mike Dalessio, Aaron Patterson");
  EXPECT_EQ(nokogiri->licenses, (std::vector<std::string>{"MIT"}));
  EXPECT_EQ(found.Find("json")->version, "2.6.1") << "from the file's name";
  EXPECT_EQ(found.problems.size(), 1U);
}

constexpr std::string_view kLock = R"(GIT
  remote: https://github.com/x/y.git
  revision: abc
  specs:
    y (0.1.0)
      rack (>= 2)

PATH
  remote: .
  specs:
    mine (1.0.0)

GEM
  remote: https://rubygems.org/
  specs:
    nokogiri (1.15.4-x86_64-linux)
      racc (~> 1.4)
    racc (1.7.1)
    rack (2.2.8)

PLATFORMS
  x86_64-linux

DEPENDENCIES
  mine!
  nokogiri

BUNDLED WITH
   2.4.19
)";

TEST(Gem, ReadsLockedGems) {
  CatalogedFiles found = Catalog({{"app/Gemfile.lock", std::string(kLock)}});
  ASSERT_EQ(found.packages.size(), 4U);
  EXPECT_EQ(found.Find("mine"), nullptr);
  EXPECT_EQ(found.Find("nokogiri")->version, "1.15.4");
  EXPECT_EQ(found.Find("nokogiri")->scope, model::Scope::kDeclared);
  EXPECT_EQ(found.Find("rack")->origin, "https://rubygems.org/");
  EXPECT_TRUE(found.Related("nokogiri", "racc", model::RelationKind::kDependsOn));
  EXPECT_TRUE(found.Related("y", "rack", model::RelationKind::kDependsOn));
  EXPECT_TRUE(Catalog({{"app/Gemfile.lock", std::string(kLock)}}, false).packages.empty());
  EXPECT_EQ(Catalog({{"app/Gemfile.lock", "what is this\n"}}).problems.size(), 1U);
}

TEST(Gem, KnowsRubyStrings) {
  struct Case {
    std::string text, name;
  };
  const Case kCases[] = {
      {"s.name = \"a\"", "a"},    {"  spec.name='b'.freeze", "b"}, {"s.name = %q<c>", "c"},
      {"s.name = \"#{x}\"", ""},  {"s.name == 'd'", ""},           {"s.named = 'd'", ""},
      {"s.name = 'unclosed", ""}, {"s.name = CONSTANT", ""},       {"s.name = \"q\\\"q\"", "q\"q"},
  };
  for (const Case& c : kCases) EXPECT_EQ(ParseGemspec(c.text, "").name, c.name) << c.text;
}

}  // namespace
}  // namespace weir::sbom
