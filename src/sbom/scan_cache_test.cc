#include "sbom/scan_cache.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "base/file.h"
#include "sbom/program/testing_elf.h"
#include "sbom/sbom.h"
#include "sbom/zip_testing.h"
#include "target/skip_rules.h"
#include "target/tree_target.h"

namespace weir::sbom {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t kSecond = 1'000'000'000;

std::int64_t Clock() {
  struct timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * kSecond + now.tv_nsec;
}
/// A scan that believes itself ten seconds on keeps what was written just now.
std::int64_t LaterClock() { return Clock() + 10 * kSecond; }

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "weir-cache-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
    fs::create_directories(path_ / "root");
  }
  ~Folder() { fs::remove_all(path_); }
  fs::path root() const { return path_ / "root"; }
  std::string cache() const { return (path_ / "cache").string(); }
  void Write(const std::string& path, std::string_view text, mode_t mode = 0644) const {
    fs::create_directories((root() / path).parent_path());
    std::ofstream(root() / path, std::ios::binary | std::ios::trunc) << text;
    ::chmod((root() / path).c_str(), mode);
  }
  /// False where the file system does not tell of every change; then nothing is cached.
  bool IsFit() const {
    struct statfs system{};
    return ::statfs(path_.c_str(), &system) == 0 && target::KeepsChangeTimes(system.f_type);
  }

 private:
  fs::path path_;
};

/// Everything in an SBOM but how much work it was.
std::string Text(model::Sbom& sbom) {
  Contribution all;
  all.packages = sbom.packages;
  all.relations = sbom.relations;
  all.problems = sbom.problems;
  ByteWriter owners;
  for (const auto& [hash, package] : sbom.owners.entries()) {
    owners.Le64(hash);
    owners.Le64(package);
  }
  all.notes = {owners.Take(), std::to_string(sbom.stats.files)};
  return EncodeContribution(all);
}

struct Scanned {
  model::Sbom sbom;
  std::string text;
  std::uint64_t hits = 0, misses = 0;
  std::string remark;
};

Scanned ScanTree(const Folder& folder, bool cached, std::int64_t (*clock)() = &LaterClock) {
  Scanned out;
  auto target = target::OpenDirectory(folder.root().string());
  EXPECT_TRUE(target.has_value());
  target::ProblemLog problems;
  std::unique_ptr<ScanCache> cache;
  ScanCacheOptions options;
  options.path = folder.cache();
  options.fingerprint = CacheFingerprint({});
  options.now_ns = clock;
  if (cached) cache = ScanCache::Open(std::move(options));
  Collector collector({}, problems, cache.get());
  target::Visitor* visitors[] = {&collector};
  auto stats = (*target)->Walk(visitors, {}, problems);
  EXPECT_TRUE(stats.has_value());
  if (cache) {
    EXPECT_TRUE(cache->Save(false).has_value());
    out.hits = cache->hits();
    out.misses = cache->misses();
    out.remark = cache->remark();
  }
  out.sbom = collector.Finish(**target);
  out.sbom.stats = *stats;
  out.sbom.problems = problems.Take();
  out.text = Text(out.sbom);
  return out;
}

std::string DpkgStanza(int package, int version) {
  return "Package: deb" + std::to_string(package) +
         "\nStatus: install ok installed\nVersion: " + std::to_string(version) +
         "\nArchitecture: amd64\nDepends: deb" + std::to_string(package + 1) + "\n\n";
}

std::string Jar(int number, int version) {
  return ZipBuilder()
      .Deflated("META-INF/maven/org.x/j" + std::to_string(number) + "/pom.properties",
                "groupId=org.x\nartifactId=j" + std::to_string(number) + "\nversion=1." +
                    std::to_string(version) + "\n")
      .Build();
}

