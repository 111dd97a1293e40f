#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/strings.h"
#include "sbom/catalogers.h"
#include "sbom/distro_detect.h"
#include "sbom/interest_table.h"
#include "sbom/ownership.h"
#include "sbom/sbom.h"
#include "sbom/testing.h"

namespace weir::sbom {
namespace {

class MemoryTarget final : public target::Target {
 public:
  std::map<std::string, std::string> files, links;
  const model::Asset& asset() const override { return asset_; }
  Result<model::WalkStats> Walk(std::span<target::Visitor* const> visitors, const target::WalkOptions&,
                                target::ProblemLog&) override {
    for (target::Visitor* visitor : visitors) {
      for (const auto& [path, to] : links) visitor->VisitLink(MakeMemoryFile(path, "", 0644)->entry(), to);
      for (const auto& [path, content] : files) {
        std::unique_ptr<target::File> file = MakeMemoryFile(path, content, 0644);
        if (visitor->WantsFile(file->entry())) visitor->VisitFile(*file);
      }
    }
    return model::WalkStats{};
  }
  Result<std::string> ReadFile(std::string_view path, std::uint64_t) override {
    auto found = files.find(std::string(path));
    if (found == files.end()) return Err(Code::kNotFound, "no such file");
    return found->second;
  }

 private:
  model::Asset asset_;
};

model::Sbom Collect(MemoryTarget& target) {
  target::ProblemLog problems;
  Collector collector({}, problems);
  target::Visitor* visitors[] = {&collector};
  EXPECT_TRUE(target.Walk(visitors, {}, problems).has_value());
  return collector.Finish(target);
}

TEST(Collector, PutsPackagesInOrderWithDistroAndPurl) {
  MemoryTarget target;
  target.files = {
      {"etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n"},
      {"var/lib/dpkg/status",
       "Package: zlib1g\nVersion: 1:1.2.13-1\nArchitecture: amd64\nSource: zlib\n\n"
       "Package: bash\nVersion: 5.2\nArchitecture: amd64\nDepends: zlib1g\n"},
  };
  model::Sbom sbom = Collect(target);
  ASSERT_EQ(sbom.packages.size(), 2U);
  EXPECT_EQ(sbom.packages[0].name, "bash");
  EXPECT_EQ(sbom.packages[1].purl,
            "pkg:deb/debian/zlib1g@1:1.2.13-1?arch=amd64&distro=debian-12&upstream=zlib");
  ASSERT_EQ(sbom.relations.size(), 1U);
  EXPECT_EQ(sbom.distro.version_id, "12");
}

class ExhaustingFile final : public target::File {
 public:
  const target::Entry& entry() const override { return entry_; }
  std::uint64_t size() const override { return 1; }
  std::uint32_t mode() const override { return 0644; }
  std::uint32_t owner() const override { return 0; }
  target::ByteSource& content() override { throw std::bad_alloc(); }

 private:
  target::Entry entry_{"var/lib/dpkg/status", "status", "var/lib/dpkg", ""};
};

TEST(Collector, AFileThatExhaustsMemoryIsAProblemOfThatFile) {
  target::ProblemLog problems;
  Collector collector({}, problems);
  ExhaustingFile file;
  ASSERT_TRUE(collector.WantsFile(file.entry()));
  collector.VisitFile(file);
  std::vector<model::Problem> told = problems.Take();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].path, "var/lib/dpkg/status");
}

TEST(Emitter, KeepsNoMoreThanItsLimitsAndTells) {
  target::ProblemLog problems;
  EmitterTotals totals(problems, {2, 1, 3});
  Emitter out(totals);
  for (const char* name : {"a", "b", "c", "d"}) {
    model::Package package;
    package.type = model::PackageType::kNpm;
    package.name = name;
    package.locations = {{"package.json", ""}};
    std::string id = out.Add(package);
    out.Relate(id, "other", model::RelationKind::kDependsOn);
    out.OwnMany(id, {1, 2});
  }
  std::vector<model::Problem> told = problems.Take();
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0].message, "more than 1 relations of packages; the rest was left out");
  EXPECT_EQ(told[1].message, "more than 2 packages; the rest was left out");
  EXPECT_EQ(told[2].message, "more than 3 files of packages; the rest was left out");
}

