#include "base/hash.h"

#include <openssl/evp.h>
#include <xxhash.h>

#include <array>

#include "base/result.h"

namespace weir {
namespace {

const EVP_MD* Method(DigestKind kind) {
  switch (kind) {
    case DigestKind::kSha1:
      return EVP_sha1();
    case DigestKind::kSha256:
      return EVP_sha256();
    case DigestKind::kSha512:
      return EVP_sha512();
    case DigestKind::kMd5:
      return EVP_md5();
  }
  return EVP_sha256();
}

}  // namespace

std::uint64_t Hash64(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

struct Digester::Impl {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  Impl() = default;
  ~Impl() { EVP_MD_CTX_free(context); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
};

Digester::Digester(DigestKind kind) : impl_(std::make_unique<Impl>()) {
  WEIR_CHECK(EVP_DigestInit_ex(impl_->context, Method(kind), nullptr) == 1);
}
Digester::~Digester() = default;
Digester::Digester(Digester&&) noexcept = default;
Digester& Digester::operator=(Digester&&) noexcept = default;

void Digester::Update(Bytes bytes) {
  WEIR_CHECK(EVP_DigestUpdate(impl_->context, bytes.data(), bytes.size()) == 1);
}

std::string Digester::FinishHex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
  unsigned int length = 0;
  WEIR_CHECK(EVP_DigestFinal_ex(impl_->context, raw.data(), &length) == 1);
  return Hex(std::as_bytes(std::span(raw.data(), length)));
}

std::string DigestHex(DigestKind kind, Bytes bytes) {
  Digester digester(kind);
  digester.Update(bytes);
  return digester.FinishHex();
}

std::string Hex(Bytes bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (std::byte byte : bytes) {
    out += kDigits[std::to_integer<unsigned>(byte) >> 4U];
    out += kDigits[std::to_integer<unsigned>(byte) & 15U];
  }
  return out;
}

}  // namespace weir
