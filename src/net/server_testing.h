// Helpers for tests of the HTTPS server and of what is built on it. Not part of
// the program. Threading: one thread each, except TestAnswer, which any may fill.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "net/certificate_authority.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/openssl_handles.h"

namespace weir::net {

/// A plain TCP connection to 127.0.0.1.
UniqueFd ConnectTo(std::uint16_t port, int receive_buffer = 0);

/// A TLS client that sends exactly the bytes it is told to.
class RawTlsClient {
 public:
  struct Options {
    std::string server_name = {};  // SNI; none where empty
    std::string certificate_pem = {}, key_pem = {};
    int receive_buffer = 0;                // SO_RCVBUF, where not 0
    int only_version = 0;                  // of TLS, as OpenSSL numbers it
    const RawTlsClient* resume = nullptr;  // whose session to offer
  };
  RawTlsClient(std::uint16_t port, const Options& options);
  explicit RawTlsClient(std::uint16_t port) : RawTlsClient(port, Options{}) {}

  /// The handshake went through, as far as the client can tell.
  bool ok() const { return ok_; }
  /// The server took the offered session.
  bool resumed() const;
  bool Send(std::string_view bytes);
  /// Everything until the end of the connection or until TIMEOUT passed without a byte.
  std::string ReadToEnd(std::chrono::milliseconds timeout = std::chrono::seconds(5));
  /// Until the text is in what came; everything that came so far.
  std::string ReadUntil(std::string_view text, std::chrono::milliseconds timeout = std::chrono::seconds(5));
  /// Head and body of the next answer, by its Content-Length; empty at the end of the connection.
  std::string ReadAnswer();
  /// True once the server closed the connection; false where it did not within TIMEOUT.
  bool WaitForEnd(std::chrono::milliseconds timeout);
  int fd() const { return socket_.get(); }

 private:
  /// False at the end or after TIMEOUT.
  bool ReadMore(std::chrono::milliseconds timeout);

  UniqueFd socket_;
  SslContextPtr context_;
  SslPtr ssl_;
  bool ok_ = false, ended_ = false;
  std::string buffer_;
};

/// A server on a free port of 127.0.0.1 with an authority of its own. Its identities: "sensor.weir.internal"
/// for clients with a certificate, "enrol.weir.internal", and the default one for "localhost" and 127.0.0.1.
class TestHttpsServer {
 public:
  explicit TestHttpsServer(HttpServer::Handler handler, ServerOptions options = {});

  HttpServer& server() { return *server_; }
  const CertificateAuthority& authority() const { return authority_; }
  std::uint16_t port() const { return server_->port(); }
  std::string Url(std::string_view path) const;
  /// Of a client that believes the authority only.
  HttpOptions ClientOptions() const;
  /// Of a sensor: with a certificate, for URLs under https://sensor.weir.internal.
  HttpOptions SensorOptions(std::string_view common_name) const;
  RawTlsClient::Options RawSensor(std::string_view common_name) const;
  std::vector<TlsIdentity> Identities(const CertificateAuthority& authority) const;

 private:
  CertificateAuthority authority_;
  std::unique_ptr<HttpServer> server_;
};

/// Catches what a handler answers, without a server: handler(request, Responder(answer)).
class TestAnswer : public AnswerSink {
 public:
  void Answer(ServerResponse response) override;
  std::shared_ptr<EventStream> Stream(HeaderFields headers) override;
  /// Waits for it, at most 10 s.
  ServerResponse Wait();
  /// Everything that was sent to the stream so far.
  std::string Events() const;

 private:
  class Recorder;
  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable answered_;
  std::optional<ServerResponse> response_;
  std::shared_ptr<Recorder> stream_;
};

}  // namespace weir::net
