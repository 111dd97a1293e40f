#include <gtest/gtest.h>

#include "sbom/catalogers.h"
#include "sbom/dotnet/pe_version.h"
#include "sbom/program/pe.h"
#include "sbom/program/testing_elf.h"
#include "sbom/testing.h"

namespace weir::sbom {
namespace {

std::string Le(std::uint64_t value, std::size_t size) { return EncodeInteger(value, size, false); }

std::string Utf16(std::string_view text) {
  std::string out;
  for (char c : text) out += std::string(1, c) + '\0';
  return out + std::string(2, '\0');
}

std::string Padded(std::string text) {
  while (text.size() % 4 != 0) text += '\0';
  return text;
}

std::string Block(std::string_view key, const std::string& value, std::size_t value_length, bool text,
                  const std::string& children) {
  std::string body = Padded(std::string(6, '\0') + Utf16(key)) + Padded(value) + children;
  return Padded(Le(body.size(), 2) + Le(value_length, 2) + Le(text ? 1 : 0, 2) + body.substr(6));
}

std::string VersionInfo(const std::vector<std::pair<std::string, std::string>>& strings) {
  std::string blocks;
  for (const auto& [key, value] : strings) blocks += Block(key, Utf16(value), value.size() + 1, true, "");
  std::string table = Block("StringFileInfo", "", 0, true, Block("000004b0", "", 0, true, blocks));
  return Block("VS_VERSION_INFO", std::string(52, 'f'), 52, false, table);
}

/// A 32-bit assembly with one section that holds its resources and a CLR header.
std::string Assembly(const std::vector<std::pair<std::string, std::string>>& strings, bool clr = true) {
  constexpr std::uint64_t kSectionAt = 0x200, kSectionAddress = 0x2000;
  auto folder = [](std::uint64_t identifier, std::uint64_t child) {
    return std::string(12, '\0') + Le(0, 2) + Le(1, 2) + Le(identifier, 4) + Le(child, 4);
  };
  std::string info = VersionInfo(strings);
  std::string section = folder(16, 0x80000018U) + folder(1, 0x80000030U) + folder(1033, 0x48);
  section += Le(kSectionAddress + 0x60, 4) + Le(info.size(), 4);
  section.resize(0x60, '\0');
  section += info;
  std::string head = "MZ";
  head.resize(60, '\0');
  head += Le(64, 4) + std::string("PE\0\0", 4) + Le(0x14c, 2) + Le(1, 2) + std::string(12, '\0') +
          Le(224, 2) + Le(0x102, 2);
  std::string optional = Le(0x10b, 2);
  optional.resize(28, '\0');
  optional += Le(0x400000, 4);
  optional.resize(92, '\0');
  optional += Le(16, 4);
  for (int i = 0; i < 16; ++i) {
    bool there = i == 2 || (i == 14 && clr);
    optional += Le(there ? kSectionAddress : 0, 4) + Le(there ? 72 : 0, 4);
  }
  std::string row = std::string(".rsrc\0\0\0", 8) + Le(section.size(), 4) + Le(kSectionAddress, 4) +
                    Le(section.size(), 4) + Le(kSectionAt, 4) + std::string(12, '\0') + Le(0x40000040, 4);
  head += optional + row;
  head.resize(kSectionAt, '\0');
  return head + section;
}

constexpr const char* kDeps = R"({
  "runtimeTarget": {"name": ".NETCoreApp,Version=v8.0/linux-x64", "signature": ""},
  "targets": {
    ".NETCoreApp,Version=v8.0": {},
    ".NETCoreApp,Version=v8.0/linux-x64": {
      "App/1.0.0": {"dependencies": {"Newtonsoft.Json": "12.0.1"}, "runtime": {"App.dll": {}}},
      "Newtonsoft.Json/12.0.1": {"dependencies": {"Native.Lib": "2.0.0"},
        "runtime": {"lib/netstandard2.0/Newtonsoft.Json.dll": {"assemblyVersion": "12.0.0.0"}}},
      "Native.Lib/2.0.0": {"native": {"runtimes/linux-x64/native/libx.so": {}}},
      "BuildOnly/3.0.0": {"runtime": {"lib/net461/_._": {}}},
      "Nothing/4.0.0": {},
      "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1": {"runtime": {"System.Runtime.dll": {}}}
    }
  },
  "libraries": {
    "App/1.0.0": {"type": "project", "serviceable": false, "sha512": ""},
    "Newtonsoft.Json/12.0.1": {"type": "package", "serviceable": true, "sha512": "sha512-abc"},
    "Native.Lib/2.0.0": {"type": "package"},
    "BuildOnly/3.0.0": {"type": "package"},
    "Nothing/4.0.0": {"type": "package"},
    "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1": {"type": "runtimepack"}
  }
})";

