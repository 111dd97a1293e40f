// Every check takes any bytes: the first byte names it, the rest is the secret.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "secret/checksum.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr std::array<std::string_view, 20> kNames = {
      "aws-account", "base58check", "base64-json", "base64-key", "basic-auth", "bech32", "connection",
      "crypt",       "discord",     "github",      "gitlab",     "grafana",    "jwt",    "kubernetes-token",
      "luhn",        "password",    "private-key", "putty-key",  "pypi",       "token"};
  if (size == 0) return 0;
  // Views of bytes as characters need the cast; nothing else reads them.
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto result = weir::secret::CheckSecret(kNames[data[0] % kNames.size()], text);
  for (const auto& [name, value] : result.facts) {
    if (name.empty() || value.size() > 512) std::abort();
  }
  return 0;
}
