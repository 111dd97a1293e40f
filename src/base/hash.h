// Digests of bytes. Hash64 is fast and not secure: for tables, never for
// identity across trust boundaries. Threading: pure functions; a Digester
// belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace weir {

/// XXH3, 64 bits, seed 0.
std::uint64_t Hash64(std::string_view text);

enum class DigestKind : std::uint8_t { kSha1, kSha256, kSha512, kMd5 };

/// Incremental cryptographic digest (OpenSSL EVP).
class Digester {
 public:
  explicit Digester(DigestKind kind);
  ~Digester();
  Digester(Digester&&) noexcept;
  Digester& operator=(Digester&&) noexcept;
  void Update(Bytes bytes);
  /// Lower-case hexadecimal. The digester is finished afterwards.
  std::string FinishHex();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// One-shot lower-case hexadecimal digest.
std::string DigestHex(DigestKind kind, Bytes bytes);
/// Lower-case hexadecimal of raw bytes.
std::string Hex(Bytes bytes);

}  // namespace weir
