#include "net/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/strings.h"

namespace weir::net {
namespace {

constexpr int kBacklog = 1024;

/// An IPv4 or IPv6 socket address.
struct Endpoint {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* raw() { return static_cast<sockaddr*>(static_cast<void*>(&storage)); }
  sockaddr_in& v4() { return *static_cast<sockaddr_in*>(static_cast<void*>(&storage)); }
  sockaddr_in6& v6() { return *static_cast<sockaddr_in6*>(static_cast<void*>(&storage)); }
  bool is_v4() const { return storage.ss_family == AF_INET; }

  std::string Host() {
    char text[INET6_ADDRSTRLEN] = "";
    if (is_v4()) {
      ::inet_ntop(AF_INET, &v4().sin_addr, text, sizeof text);
    } else if (IN6_IS_ADDR_V4MAPPED(&v6().sin6_addr)) {
      ::inet_ntop(AF_INET, &v6().sin6_addr.s6_addr[12], text, sizeof text);
    } else {
      ::inet_ntop(AF_INET6, &v6().sin6_addr, text, sizeof text);
    }
    return text;
  }
  std::uint16_t Port() { return ntohs(is_v4() ? v4().sin_port : v6().sin6_port); }
};

std::optional<Endpoint> ParseEndpoint(std::string_view text) {
  std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto port = ParseUint(text.substr(colon + 1));
  if (!port || *port > 65'535) return std::nullopt;
  std::string host(text.substr(0, colon));
  if (host == "localhost") host = "127.0.0.1";
  bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  Endpoint out;
  auto number = htons(static_cast<std::uint16_t>(*port));
  if (!bracketed && ::inet_pton(AF_INET, host.c_str(), &out.v4().sin_addr) == 1) {
    out.v4().sin_family = AF_INET;
    out.v4().sin_port = number;
    out.size = sizeof(sockaddr_in);
    return out;
  }
  if (bracketed && ::inet_pton(AF_INET6, host.c_str(), &out.v6().sin6_addr) == 1) {
    out.v6().sin6_family = AF_INET6;
    out.v6().sin6_port = number;
    out.size = sizeof(sockaddr_in6);
    return out;
  }
  return std::nullopt;
}

Result<Listener> ListenAt(Endpoint endpoint, bool v6_only, const std::string& name) {
  int on = 1, only = v6_only ? 1 : 0;
  Listener out;
  out.socket.Reset(::socket(endpoint.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int fd = out.socket.get();
  if (!out.socket || ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      (!endpoint.is_v4() && ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only) != 0) ||
      ::bind(fd, endpoint.raw(), endpoint.size) != 0 || ::listen(fd, kBacklog) != 0)
    return Err(ErrnoError(errno, "listening on " + name));
  endpoint.size = sizeof endpoint.storage;
  if (::getsockname(fd, endpoint.raw(), &endpoint.size) != 0) return Err(ErrnoError(errno, name));
  out.port = endpoint.Port();
  std::string host = endpoint.Host();
  out.address = (endpoint.is_v4() ? host : "[" + host + "]") + ":" + std::to_string(out.port);
  return out;
}

}  // namespace

Result<std::vector<Listener>> Listen(const std::vector<std::string>& addresses) {
  std::vector<Endpoint> endpoints;
  for (const std::string& address : addresses) {
    auto endpoint = ParseEndpoint(address);
    if (!endpoint)
      return Err(Code::kInvalidArgument, "not ADDRESS:PORT or [V6]:PORT: " + ToValidUtf8(address));
    endpoints.push_back(*endpoint);
  }
  if (endpoints.empty()) return Err(Code::kInvalidArgument, "no address to listen on");
  bool v6_only = std::any_of(endpoints.begin(), endpoints.end(), [](const Endpoint& e) { return e.is_v4(); });
  std::vector<Listener> out;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    auto listener = ListenAt(endpoints[i], v6_only, addresses[i]);
    if (!listener) return Err(listener.error());
    out.push_back(std::move(*listener));
  }
  return out;
}

Accepted Accept(int listener) {
  Endpoint peer;
  peer.size = sizeof peer.storage;
  Accepted out;
  out.socket.Reset(::accept4(listener, peer.raw(), &peer.size, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!out.socket) {
    out.error_number = errno == EAGAIN ? 0 : errno;
    return out;
  }
  int on = 1;
  ::setsockopt(out.socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(out.socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  out.address = peer.Host();
  return out;
}

}  // namespace weir::net
