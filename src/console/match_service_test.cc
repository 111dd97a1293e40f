#include "console/match_service.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/hash.h"
#include "console/match_testing.h"
#include "store/assets.h"
#include "store/masks.h"
#include "store/outbox.h"
#include "store/testing.h"
#include "store/vulnerabilities.h"

namespace weir::console {
namespace {

using advisory::Advisory;
using advisory::AffectedPackage;
using advisory::Scheme;
using model::Package;
using model::PackageType;
using store::AssetId;
using store::FindingState;
using Level = model::Usage::Level;
using IndexPtr = std::shared_ptr<const advisory::Index>;

Advisory Weakness(std::string id, std::string ecosystem, std::string name, Scheme scheme, std::string fixed,
                  std::string cvss = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H") {
  Advisory out;
  out.id = std::move(id);
  out.source = "test";
  out.summary = "about " + out.id;
  out.cvss = {std::move(cvss)};
  AffectedPackage affected;
  affected.ecosystem = std::move(ecosystem);
  affected.name = std::move(name);
  affected.scheme = scheme;
  advisory::VersionRange range;
  range.fixed = std::move(fixed);
  affected.ranges = {range};
  out.affected = {affected};
  return out;
}

Package Installed(PackageType type, std::string name, std::string version, std::string path = "") {
  Package out;
  out.type = type;
  out.name = std::move(name);
  out.version = std::move(version);
  out.locations = {{path.empty() ? "srv/" + out.name : std::move(path), ""}};
  out.id = model::ComputePackageId(out);
  return out;
}

class MatchServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = store::Store::Open(folder_.path());
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
    service_ = std::make_unique<MatchService>(*store_);
    sbom_.distro = {"debian", {}, "12", "bookworm", "Debian 12"};
  }
  void TearDown() override {
    auto faults = store::CheckInvariants(*store_);
    ASSERT_TRUE(faults) << faults.error().message;
    for (const std::string& fault : *faults) ADD_FAILURE() << fault;
  }
  IndexPtr Build(const std::vector<Advisory>& advisories, const std::vector<advisory::KevEntry>& kev = {}) {
    advisory::IndexBuilder builder;
    model::SourceInfo source;
    source.name = "test" + std::to_string(++built_);
    builder.AddSource(source);
    for (const Advisory& advisory : advisories) builder.Add(advisory);
    for (const advisory::KevEntry& entry : kev) builder.Add(entry);
    auto bytes = std::make_unique<std::string>(*builder.Finish());
    texts_.push_back(std::move(bytes));
    return *advisory::Index::FromMemory(*texts_.back());
  }
  void Use(IndexPtr index, IndexPtr imported = nullptr) {
    auto done = service_->NewIndex(index, imported);
    ASSERT_TRUE(done) << done.error().message;
    outcome_ = *done;
  }
  AssetId Scan(const std::string& key, const model::Sbom& sbom, const wire::UsageChange& usage = Idle()) {
    auto id = store_->Write([&](store::Transaction& t) -> Result<AssetId> {
      store::AssetInput input;
      input.key = input.name = key;
      WEIR_ASSIGN(AssetId asset, store::UpsertAsset(t, input));
      WEIR_ASSIGN(last_, service_->StoreScan(t, asset, sbom, usage));
      return asset;
    });
    EXPECT_TRUE(id) << id.error().message;
    return id ? *id : 0;
  }
  static wire::UsageChange Idle() {
    wire::UsageChange out;
    out.full = true;
    out.others.level = Level::kIdle;
    return out;
  }
  static model::Usage Loaded(bool listening = true) {
    model::Usage out;
    out.level = Level::kLoaded;
    out.listening = listening;
    out.listens = model::AddressScope::kAny;
    out.evidence = "nginx (pid 1) has it loaded";
    return out;
  }
  void ExpectAsScanned(AssetId asset, const model::Sbom& sbom, const wire::UsageChange& usage,
                       const advisory::Index& index) {
    std::vector<model::Usage> all;
    for (const Package& package : sbom.packages) {
      auto own = std::ranges::find(usage.packages, package.id, [](const auto& entry) { return entry.first; });
      all.push_back(own == usage.packages.end() ? usage.others : own->second);
    }
    auto stored = store_->Read([&](store::Reader& r) { return StoredLines(r, asset); });
    ASSERT_TRUE(stored) << stored.error().message;
    EXPECT_EQ(*stored, ScanLines(sbom, all, index));
  }
  std::vector<store::FindingRow> Rows(store::FindingQuery query = {}) {
    auto page = store_->Read([&](store::Reader& r) { return store::ListFindings(r, query); });
    EXPECT_TRUE(page) << page.error().message;
    return page ? page->items : std::vector<store::FindingRow>();
  }
  std::vector<nlohmann::json> Events(const std::string& cause) {
    auto all = store_->Read([](store::Reader& r) { return store::EventsAfter(r, 0, 1000); });
    std::vector<nlohmann::json> out;
    for (const store::Event& event : *all)
      if (auto json = nlohmann::json::parse(event.json); event.type == "finding" && json["cause"] == cause)
        out.push_back(json);
    return out;
  }

