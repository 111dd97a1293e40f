// What tokens tell without their issuer being asked.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "base/json_guard.h"
#include "base/strings.h"
#include "secret/checks.h"
#include "secret/codec.h"
#include "secret/plausible.h"

namespace weir::secret {
namespace {

using Json = nlohmann::json;
constexpr std::size_t kMaxToken = 16U << 10U;

std::optional<Json> ReadObject(std::string_view text) {
  if (text.size() > kMaxToken || !CheckJsonDepth(text, 16)) return std::nullopt;
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return std::nullopt;
  return json;
}

std::optional<Json> ReadBase64Object(std::string_view text) {
  const std::optional<std::string> bytes = DecodeBase64(text, kMaxToken);
  if (!bytes || bytes->empty() || bytes->front() != '{') return std::nullopt;
  return ReadObject(*bytes);
}

// Text of a claim, if it is text that may be shown: short, and printable.
std::string ClaimOf(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end()) return {};
  if (found->is_number_integer()) return std::to_string(found->get<std::int64_t>());
  if (!found->is_string()) return {};
  const std::string value = found->get<std::string>();
  if (value.size() > 128) return {};
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  return plain ? value : std::string();
}

void AddClaim(ChecksumResult& result, const Json& json, const char* name, std::string_view fact) {
  std::string value = ClaimOf(json, name);
  if (!value.empty()) result.facts.emplace_back(fact, std::move(value));
}

// RFC 3339 date of seconds since 1970 (days from civil, Hinnant).
std::string DateOf(std::int64_t seconds) {
  const std::int64_t days = seconds / 86400 + 719468;
  const std::int64_t era = days / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_index = (5 * day_of_year + 2) / 153;
  const std::int64_t day = day_of_year - (153 * month_index + 2) / 5 + 1;
  const std::int64_t month = month_index < 10 ? month_index + 3 : month_index - 9;
  const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  const auto two = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return std::to_string(year) + "-" + two(month) + "-" + two(day);
}

void AddExpiry(ChecksumResult& result, const Json& payload) {
  const auto exp = payload.find("exp");
  if (exp == payload.end() || !exp->is_number_integer()) {
    result.facts.emplace_back("expires", "never");
    return;
  }
  const auto seconds = exp->get<std::int64_t>();
  // Out of what a date can be: no claim to rely on.
  if (seconds > 0 && seconds < 253402300800) result.facts.emplace_back("expires", DateOf(seconds));
}

struct Jwt {
  Json header, payload;
  std::string_view signature;
};

std::optional<Jwt> ReadJwt(std::string_view text) {
  const std::size_t first = text.find('.');
  const std::size_t second = first == text.npos ? text.npos : text.find('.', first + 1);
  if (second == text.npos || text.size() > kMaxToken) return std::nullopt;
  std::optional<Json> header = ReadBase64Object(text.substr(0, first));
  std::optional<Json> payload = ReadBase64Object(text.substr(first + 1, second - first - 1));
  if (!header || !payload || !header->contains("alg")) return std::nullopt;
  return Jwt{std::move(*header), std::move(*payload), text.substr(second + 1)};
}

ChecksumResult Pass() {
  ChecksumResult result;
  result.passed = true;
  return result;
}

}  // namespace

ChecksumResult CheckJwt(std::string_view text) {
  const std::optional<Jwt> jwt = ReadJwt(text);
  if (!jwt) return {};
  ChecksumResult result = Pass();
  const std::string algorithm = ClaimOf(jwt->header, "alg");
  AddClaim(result, jwt->header, "alg", "alg");
  AddClaim(result, jwt->payload, "iss", "iss");
  AddExpiry(result, jwt->payload);
  // Unsigned: anyone can make one, so it opens nothing that is not open anyway.
  if (EqualsIgnoreCase(algorithm, "none")) {
    result.severity = model::Severity::kLow;
  } else if (jwt->signature.size() < 16) {
    return {};
  }
  // Supabase's keys are JWTs: the anonymous one is made to be public, the other opens the whole database.
  const std::string role = ClaimOf(jwt->payload, "role");
  if (role == "service_role" && ClaimOf(jwt->payload, "iss") == "supabase") {
    result.severity = model::Severity::kCritical;
    result.facts.emplace_back("role", role);
  } else if (role == "anon") {
    result.severity = model::Severity::kLow;
    result.facts.emplace_back("role", role);
  }
  std::sort(result.facts.begin(), result.facts.end());
  return result;
}

