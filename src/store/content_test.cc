// Secrets and malware in the store: what stands, what hides it, and every count.
#include "store/content.h"

#include <gtest/gtest.h>

#include <set>

#include "store/assets.h"
#include "store/content_rules.h"
#include "store/masks.h"
#include "store/retention.h"
#include "store/scans.h"
#include "store/testing.h"

namespace weir::store {
namespace {

using model::ContentKind;
using model::Severity;

constexpr TimeMs kDay = 24LL * 3600 * 1000;
constexpr ContentKind kBoth[] = {ContentKind::kSecret, ContentKind::kMalware};
constexpr ContentKind kSecrets[] = {ContentKind::kSecret};

std::string Fingerprint(unsigned number) {
  std::string digits = std::to_string(number);
  return std::string(32 - digits.size(), 'f') + digits;
}

ContentInput Secret(unsigned number, double score = 50, Severity severity = Severity::kHigh) {
  ContentInput input;
  input.fingerprint = Fingerprint(number);
  input.rule = "rule-" + std::to_string(number % 3);
  input.title = "Rule " + std::to_string(number % 3);
  input.severity = severity;
  input.confidence = model::Confidence::kHigh;
  input.score = score;
  input.search = "srv/app" + std::to_string(number) + "/.env";
  input.detail = "{\"n\":" + std::to_string(number) + "}";
  return input;
}

ContentInput Malware(unsigned number) {
  ContentInput input = Secret(number, 90, Severity::kCritical);
  input.kind = ContentKind::kMalware;
  input.origin = model::Origin::kRemovedFile;
  return input;
}

class ContentTest : public ::testing::Test {
 protected:
  ContentTest() {
    StoreOptions options;
    options.now = [this] { return now_; };
    auto opened = Store::Open(folder_.path(), options);
    EXPECT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }
  ~ContentTest() override {
    auto faults = CheckInvariants(*store_);
    EXPECT_TRUE(faults) << faults.error().message;
    if (faults) {
      for (const std::string& fault : *faults) ADD_FAILURE() << fault;
    }
  }
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
  AssetId AddAsset(const std::string& key, const std::string& image = "") {
    AssetInput input;
    input.kind = image.empty() ? model::AssetKind::kHost : model::AssetKind::kContainer;
    input.key = key;
    input.name = "name-" + key;
    input.image = image;
    return *Write([&](Transaction& t) { return UpsertAsset(t, input); });
  }
  ContentChange Put(AssetId asset, const std::vector<ContentInput>& found, bool complete = true,
                    std::span<const ContentKind> kinds = kBoth) {
    return *Write([&](Transaction& t) { return PutContent(t, asset, kinds, found, complete); });
  }
  Page<ContentRow> List(const ContentQuery& query) {
    return Read([&](Reader& r) { return ListContent(r, query); });
  }
  std::size_t Count(ContentState state, AssetId asset = 0) {
    ContentQuery query;
    query.state = state;
    query.asset = asset;
    return List(query).total;
  }
  Asset Get(AssetId asset) {
    return Read([&](Reader& r) { return GetAsset(r, asset); });
  }

