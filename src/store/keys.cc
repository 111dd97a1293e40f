#include "store/keys.h"

#include "base/hash.h"

namespace weir::store {

std::string ContentKey(std::string_view bytes) {
  std::string hex = DigestHex(DigestKind::kSha256, AsBytes(bytes));
  auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string out;
  for (std::size_t i = 0; i < 32; i += 2) out += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  return out;
}

std::int64_t NameHash(std::string_view ecosystem, std::string_view name) {
  std::string text(ecosystem);
  text += '\0';
  text += name;
  return static_cast<std::int64_t>(Hash64(text));
}

}  // namespace weir::store
