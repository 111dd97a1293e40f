#include "secret/checksum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/strings.h"
#include "secret/codec.h"
#include "secret/plausible.h"
#include "secret/rules.h"

namespace weir::secret {
namespace {

std::string FactOf(const ChecksumResult& result, std::string_view name) {
  for (const auto& [key, value] : result.facts) {
    if (key == name) return value;
  }
  return {};
}

std::string ExampleOf(std::string_view rule, std::size_t index = 0) {
  for (const Rule& one : BuiltInRules().rules) {
    if (one.id == rule) return one.examples.at(index);
  }
  ADD_FAILURE() << "no rule " << rule;
  return {};
}

std::string Base64Url(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    count += 8;
    while (count >= 6) {
      count -= 6;
      out += kAlphabet[(bits >> count) & 63U];
    }
  }
  if (count != 0) out += kAlphabet[(bits << (6 - count)) & 63U];
  return out;
}

std::string Jwt(std::string_view header, std::string_view payload, std::string_view signature) {
  return Base64Url(header) + "." + Base64Url(payload) + "." + std::string(signature);
}

TEST(ChecksumTest, UnknownNamesPassNothing) {
  EXPECT_FALSE(IsChecksum("nonsense"));
  EXPECT_FALSE(IsChecksum(""));
  EXPECT_TRUE(IsChecksum("github"));
  EXPECT_FALSE(CheckSecret("nonsense", "anything").passed);
}

TEST(ChecksumTest, GithubAndNpm) {
  const std::string random = "q7Rt2xLw9Zk4Vb8Nc3Mf6Hd1Js5Gp0";
  const std::string good = "ghp_" + random + ToBase(Crc32(random), 62, 6);
  EXPECT_TRUE(CheckSecret("github", good).passed);
  EXPECT_TRUE(CheckSecret("npm", "npm_" + good.substr(4)).passed);
  std::string bad = good;
  bad[10] = bad[10] == 'a' ? 'b' : 'a';
  EXPECT_FALSE(CheckSecret("github", bad).passed);
  EXPECT_FALSE(CheckSecret("github", "ghp_").passed);
  EXPECT_FALSE(CheckSecret("github", "").passed);
}

TEST(ChecksumTest, AwsKeyIdsTellTheAccount) {
  // The key and account of the article that describes the form.
  const ChecksumResult result = CheckSecret("aws-account", std::string("ASIA") + "Y34FZKBOKMUTVV7A");
  EXPECT_TRUE(result.passed);
  EXPECT_EQ(FactOf(result, "aws-account"), "609629065308");
  EXPECT_EQ(FactOf(result, "lifetime"), "temporary");
  // No account has more than twelve digits.
  EXPECT_FALSE(CheckSecret("aws-account", std::string("AKIA") + "7777777777777777").passed);
  // Before 2019: no account in it.
  const ChecksumResult old = CheckSecret("aws-account", std::string("AKIA") + "IQ4TZNR7WXB5SKDA");
  EXPECT_TRUE(old.passed);
  EXPECT_EQ(FactOf(old, "aws-account"), "");
  EXPECT_FALSE(CheckSecret("aws-account", "AKIAIOSFODNN7EXAMPLE").passed);
}

TEST(ChecksumTest, Gitlab) {
  const std::string head = "glpat-q7Rt2xLw9Zk4Vb8Nc3Mf6Hd1Js5.01.0r";
  EXPECT_TRUE(CheckSecret("gitlab", head + ToBase(Crc32(head), 36, 7)).passed);
  EXPECT_FALSE(CheckSecret("gitlab", head + "0000000").passed);
  EXPECT_TRUE(CheckSecret("gitlab", "glpat-q7Rt2xLw9Zk4Vb8Nc3Mf").passed);
}

TEST(ChecksumTest, Luhn) {
  EXPECT_TRUE(CheckSecret("luhn", "4539 1488 0343 6467").passed);
  EXPECT_FALSE(CheckSecret("luhn", "4539 1488 0343 6468").passed);
  EXPECT_FALSE(CheckSecret("luhn", "0000 0000 0000 0000").passed);
  EXPECT_FALSE(CheckSecret("luhn", "18").passed);
}

TEST(ChecksumTest, Bech32AndBase58) {
  // BIP 173 and BIP 32 publish these.
  EXPECT_TRUE(IsBech32("A12UEL5L"));
  EXPECT_TRUE(IsBech32("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw"));
  EXPECT_FALSE(IsBech32("A1G7SGD8"));
  EXPECT_FALSE(IsBech32("A12uEL5L"));
  const std::string key =
      std::string("xpr") +
      "v9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk"
      "33yuGBxrMPHi";
  EXPECT_TRUE(CheckSecret("base58check", key).passed);
  EXPECT_FALSE(CheckSecret("base58check", key.substr(0, key.size() - 1) + "j").passed);
}

TEST(ChecksumTest, Jwt) {
  const std::string signature(43, 'x');
  const auto signed_one =
      CheckSecret("jwt", Jwt(R"({"alg":"HS256","typ":"JWT"})",
                             R"({"iss":"https://id.weir.internal","exp":1700000000})", signature));
  EXPECT_TRUE(signed_one.passed);
  EXPECT_EQ(FactOf(signed_one, "alg"), "HS256");
  EXPECT_EQ(FactOf(signed_one, "iss"), "https://id.weir.internal");
  EXPECT_EQ(FactOf(signed_one, "expires"), "2023-11-14");
  const auto unsigned_one = CheckSecret("jwt", Jwt(R"({"alg":"none"})", R"({"sub":"u1"})", ""));
  EXPECT_TRUE(unsigned_one.passed);
  EXPECT_EQ(unsigned_one.severity, model::Severity::kLow);
  EXPECT_EQ(FactOf(unsigned_one, "expires"), "never");
  EXPECT_FALSE(CheckSecret("jwt", Jwt(R"({"alg":"HS256"})", R"({"sub":"u1"})", "")).passed);
  EXPECT_FALSE(CheckSecret("jwt", Jwt(R"({"typ":"JWT"})", R"({"sub":"u1"})", signature)).passed);
  EXPECT_FALSE(CheckSecret("jwt", Jwt(R"(["alg"])", R"({"sub":"u1"})", signature)).passed);
  EXPECT_FALSE(CheckSecret("jwt", "eyJ.eyJ.x").passed);
  const auto service = CheckSecret(
      "jwt",
      Jwt(R"({"alg":"HS256"})", R"({"iss":"supabase","role":"service_role","exp":1700000000})", signature));
  EXPECT_EQ(service.severity, model::Severity::kCritical);
}

TEST(ChecksumTest, PrivateKeysWholeAndOfWhatKind) {
  const auto rsa = CheckSecret("private-key", ExampleOf("private-key-rsa"));
  EXPECT_TRUE(rsa.passed);
  EXPECT_EQ(FactOf(rsa, "key-type"), "RSA");
  EXPECT_EQ(FactOf(rsa, "bits"), "512");
  EXPECT_EQ(FactOf(rsa, "pass-phrase"), "none");
  const auto encrypted = CheckSecret("private-key", ExampleOf("private-key-rsa", 2));
  EXPECT_TRUE(encrypted.passed);
  EXPECT_EQ(FactOf(encrypted, "pass-phrase"), "yes");
  EXPECT_EQ(encrypted.severity, model::Severity::kMedium);
  const auto ec = CheckSecret("private-key", ExampleOf("private-key-ec"));
  EXPECT_EQ(FactOf(ec, "curve"), "P-256");
  const auto ssh = CheckSecret("private-key", ExampleOf("private-key-openssh"));
  EXPECT_EQ(FactOf(ssh, "key-type"), "ssh-ed25519");
  EXPECT_EQ(FactOf(ssh, "pass-phrase"), "none");
  EXPECT_EQ(FactOf(CheckSecret("private-key", ExampleOf("private-key-openssh", 1)), "pass-phrase"), "yes");
  EXPECT_EQ(FactOf(CheckSecret("private-key", ExampleOf("private-key-pkcs8")), "key-type"), "RSA");
  EXPECT_EQ(FactOf(CheckSecret("private-key", ExampleOf("private-key-encrypted")), "pass-phrase"), "yes");
  EXPECT_EQ(FactOf(CheckSecret("private-key", ExampleOf("private-key-pgp")), "pass-phrase"), "none");
  EXPECT_EQ(FactOf(CheckSecret("private-key", ExampleOf("private-key-pgp", 1)), "pass-phrase"), "yes");
  EXPECT_EQ(FactOf(CheckSecret("putty-key", ExampleOf("private-key-putty", 1)), "pass-phrase"), "yes");
}

TEST(ChecksumTest, PrivateKeysThatAreCutShortDoNotPass) {
  for (const char* rule : {"private-key-rsa", "private-key-ec", "private-key-dsa", "private-key-openssh",
                           "private-key-pkcs8", "private-key-encrypted", "private-key-pgp"}) {
    const std::string whole = ExampleOf(rule);
    ASSERT_TRUE(CheckSecret("private-key", whole).passed) << rule;
    // Without its last line of base64, as a screenful or a log has it.
    const std::size_t end = whole.find("\n-----END");
    const std::size_t line = whole.rfind('\n', end - 1);
    EXPECT_FALSE(CheckSecret("private-key", whole.substr(0, line) + whole.substr(end)).passed) << rule;
    EXPECT_FALSE(CheckSecret("private-key", whole.substr(0, end)).passed) << rule;
    EXPECT_FALSE(CheckSecret("private-key", ReplaceAll(whole, "-----END ", "-----END X")).passed) << rule;
  }
}

TEST(ChecksumTest, PrivateKeysAsSourcesWriteThem) {
  const std::string whole = ExampleOf("private-key-rsa");
  EXPECT_TRUE(CheckSecret("private-key", ReplaceAll(whole, "\n", "\\n")).passed);
  EXPECT_TRUE(CheckSecret("private-key", ReplaceAll(whole, "\n", "\r\n")).passed);
  EXPECT_TRUE(CheckSecret("private-key", ReplaceAll(whole, "\n", "\\n\" +\n    \"")).passed);
  EXPECT_TRUE(CheckSecret("private-key", ReplaceAll(whole, "\n", "\n    ")).passed);
  EXPECT_TRUE(CheckSecret("private-key", ReplaceAll(whole, "\n", "\\\n")).passed);
}

TEST(ChecksumTest, PasswordHashesAndConnections) {
  EXPECT_EQ(
      FactOf(CheckSecret("crypt", "$2y$12$q7Rt2xLw9Zk4Vb8Nc3Mf6.d1Js5Gp0Tyq7Rt2xLw9Zk4Vb8Nc3Mf6"), "cost"),
      "12");
  EXPECT_FALSE(CheckSecret("crypt", "$2y$99$q7Rt2xLw9Zk4Vb8Nc3Mf6.d1Js5Gp0Tyq7Rt2xLw9Zk4Vb8Nc3Mf6").passed);
  EXPECT_FALSE(CheckSecret("crypt", "$6$salt$hash").passed);
  EXPECT_TRUE(CheckSecret("connection", "postgres://app:Xk29mmQz@db.weir.internal").passed);
  EXPECT_EQ(CheckSecret("connection", "postgres://app:Xk29mmQz@localhost").severity, model::Severity::kLow);
  EXPECT_FALSE(CheckSecret("connection", "postgres://app:Xk29mmQz@db.example.com").passed);
  EXPECT_FALSE(CheckSecret("connection", "postgres://app:${PW}@db.weir.internal").passed);
  EXPECT_FALSE(CheckSecret("connection", "postgres://db.weir.internal").passed);
  EXPECT_TRUE(CheckSecret("docker-auth", "d2VpcjpYazI5bW1Reg==").passed);
  EXPECT_FALSE(CheckSecret("docker-auth", "bm9wZQ==").passed);
}

TEST(ChecksumTest, NothingOfHostileTextHurts) {
  for (const Rule& rule : BuiltInRules().rules) {
    for (const std::string& text :
         {std::string(), std::string(1, '\0'), std::string(200'000, 'A'), std::string(200'000, '.'),
          std::string("-----BEGIN RSA PRIVATE KEY-----") + std::string(100'000, '-')}) {
      CheckSecret(rule.checksum, text);
    }
  }
}

struct KeyCase {
  const char* key;
  KeyMeaning meaning;
};

TEST(PlausibleTest, KeysMeanWhatTheySay) {
  constexpr KeyCase kCases[] = {{"password", KeyMeaning::kPassword},
                                {"DB_PASSWORD", KeyMeaning::kPassword},
                                {"dbPassword", KeyMeaning::kPassword},
                                {"spring.datasource.password", KeyMeaning::kPassword},
                                {"PGPASSWORD", KeyMeaning::kPassword},
                                {"MYSQL_PWD", KeyMeaning::kPassword},
                                {"apiKey", KeyMeaning::kToken},
                                {"X-API-KEY", KeyMeaning::kToken},
                                {"clientSecret", KeyMeaning::kToken},
                                {"aws_secret_access_key", KeyMeaning::kToken},
                                {"SECRET_KEY_BASE", KeyMeaning::kToken},
                                {"GITHUB_TOKEN", KeyMeaning::kToken},
                                {"NUXT_AUTH_SALT", KeyMeaning::kToken},
                                {"DATABASE_URL", KeyMeaning::kCredential},
                                {"password_file", KeyMeaning::kNone},
                                {"tokenUrl", KeyMeaning::kNone},
                                {"secretName", KeyMeaning::kNone},
                                {"monkey", KeyMeaning::kNone},
                                {"primary_key", KeyMeaning::kNone},
                                {"next_token", KeyMeaning::kNone},
                                {"", KeyMeaning::kNone},
                                {"___", KeyMeaning::kNone}};
  for (const KeyCase& one : kCases) EXPECT_EQ(MeaningOfKey(one.key), one.meaning) << one.key;
}

TEST(PlausibleTest, Placeholders) {
  for (const char* value : {"changeme",
                            "CHANGE_ME",
                            "your-api-key",
                            "<password>",
                            "${PW}",
                            "$PW",
                            "{{ pw }}",
                            "%(pw)s",
                            "xxxxxxxx",
                            "********",
                            "vault:secret/x",
                            "op://x/y",
                            "/run/secrets/db",
                            "./x.pem",
                            "true",
                            "null",
                            "password",
                            "example-token-1234",
                            "ENC[AES256_GCM,data:x]",
                            "__PASSWORD__",
                            "C:\\keys\\x"}) {
    EXPECT_TRUE(IsPlaceholder(value)) << value;
  }
  for (const char* value :
       {"Tr0ub4dor&3", "hunter2x", "q7Rt2xLw9Zk4Vb8N", "/9j4AAQ+kZJRg=", "$6$salt$hashhash", "p$ssw0rd!"}) {
    EXPECT_FALSE(IsPlaceholder(value)) << value;
  }
}

}  // namespace
}  // namespace weir::secret