ChecksumResult CheckKubernetesToken(std::string_view text) {
  const std::optional<Jwt> jwt = ReadJwt(text);
  if (!jwt || jwt->signature.size() < 16) return {};
  ChecksumResult result = Pass();
  const std::string subject = ClaimOf(jwt->payload, "sub");
  constexpr std::string_view kPrefix = "system:serviceaccount:";
  if (!subject.starts_with(kPrefix)) return {};
  const std::string_view who = std::string_view(subject).substr(kPrefix.size());
  const std::size_t colon = who.find(':');
  result.facts.emplace_back("namespace", who.substr(0, colon));
  if (colon != who.npos) result.facts.emplace_back("service-account", who.substr(colon + 1));
  AddClaim(result, jwt->payload, "iss", "iss");
  AddExpiry(result, jwt->payload);
  result.confidence = model::Confidence::kHigh;
  std::sort(result.facts.begin(), result.facts.end());
  return result;
}

ChecksumResult CheckBase64Json(std::string_view text) {
  // Any part between '_', '.' and '-' that begins as base64 of '{"' does.
  const std::size_t begin = text.find("eyJ");
  if (begin == text.npos) return {};
  std::string_view part = text.substr(begin);
  // '_' and '-' may belong to the alphabet or part two pieces: the longest that is an object wins.
  for (int tries = 0; tries < 4; ++tries) {
    if (const std::optional<Json> json = ReadBase64Object(part)) {
      ChecksumResult result = Pass();
      result.confidence = model::Confidence::kHigh;
      for (const char* name : {"o", "org", "n", "u", "region_url", "url", "iss", "email", "signInAddress"}) {
        AddClaim(result, *json, name, name);
      }
      std::sort(result.facts.begin(), result.facts.end());
      return result;
    }
    const std::size_t cut = part.find_last_of("._-");
    if (cut == part.npos) return {};
    part = part.substr(0, cut);
  }
  return {};
}

ChecksumResult CheckPypi(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == text.npos) return {};
  const std::optional<std::string> bytes = DecodeBase64(text.substr(dash + 1), kMaxToken);
  // Macaroon, version 2: a field of type 1 is where it is for, one of type 2 what it says.
  if (!bytes || bytes->size() < 48 || (*bytes)[0] != '\x02' || (*bytes)[1] != '\x01') return {};
  const std::size_t size = static_cast<unsigned char>((*bytes)[2]);
  if (size == 0 || size > 64 || bytes->size() < 3 + size) return {};
  const std::string location = bytes->substr(3, size);
  if (location != "pypi.org" && location != "test.pypi.org") return {};
  ChecksumResult result = Pass();
  result.confidence = model::Confidence::kHigh;
  result.facts.emplace_back("index", location);
  if (location == "test.pypi.org") result.severity = model::Severity::kLow;
  return result;
}

ChecksumResult CheckBasicAuth(std::string_view text) {
  const std::optional<std::string> bytes = DecodeBase64(text, 4096);
  if (!bytes) return {};
  const std::size_t colon = bytes->find(':');
  if (colon == bytes->npos || colon == 0) return {};
  const bool plain = std::all_of(bytes->begin(), bytes->end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f;
  });
  if (!plain || !IsPlausiblePassword(std::string_view(*bytes).substr(colon + 1), "")) return {};
  return Pass();
}

ChecksumResult CheckDiscord(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == text.npos) return {};
  const std::optional<std::string> id = DecodeBase64(text.substr(0, dot), 64);
  if (!id || id->size() < 17 || id->size() > 20 || !std::all_of(id->begin(), id->end(), IsDigit)) return {};
  ChecksumResult result = Pass();
  result.confidence = model::Confidence::kHigh;
  result.facts.emplace_back("bot", *id);
  return result;
}

ChecksumResult CheckGitlab(std::string_view text) {
  const std::size_t dot = text.rfind('.');
  if (dot == text.npos) return Pass();  // of before: prefix and 20 characters
  // PREFIX-payload[.version].<length: 2 digits of base 36><crc: 7 digits of base 36>
  const std::string_view tail = text.substr(dot + 1);
  if (tail.size() != 9) return {};
  const std::string crc = ToBase(Crc32(text.substr(0, text.size() - 7)), 36, 7);
  if (tail.substr(2) != crc) return {};
  ChecksumResult result = Pass();
  result.confidence = model::Confidence::kHigh;
  return result;
}

ChecksumResult CheckGrafana(std::string_view text) {
  const std::size_t cut = text.rfind('_');
  if (cut == text.npos || text.size() - cut != 9) return {};
  const std::uint32_t crc = Crc32(text.substr(0, cut));
  std::string little;
  constexpr std::string_view kHex = "0123456789abcdef";
  for (unsigned i = 0; i < 4; ++i) {
    const std::uint32_t byte = (crc >> (8U * i)) & 0xffU;
    little += kHex[byte >> 4U];
    little += kHex[byte & 0xfU];
  }
  if (!EqualsIgnoreCase(text.substr(cut + 1), little)) return {};
  ChecksumResult result = Pass();
  result.confidence = model::Confidence::kHigh;
  return result;
}

