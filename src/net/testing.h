// A small HTTP/1.1 server for tests: real sockets on the loopback, answers
// scripted by the test. Not part of the program.
// Threading: the handler runs on the server's own thread, one connection at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/fd.h"

namespace weir::net {

struct TestRequest {
  std::string method, target;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string Header(std::string_view lower_case_name) const;
};

struct TestResponse {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // Content-Length is added unless given
  std::string body;
  std::size_t send_bytes = std::string::npos;  // send only so many bytes of the body, then close
  bool hang = false;                           // then do not close, but wait until the server ends
};

class TestServer {
 public:
  using Handler = std::function<TestResponse(const TestRequest&)>;
  /// Listens on a free port of 127.0.0.1, or on a unix socket where UNIX_PATH is given.
  explicit TestServer(Handler handler, const std::string& unix_path = {});
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string Url(std::string_view path) const;
  /// Everything that came in so far.
  std::vector<TestRequest> requests() const;

 private:
  void Run(const std::stop_token& stop);
  void Serve(int connection, const std::stop_token& stop);

  Handler handler_;
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;  // guards requests_
  std::vector<TestRequest> requests_;
  std::jthread thread_;
};

/// A handler that serves files from memory by target, with ETag, conditional requests and ranges.
TestServer::Handler ServeFiles(std::vector<std::pair<std::string, std::string>> files);

}  // namespace weir::net