  store::TemporaryFolder folder_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<MatchService> service_;
  std::vector<std::unique_ptr<std::string>> texts_;
  model::Sbom sbom_;
  AssetOutcome last_;
  RematchOutcome outcome_;
  int built_ = 0;
};

TEST_F(MatchServiceTest, OneAssetIsWhatAScanSays) {
  Advisory go = Weakness("GO-1", "Go", "example.org/m", Scheme::kGo, "9.0.0");
  go.affected[0].go_imports = {{"example.org/m", {"Bad"}}};
  IndexPtr index = Build({Weakness("CVE-2024-1", "Debian:12", "openssl", Scheme::kDeb, "3.0.11-1"),
                          Weakness("GHSA-1", "PyPI", "requests", Scheme::kPep440, "2.31.0"), go},
                         {{"CVE-2024-1", "2024-05-01", true}});
  Use(index);
  Package ssl = Installed(PackageType::kDeb, "libssl3", "3.0.9-1");
  ssl.source_name = "openssl";
  Package owned =
      Installed(PackageType::kPypi, "requests", "2.28.0", "usr/lib/python3/dist-packages/requests");
  owned.owned_by = ssl.id;  // Debian's own: not matched by itself
  Package third = Installed(PackageType::kDeb, "openssl", "3.0.1-1");
  third.origin = "Somebody else";
  Package linked = Installed(PackageType::kGolang, "example.org/m", "v1.0.0", "usr/bin/a");
  linked.go_symbols = std::make_shared<model::GoSymbols>(model::GoSymbols{Hash64("example.org/m.Bad")});
  Package absent = Installed(PackageType::kGolang, "example.org/m", "v1.0.0", "usr/bin/b");
  absent.go_symbols = std::make_shared<model::GoSymbols>(model::GoSymbols{Hash64("example.org/m.Good")});
  sbom_.packages = {ssl,
                    owned,
                    third,
                    linked,
                    absent,
                    Installed(PackageType::kPypi, "requests", "2.28.0", "srv/a"),
                    Installed(PackageType::kPypi, "requests", "2.28.0", "srv/b")};
  wire::UsageChange usage = Idle();
  usage.packages = {{sbom_.packages[6].id, Loaded()}, {ssl.id, Loaded(false)}};
  AssetId asset = Scan("a", sbom_, usage);
  ExpectAsScanned(asset, sbom_, usage, *index);
  EXPECT_EQ(last_.opened, 3);  // openssl, requests (once for both places), the Go program with the function
  store::FindingQuery closed;
  closed.state = FindingState::kClosed;
  EXPECT_EQ(Rows(closed).size(), 1U);
  EXPECT_FALSE(last_.coverage.empty());
  auto third_party = std::ranges::find(last_.problems, Code::kUnsupported, &model::Problem::code);
  EXPECT_NE(third_party, last_.problems.end()) << "a third party's package is told of";
}

