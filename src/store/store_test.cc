// The contract of the store, on small data: what is written is what is read, every
// count is exact, units of work are whole.
#include "store/store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "store/accounts.h"
#include "store/assets.h"
#include "store/finding_writer.h"
#include "store/inventory.h"
#include "store/masks.h"
#include "store/matches.h"
#include "store/outbox.h"
#include "store/packages.h"
#include "store/scans.h"
#include "store/sensors.h"
#include "store/testing.h"
#include "store/vulnerabilities.h"

namespace weir::store {
namespace {

using model::AssetKind;
using model::Severity;
using Level = model::Usage::Level;

constexpr TimeMs kStart = 1'790'000'000'000;
constexpr TimeMs kDay = 24LL * 3600 * 1000;

model::Package Installed(std::string name, std::string version) {
  model::Package out;
  out.type = model::PackageType::kNpm;
  out.name = std::move(name);
  out.version = std::move(version);
  out.locations = {{"srv/" + out.name, ""}};
  out.found_by = "npm";
  out.id = model::ComputePackageId(out);
  return out;
}

model::Finding Weak(std::string id, Severity severity) {
  model::Finding out;
  out.vulnerability.id = std::move(id);
  out.vulnerability.severity = severity;
  out.vulnerability.summary = "about " + out.vulnerability.id;
  out.affected_range = "< 9";
  return out;
}

class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    store_.reset();
    StoreOptions options;
    options.now = [this] { return now_; };
    auto opened = Store::Open(folder_.path(), options);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }
  /// Runs FN in a transaction and expects that it goes well.
  template <class Fn>
  auto Write(Fn&& fn) {
    auto result = store_->Write(std::forward<Fn>(fn));
    EXPECT_TRUE(result) << result.error().message;
    return result;
  }
  template <class Fn>
  auto Read(Fn&& fn) {
    auto result = store_->Read(std::forward<Fn>(fn));
    EXPECT_TRUE(result) << result.error().message;
    return std::move(*result);
  }
  AssetId AddAsset(std::string key, AssetKind kind = AssetKind::kHost, std::string image = "") {
    AssetInput input;
    input.kind = kind;
    input.key = key;
    input.name = "name of " + key;
    input.image = std::move(image);
    return *Write([&](Transaction& t) { return UpsertAsset(t, input); });
  }
  static Result<std::vector<PackageId>> Put(Transaction& t, AssetId asset,
                                            const std::vector<model::Package>& packages) {
    model::Sbom sbom;
    sbom.packages = packages;
    std::vector<DistinctPackage> distinct;
    for (const model::Package& package : packages) {
      DistinctPackage value;
      value.package.type = package.type;
      value.package.name = package.name;
      value.package.version = package.version;
      value.package.go_symbols = package.go_symbols;
      value.names = {{"npm", package.name}};
      distinct.push_back(std::move(value));
    }
    WEIR_ASSIGN(std::vector<Interned> interned, InternPackages(t, distinct));
    std::vector<PackageId> ids;
    for (const Interned& one : interned) ids.push_back(one.id);
    WEIR_TRY(SetAssetSbom(t, asset, sbom, ids));
    return ids;
  }
  std::vector<PackageId> PutPackages(AssetId asset, const std::vector<model::Package>& packages) {
    return *Write([&](Transaction& t) { return Put(t, asset, packages); });
  }
  /// A match of PACKAGE, and its findings on all holders with SCORE.
  MatchRef AddMatch(PackageId package, const model::Finding& finding, double score,
                    Level level = Level::kIdle) {
    return *Write([&](Transaction& t) -> Result<MatchRef> {
      MatchWriter matches(t);
      FindingWriter findings(t);
      WEIR_ASSIGN(MatchRef ref, matches.Add(package, finding));
      for (AssetId asset : t.posting_changes().AssetsOf(package))
        WEIR_TRY(findings.Put(ref, asset, score, level));
      WEIR_TRY(matches.Finish());
      WEIR_TRY(findings.Finish());
      return ref;
    });
  }
  void ExpectSound() {
    auto faults = CheckInvariants(*store_);
    ASSERT_TRUE(faults) << faults.error().message;
    for (const std::string& fault : *faults) ADD_FAILURE() << fault;
  }
  std::vector<FindingRow> List(FindingQuery query, std::uint64_t* total = nullptr) {
    auto page = Read([&](Reader& r) { return ListFindings(r, query); });
    if (total != nullptr) *total = page.total;
    return page.items;
  }

  TemporaryFolder folder_;
  TimeMs now_ = kStart;
  std::unique_ptr<Store> store_;
};