TEST(Emitter, DatabasesOfTooManyPackagesAreCut) {
  const std::pair<const char*, std::string> kDatabases[] = {
      {"var/lib/dpkg/status", "Package: a@\nVersion: 1\n\n"},
      {"lib/apk/db/installed", "P:a@\nV:1\n\n"},
      {"var/lib/rpmmanifest/container-manifest-2", "a@\t1-1\t0\t0\tv\t\t0\tx86_64\t0\ta-1-1.src.rpm\n"}};
  std::unique_ptr<Cataloger> catalogers[] = {MakeDpkgCataloger({}), MakeApkCataloger({}),
                                             MakeRpmCataloger({})};
  for (std::size_t i = 0; i < std::size(kDatabases); ++i) {
    std::string text;
    for (int n = 0; n < 20; ++n) text += ReplaceAll(kDatabases[i].second, "@", std::to_string(n));
    CatalogedFiles found = RunCataloger(*catalogers[i], {{kDatabases[i].first, text}}, {.packages = 10});
    EXPECT_EQ(found.packages.size(), 10U) << kDatabases[i].first;
    ASSERT_EQ(found.problems.size(), 1U) << kDatabases[i].first;
    EXPECT_EQ(found.problems[0].code, Code::kLimitExceeded);
    EXPECT_EQ(found.problems[0].path, kDatabases[i].first);
  }
}

TEST(Collector, FindsOwnersThroughLinkedFoldersBothWays) {
  MemoryTarget target;
  target.files = {
      {"var/lib/dpkg/status", "Package: a\nVersion: 1\n\nPackage: b\nVersion: 1\n"},
      {"var/lib/dpkg/info/a.list", "/bin/tool\n/usr/lib/direct\n"},
      {"var/lib/dpkg/info/b.list", "/usr/sbin/other\n/lib/direct\n"},
  };
  target.links = {{"bin", "usr/bin"}, {"lib", "/usr/lib"}, {"usr/sbin", "../sbin"}};
  model::Sbom sbom = Collect(target);
  auto owner = [&](std::string_view path) {
    std::int64_t at = sbom.owners.Find(path);
    return at < 0 ? std::string() : sbom.packages[static_cast<std::size_t>(at)].name;
  };
  EXPECT_EQ(owner("usr/bin/tool"), "a") << "the list goes through the link";
  EXPECT_EQ(owner("sbin/other"), "b") << "the list names the link, the walk the folder";
  EXPECT_EQ(owner("usr/lib/direct"), "a") << "an owner of the path itself comes first";
  EXPECT_EQ(owner("usr/bin/unknown"), "");
}

model::Sbom SbomWithOwned(const std::string& path, model::Package owner) {
  model::Sbom sbom;
  sbom.distro.id = "rhel";
  owner.id = "owner";
  model::Package child;
  child.type = model::PackageType::kPypi;
  child.name = "child";
  child.id = "child";
  child.locations = {{path, ""}};
  sbom.packages = {owner, child};
  sbom.owners.Add(path.substr(0, path.find("!/")), 0);
  sbom.owners.Sort();
  MarkOwned(sbom);
  return sbom;
}

TEST(Ownership, MarksWhatTheDistroInstalled) {
  model::Package owner;
  owner.type = model::PackageType::kRpm;
  owner.vendor = "Red Hat, Inc.";
  model::Sbom sbom = SbomWithOwned("usr/share/java/a.jar!/META-INF/maven/g/a/pom.properties", owner);
  EXPECT_EQ(sbom.packages[1].owned_by, "owner");
  ASSERT_EQ(sbom.relations.size(), 1U);
  EXPECT_EQ(sbom.relations[0].kind, model::RelationKind::kOwns);
}