TEST_F(MatchServiceTest, AVersionThatCannotBeReadIsAProblemOfTheAsset) {
  Use(Build({Weakness("GHSA-1", "PyPI", "requests", Scheme::kPep440, "2.31.0")}));
  sbom_.packages = {Installed(PackageType::kPypi, "requests", "not a version")};
  Scan("a", sbom_);
  ASSERT_EQ(last_.problems.size(), 1U);
  Scan("b", sbom_);
  EXPECT_EQ(last_.problems.size(), 1U) << "also where the package was known already";
}

TEST_F(MatchServiceTest, ARescanMovesFindings) {
  IndexPtr index = Build({Weakness("CVE-2024-1", "Debian:12", "openssl", Scheme::kDeb, "3.0.11-1"),
                          Weakness("CVE-2024-2", "Debian:12", "zlib", Scheme::kDeb, "2")});
  Use(index);
  sbom_.packages = {Installed(PackageType::kDeb, "openssl", "3.0.9-1"),
                    Installed(PackageType::kDeb, "zlib", "1")};
  AssetId asset = Scan("a", sbom_);
  EXPECT_EQ(last_.opened, 2);
  Scan("a", sbom_);
  EXPECT_EQ(last_.opened + last_.resolved + last_.rescored, 0);
  sbom_.packages[0] = Installed(PackageType::kDeb, "openssl", "3.0.11-1");
  Scan("a", sbom_);
  EXPECT_EQ(last_.opened, 0);
  EXPECT_EQ(last_.resolved, 1);
  ExpectAsScanned(asset, sbom_, Idle(), *index);
  store::FindingQuery resolved;
  resolved.state = FindingState::kResolved;
  ASSERT_EQ(Rows(resolved).size(), 1U);
  EXPECT_EQ(Rows(resolved)[0].vulnerability_name, "CVE-2024-1");
}

TEST_F(MatchServiceTest, UsageScoresAnew) {
  IndexPtr index = Build({Weakness("CVE-2024-1", "Debian:12", "openssl", Scheme::kDeb, "3.0.11-1"),
                          Weakness("CVE-2024-2", "Debian:12", "zlib", Scheme::kDeb, "2")});
  Use(index);
  sbom_.packages = {Installed(PackageType::kDeb, "openssl", "3.0.9-1"),
                    Installed(PackageType::kDeb, "zlib", "1")};
  AssetId asset = Scan("a", sbom_);
  auto change = [&](const wire::UsageChange& usage) {
    auto done = store_->Write([&](store::Transaction& t) { return service_->StoreUsage(t, asset, usage); });
    ASSERT_TRUE(done) << done.error().message;
    last_ = *done;
  };
  wire::UsageChange usage = Idle(), delta;
  usage.packages = delta.packages = {{sbom_.packages[0].id, Loaded()}};
  change(delta);
  EXPECT_EQ(last_.rescored, 1);
  ExpectAsScanned(asset, sbom_, usage, *index);
  EXPECT_EQ(Rows()[0].usage, Level::kLoaded);
  delta.packages.clear();
  delta.back_to_others = {sbom_.packages[0].id};
  change(delta);
  ExpectAsScanned(asset, sbom_, Idle(), *index);
  usage = Idle();
  usage.others.level = Level::kUnknown;
  change(usage);
  EXPECT_EQ(last_.rescored, 2);
  ExpectAsScanned(asset, sbom_, usage, *index);
}