TEST_F(StoreTest, AnAssetKeepsItsNumberAndItsFirstDay) {
  AssetId id = AddAsset("h1");
  now_ += kDay;
  AssetInput again;
  again.key = "h1";
  again.os = "Debian";
  EXPECT_EQ(*Write([&](Transaction& t) { return UpsertAsset(t, again); }), id);
  Asset asset = Read([&](Reader& r) { return GetAsset(r, id); });
  EXPECT_EQ(asset.name, "name of h1");
  EXPECT_EQ(asset.os, "Debian");
  EXPECT_EQ(asset.first_seen, kStart);
  EXPECT_EQ(asset.last_seen, now_);
  EXPECT_EQ(asset.facts, "{}");
  EXPECT_EQ(Read([&](Reader& r) { return FindAsset(r, AssetKind::kHost, "h1"); }), id);
  EXPECT_FALSE(Read([&](Reader& r) { return FindAsset(r, AssetKind::kImage, "h1"); }));
}

TEST_F(StoreTest, NumbersAreNotUsedTwice) {
  AssetId first = AddAsset("h1");
  ASSERT_TRUE(store_->Write([&](Transaction& t) { return DeleteAsset(t, first); }));
  EXPECT_GT(AddAsset("h2"), first);
}

TEST_F(StoreTest, AssetsAreListedFilteredAndPaged) {
  for (int i = 0; i < 25; ++i) AddAsset("host-" + std::to_string(100 + i));
  AssetId container = AddAsset("c1", AssetKind::kContainer, "nginx:1.25");
  AssetQuery query;
  query.sort = AssetSort::kName;
  query.page.limit = 10;
  std::set<AssetId> seen;
  for (;;) {
    auto page = Read([&](Reader& r) { return ListAssets(r, query); });
    EXPECT_EQ(page.total, 26U);
    for (const Asset& asset : page.items) EXPECT_TRUE(seen.insert(asset.id).second);
    if (page.next_cursor.empty()) break;
    query.page.cursor = page.next_cursor;
  }
  EXPECT_EQ(seen.size(), 26U);
  AssetQuery images;
  images.q = "NGINX";
  auto found = Read([&](Reader& r) { return ListAssets(r, images); });
  ASSERT_EQ(found.items.size(), 1U);
  EXPECT_EQ(found.items[0].id, container);
  AssetQuery bad;
  bad.page.cursor = "x";
  auto refused = store_->Read([&](Reader& r) { return ListAssets(r, bad); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
}

TEST_F(StoreTest, GoneAssetsAreHiddenUnlessAskedFor) {
  AssetId id = AddAsset("h1");
  ASSERT_TRUE(store_->Write([&](Transaction& t) { return SetAssetState(t, id, AssetState::kGone); }));
  AssetQuery query;
  EXPECT_EQ(Read([&](Reader& r) { return ListAssets(r, query); }).total, 0U);
  query.state = AssetState::kGone;
  EXPECT_EQ(Read([&](Reader& r) { return ListAssets(r, query); }).total, 1U);
}

TEST_F(StoreTest, AnSbomComesBackAsItWas) {
  AssetId asset = AddAsset("h1");
  model::Sbom sbom;
  sbom.asset = {AssetKind::kImage, "sha256:1", "nginx", "nginx:1", {{"sha256:a", "sha256:b", "RUN x"}},
                {{"k", "v"}}};
  sbom.distro = {"debian", {"linux"}, "12", "bookworm", "Debian 12"};
  auto symbols = std::make_shared<model::GoSymbols>(model::GoSymbols{1, 2, 1ULL << 63U});
  for (int i = 0; i < 3; ++i) {
    model::Package p = Installed("p" + std::to_string(i), "1");
    p.licenses = {"MIT", "Apache-2.0"};
    p.digests = {{"sha256", "00ff"}};
    p.properties = {{"a", "b"}};
    p.scope = i == 1 ? model::Scope::kDeclared : model::Scope::kInstalled;
    p.development = i == 2;
    p.vendor = "v";
    p.locations.push_back({"second", "sha256:a"});
    if (i == 2) p.id = "an-id-of-its-own";
    if (i > 0) p.owned_by = sbom.packages[0].id;
    if (i == 0) p.go_symbols = symbols;
    sbom.packages.push_back(p);
  }
  sbom.relations = {{"", sbom.packages[0].id, model::RelationKind::kContains},
                    {sbom.packages[0].id, "elsewhere", model::RelationKind::kOwns}};
  sbom.problems = {{Code::kLimitExceeded, "a/b", "too big", 3}};
  sbom.stats.files = 12;
  sbom.catalogers = {"npm"};
  ASSERT_TRUE(store_->Write([&](Transaction& t) -> Result<void> {
    WEIR_ASSIGN(std::vector<PackageId> ids, Put(t, asset, sbom.packages));
    WEIR_TRY(SetAssetSbom(t, asset, sbom, ids));
    return {};
  }));
  model::Sbom got = Read([&](Reader& r) { return LoadSbom(r, asset); });
  EXPECT_EQ(got.asset.layers.at(0).command, "RUN x");
  EXPECT_EQ(got.distro.id_like, sbom.distro.id_like);
  ASSERT_EQ(got.packages.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const model::Package &a = got.packages[i], &b = sbom.packages[i];
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.owned_by, b.owned_by);
    EXPECT_EQ(a.licenses, b.licenses);
    EXPECT_EQ(a.locations, b.locations);
    EXPECT_EQ(a.scope, b.scope);
    EXPECT_EQ(a.development, b.development);
    EXPECT_EQ(a.properties, b.properties);
    EXPECT_EQ(a.digests.at(0).hex, "00ff");
  }
  ASSERT_NE(got.packages[0].go_symbols, nullptr);
  EXPECT_EQ(*got.packages[0].go_symbols, *symbols);
  EXPECT_EQ(got.relations, sbom.relations);
  EXPECT_EQ(got.problems.at(0).count, 3U);
  EXPECT_EQ(got.stats.files, 12U);
  EXPECT_EQ(got.catalogers, sbom.catalogers);
}

TEST_F(StoreTest, OneDistinctPackageForAllAssets) {
  AssetId a = AddAsset("a"), b = AddAsset("b");
  std::vector<PackageId> in_a =
      PutPackages(a, {Installed("x", "1"), Installed("y", "1"), Installed("x", "1")});
  std::vector<PackageId> in_b = PutPackages(b, {Installed("x", "1"), Installed("x", "2")});
  EXPECT_EQ(in_a[0], in_a[2]);
  EXPECT_EQ(in_a[0], in_b[0]);
  EXPECT_NE(in_b[0], in_b[1]);
  Read([&](Reader& r) -> Result<int> {
    EXPECT_EQ(r.postings().AssetsOf(in_a[0]), (std::vector<AssetId>{a, b}));
    EXPECT_EQ(r.postings().AssetsOf(in_b[1]), (std::vector<AssetId>{b}));
    EXPECT_EQ(*PackagesNamed(r, "npm", "x"), (std::vector<PackageId>{in_b[0], in_b[1]}));
    EXPECT_TRUE(PackagesNamed(r, "PyPI", "x")->empty());
    return 0;
  });
  auto found = Read([&](Reader& r) { return SearchPackages(r, "X", {}); });
  ASSERT_EQ(found.items.size(), 2U);
  EXPECT_EQ(found.items[0].assets, 2);
}

TEST_F(StoreTest, OtherGoSymbolsMakeAnotherPackage) {
  AssetId a = AddAsset("a");
  model::Package one = Installed("m", "1"), two = one, three = one;
  one.go_symbols = std::make_shared<model::GoSymbols>(model::GoSymbols{1});
  two.go_symbols = std::make_shared<model::GoSymbols>(model::GoSymbols{2});
  std::vector<PackageId> ids = PutPackages(a, {one, two, three});
  EXPECT_EQ(std::set<PackageId>(ids.begin(), ids.end()).size(), 3U);
  EXPECT_EQ(*Read([&](Reader& r) { return LoadDistinctPackage(r, ids[1]); }).package.go_symbols,
            *two.go_symbols);
}

TEST_F(StoreTest, ARollbackLeavesPostingsAsTheyWere) {
  AssetId a = AddAsset("a");
  PackageId x = PutPackages(a, {Installed("x", "1")})[0];
  Result<int> failed = store_->Write([&](Transaction& t) -> Result<int> {
    WEIR_ASSIGN(std::vector<PackageId> ids, Put(t, a, {Installed("y", "1")}));
    EXPECT_EQ(t.posting_changes().AssetsOf(ids[0]), (std::vector<AssetId>{a}));
    EXPECT_TRUE(t.posting_changes().AssetsOf(x).empty());
    EXPECT_EQ(t.postings().Count(x), 1U) << "others see the last commit";
    return Err(Code::kUnavailable, "the cable was pulled");
  });
  EXPECT_FALSE(failed);
  EXPECT_EQ(Read([&](Reader& r) -> Result<std::size_t> { return r.postings().Count(x); }), 1U);
  EXPECT_TRUE(Read([&](Reader& r) { return PackagesNamed(r, "npm", "y"); }).empty());
  ExpectSound();
}

TEST_F(StoreTest, OneProcessAtATime) {
  auto second = Store::Open(folder_.path());
  ASSERT_FALSE(second) << "its postings would not follow what the first one writes";
  EXPECT_NE(second.error().message.find("another console"), std::string::npos) << second.error().message;
  Open();  // the first one ended
}

TEST_F(StoreTest, PostingsAreTheSameAfterOpeningAgain) {
  std::mt19937 random(1);
  std::vector<AssetId> assets;
  for (int i = 0; i < 20; ++i) assets.push_back(AddAsset("a" + std::to_string(i)));
  for (int round = 0; round < 100; ++round) {
    std::vector<model::Package> packages;
    for (unsigned i = 0; i < 30; ++i)
      if (random() % 3 == 0) packages.push_back(Installed("p" + std::to_string(i), "1"));
    PutPackages(assets[random() % assets.size()], packages);
  }
  ExpectSound();
  Open();
  ExpectSound();
}

TEST_F(StoreTest, EveryCountFollowsFindings) {
  AssetId a = AddAsset("a"), b = AddAsset("b");
  std::vector<PackageId> ids = PutPackages(a, {Installed("x", "1"), Installed("y", "1")});
  PutPackages(b, {Installed("x", "1")});
  model::Finding exploited = Weak("CVE-1", Severity::kCritical);
  exploited.vulnerability.known_exploited = true;
  exploited.fix_state = model::FixState::kFixed;
  exploited.fixed_versions = {"9"};
  MatchRef one = AddMatch(ids[0], exploited, 90.5, Level::kLoaded);
  one.fresh = false;  // in later units
  AddMatch(ids[1], Weak("CVE-1", Severity::kLow), 12);
  AddMatch(ids[0], Weak("CVE-2", Severity::kHigh), 50);
  ExpectSound();
  Asset asset = Read([&](Reader& r) { return GetAsset(r, a); });
  EXPECT_EQ(asset.open.by[static_cast<int>(Severity::kCritical)], 1);
  EXPECT_EQ(asset.open.total(), 3);
  EXPECT_EQ(asset.known_exploited, 1);
  EXPECT_EQ(asset.loaded, 1);
  EXPECT_EQ(asset.max_score, 90.5);
  auto list = Read([&](Reader& r) { return ListVulnerabilities(r, {}); });
  ASSERT_EQ(list.items.size(), 2U);
  EXPECT_EQ(list.items[0].name, "CVE-1");
  EXPECT_EQ(list.items[0].severity, Severity::kCritical);
  EXPECT_EQ(list.items[0].assets, 2);
  EXPECT_EQ(list.items[0].open, 3);
  EXPECT_TRUE(list.items[0].fixable);
  FindingQuery kev;
  kev.known_exploited = true;
  std::uint64_t total = 0;
  auto rows = List(kev, &total);
  EXPECT_EQ(total, 2U);
  EXPECT_EQ(rows.at(0).fixed_in, "9");

  // The worst one goes: maxima fall to what is left.
  Write([&](Transaction& t) -> Result<int> {
    FindingWriter writer(t);
    for (AssetId holder : {a, b}) {
      WEIR_ASSIGN(bool open, writer.Resolve(one, holder, ResolvedReason::kAdvisoryChanged));
      EXPECT_TRUE(open);
    }
    MatchWriter matches(t);
    WEIR_TRY(matches.Retire(one));
    WEIR_TRY(matches.Finish());
    WEIR_TRY(writer.Finish());
    return 0;
  });
  ExpectSound();
  EXPECT_EQ(Read([&](Reader& r) { return GetAsset(r, a); }).max_score, 50);
  FindingQuery resolved;
  resolved.state = FindingState::kResolved;
  rows = List(resolved, &total);
  ASSERT_EQ(total, 2U);
  EXPECT_EQ(rows[0].score, 90.5);
  EXPECT_EQ(rows[0].resolved_at, now_);

  // It comes back under its old number, with its first day.
  now_ += kDay;
  MatchRef back = AddMatch(ids[0], exploited, 91);
  EXPECT_EQ(back.id, one.id);
  EXPECT_EQ(Read([&](Reader& r) { return GetFindingRow(r, a, back.id); }).first_seen, kStart);
  ExpectSound();
  auto trend = Read([&](Reader& r) { return Trend(r, 30); });
  ASSERT_EQ(trend.size(), 2U);
  EXPECT_EQ(trend[0].opened, 5);
  EXPECT_EQ(trend[0].resolved, 2);
  EXPECT_EQ(trend[1].opened, 2);
}

TEST_F(StoreTest, FindingsArePagedInOrderWhateverTheFilter) {
  std::mt19937 random(7);
  std::vector<AssetId> assets;
  for (int i = 0; i < 12; ++i) assets.push_back(AddAsset("a" + std::to_string(i)));
  std::vector<PackageId> ids;
  for (std::size_t i = 0; i < assets.size(); ++i) {
    std::vector<model::Package> packages;
    for (unsigned p = 0; p < 8; ++p)
      if (random() % 2 == 0) packages.push_back(Installed("p" + std::to_string(p), "1"));
    for (PackageId id : PutPackages(assets[i], packages)) ids.push_back(id);
  }
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  for (PackageId id : ids)
    for (int v = 0; v < 6; ++v) {
      model::Finding finding = Weak("CVE-" + std::to_string(v), static_cast<Severity>(v));
      finding.vulnerability.known_exploited = v == 5;
      if (v == 1) finding.status = model::FindingStatus::kNotAffected;
      now_ += static_cast<TimeMs>(random() % 2);
      AddMatch(id, finding, static_cast<double>(random() % 30),
               random() % 4 == 0 ? Level::kLoaded : Level::kIdle);
    }
  ExpectSound();
  std::vector<FindingQuery> queries(12);
  queries[1].severity_bits = SeverityBit(Severity::kHigh);
  queries[2].q = "cve-3";
  queries[3].asset = assets[3];
  queries[4].loaded = true;
  queries[5].known_exploited = true;
  queries[6].package = ids[2];
  queries[7].state = FindingState::kClosed;
  queries[8].known_exploited = false;
  queries[8].loaded = true;
  queries[9].newest = true;
  queries[10].newest = true;
  queries[10].severity_bits = SeverityBit(Severity::kHigh);
  queries[11].newest = true;
  queries[11].loaded = true;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    FindingQuery query = queries[i];
    query.page.limit = 500;
    std::uint64_t total = 0;
    std::vector<FindingRow> whole = List(query, &total);
    EXPECT_EQ(whole.size(), total) << i;
    EXPECT_GT(total, 0U) << i;
    query.page.limit = 7;
    std::vector<FindingRow> paged;
    for (int guard = 0; guard < 200; ++guard) {
      auto page = Read([&](Reader& r) { return ListFindings(r, query); });
      EXPECT_EQ(page.total, total) << i;
      paged.insert(paged.end(), page.items.begin(), page.items.end());
      if (page.next_cursor.empty()) break;
      query.page.cursor = page.next_cursor;
    }
    ASSERT_EQ(paged.size(), whole.size()) << i;
    for (std::size_t k = 0; k < whole.size(); ++k) {
      EXPECT_EQ(std::pair(paged[k].asset, paged[k].match), std::pair(whole[k].asset, whole[k].match)) << i;
      if (k > 0) {
        bool ordered = queries[i].newest ? whole[k - 1].first_seen >= whole[k].first_seen
                                         : whole[k - 1].score >= whole[k].score;
        EXPECT_TRUE(ordered) << i;
      }
      if (queries[i].severity_bits != 0) {
        EXPECT_EQ(whole[k].severity, Severity::kHigh);
      }
      if (queries[i].loaded) {
        EXPECT_EQ(whole[k].usage, Level::kLoaded);
      }
    }
  }
}