TEST(Dotnet, DepsJsonTellsWhatRuns) {
  std::string newtonsoft = Assembly({{"ProductVersion", "12.0.1+abc"}, {"ProductName", "Json.NET"}});
  auto cataloger = MakeDotnetCataloger({});
  CatalogedFiles found = RunCataloger(
      *cataloger,
      {{"app/App.deps.json", kDeps},
       {"app/Newtonsoft.Json.dll", newtonsoft},
       {"app/runtimes/unix/System.Runtime.dll", Assembly({{"ProductVersion", "8.0.1"}})},
       {"app/plugins/Extra.dll", Assembly({{"ProductVersion", "5.6.7-beta.1+sha"}, {"CompanyName", "Acme"}})},
       {"other/Newtonsoft.Json.dll", newtonsoft},
       {"other/de/Newtonsoft.Json.resources.dll", newtonsoft},
       {"other/native.dll", Assembly({{"ProductVersion", "1.0.0"}}, false)},
       {"other/Prose.dll", Assembly({{"ProductVersion", "built at home"}, {"FileVersion", "4.3.2.1"}})}});
  EXPECT_TRUE(found.problems.empty());
  std::vector<std::string> got;
  for (const model::Package& package : found.packages)
    got.push_back(package.name + " " + package.version + " " + package.locations[0].path);
  EXPECT_EQ(got, (std::vector<std::string>{
                     "Extra 5.6.7-beta.1 app/plugins/Extra.dll",
                     "Microsoft.NETCore.App.Runtime.linux-x64 8.0.1 app/App.deps.json",
                     "Native.Lib 2.0.0 app/App.deps.json",
                     "Newtonsoft.Json 12.0.1 app/App.deps.json",
                     "Newtonsoft.Json 12.0.1 other/Newtonsoft.Json.dll",
                     "Prose 4.3.2.1 other/Prose.dll",
                 }));
  ASSERT_EQ(found.relations.size(), 1U);
  EXPECT_EQ(found.relations[0].to, found.Find("Native.Lib")->id);
  EXPECT_EQ(found.Find("Extra")->vendor, "Acme");
}

TEST(Dotnet, WhatProjectsAskFor) {
  auto cataloger = MakeDotnetCataloger({});
  constexpr const char* kLock = R"x({"version":1,"dependencies":{"net8.0":{
    "A":{"type":"Direct","requested":"[1.0.0, )","resolved":"1.0.0","contentHash":"x","dependencies":{"B":"1.5.0"}},
    "B":{"type":"Transitive","resolved":"2.0.0"},"proj":{"type":"Project"}}}})x";
  constexpr const char* kConfig = R"x(<?xml version="1.0"?><packages>
    <package id="C" version="3.0.0" targetFramework="net48"/>
    <package id="D" version="4.0.0" developmentDependency="true"/></packages>)x";
  constexpr const char* kProject = R"x(<Project Sdk="Microsoft.NET.Sdk"><ItemGroup>
    <PackageReference Include="E" Version="5.0.0"/>
    <PackageReference Include="F"><Version>[6.0.0]</Version><PrivateAssets>all</PrivateAssets></PackageReference>
    <PackageReference Include="G" Version="7.*"/>
    <PackageReference Include="H" Version="$(V)"/></ItemGroup></Project>)x";
  constexpr const char* kCentral =
      R"x(<Project><ItemGroup><PackageVersion Include="I" Version="8.0.0"/></ItemGroup></Project>)x";
  CatalogedFiles found = RunCataloger(*cataloger, {{"a/packages.lock.json", kLock},
                                                   {"b/packages.config", kConfig},
                                                   {"c/x.csproj", kProject},
                                                   {"c/Directory.Packages.props", kCentral}});
  EXPECT_TRUE(found.problems.empty());
  std::string got;
  for (const model::Package& package : found.packages) {
    EXPECT_EQ(package.scope, model::Scope::kDeclared);
    got += package.name + package.version + (package.development ? "d " : " ");
  }
  EXPECT_EQ(got, "A1.0.0 B2.0.0 C3.0.0 D4.0.0d E5.0.0 F6.0.0d I8.0.0 ");
  ASSERT_EQ(found.relations.size(), 1U);
  EXPECT_EQ(found.relations[0].from, found.Find("A")->id);
}

TEST(Dotnet, DamageIsReported) {
  std::string assembly = Assembly({{"ProductVersion", "1.0.0"}});
  auto cataloger = MakeDotnetCataloger({});
  CatalogedFiles found =
      RunCataloger(*cataloger, {{"a.deps.json", "{"}, {"packages.lock.json", "[]"}, {"x.csproj", "<a"}});
  EXPECT_TRUE(found.packages.empty());
  EXPECT_EQ(found.problems.size(), 3U);
  for (std::size_t size = 0; size < assembly.size(); ++size) {
    auto file = target::MakeMemorySource(assembly.substr(0, size));
    if (Result<Image> image = ReadPe(*file)) static_cast<void>(ReadPeVersion(*file, *image));
  }
  auto file = target::MakeMemorySource(assembly);
  Result<Image> image = ReadPe(*file);
  ASSERT_TRUE(image);
  EXPECT_EQ(ReadPeVersion(*file, *image)->product_version, "1.0.0");
}

}  // namespace
}  // namespace weir::sbom
