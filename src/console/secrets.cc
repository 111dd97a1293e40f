#include "console/secrets.h"

#include <argon2.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "base/hash.h"
#include "base/strings.h"

namespace weir::console {
namespace {

// RFC 9106's second choice, with half its memory: about 50 ms, 32 MiB.
constexpr std::uint32_t kPasses = 3, kMemoryKib = 32U << 10U, kLanes = 1;
constexpr std::size_t kSaltBytes = 16, kHashBytes = 32;

std::mutex& HashingMutex() {
  static std::mutex mutex;
  return mutex;
}

std::string RandomBytes(std::size_t bytes) {
  std::string out(bytes, '\0');
  WEIR_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(bytes)) == 1);
  return out;
}

constexpr std::array kCommonest = {
    "1234567890",  "0123456789", "password12",   "password123", "password1234", "qwertyuiop",
    "qwerty12345", "1q2w3e4r5t", "1qaz2wsx3edc", "iloveyou12",  "letmein1234",  "administrator",
    "changeme123", "welcome123", "welcome1234",  "adminadmin",  "passw0rd123",  "p@ssw0rd123",
    "abcdefghij",  "abc1234567", "weirweirweir"};

}  // namespace

std::string RandomSecret(std::size_t bytes) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string raw = RandomBytes(bytes), out;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (char c : raw) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    count += 8;
    while (count >= 6) out += kAlphabet[(bits >> (count -= 6)) & 63U];
  }
  if (count > 0) out += kAlphabet[(bits << (6 - count)) & 63U];
  return out;
}

std::string RandomHex(std::size_t bytes) { return Hex(AsBytes(RandomBytes(bytes))); }

std::string OneTimePassword() {
  // 30 signs that are not mistaken for each other; bytes that would favour some are thrown away.
  static constexpr std::string_view kSigns = "abcdefghjkmnpqrstuvwxyz2345679";
  std::string out;
  for (std::size_t letters = 0; letters < 20;) {
    auto byte = static_cast<unsigned char>(RandomBytes(1)[0]);
    if (byte >= 240) continue;
    if (letters > 0 && letters % 5 == 0) out += '-';
    out += kSigns[byte % kSigns.size()];
    ++letters;
  }
  return out;
}

std::string HashSecret(std::string_view secret) { return DigestHex(DigestKind::kSha256, AsBytes(secret)); }

bool EqualInConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string HmacSha256(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  Bytes bytes = AsBytes(text);
  WEIR_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                  reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data(),
                  &length) != nullptr);
  return Hex(std::as_bytes(std::span(digest.data(), length)));
}

Result<std::string> HashPassword(std::string_view password) {
  std::lock_guard lock(HashingMutex());
  std::string salt = RandomBytes(kSaltBytes);
  std::string encoded(argon2_encodedlen(kPasses, kMemoryKib, kLanes, kSaltBytes, kHashBytes, Argon2_id),
                      '\0');
  int status = argon2id_hash_encoded(kPasses, kMemoryKib, kLanes, password.data(), password.size(),
                                     salt.data(), salt.size(), kHashBytes, encoded.data(), encoded.size());
  if (status != ARGON2_OK)
    return Err(Code::kInternal, std::string("hashing a password: ") + argon2_error_message(status));
  encoded.resize(encoded.find('\0'));
  return encoded;
}

bool VerifyPassword(std::string_view password, const std::string& hash) {
  // Of a password that nobody knows, so that a user who does not exist takes as long as one who does.
  static const std::string nobody = HashPassword(RandomSecret()).value_or(std::string());
  std::lock_guard lock(HashingMutex());
  const std::string& against = hash.empty() ? nobody : hash;
  return argon2id_verify(against.c_str(), password.data(), password.size()) == ARGON2_OK && !hash.empty();
}

std::string PasswordFault(std::string_view password, std::string_view user) {
  if (password.size() < 10) return "a password needs at least 10 characters";
  if (password.size() > 1000) return "a password has at most 1000 characters";
  std::string lower = ToLower(password);
  if (lower == ToLower(user) || lower == ToLower(user) + ToLower(user))
    return "the password must not be the user's name";
  if (std::all_of(lower.begin(), lower.end(), [&](char c) { return c == lower.front(); }))
    return "the password is one character over and over";
  if (std::find(kCommonest.begin(), kCommonest.end(), lower) != kCommonest.end())
    return "this password is among the first that anybody tries";
  return {};
}

}  // namespace weir::console