TEST_F(StoreTest, MasksOfEveryScopeHideAndExpire) {
  AssetId a = AddAsset("a", AssetKind::kContainer, "shop:1"),
          b = AddAsset("b", AssetKind::kContainer, "shop:1"), c = AddAsset("c");
  PackageId x = 0;
  for (AssetId asset : {a, b, c}) x = PutPackages(asset, {Installed("x", "1"), Installed("y", "1")})[0];
  model::Finding finding = Weak("GHSA-1", Severity::kHigh);
  finding.vulnerability.aliases = {"CVE-1"};
  AddMatch(x, finding, 40);
  AddMatch(Read([&](Reader& r) { return PackagesNamed(r, "npm", "y"); })[0], finding, 30);
  auto masked = [&] {
    FindingQuery query;
    query.state = FindingState::kMasked;
    std::uint64_t total = 0;
    List(query, &total);
    ExpectSound();
    return total;
  };
  Mask mask;
  mask.vulnerability = "CVE-1";  // an alias
  mask.package = "x";
  mask.asset_key = "a";
  mask.reason = "not reachable";
  std::int64_t one = *Write([&](Transaction& t) { return AddMask(t, mask); });
  EXPECT_EQ(masked(), 1U);
  mask.scope = MaskScope::kImage;
  mask.image = "shop:1";
  mask.expires_at = now_ + kDay;
  Write([&](Transaction& t) { return AddMask(t, mask); });
  EXPECT_EQ(masked(), 2U);
  mask.scope = MaskScope::kEverywhere;
  mask.package.clear();
  std::int64_t all = *Write([&](Transaction& t) { return AddMask(t, mask); });
  EXPECT_EQ(masked(), 6U);
  auto list = Read([&](Reader& r) { return ListMasks(r, {}); });
  ASSERT_EQ(list.items.size(), 3U);

  ASSERT_TRUE(store_->Write([&](Transaction& t) { return RemoveMask(t, all); }));
  EXPECT_EQ(masked(), 2U);
  now_ += kDay - 1;
  EXPECT_TRUE(Write([](Transaction& t) { return ExpireMasks(t); })->empty());
  now_ += 1;
  EXPECT_EQ(Write([](Transaction& t) { return ExpireMasks(t); })->size(), 1U);
  EXPECT_EQ(masked(), 1U);

  // What the mask names comes anew, by a rescan: it is masked at once.
  Write([&](Transaction& t) -> Result<int> {
    FindingWriter writer(t);
    std::vector<MatchRef> refs;
    WEIR_TRY(ForEachMatch(t, std::vector<PackageId>{x},
                          [&](std::size_t, const MatchRef& ref) { refs.push_back(ref); }));
    WEIR_TRY(writer.Resolve(refs.at(0), a, ResolvedReason::kPackageGone));
    WEIR_TRY(writer.Finish());
    FindingWriter again(t);
    WEIR_TRY(again.Put(refs.at(0), a, 44, Level::kIdle));
    WEIR_TRY(again.Finish());
    return 0;
  });
  EXPECT_EQ(masked(), 1U);
  FindingQuery of_a;
  of_a.asset = a;
  of_a.state = FindingState::kMasked;
  auto rows = List(of_a);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(Read([&](Reader& r) { return GetFinding(r, a, rows[0].match); }).mask, one);
  mask.vulnerability.clear();
  EXPECT_FALSE(store_->Write([&](Transaction& t) { return AddMask(t, mask); }));
}

