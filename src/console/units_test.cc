// Small parts by themselves: limits, secrets, times, addresses.
#include <gtest/gtest.h>

#include "console/asset_facts.h"
#include "console/event_hub.h"
#include "console/rate_limit.h"
#include "console/secrets.h"
#include "console/time_text.h"
#include "console/webhooks.h"

namespace weir::console {
namespace {

TEST(RateLimiter, LetsABurstThroughAndThenTheRate) {
  RateLimiter limiter(10, 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.Take("a", 1000).count(), 0);
  EXPECT_EQ(limiter.Take("a", 1000).count(), 100);
  EXPECT_EQ(limiter.Take("b", 1000).count(), 0) << "others are not held up";
  EXPECT_EQ(limiter.Take("a", 1100).count(), 0);
  EXPECT_GT(limiter.Take("a", 900).count(), 0) << "a clock that goes back gives nothing";
}

TEST(LoginGuard, DelaysGrowAndEndWithSuccess) {
  LoginGuard guard;
  std::int64_t now = 1'000'000;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(guard.Begin("ada", "192.0.2.1", now).count(), 0);
  EXPECT_EQ(guard.Begin("ada", "192.0.2.1", now).count(), 1);
  now += 1000;
  EXPECT_EQ(guard.Begin("ada", "192.0.2.1", now).count(), 0);
  EXPECT_EQ(guard.Begin("ada", "192.0.2.1", now).count(), 2);
  EXPECT_EQ(guard.Begin("ada", "192.0.2.2", now).count(), 0) << "the same user from elsewhere is let in";
  now += 2000;
  EXPECT_EQ(guard.Begin("ada", "192.0.2.1", now).count(), 0);
  guard.Succeeded("ada", "192.0.2.1");
  EXPECT_EQ(guard.Begin("ada", "192.0.2.1", now).count(), 0);
}

TEST(Secrets, PasswordsAreSaltedAndVerified) {
  std::string hash = HashPassword("correct horse").value();
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=32768,t=3,p=1$")) << hash;
  EXPECT_NE(hash, HashPassword("correct horse").value());
  EXPECT_TRUE(VerifyPassword("correct horse", hash));
  EXPECT_FALSE(VerifyPassword("wrong horse", hash));
  EXPECT_FALSE(VerifyPassword("", ""));
  EXPECT_FALSE(VerifyPassword("x", "not a hash"));
}

TEST(Secrets, WeakPasswordsAreNamed) {
  EXPECT_FALSE(PasswordFault("short", "ada").empty());
  EXPECT_FALSE(PasswordFault("AdaLovelace", "adalovelace").empty());
  EXPECT_FALSE(PasswordFault("aaaaaaaaaaaa", "ada").empty());
  EXPECT_FALSE(PasswordFault("Password123", "ada").empty());
  EXPECT_TRUE(PasswordFault("a fine sentence", "ada").empty());
}

TEST(Secrets, RandomOnesDiffer) {
  EXPECT_EQ(RandomSecret().size(), 43U);
  EXPECT_NE(RandomSecret(), RandomSecret());
  EXPECT_EQ(OneTimePassword().size(), 23U);
  EXPECT_EQ(HmacSha256("key", "The quick brown fox jumps over the lazy dog"),
            "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
}

TEST(TimeText, ReadsWhatItWrites) {
  EXPECT_EQ(TimeText(1'700'000'000'000), "2023-11-14T22:13:20Z");
  EXPECT_EQ(ParseTime("2023-11-14T22:13:20Z"), 1'700'000'000'000);
  EXPECT_EQ(ParseTime("2023-11-14T23:13:20.5+01:00"), 1'700'000'000'500);
  for (const char* wrong :
       {"", "2023-11-14", "2023-13-01T00:00:00Z", "2023-02-30T00:00:00Z", "2023-11-14T25:00:00Z",
        "2023-11-14T22:13:20", "2023-11-14T22:13:20Zx", "1969-01-01T00:00:00Z"})
    EXPECT_FALSE(ParseTime(wrong)) << wrong;
}

TEST(Webhooks, InternalAddressesAreKnown) {
  for (const char* address :
       {"169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "fd00:ec2::254", "0.0.0.0", "::", "224.0.0.1",
        "100.100.100.200", "64:ff9b::a9fe:a9fe", "nonsense"})
    EXPECT_TRUE(IsInternalAddress(address)) << address;
  for (const char* address : {"127.0.0.1", "10.0.0.1", "203.0.113.9", "2001:db8::1", "::1"})
    EXPECT_FALSE(IsInternalAddress(address)) << address;
  for (const char* url :
       {"ftp://x/", "https://", "https://user@host/", "https://a b/", "https://host:0/", "https://[::1/"})
    EXPECT_FALSE(CheckWebhookUrl(url)) << url;
  EXPECT_TRUE(CheckWebhookUrl("https://[::1]:8443/hook?x=1"));
}

TEST(AssetFacts, ExposureIsThatOfTheFarthestListener) {
  std::vector<model::ListeningSocket> any = {{"tcp", "0.0.0.0", 80, model::AddressScope::kAny}};
  EXPECT_EQ(ExposureOf({}, {}, false, false), "none");
  EXPECT_EQ(ExposureOf(any, {}, false, false), "any");
  EXPECT_EQ(ExposureOf(any, {"10.0.0.1"}, false, false), "private");
  EXPECT_EQ(ExposureOf(any, {"10.0.0.1", "8.8.8.8"}, false, false), "public");
  EXPECT_EQ(ExposureOf(any, {"8.8.8.8"}, true, false), "private") << "a port that is not published";
  EXPECT_EQ(ExposureOf(any, {"8.8.8.8"}, true, true), "public");
}

TEST(EventHub, FindingsAreToldInTheFormOfTheInterface) {
  store::Event event{7, "finding",
                     R"({"cause":"scan","asset":12,"asset_name":"web","opened":2,"top":[{"id":"12-3",
                     "vulnerability":"CVE-1","severity":"high","score":50}]})",
                     1'700'000'000'000};
  std::string text = ApiEvent(event);
  EXPECT_NE(text.find(R"("asset_id":"12")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("ids":["12-3"])"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("new":2)"), std::string::npos) << text;
  event.json = "garbage";
  EXPECT_NE(ApiEvent(event).find(R"("type":"finding")"), std::string::npos);
}

}  // namespace
}  // namespace weir::console
