// HTTPS/1.1 server: one port for the page, the API and the sensors.
//
// A request is read whole on an I/O thread (within the limits below), then given
// to the handler on a worker thread together with a Responder. The handler may
// answer at once, later, or from another thread; an event stream stays open.
// Only TLS 1.2 and newer is spoken. Which certificate is shown, and whether the
// peer needs one of its own, is chosen by the name it asks for (SNI).
//
// Threading: every public function is safe from every thread, except that Stop
// (and the destructor) must not be called from a handler.
// Overload: connections beyond the limits are closed at once; a full queue of the
// workers is answered 503 with Retry-After.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace weir::net {

using HeaderFields = std::vector<std::pair<std::string, std::string>>;

/// Of the client; its chain, validity and purpose were verified before a request is seen.
struct PeerCertificate {
  std::string common_name;
  std::string serial;          // lower-case hexadecimal
  std::int64_t not_after = 0;  // seconds since 1970
};

struct ServerRequest {
  std::string method;
  std::string path;  // percent-decoded; starts with '/', without ".", ".." and "//"
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in their order
  HeaderFields headers;                                    // names in lower case, values trimmed
  std::string body;                                        // Content-Encoding already undone
  std::string remote_address;                              // "192.0.2.7", "2001:db8::7"
  std::string server_name;                                 // SNI in lower case; may be empty
  std::optional<PeerCertificate> peer;

  /// Of the first field with that name; empty where there is none.
  std::string_view Header(std::string_view lower_case_name) const;
  /// Of the first such parameter.
  std::optional<std::string_view> Query(std::string_view name) const;
};

struct ServerResponse {
  int status = 200;
  HeaderFields headers;  // Content-Length, Date and Connection are the server's
  std::string body;
  std::shared_ptr<const std::string> shared_body;  // instead of body: cached or static content
};

/// An open answer of server-sent events. The server adds a comment every 15 s of silence, so that both ends
/// see a dead connection.
class EventStream {
 public:
  virtual ~EventStream() = default;
  /// Queues bytes (whole events) for sending. False where the stream is closed. A reader so slow that the
  /// bounded buffer fills is disconnected; it resumes with Last-Event-ID.
  virtual bool Send(std::string_view bytes) = 0;
  /// CALLBACK runs once, on any thread, when the stream is closed by either side; at once where it is
  /// already.
  virtual void OnClose(std::function<void()> callback) = 0;
  /// Sends what is queued, then closes.
  virtual void Close() = 0;
};

/// Where a Responder puts its answer: the server's connection, or a test's.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  virtual void Answer(ServerResponse response) = 0;
  virtual std::shared_ptr<EventStream> Stream(HeaderFields headers) = 0;
};

/// The right to answer one request, once. Copies share it. When the last copy goes unused the server sends
/// 500.
class Responder {
 public:
  explicit Responder(std::shared_ptr<AnswerSink> sink);
  /// A second answer is ignored.
  void Send(ServerResponse response) const;
  /// Status 200, text/event-stream. Null where the request was answered before.
  std::shared_ptr<EventStream> StartEventStream(HeaderFields extra_headers = {}) const;

 private:
  struct Once;
  std::shared_ptr<Once> once_;
};

struct TlsIdentity {
  std::vector<std::string> server_names;  // exact, lower case; none: for every other name and for no name
  std::string certificate_pem;            // the server's own first, then its chain
  std::string key_pem;
  bool require_client_certificate = false;
  std::string client_ca_pem;  // the only issuers whose client certificates are taken
};

struct ServerLimits {
  std::size_t header_bytes = 16U << 10U;   // request line and fields
  std::size_t body_bytes = 64U << 10U;     // where ServerOptions::body_limit is not set
  std::size_t bodies_bytes = 256U << 20U;  // all bodies being read or handled; beyond it 503
  std::size_t stream_buffer_bytes = 1U << 20U;
  std::size_t connections = 8192;
  std::size_t connections_per_address = 256;  // those with a client certificate are not counted
  std::chrono::milliseconds handshake_time{10'000};
  std::chrono::milliseconds header_time{10'000};  // from its first byte
  std::chrono::milliseconds body_time{300'000};   // in all, whatever its rate
  std::chrono::milliseconds idle_time{75'000};    // between requests
  /// Body and answer must keep up this average after a grace of header_time, and never stand still for longer
  /// than that.
  std::size_t minimum_bytes_per_second = 1024;
  std::chrono::milliseconds stream_comment_interval{15'000};
  std::chrono::milliseconds stop_time{10'000};  // for running requests when the server stops
};

struct ServerOptions {
  std::vector<std::string> listen{"127.0.0.1:8443"};  // "ADDRESS:PORT", "[V6]:PORT"; port 0: any free one
  std::vector<TlsIdentity> identities;
  std::size_t io_threads = 1;
  std::size_t worker_threads = 4;
  std::size_t worker_queue = 256;  // requests that wait for a worker
  ServerLimits limits;
  /// Largest body, after decoding, for a request of which all but the body is known. Must be quick: it runs
  /// on an I/O thread.
  std::function<std::size_t(const ServerRequest&)> body_limit;
};

/// Since the start, except for the two gauges.
struct ServerStatistics {
  std::uint64_t open_connections = 0, open_streams = 0;  // now
  std::uint64_t connections = 0, requests = 0, handshakes_failed = 0;
  std::uint64_t connections_refused = 0;  // over a limit
  std::uint64_t requests_refused = 0;     // malformed, too large, unsupported
  std::uint64_t overloads = 0;            // answered 503 by the server
  std::uint64_t timeouts = 0;             // connections closed at a deadline
  std::uint64_t streams_dropped = 0;      // readers that were too slow
};

class HttpServer {
 public:
  using Handler = std::function<void(ServerRequest, Responder)>;

  /// Listens when this returns. An exception that leaves the handler is a 500.
  static Result<std::unique_ptr<HttpServer>> Start(ServerOptions options, Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// The real port of the first address.
  std::uint16_t port() const;
  /// The real addresses, in the order of ServerOptions::listen.
  const std::vector<std::string>& addresses() const;
  /// For new connections; open ones keep what they have. On an error the old identities stay.
  Result<void> ReplaceIdentities(const std::vector<TlsIdentity>& identities);
  ServerStatistics statistics() const;
  /// Takes no new connection, lets running requests end, closes streams. Returns when all is done.
  void Stop();

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::net