TEST_F(StoreTest, UsageIsKeptForEachPackageAndAsset) {
  model::Usage loaded;
  loaded.level = Level::kLoaded;
  loaded.listening = loaded.runs_as_root = loaded.reached_locally = true;
  loaded.listens = model::AddressScope::kPublic;
  model::Usage back = UsageOf(KeyOf(loaded));
  EXPECT_EQ(KeyOf(back), KeyOf(loaded));
  EXPECT_EQ(back.listens, model::AddressScope::kPublic);
  EXPECT_TRUE(back.runs_as_root && back.reached_locally && !back.privileged);
  AssetId a = AddAsset("a"), b = AddAsset("b");
  std::vector<PackageId> ids = PutPackages(a, {Installed("x", "1"), Installed("y", "1")});
  PutPackages(b, {Installed("x", "1")});
  ASSERT_TRUE(store_->Write([&](Transaction& t) {
    return SetAssetUsage(t, a, 1, "idle", std::vector<PackageUsage>{{ids[0], KeyOf(loaded), "nginx"}});
  }));
  EXPECT_EQ(Read([&](Reader& r) { return GetUsage(r, a, ids[0]); }).text, "nginx");
  EXPECT_EQ(Read([&](Reader& r) { return GetUsage(r, a, ids[1]); }).text, "idle");
  EXPECT_EQ(Read([&](Reader& r) { return GetUsage(r, b, ids[0]); }).key, 0U);
  EXPECT_EQ(Read([&](Reader& r) { return UsageOfPackage(r, ids[0]); }).size(), 1U);
  ASSERT_TRUE(store_->Write([&](Transaction& t) { return SetAssetUsage(t, a, 1, "idle", {}); }));
  EXPECT_TRUE(Read([&](Reader& r) { return UsageOfPackage(r, ids[0]); }).empty());
}

