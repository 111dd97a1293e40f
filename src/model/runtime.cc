#include "model/runtime.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string>

#include "model/usage.h"

namespace weir::model {
namespace {

AddressScope ScopeOfV4(std::uint32_t a) {
  auto in = [a](std::uint32_t net, unsigned bits) { return (a >> (32 - bits)) == (net >> (32 - bits)); };
  if (a == 0) return AddressScope::kAny;
  if (in(0x7f000000, 8)) return AddressScope::kLoopback;
  if (in(0xa9fe0000, 16)) return AddressScope::kLinkLocal;
  if (in(0x0a000000, 8) || in(0xac100000, 12) || in(0xc0a80000, 16) || in(0x64400000, 10))
    return AddressScope::kPrivate;
  return AddressScope::kPublic;
}

}  // namespace

std::string_view AddressScopeName(AddressScope scope) {
  switch (scope) {
    case AddressScope::kLoopback:
      return "loopback";
    case AddressScope::kLinkLocal:
      return "link-local";
    case AddressScope::kPrivate:
      return "private";
    case AddressScope::kPublic:
      return "public";
    case AddressScope::kAny:
      return "any";
  }
  return "loopback";
}

std::string_view UsageLevelName(Usage::Level level) {
  switch (level) {
    case Usage::Level::kUnknown:
      return "unknown";
    case Usage::Level::kIdle:
      return "idle";
    case Usage::Level::kInstalledInLiveRuntime:
      return "live-runtime";
    case Usage::Level::kLoaded:
      return "loaded";
  }
  return "unknown";
}

AddressScope ScopeOfAddress(std::string_view address) {
  std::string text(address.substr(0, address.find('%')));
  in_addr v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) return ScopeOfV4(ntohl(v4.s_addr));
  in6_addr v6{};
  if (::inet_pton(AF_INET6, text.c_str(), &v6) != 1) return AddressScope::kPublic;
  if (IN6_IS_ADDR_V4MAPPED(&v6)) {
    std::uint32_t low = 0;
    for (int i = 12; i < 16; ++i) low = (low << 8U) | v6.s6_addr[i];
    return ScopeOfV4(low);
  }
  if (IN6_IS_ADDR_UNSPECIFIED(&v6)) return AddressScope::kAny;
  if (IN6_IS_ADDR_LOOPBACK(&v6)) return AddressScope::kLoopback;
  if (IN6_IS_ADDR_LINKLOCAL(&v6)) return AddressScope::kLinkLocal;
  if ((v6.s6_addr[0] & 0xfeU) == 0xfc) return AddressScope::kPrivate;
  return AddressScope::kPublic;
}

}  // namespace weir::model
