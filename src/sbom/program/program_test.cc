#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "base/strings.h"
#include "sbom/catalogers.h"
#include "sbom/program/elf.h"
#include "sbom/program/java_release.h"
#include "sbom/program/rust_auditable.h"
#include "sbom/program/testing_elf.h"
#include "sbom/program/version_pattern.h"
#include "sbom/program/version_strings.h"
#include "sbom/testing.h"

namespace weir::sbom {
namespace {

CatalogedFiles RunOn(const std::string& path, const std::string& content) {
  auto cataloger = MakeProgramCataloger({});
  return RunCataloger(*cataloger, {{path, content}});
}

std::string Compress(std::string_view text) {
  std::vector<Bytef> input(text.begin(), text.end()), output(compressBound(input.size()));
  uLongf size = output.size();
  EXPECT_EQ(compress(output.data(), &size, input.data(), input.size()), Z_OK);
  return std::string(output.begin(), output.begin() + static_cast<std::ptrdiff_t>(size));
}

TEST(RustProgram, RuntimeCratesAndEdges) {
  std::string json = R"({"packages":[
    {"name":"adler","version":"0.2.3","source":"registry"},
    {"name":"app","version":"0.1.0","source":"local","dependencies":[0,2],"root":true},
    {"name":"cc","version":"1.0.0","source":"crates.io","kind":"build"}]})";
  CatalogedFiles found = RunOn("usr/bin/app", MakeElf({{".dep-v0", Compress(json)}}));
  ASSERT_EQ(found.packages.size(), 2U);
  EXPECT_EQ(found.packages[0].name, "adler");
  EXPECT_EQ(found.packages[0].version, "0.2.3");
  EXPECT_EQ(found.packages[0].type, model::PackageType::kCargo);
  ASSERT_EQ(found.relations.size(), 2U);
  EXPECT_EQ(found.relations[1].kind, model::RelationKind::kDependsOn);
  EXPECT_EQ(found.relations[1].from, found.Find("app")->id);
  EXPECT_EQ(found.relations[1].to, found.Find("adler")->id);
}

TEST(Elf, SectionsThatShareOneLongNameCostLittle) {
  auto file = target::MakeMemorySource(MakeElf({{std::string(1U << 20U, 'x'), "a"}, {".data", "abc"}}));
  Result<Image> image = ReadElf(*file);
  ASSERT_TRUE(image) << image.error().message;
  for (const Region& section : image->sections) EXPECT_LE(section.name.size(), 128U);
  EXPECT_NE(image->FindSection(".data"), nullptr);
}

TEST(RustProgram, BombIsRefused) {
  Result<std::vector<RustCrate>> crates = ParseRustAuditable(Compress(std::string(40U << 20U, ' ')));
  ASSERT_FALSE(crates);
  EXPECT_EQ(crates.error().code, Code::kLimitExceeded);
}

TEST(ElfNote, OnePackageForItsFiles) {
  std::string json =
      R"({"type":"rpm","name":"coreutils","version":"9.1-8.fc37","architecture":"x86_64","osCpe":"cpe:/o:x"})";
  json += '\0';
  std::string note =
      EncodeInteger(4, 4, false) + EncodeInteger(json.size(), 4, false) + EncodeInteger(0xcafe1a7e, 4, false);
  note += std::string("FDO\0", 4) + json;
  std::string program = MakeElf({{".note.package", note}});
  auto cataloger = MakeProgramCataloger({});
  CatalogedFiles found = RunCataloger(*cataloger, {{"usr/bin/ls", program}, {"usr/bin/cat", program}});
  ASSERT_EQ(found.packages.size(), 1U);
  EXPECT_EQ(found.packages[0].type, model::PackageType::kRpm);
  EXPECT_EQ(found.packages[0].version, "9.1-8.fc37");
  EXPECT_EQ(found.packages[0].arch, "x86_64");
  EXPECT_EQ(found.packages[0].locations.size(), 2U);
}