TEST_F(StoreTest, TwoScansCompared) {
  AssetId a = AddAsset("a");
  std::vector<PackageId> ids =
      PutPackages(a, {Installed("x", "1"), Installed("y", "1"), Installed("z", "1")});
  MatchRef gone = AddMatch(ids[0], Weak("CVE-1", Severity::kHigh), 10);
  AddMatch(ids[1], Weak("CVE-2", Severity::kHigh), 10);
  ScanInput input;
  input.asset = a;
  input.key = "s1";
  ScanId first = *Write([&](Transaction& t) { return AddScan(t, input); });
  now_ += 1000;
  // x goes with its weakness, y is updated and keeps its own, z gets one by a new advisory.
  AddMatch(ids[2], Weak("CVE-3", Severity::kLow), 10);
  Write([&](Transaction& t) -> Result<int> {
    FindingWriter writer(t);
    WEIR_TRY(writer.Resolve(gone, a, ResolvedReason::kPackageGone));
    WEIR_TRY(ForEachMatch(t, std::vector<PackageId>{ids[1]}, [&](std::size_t, const MatchRef& ref) {
      EXPECT_TRUE(writer.Resolve(ref, a, ResolvedReason::kPackageGone));
    }));
    WEIR_TRY(writer.Finish());
    return 0;
  });
  PackageId y2 = PutPackages(a, {Installed("y", "2"), Installed("z", "1")})[0];
  AddMatch(y2, Weak("CVE-2", Severity::kHigh), 10);
  input.key = "s2";
  ScanId second = *Write([&](Transaction& t) { return AddScan(t, input); });
  ScanDifference d = Read([&](Reader& r) { return CompareScans(r, first, second); });
  ASSERT_EQ(d.added.size(), 1U);
  EXPECT_EQ(d.added[0].version, "2");
  EXPECT_EQ(d.removed.size(), 2U);
  ASSERT_EQ(d.opened.size(), 1U);
  EXPECT_EQ(d.opened[0].vulnerability, "CVE-3");
  EXPECT_TRUE(d.opened[0].by_advisory);
  ASSERT_EQ(d.resolved.size(), 1U);
  EXPECT_EQ(d.resolved[0].vulnerability, "CVE-1");
  EXPECT_FALSE(d.resolved[0].by_advisory);
  EXPECT_EQ(d.unchanged_packages, 1);
  EXPECT_EQ(d.unchanged_findings, 1);
  EXPECT_EQ(Read([&](Reader& r) { return GetAsset(r, a); }).last_scan, second);
  EXPECT_EQ(Read([&](Reader& r) { return FindScan(r, a, "s1"); })->id, first);
}

