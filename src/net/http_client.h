// HTTP(S) client over libcurl: bounded, with resume, custom CA and unix sockets.
// Redirects are followed at most 5 times, never from https to http; what
// authenticates (basic, Authorization, Cookie) stays with the first host and port.
// Connections are kept between Fetches.
// Threading: a client belongs to one thread; Fetch blocks. Only Cancel may come from another.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace weir::net {

struct HttpResponse;

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string username, password;  // basic authentication; never sent to another host on a redirect
  std::string unix_socket;         // path; then the URL's host is only a name
  std::uint64_t resume_from = 0;   // sends Range; a 200 answer starts anew (see HttpResponse::resumed)
  std::uint64_t max_body_bytes = 1ULL << 30U;  // of the whole resource: resume_from counts towards it
  int connect_timeout_seconds = 10;
  int stall_timeout_seconds = 30;  // below 1 byte/s for this long
  int total_timeout_seconds = 0;   // 0 = none; over all redirects
  /// Called once before the first body byte of the final answer, with its status, headers and `resumed`,
  /// so that a sink knows whether to go on or to start anew. False stops the transfer (kCancelled).
  std::function<bool(const HttpResponse&)> on_headers;
};

struct HttpResponse {
  long status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;  // where no sink was given; with a sink, the first 64 KiB of an answer that is not 2xx
  bool resumed = false;  // 206: the body goes on where resume_from stopped
  std::string effective_url;
  std::string_view Header(std::string_view lower_case_name) const;
};

struct HttpOptions {
  std::string ca_file;  // added to the system's
  bool insecure_tls = false;
  std::string proxy;  // empty: from the environment
  std::string user_agent = "weir";
  std::string exclusive_ca_pem;  // only this authority counts, not the system's and not ca_file
  std::string client_certificate_pem, client_key_pem;
  /// "ADDRESS:PORT" ("[V6]:PORT") to connect to, whatever host the URL names. The URL's host stays the one
  /// that is asked for and verified.
  std::string connect_to;
  bool follow_redirects = true;  // false: a redirect is an answer like another
};

class HttpClient {
 public:
  explicit HttpClient(HttpOptions options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Any HTTP status is a response; an Error is a transport failure or a met bound.
  Result<HttpResponse> Fetch(const HttpRequest& request);
  /// Body bytes go to SINK as they come (only for 2xx answers); SINK returns false to stop.
  Result<HttpResponse> Fetch(const HttpRequest& request, const std::function<bool(std::string_view)>& sink);
  /// Ends the running Fetch, and every later one, with kCancelled. Safe from every thread.
  void Cancel();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::net
