#include "secret/checksum.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/hash.h"
#include "base/strings.h"
#include "secret/checks.h"
#include "secret/codec.h"
#include "secret/plausible.h"

namespace weir::secret {
namespace {

using Check = ChecksumResult (*)(std::string_view);

ChecksumResult PassedIf(bool passed) {
  ChecksumResult result;
  result.passed = passed;
  if (passed) result.confidence = model::Confidence::kHigh;
  return result;
}

// GitHub's scheme since 2021, which npm and others took over: the last six characters are the CRC-32 of what
// is between prefix and them, in base 62.
ChecksumResult CheckGithub(std::string_view text) {
  const std::size_t cut = text.rfind('_');
  const std::string_view body = cut == text.npos ? text : text.substr(cut + 1);
  if (body.size() < 12 || !IsAlnum(body)) return {};
  const std::string_view random = body.substr(0, body.size() - 6);
  return PassedIf(ToBase(Crc32(random), 62, 6) == body.substr(body.size() - 6));
}

ChecksumResult CheckLuhn(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (IsDigit(c)) digits += c;
  }
  if (digits.size() < 13 || digits.size() > 19) return {};
  if (std::all_of(digits.begin(), digits.end(), [&](char c) { return c == digits[0]; })) return {};
  unsigned sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    unsigned value = static_cast<unsigned>(digits[digits.size() - 1 - i] - '0');
    if (i % 2 == 1) value = value * 2 > 9 ? value * 2 - 9 : value * 2;
    sum += value;
  }
  ChecksumResult result;
  result.passed = sum % 10 == 0;
  return result;
}

// "sk_live_...", "rk_test_...", "sandbox": keys to play with weigh less.
ChecksumResult CheckMode(std::string_view text) {
  const std::string lower = ToLower(text.substr(0, 64));
  ChecksumResult result;
  result.passed = true;
  const bool test = lower.find("_test") != lower.npos || lower.find("test_") != lower.npos ||
                    lower.find("sandbox") != lower.npos || lower.starts_with("eaaae");
  result.facts.emplace_back("mode", test ? "test" : "live");
  if (test) result.severity = model::Severity::kLow;
  return result;
}

ChecksumResult CheckSlack(std::string_view text) {
  ChecksumResult result;
  const std::size_t dash = text.find('-');
  if (dash == text.npos || dash < 4) return {};
  result.passed = ShannonEntropy(text.substr(dash + 1)) > 2.5;
  const std::string_view kind = text.substr(0, dash);
  result.facts.emplace_back("token-type", kind.starts_with("xoxb")   ? "bot"
                                          : kind.starts_with("xoxp") ? "user"
                                          : kind.starts_with("xapp") ? "app"
                                          : kind.starts_with("xoxe") ? "refresh"
                                          : kind.starts_with("xoxc") ? "browser"
                                                                     : "legacy");
  return result;
}

// A drawn key of SIZE bytes in base64: text of words in base64 letters would decode to as many, but not to
// bytes that spread so.
ChecksumResult CheckKeyBytes(std::string_view text, std::size_t size) {
  const std::optional<std::string> bytes = DecodeBase64(text, 1024);
  if (!bytes || bytes->size() != size) return {};
  const bool text_bytes =
      std::all_of(bytes->begin(), bytes->end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  return PassedIf(!text_bytes && ShannonEntropy(*bytes) > (size >= 64 ? 4.5 : 3.8));
}
ChecksumResult CheckKey32(std::string_view text) { return CheckKeyBytes(text, 32); }
ChecksumResult CheckKey64(std::string_view text) { return CheckKeyBytes(text, 64); }

// Curve25519: `wg genkey` clamps (RFC 7748, 5).
ChecksumResult CheckWireguard(std::string_view text) {
  const std::optional<std::string> bytes = DecodeBase64(text, 64);
  if (!bytes || bytes->size() != 32 || ShannonEntropy(*bytes) < 3.8) return {};
  const unsigned first = static_cast<unsigned char>((*bytes)[0]);
  const unsigned last = static_cast<unsigned char>((*bytes)[31]);
  return PassedIf((first & 7U) == 0 && (last & 0xc0U) == 0x40U);
}

ChecksumResult CheckBech32(std::string_view text) { return PassedIf(IsBech32(text)); }

// Base58 with the first four bytes of a double SHA-256 behind it: keys of Bitcoin and its kin.
ChecksumResult CheckBase58(std::string_view text) {
  const std::optional<std::string> bytes = DecodeBase58(text);
  if (!bytes || bytes->size() < 5) return {};
  const auto raw = [](std::string_view in) {
    const std::string hex = DigestHex(DigestKind::kSha256, AsBytes(in));
    std::string out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
      const auto value = [](char c) { return IsDigit(c) ? c - '0' : c - 'a' + 10; };
      out += static_cast<char>(value(hex[i]) * 16 + value(hex[i + 1]));
    }
    return out;
  };
  const std::string sum = raw(raw(std::string_view(*bytes).substr(0, bytes->size() - 4)));
  return PassedIf(std::string_view(sum).substr(0, 4) == std::string_view(*bytes).substr(bytes->size() - 4));
}

