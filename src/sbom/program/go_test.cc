#include <gtest/gtest.h>

#include <algorithm>

#include "base/hash.h"
#include "sbom/catalogers.h"
#include "sbom/program/elf.h"
#include "sbom/program/go_buildinfo.h"
#include "sbom/program/go_symbols.h"
#include "sbom/program/testing_elf.h"
#include "sbom/testing.h"

namespace weir::sbom {
namespace {

constexpr std::string_view kModules =
    "path\texample.com/acme/hello\n"
    "mod\texample.com/acme/hello\t(devel)\t\n"
    "dep\tgolang.org/x/text\tv0.14.0\n"
    "=>\tgolang.org/x/text\tv0.13.0\th1:abc=\n"
    "dep\texample.com/local\tv1.0.0\n"
    "=>\t../local\t(devel)\t\n"
    "dep\tgopkg.in/yaml.v3\tv3.0.1\th1:def=\n"
    "build\t-compiler=gc\n"
    "build\t-ldflags=\"-s -w -X 'main.version=1.4.2'\"\n"
    "build\tGOOS=linux\n";

std::string Framed(std::string_view modules) {
  return std::string(16, 'x') + std::string(modules) + std::string(16, 'y');
}

std::string Prefixed(std::string_view text) {
  std::string out;
  std::size_t length = text.size();
  while (length >= 0x80) {
    out += static_cast<char>((length & 0x7fU) | 0x80U);
    length >>= 7U;
  }
  out += static_cast<char>(length);
  return out + std::string(text);
}

std::string InlineBlob(std::string_view version, std::string_view modules) {
  std::string blob = std::string("\xff") + " Go buildinf:" + "\x08\x02" + std::string(16, '\0');
  return blob + Prefixed(version) + Prefixed(Framed(modules));
}

/// Layout before Go 1.18: pointers to string headers.
std::string PointerProgram(ElfShape shape, std::string_view version, std::string_view modules) {
  constexpr std::uint64_t kBlobAt = 0x10000, kDataAt = 0x20000;
  std::size_t word = shape.wide ? 8 : 4;
  auto put = [&](std::uint64_t value) { return EncodeInteger(value, word, shape.big_endian); };
  std::string framed = Framed(modules);
  std::uint64_t texts = kDataAt + 4 * word;
  std::string data = put(texts) + put(version.size()) + put(texts + version.size()) + put(framed.size());
  data += std::string(version) + framed;
  std::string blob = std::string("\xff") + " Go buildinf:";
  blob += static_cast<char>(word);
  blob += shape.big_endian ? '\1' : '\0';
  blob += put(kDataAt) + put(kDataAt + 2 * word);
  blob.resize(32, '\0');
  return MakeElf({{".go.buildinfo", blob, kBlobAt, 3}, {".data", data, kDataAt, 3}}, shape);
}

CatalogedFiles RunOn(const std::string& content, const std::string& path = "usr/bin/hello") {
  auto cataloger = MakeProgramCataloger({});
  return RunCataloger(*cataloger, {{path, content}});
}

void ExpectHello(const CatalogedFiles& found, std::string_view go_version) {
  ASSERT_EQ(found.packages.size(), 5U);
  EXPECT_TRUE(found.problems.empty());
  ASSERT_NE(found.Find("example.com/acme/hello"), nullptr);
  EXPECT_EQ(found.Find("example.com/acme/hello")->version, "v1.4.2");
  ASSERT_NE(found.Find("golang.org/x/text"), nullptr);
  EXPECT_EQ(found.Find("golang.org/x/text")->version, "v0.13.0");
  ASSERT_NE(found.Find("example.com/local"), nullptr);
  EXPECT_EQ(found.Find("example.com/local")->version, "v1.0.0");
  ASSERT_NE(found.Find("stdlib"), nullptr);
  EXPECT_EQ(found.Find("stdlib")->version, go_version);
  EXPECT_EQ(found.relations.size(), 4U);
  for (const model::Relation& relation : found.relations) {
    EXPECT_EQ(relation.from, found.Find("example.com/acme/hello")->id);
    EXPECT_EQ(relation.kind, model::RelationKind::kContains);
  }
}

TEST(GoProgram, ReadsInlineBuildInformation) {
  ExpectHello(
      RunOn(MakeElf({{".go.buildinfo", InlineBlob("go1.22.3 X:boringcrypto", kModules), 0x10000, 3}})),
      "1.22.3");
}

TEST(GoProgram, ReadsPointersInEveryWidthAndOrder) {
  for (bool wide : {false, true})
    for (bool big : {false, true})
      ExpectHello(RunOn(PointerProgram({wide, big}, "go1.16.5", kModules)), "1.16.5");
}

TEST(GoProgram, FindsTheBlobWithoutSections) {
  std::string program =
      MakeElf({{".data", std::string(64, 'a') + InlineBlob("go1.20", kModules), 0x10000, 3}});
  for (std::size_t i : {40U, 41U, 42U, 43U, 44U, 45U, 46U, 47U, 60U, 61U}) program[i] = '\0';
  ExpectHello(RunOn(program), "1.20");
}

TEST(GoProgram, NotExecutableIsNotRead) {
  EXPECT_TRUE(RunOn(MakeElf({{".go.buildinfo", InlineBlob("go1.20", kModules)}}), "usr/share/doc/hello")
                  .packages.empty());
}

TEST(GoProgram, CutShortIsAProblem) {
  std::string program = MakeElf({{".go.buildinfo", InlineBlob("go1.20", kModules), 0x10000, 3}});
  std::size_t at = program.find("go1.20");
  program[at + 6] = '\xff';
  program[at + 7] = '\x7f';
  CatalogedFiles found = RunOn(program);
  EXPECT_TRUE(found.packages.empty());
  ASSERT_EQ(found.problems.size(), 1U);
  EXPECT_EQ(found.problems[0].code, Code::kMalformed);
}

TEST(GoVersion, Toolchain) {
  EXPECT_EQ(GoToolchainVersion("go1.22.3"), "1.22.3");
  EXPECT_EQ(GoToolchainVersion("devel go1.23-0123abcd Tue Jan 2"), "1.23-0123abcd");
  EXPECT_EQ(GoToolchainVersion("devel +0123abcd"), "");
  EXPECT_EQ(GoToolchainVersion("go"), "");
}

struct MainVersionRow {
  const char* recorded;
  const char* flags;
  const char* expected;
};

TEST(GoVersion, OfTheMainModule) {
  const MainVersionRow rows[] = {
      {"v1.2.3", "-X main.version=9.9.9", "v1.2.3"},
      {"v1.2.3+dirty", "", "v1.2.3+dirty"},
      {"v2.0.0+incompatible+dirty", "", "v2.0.0+incompatible.dirty"},
      {"(devel)", "-X main.version=1.4.2", "v1.4.2"},
      {"(devel)", "-s -w -X=main.Version=v1.4.2-rc.1", "v1.4.2-rc.1"},
      {"(devel)", "-X 'example.com/app/build.GitVersion=1.0.1'", "v1.0.1"},
      {"(devel)", "-X example.com/dep/version.Version=3.3.3", ""},
      {"(devel)", "-X other.org/x.version=3.3.3 -X main.version=1.0.0", "v1.0.0"},
      {"(devel)", "-X main.version=dev", ""},
      {"(devel)", "-X main.commit=1.2.3", ""},
      {"v0.0.0-20240102030405-0123456789ab", "-X main.version=1.7.0", "v1.7.0"},
      {"v1.2.4-0.20240102030405-0123456789ab+dirty", "-X main.version=1.2.4", "v1.2.4"},
      {"v0.0.0-20240102030405-0123456789ab", "", "v0.0.0-20240102030405-0123456789ab"},
  };
  for (const MainVersionRow& row : rows) {
    GoBuildInfo info;
    info.main_package = "example.com/app";
    info.main.path = "example.com/app";
    info.main.version = row.recorded;
    info.dependencies.push_back({"example.com/dep", "v1.0.0", "", "", "", ""});
    info.settings.emplace_back("-ldflags", row.flags);
    EXPECT_EQ(MainModuleVersion(info), row.expected) << row.recorded << " " << row.flags;
  }
}

TEST(GoVersion, PseudoVersionFromTheCommit) {
  GoBuildInfo info;
  info.main.path = "example.com/app";
  info.main.version = "(devel)";
  info.settings = {{"vcs.revision", "0123456789abcdef0123"},
                   {"vcs.time", "2024-01-02T03:04:05Z"},
                   {"vcs.modified", "true"}};
  EXPECT_EQ(MainModuleVersion(info), "v0.0.0-20240102030405-0123456789ab+dirty");
}

struct SymbolRow {
  const char* symbol;
  const char* package;
  const char* name;
};

TEST(GoSymbols, Normalize) {
  const SymbolRow rows[] = {
      {"main.main", "main", "main"},
      {"net/http.(*Server).Serve", "net/http", "Server.Serve"},
      {"net/http.HandlerFunc.ServeHTTP", "net/http", "HandlerFunc.ServeHTTP"},
      {"net/http.(*Server).Serve.func1", "net/http", "Server.Serve"},
      {"net/http.Serve.func1.2", "net/http", "Serve"},
      {"net/http.(*Server).Serve-fm", "net/http", "Server.Serve"},
      {"gopkg.in/yaml%2ev3.Unmarshal", "gopkg.in/yaml.v3", "Unmarshal"},
      {"example.com/a.b/c.F", "example.com/a.b/c", "F"},
      {"slices.SortFunc[go.shape.*example.com/x.T]", "slices", "SortFunc"},
      {"slices.Sort[...]", "slices", "Sort"},
      {"example.com/x.(*Map[...]).Get", "example.com/x", "Map.Get"},
      {"example.com/x.(*Map[go.shape.[]example.com/y/z.K]).Get.func1", "example.com/x", "Map.Get"},
      {"main.run.gowrap1", "main", "run"},
      {"main.run.deferwrap2", "main", "run"},
      {"main.run\xc2\xb7"
       "dwrap\xc2\xb7"
       "1",
       "main", "run"},
      {"main.init.0", "main", "init"},
      {"main.glob..func1", "main", ""},
      {"type:.eq.net/http.T", "", ""},
      {"type..eq.net/http.T", "", ""},
      {"go:itab.*os.File,io.Writer", "", ""},
      {"memcpy", "", ""},
      {"go.uber.org/zap.New", "go.uber.org/zap", "New"},
  };
  for (const SymbolRow& row : rows) {
    GoSymbolName name = NormalizeGoSymbol(row.symbol);
    EXPECT_EQ(name.package, row.package) << row.symbol;
    EXPECT_EQ(name.name, row.name) << row.symbol;
  }
}

std::string NewTable(ElfShape shape, std::uint32_t magic, const std::string& names) {
  std::size_t word = shape.wide ? 8 : 4;
  auto put = [&](std::uint64_t value) { return EncodeInteger(value, word, shape.big_endian); };
  std::string table =
      EncodeInteger(magic, 4, shape.big_endian) + std::string(2, '\0') + "\1" + static_cast<char>(word);
  table += put(2) + put(1) + put(0x1000);
  std::uint64_t names_at = 64 + 16;
  table += put(names_at) + put(names_at + names.size());
  table.resize(names_at, '\0');
  return table + names + std::string(64, '\0');
}

std::string OldTable(ElfShape shape, const std::vector<std::string>& names) {
  std::size_t word = shape.wide ? 8 : 4;
  auto put = [&](std::uint64_t value, std::size_t size) {
    return EncodeInteger(value, size, shape.big_endian);
  };
  std::string table =
      put(0xfffffffb, 4) + std::string(2, '\0') + "\1" + static_cast<char>(word) + put(names.size(), word);
  std::uint64_t records_at = 8 + word + names.size() * 2 * word;
  std::uint64_t texts_at = records_at + names.size() * (word + 4);
  std::string records, texts;
  for (std::size_t i = 0; i < names.size(); ++i) {
    table += put(0x1000 + i, word) + put(records_at + records.size(), word);
    records += put(0x1000 + i, word) + put(texts_at + texts.size(), 4);
    texts += names[i] + '\0';
  }
  return table + records + texts + std::string(64, '\0');
}

void ExpectSymbols(const std::string& table, ElfShape shape) {
  std::unique_ptr<target::ByteSource> file =
      target::MakeMemorySource(MakeElf({{".gopclntab", table, 0x1000, 2}}, shape));
  Result<Image> image = ReadElf(*file);
  ASSERT_TRUE(image);
  auto symbols = ReadGoSymbols(*file, *image, "example.com/cmd/app");
  ASSERT_TRUE(symbols) << symbols.error().message;
  auto has = [&](const char* text) {
    return std::binary_search((*symbols)->begin(), (*symbols)->end(), Hash64(text));
  };
  EXPECT_TRUE(std::is_sorted((*symbols)->begin(), (*symbols)->end()));
  EXPECT_TRUE(has("example.com/cmd/app.main"));
  EXPECT_TRUE(has("net/http.Server.Serve"));
  EXPECT_TRUE(has("net/http.*"));
  EXPECT_FALSE(has("net/http.Server.Close"));
  EXPECT_EQ((*symbols)->size(), 4U);
}

TEST(GoSymbols, ReadsEveryTable) {
  std::string names =
      std::string("main.main") + '\0' + "net/http.(*Server).Serve" + '\0' + "type:.eq.net/http.T" + '\0';
  for (bool wide : {false, true})
    for (bool big : {false, true}) {
      ElfShape shape{wide, big};
      ExpectSymbols(NewTable(shape, 0xfffffff1, names), shape);
      ExpectSymbols(NewTable(shape, 0xfffffff0, names), shape);
      ExpectSymbols(
          OldTable(shape, {"main.main", "net/http.(*Server).Serve", "net/http.(*Server).Serve.func1"}),
          shape);
    }
}

TEST(GoSymbols, BadTableIsAnError) {
  std::string names = std::string("main.main") + '\0';
  std::string table = NewTable({}, 0xfffffff1, names);
  table.replace(40, 8, EncodeInteger(1ULL << 40U, 8, false));
  std::unique_ptr<target::ByteSource> file =
      target::MakeMemorySource(MakeElf({{".gopclntab", table, 0x1000, 2}}));
  Result<Image> image = ReadElf(*file);
  ASSERT_TRUE(image);
  auto symbols = ReadGoSymbols(*file, *image, "");
  ASSERT_FALSE(symbols);
  EXPECT_EQ(symbols.error().code, Code::kMalformed);
}

TEST(GoSymbols, ATableThatJumpsAboutIsGivenUp) {
  constexpr std::size_t kCount = 4000, kFar = 10U << 20U;
  std::string table("\xfb\xff\xff\xff\0\0\1\x8", 8);
  table += EncodeInteger(kCount, 8, false);
  for (std::size_t i = 0; i < kCount; ++i)
    table += EncodeInteger(i, 8, false) + EncodeInteger(i % 2 == 0 ? 100'000 : kFar, 8, false);
  table.resize(kFar + 100'000);
  auto file = target::MakeMemorySource(MakeElf({{".gopclntab", table}}));
  Result<Image> image = ReadElf(*file);
  ASSERT_TRUE(image);
  auto symbols = ReadGoSymbols(*file, *image, "");
  ASSERT_FALSE(symbols);
  EXPECT_EQ(symbols.error().code, Code::kLimitExceeded);
}

}  // namespace
}  // namespace weir::sbom