TEST_F(MatchServiceTest, ANewAdvisoryReachesItsHolders) {
  IndexPtr base = Build({Weakness("CVE-2024-2", "Debian:12", "zlib", Scheme::kDeb, "2")},
                        {{"CVE-2026-1", "2026-01-01", false}});
  Use(base);
  sbom_.packages = {Installed(PackageType::kDeb, "zlib", "1")};
  AssetId with = Scan("with", sbom_);
  model::Sbom other = sbom_;
  other.packages = {Installed(PackageType::kDeb, "bash", "1")};
  Scan("without", other);
  Advisory news = Weakness("GHSA-new", "Debian:12", "zlib", Scheme::kDeb, "3");
  news.aliases = {"CVE-2026-1"};
  IndexPtr fresh = Build({news, Weakness("CVE-2026-9", "npm", "nobody-has-it", Scheme::kSemver, "3")});
  auto done = service_->NewAdvisories(fresh, fresh);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->opened, 1);
  EXPECT_EQ(done->assets, 1);
  ASSERT_EQ(done->top.size(), 1U);
  EXPECT_EQ(done->top[0].asset, with);
  auto rows = Rows();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].vulnerability_name, "CVE-2026-1") << "a distribution's weakness goes by its CVE";
  EXPECT_TRUE(rows[0].known_exploited) << "facts of the whole index are joined";
  ASSERT_EQ(Events("advisory").size(), 1U);
  EXPECT_EQ(Events("advisory")[0]["assets"], nlohmann::json({with}));

  // Said again, nothing changes; said otherwise, the match follows.
  EXPECT_EQ(service_->NewAdvisories(fresh, fresh)->opened, 0);
  // A package that comes later is matched with the imported ones as well.
  sbom_.packages = {Installed(PackageType::kDeb, "zlib", "1.5")};
  Scan("later", sbom_);
  EXPECT_EQ(last_.opened, 2);
}

TEST_F(MatchServiceTest, AnImportedAdvisoryJoinsWhatIsKnown) {
  Advisory known = Weakness("GHSA-1", "PyPI", "requests", Scheme::kPep440, "2.31.0");
  known.aliases = {"CVE-2024-7"};
  Use(Build({known}));
  sbom_.packages = {Installed(PackageType::kPypi, "requests", "2.28.0")};
  Scan("a", sbom_);
  Advisory same = Weakness("PYSEC-1", "PyPI", "requests", Scheme::kPep440, "2.31.0");
  same.aliases = {"CVE-2024-7"};
  IndexPtr fresh = Build({same});
  EXPECT_EQ(service_->NewAdvisories(fresh, fresh)->opened, 0) << "another name of something known";
  Advisory wider = Weakness("GHSA-1", "PyPI", "requests", Scheme::kPep440, "2.40.0", "");
  wider.cvss.clear();
  wider.summary.clear();
  fresh = Build({wider});
  auto done = service_->NewAdvisories(fresh, fresh);
  EXPECT_EQ(done->opened, 0);
  ASSERT_EQ(Rows().size(), 1U);
  EXPECT_EQ(Rows()[0].fixed_in, "2.40.0");
  EXPECT_EQ(Rows()[0].summary, "about GHSA-1") << "what the import does not say is kept";
  EXPECT_EQ(Rows()[0].severity, model::Severity::kCritical);
}

