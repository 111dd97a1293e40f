#include "net/tls_contexts.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>

#include "net/request_target.h"

namespace weir::net {
namespace {

constexpr int kMaxChainDepth = 4;

int ChooseHttp11(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                 unsigned in_size, void*) {
  static constexpr unsigned char kProtocols[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kProtocols, sizeof kProtocols - 1, in, in_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

Result<SslContextPtr> NewContext() {
  SslContextPtr context(SSL_CTX_new(TLS_server_method()));
  if (!context) return Err(OpenSslError(Code::kInternal, "TLS"));
  SSL_CTX* raw = context.get();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                               SSL_OP_PRIORITIZE_CHACHA);
  // An idle connection gives its buffers back.
  SSL_CTX_set_mode(
      raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(raw, 1);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);  // tickets only: no memory a client can fill
  SSL_CTX_set_num_tickets(raw, 1);
  SSL_CTX_set_alpn_select_cb(raw, &ChooseHttp11, nullptr);
  if (SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1)
    return Err(OpenSslError(Code::kInternal, "TLS ciphers"));
  return context;
}

Result<void> UseCertificate(SSL_CTX* context, const TlsIdentity& identity) {
  WEIR_ASSIGN(std::vector<CertificatePtr> chain, ParseCertificates(identity.certificate_pem));
  WEIR_ASSIGN(KeyPtr key, ParsePrivateKey(identity.key_pem));
  bool ok = SSL_CTX_use_certificate(context, chain.front().get()) == 1;
  for (std::size_t i = 1; i < chain.size(); ++i)
    ok = ok && SSL_CTX_add1_chain_cert(context, chain[i].get()) == 1;
  if (!ok) return Err(OpenSslError(Code::kMalformed, "the server's certificate"));
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
    return Err(OpenSslError(Code::kMalformed, "the server's key does not belong to its certificate"));
  return {};
}

Result<void> RequireClients(SSL_CTX* context, const std::string& ca_pem) {
  WEIR_ASSIGN(std::vector<CertificatePtr> authorities, ParseCertificates(ca_pem));
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const CertificatePtr& authority : authorities)
    if (X509_STORE_add_cert(store, authority.get()) != 1 ||
        SSL_CTX_add_client_CA(context, authority.get()) != 1)
      return Err(OpenSslError(Code::kInternal, "the authority of the clients"));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_verify_depth(context, kMaxChainDepth);
  // A ticket would outlive the check of the certificate.
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
  return {};
}

}  // namespace

Result<TlsContexts::Entry> TlsContexts::BuildEntry(const TlsIdentity& identity) {
  Entry entry;
  entry.names = identity.server_names;
  entry.is_mutual = identity.require_client_certificate;
  WEIR_ASSIGN(entry.context, NewContext());
  WEIR_TRY(UseCertificate(entry.context.get(), identity));
  if (entry.is_mutual) WEIR_TRY(RequireClients(entry.context.get(), identity.client_ca_pem));
  return entry;
}

Result<std::shared_ptr<const TlsContexts>> TlsContexts::Build(const std::vector<TlsIdentity>& identities) {
  if (identities.empty()) return Err(Code::kInvalidArgument, "a server needs a TLS identity");
  auto out = std::make_shared<TlsContexts>();
  for (const TlsIdentity& identity : identities) {
    auto entry = BuildEntry(identity);
    if (!entry) return Err(entry.error());
    out->entries_.push_back(std::move(*entry));
  }
  WEIR_ASSIGN(out->front_, NewContext());
  SSL_CTX_set_client_hello_cb(out->front_.get(), &OnClientHello, out.get());
  return std::shared_ptr<const TlsContexts>(std::move(out));
}

const TlsContexts::Entry* TlsContexts::Choose(const std::string& server_name) const {
  const Entry* fallback = nullptr;
  for (const Entry& entry : entries_) {
    if (entry.names.empty() && fallback == nullptr) fallback = &entry;
    if (std::find(entry.names.begin(), entry.names.end(), server_name) != entry.names.end()) return &entry;
  }
  return fallback;
}

/// Not the server_name callback: that one comes after a session was resumed, too late to ask for a
/// certificate.
int TlsContexts::OnClientHello(ssl_st* connection, int* alert, void* self) {
  auto* server_name = static_cast<std::string*>(SSL_get_app_data(connection));
  const auto& contexts = *static_cast<const TlsContexts*>(self);
  const unsigned char* bytes = nullptr;
  std::size_t size = 0;
  server_name->clear();
  if (SSL_client_hello_get0_ext(connection, TLSEXT_TYPE_server_name, &bytes, &size) == 1) {
    const void* data = bytes;
    auto name = ParseServerNameExtension({static_cast<const char*>(data), size});
    if (!name) {
      *alert = SSL_AD_DECODE_ERROR;
      return SSL_CLIENT_HELLO_ERROR;
    }
    *server_name = std::move(*name);
  }
  const Entry* entry = contexts.Choose(*server_name);
  if (entry == nullptr) {
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_CLIENT_HELLO_ERROR;
  }
  SSL_CTX* context = entry->context.get();
  // A session of one identity is worth nothing with another.
  auto index = static_cast<unsigned char>(entry - contexts.entries_.data());
  if (SSL_set_SSL_CTX(connection, context) == nullptr ||
      SSL_set_session_id_context(connection, &index, 1) != 1) {
    *alert = SSL_AD_INTERNAL_ERROR;
    return SSL_CLIENT_HELLO_ERROR;
  }
  SSL_set_verify(connection, SSL_CTX_get_verify_mode(context), nullptr);
  SSL_set_verify_depth(connection, SSL_CTX_get_verify_depth(context));
  SSL_set_options(connection, SSL_CTX_get_options(context));
  SSL_set_num_tickets(connection, SSL_CTX_get_num_tickets(context));
  return SSL_CLIENT_HELLO_SUCCESS;
}

SslPtr TlsContexts::Accept(int fd, std::string* server_name) const {
  SslPtr connection(SSL_new(front_.get()));
  if (!connection || SSL_set_fd(connection.get(), fd) != 1) return nullptr;
  SSL_set_app_data(connection.get(), server_name);
  SSL_set_accept_state(connection.get());
  return connection;
}

std::optional<PeerCertificate> VerifiedPeer(const ssl_st* connection) {
  const X509* certificate = SSL_get0_peer_certificate(connection);
  if (certificate == nullptr || SSL_get_verify_result(connection) != X509_V_OK ||
      (SSL_get_verify_mode(connection) & SSL_VERIFY_PEER) == 0)
    return std::nullopt;
  return PeerCertificate{CommonName(certificate), SerialHex(certificate), NotAfter(certificate)};
}

}  // namespace weir::net
