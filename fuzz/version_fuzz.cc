// First byte: the scheme. Then three versions, one a line. Keys of any versions must be a total
// order that agrees with itself, and CompareVersions must be antisymmetric and agree with the keys
// (Maven's own comparison is no total order, so there it may differ).
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "advisory/version.h"
#include "base/strings.h"

namespace {

using weir::advisory::CompareVersions;
using weir::advisory::EncodeVersion;
using weir::advisory::Scheme;

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckPair(Scheme scheme, std::string_view a, std::string_view b) {
  const auto forth = CompareVersions(scheme, a, b);
  const auto back = CompareVersions(scheme, b, a);
  Require(forth.has_value() == back.has_value());
  if (!forth) return;
  Require((*forth < 0) == (*back > 0) && (*forth == 0) == (*back == 0));
  const auto key_a = EncodeVersion(scheme, a);
  const auto key_b = EncodeVersion(scheme, b);
  Require(key_a.has_value() && key_b.has_value());
  if (scheme != Scheme::kMaven) Require((key_a->compare(*key_b) <=> 0) == *forth);
  if (*forth == 0) Require(*key_a == *key_b);
  // A proper prefix would let a longer key change the order by what follows.
  Require(*key_a == *key_b || (!key_a->starts_with(*key_b) && !key_b->starts_with(*key_a)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint8_t kSchemes = 12;
  if (size == 0) return 0;
  const Scheme scheme = static_cast<Scheme>(data[0] % kSchemes);
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::array<std::string_view, 3> versions;
  for (std::string_view& version : versions) version = weir::NextPiece(rest, '\n');
  CheckPair(scheme, versions[0], versions[1]);
  CheckPair(scheme, versions[1], versions[2]);
  CheckPair(scheme, versions[0], versions[2]);
  CheckPair(scheme, versions[0], versions[0]);
  return 0;
}