TEST(Elf, EveryCutIsSafe) {
  std::string program =
      MakeElf({{".go.buildinfo", std::string(64, 'x'), 0x1000, 3}, {".data", "abc", 0x2000, 3}});
  for (std::size_t size = 0; size < program.size(); ++size) {
    auto file = target::MakeMemorySource(program.substr(0, size));
    EXPECT_FALSE(ReadElf(*file)) << size;
  }
  auto file = target::MakeMemorySource(program);
  Result<Image> image = ReadElf(*file);
  ASSERT_TRUE(image);
  EXPECT_EQ(image->sections.size(), 3U);
  ASSERT_NE(image->FindSection(".data"), nullptr);
  EXPECT_EQ(*ReadRegion(*file, *image->FindSection(".data"), 10), "abc");
}

struct PatternRow {
  const char* pattern;
  std::string text;
  const char* file_version;
  const char* expected;
};

TEST(VersionPattern, Table) {
  using namespace std::string_literals;
  const PatternRow rows[] = {
      {"nginx/%v", "xx nginx/1.22.1\0"s, "", "1.22.1"},
      {"%0nginx/%v%0", "a\0nginx/1.22.1 (x)\0nginx/1.22.2\0"s, "", "1.22.2"},
      {"%0%(%f.%d%w%)%0", "\0003.12.1\0\0003.11.2+\0"s, "3.11", "3.11.2+"},
      {"%0%(%f.%d%w%)%0", "\0003.12.1\0"s, "", ""},
      {"%v-MariaDB", "\00010.11.19-MariaDB\0"s, "", "10.11.19"},
      {"OpenSSL %v%s 20", "OpenSSL 1.0.2k-fips  26 Jan 2017"s, "", "1.0.2k"},
      {"OpenSSH_%v", "OpenSSH_9.2p1 Debian"s, "", "9.2p1"},
      {"x %v", "x 2.4.0-rc1 "s, "", "2.4.0-rc1"},
      {"x %v", "x 2.4.0-beta.2 "s, "", "2.4.0-beta.2"},
      {"x %v", "x 2.6.12-1+deb12u4"s, "", "2.6.12"},
      {"x %v", "x 12 "s, "", ""},
      {"%0%v%0%h%0", "\0006.0.1\0"s + std::string(40, 'a') + "\0"s, "", "6.0.1"},
      {"%%s version %v", "%s version 4.99.3"s, "", "4.99.3"},
      {" version %v%s, released ", " version 2.6.12-1+deb12u4, released 2026"s, "", "2.6.12"},
      {"%0%(3.%d.%d%)%0", "\00013.40.1\0\0003.40.1\0"s, "", "3.40.1"},
      {"%0%v%0", std::string(10'000, '\0') + "1.52\0"s, "", "1.52"},
  };
  for (const PatternRow& row : rows)
    EXPECT_EQ(FindVersion(row.pattern, row.text, row.file_version), row.expected) << row.pattern;
  EXPECT_EQ(VersionInName("libpython3.11.so.1.0"), "3.11");
  EXPECT_EQ(VersionInName("node"), "");
  EXPECT_EQ(LibraryVersionInName("libxml2.so.2.9.14"), "2.9.14");
  EXPECT_EQ(LibraryVersionInName("libxml2.so.2"), "");
}

TEST(VersionStrings, FindsAcrossChunksInDataOnly) {
  std::string text =
      std::string((256U << 10U) - 8, 'z') + "nginx version: nginx/1.25.3" + std::string(64, '\0');
  CatalogedFiles found = RunOn("opt/nginx/sbin/nginx", MakeElf({{".rodata", text}}));
  ASSERT_EQ(found.packages.size(), 1U);
  EXPECT_EQ(found.packages[0].name, "nginx");
  EXPECT_EQ(found.packages[0].version, "1.25.3");
  EXPECT_EQ(found.packages[0].type, model::PackageType::kBinary);
  EXPECT_EQ(found.packages[0].cpes[0], "cpe:2.3:a:f5:nginx:1.25.3:*:*:*:*:*:*:*");
  EXPECT_TRUE(RunOn("opt/other", MakeElf({{".rodata", text}})).packages.empty());
  EXPECT_TRUE(RunOn("opt/nginx", MakeElf({{".text", text, 0, 6}, {".rodata", std::string(64, 'a')}}))
                  .packages.empty());
  EXPECT_TRUE(RunOn("opt/nginx", text).packages.empty()) << "a script, not a program";
}

TEST(VersionStrings, TableIsWellFormed) {
  EXPECT_GE(VersionRules().size(), 40U);
  for (const VersionRule& rule : VersionRules()) {
    EXPECT_FALSE(rule.package.empty());
    for (std::string_view names = rule.names; !names.empty();) EXPECT_FALSE(NextPiece(names, '|').empty());
    for (std::string_view cpe : Split(rule.cpes, '|'))
      EXPECT_NE(cpe.find(':'), std::string_view::npos) << cpe;
    for (std::string_view pattern : Split(rule.patterns, '\n')) {
      bool captures =
          pattern == "@name" || pattern.find("%v") != pattern.npos || pattern.find("%(") != pattern.npos;
      EXPECT_TRUE(captures) << pattern;
    }
  }
}

TEST(VersionStrings, CpeKeepsPatchLevelsApart) {
  EXPECT_EQ(MakeCpe("openbsd:openssh", "9.2p1"), "cpe:2.3:a:openbsd:openssh:9.2:p1:*:*:*:*:*:*");
  EXPECT_EQ(MakeCpe("openssl:openssl", "1.0.2k"), "cpe:2.3:a:openssl:openssl:1.0.2k:*:*:*:*:*:*:*");
  EXPECT_EQ(MakeCpe("python:python", "3.11.2+"), "cpe:2.3:a:python:python:3.11.2\\+:*:*:*:*:*:*:*");
}

TEST(JavaRelease, VersionsAndCpes) {
  CatalogedFiles found =
      RunOn("opt/java/release", "IMPLEMENTOR=\"Eclipse Adoptium\"\nJAVA_VERSION=\"17.0.9\"\n");
  ASSERT_EQ(found.packages.size(), 1U);
  EXPECT_EQ(found.packages[0].name, "openjdk");
  EXPECT_EQ(found.packages[0].vendor, "Eclipse Adoptium");
  EXPECT_EQ(found.packages[0].cpes[0], "cpe:2.3:a:oracle:openjdk:17.0.9:*:*:*:*:*:*:*");
  Result<JavaRelease> old =
      ParseJavaRelease("JAVA_VERSION=\"1.8.0_302\"\nIMPLEMENTOR=\"Oracle Corporation\"\n");
  ASSERT_TRUE(old);
  EXPECT_EQ(old->cpes[0], "cpe:2.3:a:oracle:jdk:1.8.0:update302:*:*:*:*:*:*");
  EXPECT_EQ(old->cpes[1], "cpe:2.3:a:oracle:openjdk:8:update302:*:*:*:*:*:*");
  EXPECT_FALSE(ParseJavaRelease("Ubuntu 22.04\n"));
}

/// WEIR_PROGRAMS names a folder of unpacked Debian packages, <package>_<version>/..., of
/// programs in the table: each must give its upstream version, or nothing.
// Run by tests/integration/program_versions_test.sh, which fetches the programs.
TEST(VersionStrings, DISABLED_RealPrograms) {
  const char* root = std::getenv("WEIR_PROGRAMS");
  ASSERT_NE(root, nullptr) << "WEIR_PROGRAMS names a folder of <package>_<version>/ folders";
  std::size_t checked = 0;
  for (const auto& package : std::filesystem::directory_iterator(root)) {
    std::string folder = package.path().filename().string();
    std::string expected = folder.substr(folder.find('_') + 1);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(package.path())) {
      std::string name = entry.path().filename().string();
      if (!entry.is_regular_file() || entry.is_symlink() || FindVersionRule(name) == nullptr) continue;
      Result<std::string> content = ReadFile(entry.path().string(), 1U << 30U);
      ASSERT_TRUE(content) << entry.path();
      for (const model::Package& found : RunOn("usr/bin/" + name, *content).packages) {
        if (found.found_by != "version-string") continue;
        EXPECT_EQ(found.version, expected) << entry.path();
        ++checked;
      }
    }
  }
  EXPECT_GE(checked, 40U);
}

}  // namespace
}  // namespace weir::sbom