TEST_F(StoreTest, ABatchIsStoredExactlyOnce) {
  auto advance = [&](std::string epoch, std::uint64_t sequence) {
    return *Write([&](Transaction& t) { return Advance(t, "s1", epoch, sequence); });
  };
  EXPECT_TRUE(advance("e1", 1));
  EXPECT_FALSE(advance("e1", 1));
  EXPECT_TRUE(advance("e1", 2));
  EXPECT_FALSE(advance("e1", 1));
  EXPECT_TRUE(advance("e2", 1)) << "a new spool counts from 1 again";
  Open();
  EXPECT_FALSE(advance("e2", 1));
  Result<int> failed = store_->Write([&](Transaction& t) -> Result<int> {
    EXPECT_EQ(Advance(t, "s1", "e2", 2), true);
    return Err(Code::kUnavailable, "");
  });
  EXPECT_FALSE(failed);
  EXPECT_TRUE(advance("e2", 2)) << "what was rolled back was not stored";
}

TEST_F(StoreTest, InventoryFollowsFullAndChanged) {
  AssetId host = AddAsset("h"), other = AddAsset("o");
  ProcessInput nginx{"1:10", host, "nginx", "root", 1, true, 0, "{}"},
      sh{"2:11", host, "sh", "root", 2, false, 0, "{}"};
  ConnectionInput edge;
  edge.key = "e";
  edge.asset = host;
  edge.process = "1:10";
  edge.process_name = "nginx";
  edge.inbound = true;
  edge.local_port = 443;
  edge.remote_address = "10.0.0.2";
  edge.count = 2;
  auto apply = [&](AssetId of, bool full, std::vector<ProcessInput> processes,
                   std::vector<ConnectionInput> connections, std::vector<std::string> gone,
                   std::vector<std::string> addresses) {
    ASSERT_TRUE(store_->Write([&](Transaction& t) {
      return ApplyInventory(t, {of, full, processes, gone, connections, {}, addresses});
    }));
  };
  apply(host, true, {nginx, sh}, {edge}, {}, {"10.0.0.1"});
  apply(other, true, {}, {}, {}, {"10.0.0.2"});
  auto processes = Read([&](Reader& r) { return ListProcesses(r, host, {}); });
  ASSERT_EQ(processes.total, 2U);
  EXPECT_EQ(processes.items[0].name, "nginx");
  auto edges = Read([&](Reader& r) { return ListEdges(r, 0); });
  ASSERT_EQ(edges.size(), 1U);
  EXPECT_EQ(edges[0].remote_asset, other);
  EXPECT_EQ(edges[0].port, 443);
  EXPECT_EQ(Read([&](Reader& r) { return NetworkProcesses(r, host); }).size(), 1U);
  apply(host, false, {}, {}, {"2:11"}, {});
  now_ += kDay;
  apply(host, true, {}, {}, {}, {"10.0.0.1"});
  processes = Read([&](Reader& r) { return ListProcesses(r, host, {}); });
  EXPECT_FALSE(processes.items[0].running);
  EXPECT_EQ(Read([&](Reader& r) { return ListConnections(r, host, {}); }).items.at(0).count, 0U);
  now_ += 2 * kDay;
  ASSERT_TRUE(store_->Write([&](Transaction& t) { return PruneInventory(t, kDay); }));
  EXPECT_EQ(Read([&](Reader& r) { return ListProcesses(r, host, {}); }).total, 0U);
}

