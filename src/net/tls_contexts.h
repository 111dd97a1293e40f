// The server's TLS identities, ready for use, and the choice among them by the
// name in the client's hello. Internal to the room.
// Threading: immutable; connections of every thread share it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/http_server.h"
#include "net/openssl_handles.h"

namespace weir::net {

class TlsContexts {
 public:
  static Result<std::shared_ptr<const TlsContexts>> Build(const std::vector<TlsIdentity>& identities);

  /// The server's end of a connection on FD, a non-blocking socket. The handshake puts the name that was
  /// asked for into SERVER_NAME, which must stay where it is, as must this object, until the handshake is
  /// over.
  SslPtr Accept(int fd, std::string* server_name) const;

 private:
  struct Entry {
    std::vector<std::string> names;
    SslContextPtr context;
    bool is_mutual = false;
  };
  static int OnClientHello(ssl_st* connection, int* alert, void* self);
  const Entry* Choose(const std::string& server_name) const;
  static Result<Entry> BuildEntry(const TlsIdentity& identity);

  SslContextPtr front_;  // what a connection has until its hello was read; no certificate
  std::vector<Entry> entries_;
};

/// Of a client that was verified in the handshake.
std::optional<PeerCertificate> VerifiedPeer(const ssl_st* connection);

}  // namespace weir::net