/// Some of every kind of file whose findings are put together at the end, and some of the others.
void WriteFile(const Folder& folder, unsigned which, int version) {
  std::string v = std::to_string(version), n = std::to_string(which % 3);
  switch (which % 13) {
    case 0: {
      std::string status;
      for (int i = 0; i < 5; ++i) status += DpkgStanza(i, version + i);
      return folder.Write("var/lib/dpkg/status", status);
    }
    case 1:
      return folder.Write("var/lib/dpkg/info/deb" + n + ".list",
                          "/usr/lib/app/j" + n + ".jar\n/usr/bin/x" + v + "\n");
    case 2:
      return folder.Write("usr/share/doc/deb" + n + "/copyright",
                          "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
                          "Files: *\nLicense: MIT-" +
                              v + "\n");
    case 3:
      return folder.Write("usr/lib/app/j" + n + ".jar", Jar(static_cast<int>(which % 3), version));
    case 4:
      return folder.Write(
          "srv/app/node_modules/m" + n + "/package.json",
          R"({"name":"m)" + n + R"(","version":"1.)" + v + R"(.0","dependencies":{"m1":"*","m2":"*"}})");
    case 5:
      return folder.Write(
          "usr/lib/python3/site-packages/p" + n + ".dist-info/METADATA",
          "Metadata-Version: 2.1\nName: p" + n + "\nVersion: 1." + v + "\nRequires-Dist: p1\n");
    case 6:
      return folder.Write("usr/lib/python3/site-packages/p" + n + ".dist-info/RECORD",
                          "mod" + v + "/__init__.py,,\nother.py,,\n");
    case 7:
      return folder.Write("opt/conda/conda-meta/c" + n + ".json",
                          R"({"name":"c)" + n + R"(","version":")" + v + R"(","depends":["c1 >=1"]})");
    case 8:
      return folder.Write("var/lib/rpmmanifest/container-manifest-2",
                          "a\t1-" + v + "\t0\t0\tv\t\t0\tx86_64\t0\ta-1-1.src.rpm\n");
    case 9:
      return folder.Write("srv/net/app" + n + ".deps.json",
                          R"({"libraries":{"Lib.X/1.)" + v +
                              R"(.0":{"type":"package","sha512":""}},"targets":{"net8":{"Lib.X/1.)" + v +
                              R"(.0":{"runtime":{"lib/Lib.X.dll":{}}}}}})");
    case 10:
      return folder.Write("usr/lib/libnote" + n + ".so", MakeElf({}), 0755);
    case 11:
      return folder.Write("srv/broken/node_modules/b" + n + "/package.json", "{ not json " + v);
    default:
      return folder.Write("lib/modules/6.1." + n + "/modules.dep", "kernel/a.ko:\nkernel/b" + v + ".ko:\n");
  }
}

std::vector<fs::path> Files(const Folder& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder.root()))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

struct timespec Modified(const fs::path& path) {
  struct stat info{};
  ::stat(path.c_str(), &info);
  return info.st_mtim;
}