TEST_F(MatchServiceTest, ANewIndexOpensResolvesAndRescores) {
  Use(Build({Weakness("CVE-2024-1", "Debian:12", "openssl", Scheme::kDeb, "3.0.11-1"),
             Weakness("CVE-2024-2", "Debian:12", "zlib", Scheme::kDeb, "2")}));
  std::vector<AssetId> assets;
  sbom_.packages = {Installed(PackageType::kDeb, "openssl", "3.0.9-1"),
                    Installed(PackageType::kDeb, "zlib", "1"), Installed(PackageType::kDeb, "bash", "1")};
  for (int i = 0; i < 5; ++i) assets.push_back(Scan("a" + std::to_string(i), sbom_));
  IndexPtr next = Build({Weakness("CVE-2024-1", "Debian:12", "openssl", Scheme::kDeb, "3.0.11-1"),
                         Weakness("CVE-2024-3", "Debian:12", "bash", Scheme::kDeb, "2")},
                        {{"CVE-2024-1", "2026-01-01", false}});
  Use(next);
  EXPECT_EQ(outcome_.opened, 5);
  EXPECT_EQ(outcome_.resolved, 5);
  EXPECT_EQ(outcome_.rescored, 5);
  EXPECT_EQ(outcome_.assets, 5);
  for (AssetId asset : assets) ExpectAsScanned(asset, sbom_, Idle(), *next);
  store::FindingQuery resolved;
  resolved.state = FindingState::kResolved;
  auto gone = Rows(resolved);
  ASSERT_EQ(gone.size(), 5U);
  EXPECT_NE(gone[0].resolved_reason.find("advisory"), std::string::npos);
  EXPECT_EQ(Events("index").back()["opened"], 5);
}

TEST_F(MatchServiceTest, AnIndexThatWasCutShortGoesOn) {
  std::vector<Advisory> advisories;
  for (int i = 0; i < 700; ++i) {
    advisories.push_back(
        Weakness("GHSA-" + std::to_string(i), "npm", "p" + std::to_string(i), Scheme::kSemver, "2.0.0"));
    sbom_.packages.push_back(Installed(PackageType::kNpm, "p" + std::to_string(i), "1.0.0"));
  }
  IndexPtr none = Build({}), all = Build(advisories);
  EXPECT_EQ(service_->Start(none, nullptr), true);
  Use(none);
  AssetId asset = Scan("a", sbom_);
  std::atomic<bool> cancel = false;
  auto cut = service_->NewIndex(all, nullptr, [&](const MatchService::Progress&) { cancel = true; }, &cancel);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, Code::kCancelled);
  std::size_t before = static_cast<std::size_t>(
      store_->Read([&](store::Reader& r) { return store::GetAsset(r, asset); })->open.total());
  EXPECT_GT(before, 0U);
  EXPECT_LT(before, 700U);
  service_ = std::make_unique<MatchService>(*store_);
  EXPECT_EQ(service_->Start(all, nullptr), true) << "not finished";
  Use(all);
  EXPECT_EQ(outcome_.opened, static_cast<std::int64_t>(700 - before)) << "only what was left";
  ExpectAsScanned(asset, sbom_, Idle(), *all);
  service_ = std::make_unique<MatchService>(*store_);
  EXPECT_EQ(service_->Start(all, nullptr), false);
}

TEST_F(MatchServiceTest, AnAdvisoryThatComesWhileAnIndexIsTakenOverIsKept) {
  std::vector<Advisory> advisories;
  for (int i = 0; i < 1500; ++i) {
    advisories.push_back(
        Weakness("GHSA-" + std::to_string(i), "npm", "p" + std::to_string(i), Scheme::kSemver, "2.0.0"));
    sbom_.packages.push_back(Installed(PackageType::kNpm, "p" + std::to_string(i), "1.0.0"));
  }
  Use(Build({}));
  Scan("a", sbom_);
  std::vector<Advisory> news;
  for (int i = 0; i < 1500; i += 100)
    news.push_back(
        Weakness("CVE-2026-" + std::to_string(i), "npm", "p" + std::to_string(i), Scheme::kSemver, "3.0.0"));
  IndexPtr fresh = Build(news), all = Build(advisories);
  std::thread import;
  auto done = service_->NewIndex(all, nullptr, [&](const MatchService::Progress& progress) {
    if (import.joinable() || progress.done >= progress.total) return;
    import = std::thread([&] {
      auto imported = service_->NewAdvisories(fresh, fresh);
      EXPECT_TRUE(imported);
      EXPECT_EQ(imported->opened, 15);
    });
  });
  ASSERT_TRUE(import.joinable());
  import.join();
  ASSERT_TRUE(done) << done.error().message;
  store::FindingQuery query;
  query.page.limit = 500;
  query.q = "CVE-2026";
  EXPECT_EQ(Rows(query).size(), 15U);
  query.q = "GHSA-";
  query.page.limit = 1;
  EXPECT_EQ(store_->Read([&](store::Reader& r) { return store::ListFindings(r, query); })->total, 1500U);
}

