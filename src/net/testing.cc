#include "net/testing.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <memory>

#include "base/hash.h"
#include "base/result.h"
#include "base/strings.h"

namespace weir::net {
namespace {

/// True when FD is readable; false when the server is to end.
bool WaitReadable(int fd, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd item{fd, POLLIN, 0};
    if (::poll(&item, 1, 20) > 0) return true;
  }
  return false;
}

bool SendAll(int fd, std::string_view text) {
  while (!text.empty()) {
    ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool ReceiveMore(int fd, const std::stop_token& stop, std::string& buffer) {
  if (!WaitReadable(fd, stop)) return false;
  char chunk[8192];
  ssize_t got = ::recv(fd, chunk, sizeof chunk, 0);
  if (got <= 0) return false;
  buffer.append(chunk, static_cast<std::size_t>(got));
  return true;
}

TestRequest ParseHead(std::string_view head) {
  TestRequest request;
  std::string_view first = NextLine(head);
  request.method = NextPiece(first, ' ');
  request.target = NextPiece(first, ' ');
  while (!head.empty()) {
    std::string_view line = NextLine(head);
    std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    request.headers.emplace_back(ToLower(line.substr(0, colon)), Trim(line.substr(colon + 1)));
  }
  return request;
}

template <class Address>
void BindTo(int fd, const Address& address, socklen_t size) {
  const void* any = &address;
  WEIR_CHECK(::bind(fd, static_cast<const sockaddr*>(any), size) == 0);
  WEIR_CHECK(::listen(fd, 16) == 0);
}

}  // namespace

std::string TestRequest::Header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers)
    if (name == lower_case_name) return value;
  return {};
}

TestServer::TestServer(Handler handler, const std::string& unix_path) : handler_(std::move(handler)) {
  if (unix_path.empty()) {
    listener_.Reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    BindTo(listener_.get(), address, sizeof address);
    socklen_t size = sizeof address;
    void* any = &address;
    WEIR_CHECK(::getsockname(listener_.get(), static_cast<sockaddr*>(any), &size) == 0);
    port_ = ntohs(address.sin_port);
  } else {
    listener_.Reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    WEIR_CHECK(unix_path.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, unix_path.data(), unix_path.size());
    BindTo(listener_.get(), address, sizeof address);
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

TestServer::~TestServer() = default;

std::string TestServer::Url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

std::vector<TestRequest> TestServer::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

void TestServer::Run(const std::stop_token& stop) {
  while (WaitReadable(listener_.get(), stop)) {
    UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection) Serve(connection.get(), stop);
  }
}

void TestServer::Serve(int connection, const std::stop_token& stop) {
  std::string buffer;
  std::size_t head_end = 0;
  while ((head_end = buffer.find("\r\n\r\n")) == std::string::npos)
    if (!ReceiveMore(connection, stop, buffer)) return;
  TestRequest request = ParseHead(std::string_view(buffer).substr(0, head_end));
  std::uint64_t length = ParseUint(request.Header("content-length")).value_or(0);
  while (buffer.size() < head_end + 4 + length)
    if (!ReceiveMore(connection, stop, buffer)) return;
  request.body = buffer.substr(head_end + 4, length);
  {
    std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  TestResponse response = handler_(request);
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " Test\r\nConnection: close\r\n";
  bool has_length = false;
  for (const auto& [name, value] : response.headers) {
    has_length = has_length || EqualsIgnoreCase(name, "content-length");
    text += name + ": " + value + "\r\n";
  }
  if (!has_length && response.status != 304)
    text += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  text += "\r\n";
  if (request.method != "HEAD") text += std::string_view(response.body).substr(0, response.send_bytes);
  if (!SendAll(connection, text)) return;
  while (response.hang && !stop.stop_requested()) WaitReadable(-1, stop);
}

TestServer::Handler ServeFiles(std::vector<std::pair<std::string, std::string>> files) {
  auto shared = std::make_shared<const std::vector<std::pair<std::string, std::string>>>(std::move(files));
  return [shared](const TestRequest& request) {
    TestResponse response;
    for (const auto& [target, content] : *shared) {
      if (target != request.target) continue;
      std::string etag = '"' + Hex(AsBytes(std::to_string(Hash64(content)))) + '"';
      response.headers.emplace_back("ETag", etag);
      if (request.Header("if-none-match") == etag) {
        response.status = 304;
        return response;
      }
      std::string range = request.Header("range");
      std::string if_range = request.Header("if-range");
      response.body = content;
      if (range.starts_with("bytes=") && (if_range.empty() || if_range == etag)) {
        std::uint64_t from = ParseUint(std::string_view(range).substr(6, range.find('-') - 6)).value_or(0);
        if (from >= content.size()) {
          response.status = 416;
          response.body.clear();
          return response;
        }
        response.status = 206;
        response.headers.emplace_back("Content-Range", "bytes " + std::to_string(from) + "-" +
                                                           std::to_string(content.size() - 1) + "/" +
                                                           std::to_string(content.size()));
        response.body = content.substr(from);
      }
      return response;
    }
    response.status = 404;
    return response;
  };
}

}  // namespace weir::net