  TemporaryFolder folder_;
  TimeMs now_ = 1'790'000'000'000;
  std::unique_ptr<Store> store_;
};

TEST_F(ContentTest, WhatAScanHasNotFoundIsResolvedAndComesBackUnderItsNumber) {
  AssetId host = AddAsset("a");
  ContentChange change = Put(host, {Secret(1, 40), Secret(2, 80), Malware(3)});
  EXPECT_EQ(change.opened, 3);
  ASSERT_EQ(change.new_open.size(), 3U);
  ContentRow worst = Read([&](Reader& r) { return GetContent(r, change.new_open.front()); });
  EXPECT_EQ(worst.kind, ContentKind::kMalware);
  EXPECT_EQ(worst.detail, "{\"n\":3}");
  EXPECT_EQ(Get(host).content.secrets.total(), 2);
  EXPECT_EQ(Get(host).max_score, 90);

  now_ += 1000;
  change = Put(host, {Secret(2, 80), Malware(3)});
  EXPECT_EQ(change.opened, 0);
  EXPECT_EQ(change.resolved, 1);
  EXPECT_EQ(Count(ContentState::kResolved), 1U);

  now_ += 1000;
  change = Put(host, {Secret(1, 40), Secret(2, 80), Malware(3)});
  EXPECT_EQ(change.opened, 1);
  ContentRow back = Read([&](Reader& r) { return GetContent(r, change.new_open.front()); });
  EXPECT_EQ(back.first_seen, now_);
  EXPECT_EQ(back.resolved_at, 0);
  EXPECT_EQ(Count(ContentState::kResolved), 0U);
}

TEST_F(ContentTest, AScanThatDidNotLookTakesNothingAway) {
  AssetId host = AddAsset("a");
  Put(host, {Secret(1), Malware(2)});
  EXPECT_EQ(Put(host, {Secret(3)}, false).resolved, 0) << "it was cut short";
  EXPECT_EQ(Put(host, {Secret(3)}, true, kSecrets).resolved, 1) << "secrets only";
  EXPECT_EQ(Get(host).content.malware.total(), 1);
  EXPECT_EQ(Put(host, {Malware(9)}, true, kSecrets).opened, 0) << "not of a kind that was looked for";
  EXPECT_EQ(Count(ContentState::kOpen), 1U);
}

TEST_F(ContentTest, AMaskFollowsTheSecretAndSurvivesRescans) {
  AssetId host = AddAsset("a"), other = AddAsset("b");
  AssetId shop = AddAsset("c", "shop:1"), twin = AddAsset("d", "shop:1");
  for (AssetId asset : {host, other, shop, twin}) Put(asset, {Secret(1), Secret(2)});
  auto mask = [&](MaskScope scope, std::string key, std::string image, TimeMs expires = 0) {
    Mask wanted;
    wanted.scope = scope;
    wanted.kind = ContentKind::kSecret;
    wanted.fingerprint = Fingerprint(1);
    wanted.title = "Rule 1";
    wanted.asset_key = std::move(key);
    wanted.image = std::move(image);
    wanted.reason = "a test key";
    wanted.expires_at = expires;
    return *Write([&](Transaction& t) { return AddMask(t, wanted); });
  };
  std::int64_t one = mask(MaskScope::kFinding, "a", "");
  EXPECT_EQ(Count(ContentState::kMasked), 1U);
  ContentInput moved = Secret(1);
  moved.search = "elsewhere";
  moved.detail = "{\"moved\":true}";
  EXPECT_EQ(Put(host, {moved, Secret(2)}).opened, 0);
  EXPECT_EQ(Count(ContentState::kMasked, host), 1U) << "the secret lies elsewhere, the mask still holds";
  EXPECT_EQ(Get(host).content.secrets_masked, 1);

  std::int64_t image = mask(MaskScope::kImage, "", "shop:1");
  EXPECT_EQ(Count(ContentState::kMasked), 3U);
  mask(MaskScope::kEverywhere, "", "", now_ + kDay);
  EXPECT_EQ(Count(ContentState::kMasked), 4U);
  AssetId fresh = AddAsset("e");
  EXPECT_EQ(Put(fresh, {Secret(1)}).opened, 0) << "masked from the start";
  auto masks = Read([](Reader& r) { return ListMasks(r, {}); });
  ASSERT_EQ(masks.items.size(), 3U);
  EXPECT_EQ(masks.items[0].findings, 2) << "those that no earlier mask hides";

  now_ += 2 * kDay;
  Write([](Transaction& t) { return ExpireMasks(t); });
  EXPECT_EQ(Count(ContentState::kMasked), 3U);
  Write([&](Transaction& t) -> Result<void> {
    WEIR_TRY(RemoveMask(t, one));
    return RemoveMask(t, image);
  });
  EXPECT_EQ(Count(ContentState::kMasked), 0U);
  EXPECT_EQ(Count(ContentState::kOpen), 9U);
}

TEST_F(ContentTest, AMaskOfAnImageFollowsItsName) {
  AssetId shop = AddAsset("c", "shop:1");
  Put(shop, {Secret(1)});
  Mask mask;
  mask.scope = MaskScope::kImage;
  mask.kind = ContentKind::kSecret;
  mask.fingerprint = Fingerprint(1);
  mask.image = "shop:2";
  Write([&](Transaction& t) { return AddMask(t, mask); });
  EXPECT_EQ(Count(ContentState::kOpen), 1U);
  AddAsset("c", "shop:2");
  EXPECT_EQ(Count(ContentState::kMasked), 1U);
}

TEST_F(ContentTest, FindingsOfADisabledRuleAreIgnoredUntilItIsEnabled) {
  AssetId host = AddAsset("a");
  ContentInput commented = Secret(4);
  commented.ignored = true;
  Put(host, {Secret(1), Secret(2), commented});
  Write([](Transaction& t) { return DisableRule(t, {ContentKind::kSecret, "rule-1", "ada", "noise", 0}); });
  EXPECT_EQ(Count(ContentState::kIgnored), 2U);
  EXPECT_EQ(Put(host, {Secret(1), Secret(2), commented, Secret(7)}).opened, 0) << "7 is of rule-1, too";
  auto counts = Read([](Reader& r) { return CountByRule(r); });
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts[0].masked, 3);
  EXPECT_EQ(counts[1].open, 1);
  EXPECT_EQ(Read([](Reader& r) { return ListDisabledRules(r); }).at(0).reason, "noise");
  auto enabled = Write([](Transaction& t) { return EnableRule(t, ContentKind::kSecret, "rule-1"); });
  EXPECT_TRUE(*enabled);
  EXPECT_EQ(Count(ContentState::kIgnored), 1U) << "the one with the comment";
  EXPECT_EQ(Count(ContentState::kOpen), 3U);
}

TEST_F(ContentTest, ListsAreFilteredAndPagedInOrder) {
  std::vector<AssetId> assets;
  for (int i = 0; i < 5; ++i) assets.push_back(AddAsset("h" + std::to_string(i)));
  for (AssetId asset : assets) {
    std::vector<ContentInput> found;
    for (unsigned i = 0; i < 40; ++i)
      found.push_back(Secret(i, i % 20 * 5.0, i % 4 == 0 ? Severity::kLow : Severity::kHigh));
    found.push_back(Malware(100 + asset));
    Put(asset, found);
    now_ += 1000;
  }
  for (bool newest : {false, true})
    for (int filter = 0; filter < 8; ++filter) {
      ContentQuery query;
      query.newest = newest;
      query.page.limit = 7;
      if (filter == 1) query.kind = ContentKind::kMalware;
      if (filter == 2) query.severity_bits = SeverityBit(Severity::kLow);
      if (filter == 3) query.asset = assets[2];
      if (filter == 4) query.rule = "rule-2";
      if (filter == 5) query.q = "APP1";
      if (filter == 6) query.fingerprint = Fingerprint(7);
      if (filter == 7) query.origin_bits = 1U << static_cast<unsigned>(model::Origin::kRemovedFile);
      std::set<ContentId> seen;
      double last = 1000;
      TimeMs last_seen = now_;
      Page<ContentRow> page;
      do {
        page = List(query);
        for (const ContentRow& row : page.items) {
          EXPECT_TRUE(seen.insert(row.id).second) << filter;
          EXPECT_LE(newest ? 0 : row.score, last);
          EXPECT_LE(newest ? row.first_seen : 0, last_seen);
          last = row.score;
          last_seen = row.first_seen;
        }
        query.page.cursor = page.next_cursor;
      } while (!page.next_cursor.empty() && seen.size() < 1000);
      EXPECT_EQ(seen.size(), page.total) << filter;
      constexpr std::size_t kExpected[] = {205, 5, 50, 41, 65, 60, 5, 5};
      if (filter != 4) {
        EXPECT_EQ(page.total, kExpected[filter]) << filter;
      }
    }
  EXPECT_EQ(Read([&](Reader& r) { return CountSame(r, ContentKind::kSecret, Fingerprint(7), assets[0]); }),
            4);
  auto same =
      Read([&](Reader& r) { return SameContent(r, ContentKind::kSecret, Fingerprint(7), assets[0], 3); });
  EXPECT_EQ(same.size(), 3U);
  ContentQuery bad;
  bad.page.cursor = "x";
  EXPECT_FALSE(store_->Read([&](Reader& r) { return ListContent(r, bad); }));
  ContentQuery text;
  text.q = "%";
  EXPECT_EQ(List(text).total, 0U) << "no wildcards";
  ContentCounts totals = Read([](Reader& r) { return GetContentTotals(r); });
  EXPECT_EQ(totals.secrets.total(), 200);
  EXPECT_EQ(totals.malware.total(), 5);
  AssetQuery with_malware;
  with_malware.has = ContentKind::kMalware;
  EXPECT_EQ(Read([&](Reader& r) { return ListAssets(r, with_malware); }).total, 5U);
}

TEST_F(ContentTest, ScansRememberWhatStood) {
  AssetId host = AddAsset("a");
  auto scan = [&](const std::string& key) {
    ScanInput input;
    input.key = key;
    input.asset = host;
    input.content = "[{\"kind\":\"secret\"}]";
    return *Write([&](Transaction& t) { return AddScan(t, input); });
  };
  Put(host, {Secret(1), Secret(2), Malware(3)});
  ScanId before = scan("s1");
  now_ += 1000;
  Put(host, {Secret(2), Malware(3), Secret(4)});
  ScanId after = scan("s2");
  Scan stored = Read([&](Reader& r) { return GetScan(r, after); });
  EXPECT_EQ(stored.secrets, 2);
  EXPECT_EQ(stored.malware, 1);
  EXPECT_EQ(stored.content, "[{\"kind\":\"secret\"}]");
  ScanDifference difference = Read([&](Reader& r) { return CompareScans(r, before, after); });
  ASSERT_EQ(difference.content_added.size(), 1U);
  EXPECT_EQ(difference.content_added[0].fingerprint, Fingerprint(4));
  ASSERT_EQ(difference.content_removed.size(), 1U);
  EXPECT_EQ(difference.content_removed[0].fingerprint, Fingerprint(1));
}

TEST_F(ContentTest, OldAndGoneThingsGo) {
  AssetId host = AddAsset("a"), other = AddAsset("b");
  Put(host, {Secret(1), Secret(2)});
  Put(other, {Secret(1)});
  Put(host, {Secret(2)});
  now_ += 91 * kDay;
  Write([&](Transaction& t) { return PruneResolved(t, now_ - 90 * kDay); });
  EXPECT_EQ(Count(ContentState::kResolved), 0U);
  EXPECT_EQ(*Write([&](Transaction& t) { return ResolveContent(t, host); }), 1);
  EXPECT_EQ(Get(host).content.secrets.total(), 0);
  Write([&](Transaction& t) { return DeleteAsset(t, other); });
  EXPECT_EQ(Count(ContentState::kOpen), 0U);
}

TEST_F(ContentTest, RuleFilesAreReplacedByName) {
  RuleFile file;
  file.kind = ContentKind::kMalware;
  file.name = "ours.yar";
  file.text = "rule a { condition: true }";
  file.report = "{}";
  auto first = Write([&](Transaction& t) { return PutRuleFile(t, file); });
  file.text = "rule b { condition: true }";
  auto second = Write([&](Transaction& t) { return PutRuleFile(t, file); });
  EXPECT_NE(*first, *second);
  auto files = Read([](Reader& r) { return ListRuleFiles(r, true); });
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].text, file.text);
  EXPECT_EQ(files[0].bytes, file.text.size());
  EXPECT_FALSE(store_->Write([&](Transaction& t) { return RemoveRuleFile(t, *first); }));
  Write([&](Transaction& t) { return RemoveRuleFile(t, *second); });
}

}  // namespace
}  // namespace weir::store