ChecksumResult CheckNtlm(std::string_view text) {
  // Of the empty password, in both ways of hashing it.
  const std::string lower = ToLower(text);
  if (lower.find("31d6cfe0d16ae931b73c59d7e0c089c0") != lower.npos) return {};
  ChecksumResult result;
  result.passed = ShannonEntropy(lower) > 3;
  return result;
}

// A uuid that was drawn (version 4).
ChecksumResult CheckUuid(std::string_view text) {
  if (text.size() < 36) return {};
  const std::string_view uuid = text.substr(text.size() - 36);
  if (uuid[8] != '-' || uuid[13] != '-' || uuid[18] != '-' || uuid[23] != '-') return {};
  ChecksumResult result;
  result.passed = uuid[14] == '4' &&
                  (uuid[19] == '8' || uuid[19] == '9' || uuid[19] == 'a' || uuid[19] == 'b' ||
                   uuid[19] == 'A' || uuid[19] == 'B') &&
                  ShannonEntropy(uuid) > 2.5;
  return result;
}

ChecksumResult CheckPassword(std::string_view text) {
  ChecksumResult result;
  result.passed = IsPlausiblePassword(text, "");
  return result;
}
ChecksumResult CheckToken(std::string_view text) {
  ChecksumResult result;
  result.passed = IsPlausibleToken(text, "");
  return result;
}
// Formats that are sure by their prefix, where documentation writes a row of x or "your-key".
ChecksumResult CheckNotPlaceholder(std::string_view text) {
  ChecksumResult result;
  result.passed = !IsPlaceholder(text);
  return result;
}

struct Named {
  std::string_view name;
  Check check;
};
constexpr std::array<Named, 30> kChecks = {{{"aws-account", CheckAwsAccessKey},
                                            {"base58check", CheckBase58},
                                            {"base64-json", CheckBase64Json},
                                            {"base64-key", CheckBase64Key},
                                            {"basic-auth", CheckBasicAuth},
                                            {"bech32", CheckBech32},
                                            {"connection", CheckConnection},
                                            {"crypt", CheckCrypt},
                                            {"discord", CheckDiscord},
                                            {"docker-auth", CheckBasicAuth},
                                            {"github", CheckGithub},
                                            {"gitlab", CheckGitlab},
                                            {"grafana", CheckGrafana},
                                            {"jwt", CheckJwt},
                                            {"key32", CheckKey32},
                                            {"key64", CheckKey64},
                                            {"kubernetes-token", CheckKubernetesToken},
                                            {"luhn", CheckLuhn},
                                            {"mode", CheckMode},
                                            {"not-placeholder", CheckNotPlaceholder},
                                            {"npm", CheckGithub},
                                            {"ntlm", CheckNtlm},
                                            {"password", CheckPassword},
                                            {"private-key", CheckPrivateKey},
                                            {"putty-key", CheckPuttyKey},
                                            {"pypi", CheckPypi},
                                            {"slack", CheckSlack},
                                            {"token", CheckToken},
                                            {"uuid", CheckUuid},
                                            {"wireguard", CheckWireguard}}};

const Named* Find(std::string_view name) {
  const auto* found =
      std::find_if(kChecks.begin(), kChecks.end(), [&](const Named& c) { return c.name == name; });
  return found == kChecks.end() ? nullptr : found;
}

}  // namespace

bool IsChecksum(std::string_view name) { return Find(name) != nullptr; }

ChecksumResult CheckSecret(std::string_view name, std::string_view secret) {
  const Named* named = Find(name);
  return named == nullptr ? ChecksumResult{} : named->check(secret);
}

}  // namespace weir::secret
