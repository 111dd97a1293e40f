#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>

#include "base/hash.h"
#include "base/strings.h"
#include "secret/secret.h"

namespace weir::secret {
namespace {

constexpr std::size_t kKeyBytes = 32, kFingerprintHex = 32, kIdHex = 8;

std::optional<unsigned> Nibble(char c) {
  if (IsDigit(c)) return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

std::string Hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
  unsigned length = 0;
  const auto* bytes = static_cast<const unsigned char*>(static_cast<const void*>(text.data()));
  WEIR_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(), raw.data(),
                  &length) != nullptr);
  return Hex(std::as_bytes(std::span(raw.data(), length)));
}

}  // namespace

Result<FingerprintKey> FingerprintKey::Parse(std::string_view text) {
  text = Trim(text);
  if (text.size() != 2 * kKeyBytes)
    return Err(Code::kInvalidArgument, "a fingerprint key is 64 hexadecimal digits");
  FingerprintKey key;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    std::optional<unsigned> high = Nibble(text[i]), low = Nibble(text[i + 1]);
    if (!high || !low) return Err(Code::kInvalidArgument, "a fingerprint key is 64 hexadecimal digits");
    key.bytes_ += static_cast<char>(*high * 16 + *low);
  }
  return key;
}

FingerprintKey FingerprintKey::Random() {
  std::array<unsigned char, kKeyBytes> raw{};
  WEIR_CHECK(RAND_bytes(raw.data(), static_cast<int>(raw.size())) == 1);
  FingerprintKey key;
  key.bytes_.assign(raw.begin(), raw.end());
  return key;
}

std::string FingerprintKey::ToString() const { return Hex(AsBytes(bytes_)); }

std::string FingerprintKey::Id() const { return Hmac(bytes_, "weir fingerprint key id").substr(0, kIdHex); }

std::string FingerprintKey::Fingerprint(std::string_view rule, std::string_view secret) const {
  ByteWriter out;
  out.Text(rule);
  out.Text(secret);
  std::string text = out.Take();
  std::string hex = Hmac(bytes_, text).substr(0, kFingerprintHex);
  OPENSSL_cleanse(text.data(), text.size());
  return hex;
}

}  // namespace weir::secret