TEST(Ownership, ThirdPartyPackagesDoNotSpeakForTheirContent) {
  model::Package owner;
  owner.type = model::PackageType::kRpm;
  owner.vendor = "Elasticsearch B.V.";
  model::Sbom sbom = SbomWithOwned("usr/share/elasticsearch/lib/a.jar", owner);
  EXPECT_EQ(sbom.packages[1].owned_by, "");
  EXPECT_EQ(sbom.relations.size(), 1U);
  owner.type = model::PackageType::kDeb;
  EXPECT_EQ(SbomWithOwned("opt/tool/lib/a.jar", owner).packages[1].owned_by, "");
  EXPECT_EQ(SbomWithOwned("usr/lib/a.jar", owner).packages[1].owned_by, "owner");
}

TEST(Ownership, DatabasesAndCopyrightNotesAreNobodys) {
  model::Package owner;
  owner.type = model::PackageType::kDeb;
  EXPECT_TRUE(SbomWithOwned("usr/share/doc/x/copyright", owner).relations.empty());
  EXPECT_TRUE(SbomWithOwned("var/lib/dpkg/status", owner).relations.empty());
}

struct DistroCase {
  std::string path, text, id, version, codename;
};

TEST(DistroDetect, ReadsOlderFiles) {
  const DistroCase kCases[] = {
      {"etc/os-release", "ID=\"rhel\"\nVERSION_ID=\"9.3\"\n", "rhel", "9.3", ""},
      {"usr/lib/os-release", "ID=ubuntu\nVERSION_ID=22.04\nVERSION_CODENAME=jammy\n", "ubuntu", "22.04",
       "jammy"},
      {"etc/redhat-release", "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n", "rhel", "6.10", ""},
      {"etc/centos-release", "CentOS Linux release 7.9.2009 (Core)\n", "centos", "7.9.2009", ""},
      {"etc/redhat-release", "CentOS release 6.10 (Final)\n", "centos", "6.10", ""},
      {"etc/system-release", "Amazon Linux AMI release 2018.03\n", "amzn", "2018.03", ""},
      {"etc/oracle-release", "Oracle Linux Server release 6.9\n", "ol", "6.9", ""},
      {"etc/alpine-release", "3.18.4\n", "alpine", "3.18.4", ""},
      {"etc/alpine-release", "garbage\n", "", "", ""},
      {"etc/debian_version", "10.13\n", "debian", "10", ""},
      {"etc/debian_version", "trixie/sid\n", "debian", "", "trixie"},
      {"etc/lsb-release",
       "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\nDISTRIB_CODENAME=trusty\n"
       "DISTRIB_DESCRIPTION=\"Ubuntu 14.04.6 LTS\"\n",
       "ubuntu", "14.04", "trusty"},
      {"etc/hostname", "x", "", "", ""},
  };
  for (const DistroCase& c : kCases) {
    MemoryTarget target;
    target.files = {{c.path, c.text}};
    model::Distro distro = DetectDistro(target);
    EXPECT_EQ(distro.id, c.id) << c.path << ": " << c.text;
    EXPECT_EQ(distro.version_id, c.version) << c.text;
    EXPECT_EQ(distro.codename, c.codename) << c.text;
  }
}

TEST(InterestTable, KnowsProgramsByName) {
  for (const char* name :
       {"bash", "libssl.so", "libssl.so.3", "python3.11", "app.exe", "a.dll", "nf_tables.ko"})
    EXPECT_TRUE(LooksLikeProgram(name)) << name;
  for (const char* name : {"readme.md", "a.tar.gz", "x.py", "data.json", "trailing."})
    EXPECT_FALSE(LooksLikeProgram(name)) << name;
}

}  // namespace
}  // namespace weir::sbom