ChecksumResult CheckAwsAccessKey(std::string_view text) {
  if (text.size() != 20 || IsPlaceholder(text)) return {};
  const std::optional<std::string> bytes = DecodeBase32(text.substr(4));
  if (!bytes || bytes->size() < 6) return {};
  ChecksumResult result = Pass();
  // Since 2019 the top bit is set, and the forty bits after it are the account (T. Be'ery, "A short note on
  // AWS KEY ID", 2023). Before, they were drawn at random.
  if ((static_cast<unsigned char>((*bytes)[0]) & 0x80U) != 0) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 6; ++i) value = (value << 8U) | static_cast<unsigned char>((*bytes)[i]);
    const std::uint64_t account = (value & 0x7fffffffff80ULL) >> 7U;
    if (account > 999'999'999'999ULL) return {};
    std::string digits = std::to_string(account);
    digits.insert(0, 12 - digits.size(), '0');
    result.facts.emplace_back("aws-account", std::move(digits));
    result.confidence = model::Confidence::kHigh;
  }
  if (text.starts_with("ASIA")) {
    result.facts.emplace_back("lifetime", "temporary");
    result.severity = model::Severity::kMedium;
  }
  return result;
}

ChecksumResult CheckCrypt(std::string_view text) {
  struct Scheme {
    std::string_view prefix, name;
    std::size_t least;  // of the hash after the last '$'
    bool weak;
  };
  constexpr std::array<Scheme, 12> kSchemes = {{{"$1$", "md5crypt", 22, true},
                                                {"$apr1$", "apr1", 22, true},
                                                {"$5$", "sha256crypt", 43, false},
                                                {"$6$", "sha512crypt", 86, false},
                                                {"$y$", "yescrypt", 43, false},
                                                {"$gy$", "gost-yescrypt", 43, false},
                                                {"$7$", "scrypt", 43, false},
                                                {"$2a$", "bcrypt", 53, false},
                                                {"$2b$", "bcrypt", 53, false},
                                                {"$2y$", "bcrypt", 53, false},
                                                {"$argon2", "argon2", 20, false},
                                                {"$P$", "phpass", 31, true}}};
  for (const Scheme& scheme : kSchemes) {
    if (!text.starts_with(scheme.prefix)) continue;
    const std::size_t cut = text.rfind('$');
    const std::string_view hash = text.substr(cut + 1);
    if (hash.size() < scheme.least || ShannonEntropy(hash) < 3) return {};
    ChecksumResult result = Pass();
    result.facts.emplace_back("algorithm", scheme.name);
    if (scheme.name == "bcrypt") {
      const std::string_view cost = text.substr(4, 2);
      const std::optional<std::uint64_t> rounds = ParseUint(cost);
      if (!rounds || *rounds < 4 || *rounds > 31) return {};
      result.facts.emplace_back("cost", cost);
    }
    // Old and quick ones fall to a graphics card in hours.
    if (scheme.weak) result.severity = model::Severity::kMedium;
    return result;
  }
  return {};
}

ChecksumResult CheckConnection(std::string_view text) {
  const std::size_t scheme = text.find("://");
  const std::size_t begin = scheme == text.npos ? 0 : scheme + 3;
  const std::size_t stop = std::min(text.find_first_of("/?# \"'", begin), text.size());
  const std::size_t at = text.substr(0, stop).rfind('@');
  if (at == text.npos || at < begin) return {};
  const std::string_view user = text.substr(begin, at - begin);
  const std::size_t colon = user.find(':');
  if (colon == user.npos) return {};
  const std::string_view name = user.substr(0, colon);
  const std::string_view password = user.substr(colon + 1);
  std::string_view host = text.substr(at + 1, stop - at - 1);
  host = host.substr(0, host.find(':'));
  if (host.empty() || !IsPlausiblePassword(password, name)) return {};
  const std::string lower = ToLower(host);
  ChecksumResult result = Pass();
  // Documentation and tests live on these names (RFC 2606 and custom).
  if (lower.ends_with("example.com") || lower.ends_with("example.org") || lower.ends_with("example.net") ||
      lower.ends_with(".example") || lower.ends_with(".invalid") || lower.ends_with(".test") ||
      lower == "host" || lower == "hostname" || lower == "server" || lower == "domain" ||
      lower == "example" || lower == "hostspec") {
    return {};
  }
  const bool common = EqualsIgnoreCase(password, name) ||
                      ToLower(password).find("password") != std::string::npos ||
                      EqualsIgnoreCase(password, "password1") || EqualsIgnoreCase(password, "pass") ||
                      EqualsIgnoreCase(password, "test") || EqualsIgnoreCase(password, "guest") ||
                      EqualsIgnoreCase(password, "1234") || EqualsIgnoreCase(password, "123456");
  const bool here = lower == "localhost" || lower == "127.0.0.1" || lower == "[::1]" || lower == "0.0.0.0";
  if (common || here) {
    result.severity = model::Severity::kLow;
    result.confidence = model::Confidence::kLow;
  }
  // The host is no fact: where a password holds an '@', its rest would stand there.
  return result;
}

}  // namespace weir::secret