TEST_F(StoreTest, EventsRiseAndWebhooksWait) {
  auto add = [&] { return *Write([](Transaction& t) { return AddEvent(t, "scan", "{}"); }); };
  std::int64_t first = add();
  Webhook hook;
  hook.url = "https://example.org";
  Write([&](Transaction& t) { return AddWebhook(t, hook); });
  std::int64_t second = add();
  EXPECT_GT(second, first);
  EXPECT_EQ(Read([](Reader& r) { return ListWebhooks(r); }).at(0).cursor, first);
  EXPECT_EQ(Read([&](Reader& r) { return EventsAfter(r, first, 10); }).at(0).id, second);
  ASSERT_TRUE(store_->Write([](Transaction& t) { return PruneEvents(t); }));
  EXPECT_EQ(Read([](Reader& r) { return FirstEventId(r); }), first);
}

TEST_F(StoreTest, AccountsTokensAndSessions) {
  User user;
  user.name = "ann";
  user.role = "admin";
  std::int64_t id = *Write([&](Transaction& t) { return AddUser(t, user); });
  EXPECT_FALSE(store_->Write([&](Transaction& t) { return AddUser(t, user); }));
  Session session;
  session.token_hash = "s";
  session.user = id;
  session.expires_at = now_ + 10;
  ASSERT_TRUE(store_->Write([&](Transaction& t) { return AddSession(t, session); }));
  EXPECT_TRUE(Read([&](Reader& r) { return FindSession(r, "s", now_); }));
  EXPECT_FALSE(Read([&](Reader& r) { return FindSession(r, "s", now_ + 10); }));
  Token token;
  token.token_hash = "t";
  token.user = id;
  token.uses_left = 1;
  std::int64_t number = *Write([&](Transaction& t) { return AddToken(t, TokenKind::kEnrolment, token); });
  EXPECT_FALSE(Read([&](Reader& r) { return FindToken(r, TokenKind::kApi, "t", now_); }));
  ASSERT_TRUE(store_->Write([&](Transaction& t) { return UseToken(t, TokenKind::kEnrolment, number); }));
  EXPECT_FALSE(store_->Write([&](Transaction& t) { return UseToken(t, TokenKind::kEnrolment, number); }));
  EXPECT_FALSE(Read([&](Reader& r) { return FindToken(r, TokenKind::kEnrolment, "t", now_); }));
  ASSERT_TRUE(store_->Write([&](Transaction& t) { return RemoveUser(t, id); }));
  EXPECT_FALSE(Read([&](Reader& r) { return FindSession(r, "s", now_); }));
}