/// One change such as a package manager, a user or an intruder could make.
void ChangeSomething(const Folder& folder, std::mt19937& random) {
  std::vector<fs::path> files = Files(folder);
  const fs::path& file = files[random() % files.size()];
  const fs::path& other = files[random() % files.size()];
  std::error_code ignored;
  switch (random() % 8) {
    case 0:
    case 1:
      return WriteFile(folder, static_cast<unsigned>(random() % 39), static_cast<int>(random() % 10));
    case 2:
      fs::remove(file, ignored);
      return;
    case 3: {  // the same size and modification time, other bytes
      struct timespec before = Modified(file);
      std::string text = ReadFile(file.string(), 1 << 20).value_or("");
      for (char& c : text)
        if (c >= '0' && c <= '9') c = c == '9' ? '0' : static_cast<char>(c + 1);
      std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
      struct timespec times[2] = {before, before};
      ::utimensat(AT_FDCWD, file.c_str(), times, 0);
      return;
    }
    case 4:
      ::chmod(file.c_str(), random() % 2 == 0 ? 0755 : 0644);
      return;
    case 5: {  // two hard links change places
      fs::path aside = file.string() + ".aside";
      fs::rename(file, aside, ignored);
      fs::rename(other, file, ignored);
      fs::rename(aside, other, ignored);
      return;
    }
    case 6:
      fs::remove(other, ignored);
      fs::create_hard_link(file, other, ignored);
      return;
    default: {  // a clock that was wrong
      struct timespec wrong = {static_cast<time_t>(random() % 4'000'000'000U), 0};
      struct timespec times[2] = {wrong, wrong};
      ::utimensat(AT_FDCWD, file.c_str(), times, 0);
    }
  }
}

TEST(ScanCache, ScansWithItSeeWhatScansWithoutItSee) {
  Folder folder;
  if (!folder.IsFit()) GTEST_SKIP() << "the temporary folder's file system keeps no change times";
  std::mt19937 random(7);
  for (unsigned which = 0; which < 39; ++which) WriteFile(folder, which, 1);
  ASSERT_GT(ScanTree(folder, true).sbom.packages.size(), 15U);
  std::uint64_t hits = 0;
  for (int round = 0; round < 60; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(12));  // beyond one tick of the file system's clock
    for (auto changes = 1 + random() % 3; changes > 0; --changes) ChangeSomething(folder, random);
    Scanned cached = ScanTree(folder, true), plain = ScanTree(folder, false);
    ASSERT_EQ(cached.text, plain.text) << "round " << round;
    ASSERT_EQ(cached.remark, "");
    hits += cached.hits;
  }
  EXPECT_GT(hits, 500U);
}

TEST(ScanCache, AnUnchangedTreeIsNotOpened) {
  Folder folder;
  if (!folder.IsFit()) GTEST_SKIP() << "the temporary folder's file system keeps no change times";
  for (unsigned which = 0; which < 39; ++which) WriteFile(folder, which, 1);
  Scanned first = ScanTree(folder, true);
  EXPECT_GT(first.sbom.stats.files_read, 20U);
  Scanned second = ScanTree(folder, true);
  EXPECT_EQ(second.misses, 0U);
  EXPECT_EQ(second.sbom.stats.files_read, 0U);
  EXPECT_EQ(second.text, first.text);
  folder.Write("usr/lib/app/j1.jar", Jar(1, 77));
  EXPECT_EQ(ScanTree(folder, true).sbom.stats.files_read, 1U);
}

TEST(ScanCache, FilesChangedJustBeforeAreReadAgain) {
  Folder folder;
  for (int round = 0; round < 50; ++round) {
    // The clock of the scan is the true one: nothing written in the last two seconds is believed.
    for (char version = '1'; version <= '2'; ++version) {
      folder.Write("node_modules/a/package.json",
                   std::string(R"({"name":"a","version":"1.0.)") + version + "\"}");
      struct timespec times[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
      ::utimensat(AT_FDCWD, (folder.root() / "node_modules/a/package.json").c_str(), times, 0);
      Scanned scanned = ScanTree(folder, true, &Clock);
      ASSERT_EQ(scanned.sbom.packages.size(), 1U);
      ASSERT_EQ(scanned.sbom.packages[0].version, std::string("1.0.") + version);
    }
  }
}

TEST(ScanCache, ADamagedFileIsDroppedAndTold) {
  Folder folder;
  if (!folder.IsFit()) GTEST_SKIP() << "the temporary folder's file system keeps no change times";
  for (unsigned which = 0; which < 39; ++which) WriteFile(folder, which, 1);
  std::string truth = ScanTree(folder, false).text;
  ScanTree(folder, true);
  std::string good = ReadFile(folder.cache(), 1 << 24).value();
  std::mt19937 random(3);
  for (int round = 0; round < 60; ++round) {
    std::string bad = good;
    if (round % 3 == 0) {
      bad.resize(random() % bad.size());
    } else {
      char& byte = bad[random() % bad.size()];
      byte = static_cast<char>(byte ^ (1 << random() % 8));
    }
    ASSERT_TRUE(WriteFileAtomically(folder.cache(), bad, 0600).has_value());
    Scanned scanned = ScanTree(folder, true);
    ASSERT_EQ(scanned.text, truth) << "round " << round;
    ASSERT_EQ(scanned.hits, 0U);
  }
  ASSERT_TRUE(WriteFileAtomically(folder.cache(), good.substr(0, good.size() / 2), 0600).has_value());
  EXPECT_NE(ScanTree(folder, true).remark.find("cut off"), std::string::npos);
  EXPECT_EQ(ScanTree(folder, true).misses, 0U);  // written anew
}

TEST(ScanCache, IsOnlyForItsOwnerAndItsBuild) {
  target::FileIdentity identity{1, 2, 3, 4, 5};
  Folder folder;
  ScanCacheOptions options;
  options.path = folder.cache();
  options.fingerprint = "this";
  auto fill = [&] {
    auto cache = ScanCache::Open(options);
    cache->Put("a", identity, "found", cache->Now());
    ASSERT_TRUE(cache->Save(false).has_value());
  };
  fill();
  EXPECT_EQ(ScanCache::Open(options)->Find("a", identity).value_or(""), "found");
  options.fingerprint = "other";
  auto other = ScanCache::Open(options);
  EXPECT_FALSE(other->Find("a", identity).has_value());
  EXPECT_EQ(other->remark(), "");
  options.fingerprint = "this";
  ::chmod(folder.cache().c_str(), 0620);
  auto shared = ScanCache::Open(options);
  EXPECT_FALSE(shared->Find("a", identity).has_value());
  EXPECT_NE(shared->remark().find("others may write"), std::string::npos);
}

TEST(ScanCache, EveryPartOfTheIdentityCounts) {
  Folder folder;
  ScanCacheOptions options;
  options.path = folder.cache();
  const target::FileIdentity identity{1, 2, 3, 4, 5};
  auto cache = ScanCache::Open(options);
  cache->Put("a", identity, "found", cache->Now());
  ASSERT_TRUE(cache->Save(false).has_value());
  cache = ScanCache::Open(options);
  constexpr std::uint64_t target::FileIdentity::* kNumbers[] = {
      &target::FileIdentity::device, &target::FileIdentity::inode, &target::FileIdentity::size};
  constexpr std::int64_t target::FileIdentity::* kTimes[] = {&target::FileIdentity::modified_ns,
                                                             &target::FileIdentity::changed_ns};
  for (auto member : kNumbers) {
    target::FileIdentity changed = identity;
    changed.*member += 1;
    EXPECT_FALSE(cache->Find("a", changed).has_value());
  }
  for (auto member : kTimes) {
    target::FileIdentity changed = identity;
    changed.*member -= 1;
    EXPECT_FALSE(cache->Find("a", changed).has_value());
  }
  EXPECT_FALSE(cache->Find("b", identity).has_value());
  EXPECT_TRUE(cache->Find("a", identity).has_value());
  EXPECT_FALSE(cache->Find("a", identity).has_value()) << "the same file twice in one walk cannot be";
}

TEST(ScanCache, StaysWithinItsBound) {
  Folder folder;
  ScanCacheOptions options;
  options.path = folder.cache();
  options.max_bytes = 100'000;
  auto cache = ScanCache::Open(options);
  for (std::uint64_t i = 0; i < 5000; ++i)
    cache->Put("file" + std::to_string(i), {1, i, 3, 4, 5}, std::string(100, 'x'), cache->Now());
  ASSERT_TRUE(cache->Save(false).has_value());
  EXPECT_LE(fs::file_size(folder.cache()), 100'000U);
  EXPECT_NE(cache->remark().find("full"), std::string::npos);
  cache = ScanCache::Open(options);
  EXPECT_EQ(cache->remark(), "");
  EXPECT_TRUE(cache->Find("file0", {1, 0, 3, 4, 5}).has_value());
}

TEST(ScanCache, ForgetsFilesThatAreGoneUnlessTheWalkWasCutShort) {
  Folder folder;
  ScanCacheOptions options;
  options.path = folder.cache();
  auto cache = ScanCache::Open(options);
  cache->Put("a", {1, 1, 1, 1, 1}, "", cache->Now());
  cache->Put("b", {1, 2, 1, 1, 1}, "", cache->Now());
  ASSERT_TRUE(cache->Save(false).has_value());
  for (int walk = 0; walk < 2; ++walk) {
    bool cut_short = walk == 0;
    cache = ScanCache::Open(options);
    EXPECT_TRUE(cache->Find("a", {1, 1, 1, 1, 1}).has_value());
    ASSERT_TRUE(cache->Save(cut_short).has_value());
    EXPECT_EQ(ScanCache::Open(options)->Find("b", {1, 2, 1, 1, 1}).has_value(), cut_short);
  }
}

TEST(ScanCache, WhatMakesNoSenseIsReadAfreshAndForgotten) {
  Folder folder;
  if (!folder.IsFit()) GTEST_SKIP() << "the temporary folder's file system keeps no change times";
  folder.Write("node_modules/a/package.json", R"({"name":"a","version":"1.0.0"})");
  struct stat info{};
  ASSERT_EQ(::stat((folder.root() / "node_modules/a/package.json").c_str(), &info), 0);
  auto ns = [](const struct timespec& t) { return std::int64_t{t.tv_sec} * kSecond + t.tv_nsec; };
  ScanCacheOptions options;
  options.path = folder.cache();
  options.fingerprint = CacheFingerprint({});
  auto cache = ScanCache::Open(options);
  cache->Put("node_modules/a/package.json",
             {info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size), ns(info.st_mtim),
              ns(info.st_ctim)},
             std::string("\x0b\x04zzzz", 6), LaterClock());
  ASSERT_TRUE(cache->Save(false).has_value());
  Scanned scanned = ScanTree(folder, true);
  ASSERT_EQ(scanned.sbom.packages.size(), 1U);
  EXPECT_EQ(scanned.sbom.packages[0].version, "1.0.0");
  EXPECT_EQ(ScanTree(folder, true).misses, 1U);
}

}  // namespace
}  // namespace weir::sbom
