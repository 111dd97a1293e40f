// The console's way to findings (distinct packages, stored matches) against the way of a scan, on a real
// system's packages and, where WEIR_DATA names them, the published feeds.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "advisory/feed.h"
#include "base/file.h"
#include "console/match_testing.h"
#include "scan/scan.h"
#include "store/assets.h"
#include "store/testing.h"

namespace weir::cli {
namespace {

namespace fs = std::filesystem;

class Feeds : public advisory::RecordSink {
 public:
  void OnAdvisory(advisory::Advisory advisory) override {
    for (const advisory::AffectedPackage& affected : advisory.affected)
      for (const advisory::VersionRange& range : affected.ranges)
        if (!range.fixed.empty() && names.size() < 3000 && affected.ecosystem == "PyPI")
          names.emplace_back(affected.name,
                             range.introduced.empty() || range.introduced == "0" ? "0.1" : range.introduced);
    builder.Add(advisory);
  }
  void OnKev(advisory::KevEntry entry) override { builder.Add(entry); }
  void OnEpss(advisory::EpssEntry entry) override { builder.Add(entry); }
  advisory::IndexBuilder builder;
  std::vector<std::pair<std::string, std::string>> names;
};

class MatchParityTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const char* data = std::getenv("WEIR_DATA"); data != nullptr) {
      std::string root = std::string(data) + "/feeds/";
      for (const auto& entry : fs::directory_iterator(root + "osv"))
        ASSERT_TRUE(advisory::ReadOsvZip(entry.path().string() + "/all.zip", feeds_));
      auto kev = ReadFile(root + "kev/known_exploited_vulnerabilities.json", 64U << 20U);
      ASSERT_TRUE(kev && advisory::ReadKev(*kev, feeds_));
      bytes_ = *feeds_.builder.Finish();
      index_ = *advisory::Index::FromMemory(bytes_);
    } else {
      index_ = *advisory::Index::FromMemory(advisory::EmbeddedIndexBytes());
    }
    store_ = *store::Store::Open(folder_.path() + "/state");
    fs::create_directories(Root() + "/etc");
    fs::create_directories(Root() + "/var/lib/dpkg");
  }
  std::string Root() const { return folder_.path() + "/root"; }

  /// A scan of Root, and the same SBOM through the store.
  std::size_t ExpectSame() {
    scan::ScanOptions options;
    options.now = "2026-11-26T00:00:00Z";
    options.runtime = false;
    auto scanned = scan::Scan("dir:" + Root(), index_, options);
    EXPECT_TRUE(scanned) << scanned.error().message;
    if (!scanned) return 0;
    wire::UsageChange usage;
    usage.full = true;
    usage.others.level = model::Usage::Level::kIdle;
    std::vector<model::Usage> all(scanned->sbom.packages.size(), usage.others);
    for (std::size_t i = 0; i < all.size(); i += 7) {
      all[i].level = model::Usage::Level::kLoaded;
      all[i].listening = i % 2 == 0;
      all[i].listens = model::AddressScope::kPublic;
      all[i].runs_as_root = i % 3 == 0;
      usage.packages.emplace_back(scanned->sbom.packages[i].id, all[i]);
    }
    console::MatchService service(*store_);
    auto ready = service.NewIndex(index_, nullptr);
    EXPECT_TRUE(ready) << ready.error().message;
    store::AssetId asset = 0;
    console::AssetOutcome outcome;
    auto stored = store_->Write([&](store::Transaction& t) -> Result<int> {
      store::AssetInput input;
      input.key = input.name = "host";
      WEIR_ASSIGN(asset, store::UpsertAsset(t, input));
      WEIR_ASSIGN(outcome, service.StoreScan(t, asset, scanned->sbom, usage));
      return 0;
    });
    EXPECT_TRUE(stored) << stored.error().message;
    auto lines = store_->Read([&](store::Reader& r) { return console::StoredLines(r, asset); });
    EXPECT_TRUE(lines) << lines.error().message;
    std::vector<std::string> expected = console::ScanLines(scanned->sbom, all, *index_);
    EXPECT_EQ(*lines, expected);
    EXPECT_EQ(outcome.coverage.size(), scanned->coverage.size());
    auto sbom = store_->Read([&](store::Reader& r) { return store::LoadSbom(r, asset); });
    EXPECT_TRUE(sbom && sbom->packages.size() == scanned->sbom.packages.size());
    EXPECT_TRUE(store::CheckInvariants(*store_)->empty());
    return expected.size();
  }

  store::TemporaryFolder folder_;
  Feeds feeds_;
  std::string bytes_;
  std::shared_ptr<const advisory::Index> index_;
  std::unique_ptr<store::Store> store_;
};

TEST_F(MatchParityTest, ThisSystemsPackages) {
  if (!fs::exists("/var/lib/dpkg/status")) GTEST_SKIP() << "no dpkg here: no real package database to take";
  fs::copy_file("/var/lib/dpkg/status", Root() + "/var/lib/dpkg/status");
  fs::copy_file("/etc/os-release", Root() + "/etc/os-release");
  ExpectSame();
}

TEST_F(MatchParityTest, TheSameOneReleaseAgoAndNeverUpdatedWithApplications) {
  if (!fs::exists("/var/lib/dpkg/status")) GTEST_SKIP() << "no dpkg here: no real package database to take";
  std::ofstream(Root() + "/etc/os-release") << "ID=debian\nVERSION_ID=\"11\"\nVERSION_CODENAME=bullseye\n";
  std::ifstream in("/var/lib/dpkg/status");
  std::ofstream out(Root() + "/var/lib/dpkg/status");
  for (std::string line; std::getline(in, line);)
    out << (line.starts_with("Version: ")  ? "Version: 0.1"
            : line.starts_with("Source: ") ? line.substr(0, line.find(" ("))
                                           : line)
        << '\n';
  out.close();
  fs::create_directories(Root() + "/srv/app");
  std::ofstream requirements(Root() + "/srv/app/requirements.txt");
  for (const auto& [name, version] : feeds_.names) requirements << name << "==" << version << '\n';
  requirements.close();
  std::size_t lines = ExpectSame();
  if (std::getenv("WEIR_DATA") != nullptr) {
    EXPECT_GT(lines, 1000U);
  }
}

}  // namespace
}  // namespace weir::cli