TEST_F(StoreTest, ReadersSeeWholeUnitsWhileAWriterWorks) {
  AssetId a = AddAsset("a");
  PackageId x = PutPackages(a, {Installed("x", "1")})[0];
  MatchRef ref = AddMatch(x, Weak("CVE-1", Severity::kHigh), 1);
  std::atomic<bool> stop = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      while (!stop) {
        // Score of the finding and maximum of the asset are written by different statements.
        auto both = store_->Read([&](Reader& r) -> Result<std::pair<double, double>> {
          WEIR_ASSIGN(FindingRow row, GetFindingRow(r, a, ref.id));
          WEIR_ASSIGN(Asset asset, GetAsset(r, a));
          return std::pair(row.score, asset.max_score);
        });
        ASSERT_TRUE(both) << both.error().message;
        EXPECT_EQ(both->first, both->second);
      }
    });
  ref.fresh = false;
  for (int i = 0; i < 200; ++i)
    Write([&](Transaction& t) -> Result<int> {
      FindingWriter writer(t);
      WEIR_TRY(writer.Put(ref, a, i % 100, Level::kIdle));
      WEIR_TRY(writer.Finish());
      return 0;
    });
  stop = true;
  for (std::thread& reader : readers) reader.join();
  ExpectSound();
}

TEST_F(StoreTest, AnAssetGoesWithAllThatIsItsOwn) {
  AssetId a = AddAsset("a"), b = AddAsset("b");
  PackageId x = PutPackages(a, {Installed("x", "1")})[0];
  PutPackages(b, {Installed("x", "1")});
  AddMatch(x, Weak("CVE-1", Severity::kHigh), 10);
  ASSERT_TRUE(store_->Write([&](Transaction& t) { return DeleteAsset(t, a); }));
  ExpectSound();
  auto missing = store_->Read([&](Reader& r) { return GetAsset(r, a); });
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_EQ(Read([&](Reader& r) { return ListVulnerabilities(r, {}); }).items.at(0).assets, 1);
}

}  // namespace
}  // namespace weir::store