TEST_F(MatchServiceTest, APackageThatWasAwayIsMatchedWithTheIndexOfNow) {
  Use(Build({}));
  sbom_.packages = {Installed(PackageType::kDeb, "openssl", "3.0.9-1")};
  AssetId asset = Scan("a", sbom_);
  model::Sbom empty = sbom_;
  empty.packages.clear();
  Scan("a", empty);
  IndexPtr next = Build({Weakness("CVE-2024-1", "Debian:12", "openssl", Scheme::kDeb, "3.0.11-1")});
  Use(next);
  EXPECT_EQ(outcome_.packages, 0) << "nobody holds it";
  Scan("a", sbom_);
  EXPECT_EQ(last_.opened, 1);
  ExpectAsScanned(asset, sbom_, Idle(), *next);
}

TEST_F(MatchServiceTest, WhatIsRolledBackLeavesNoScoreBehind) {
  IndexPtr index = Build({Weakness("CVE-2024-1", "Debian:12", "openssl", Scheme::kDeb, "3.0.11-1"),
                          Weakness("CVE-2024-2", "Debian:12", "zlib", Scheme::kDeb, "2",
                                   "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N")});
  Use(index);
  model::Sbom other = sbom_;
  other.packages = {Installed(PackageType::kDeb, "openssl", "3.0.9-1")};
  auto lost = store_->Write([&](store::Transaction& t) -> Result<int> {
    for (const char* key : {"x", "y"}) {
      store::AssetInput input;
      input.key = key;
      WEIR_ASSIGN(AssetId asset, store::UpsertAsset(t, input));
      WEIR_TRY(service_->StoreScan(t, asset, other, Idle()));
    }
    return Err(Code::kUnavailable, "pulled");
  });
  EXPECT_FALSE(lost);
  sbom_.packages = {Installed(PackageType::kDeb, "zlib", "1")};  // gets the numbers that openssl had
  AssetId asset = Scan("a", sbom_);
  ExpectAsScanned(asset, sbom_, Idle(), *index);
  AssetId second = Scan("b", sbom_);
  ExpectAsScanned(second, sbom_, Idle(), *index);
}

TEST_F(MatchServiceTest, MasksSurviveARescanAndANewAdvisory) {
  Use(Build({Weakness("CVE-2024-1", "Debian:12", "openssl", Scheme::kDeb, "3.0.11-1")}));
  store::Mask mask;
  mask.scope = store::MaskScope::kEverywhere;
  mask.vulnerability = "CVE-2026-1";
  ASSERT_TRUE(store_->Write([&](store::Transaction& t) { return store::AddMask(t, mask); }));
  sbom_.packages = {Installed(PackageType::kDeb, "openssl", "3.0.9-1")};
  Scan("a", sbom_);
  IndexPtr fresh = Build({Weakness("CVE-2026-1", "Debian:12", "openssl", Scheme::kDeb, "4")});
  auto done = service_->NewAdvisories(fresh, fresh);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->opened, 0);
  EXPECT_TRUE(Events("advisory").empty()) << "nobody is told of what is masked";
  store::FindingQuery masked;
  masked.state = FindingState::kMasked;
  EXPECT_EQ(Rows(masked).size(), 1U);
  Scan("b", sbom_);
  EXPECT_EQ(Rows(masked).size(), 2U);
  EXPECT_EQ(last_.opened, 1);
}

}  // namespace
}  // namespace weir::console
