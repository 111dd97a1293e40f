#include "net/server_testing.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>

#include "base/strings.h"

namespace weir::net {

UniqueFd ConnectTo(std::uint16_t port, int receive_buffer) {
  UniqueFd out(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int on = 1;
  if (receive_buffer > 0)
    ::setsockopt(out.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  ::setsockopt(out.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const void* any = &address;
  if (::connect(out.get(), static_cast<const sockaddr*>(any), sizeof address) != 0) out.Reset();
  return out;
}

RawTlsClient::RawTlsClient(std::uint16_t port, const Options& options)
    : socket_(ConnectTo(port, options.receive_buffer)), context_(SSL_CTX_new(TLS_client_method())) {
  if (!socket_) return;
  if (!options.certificate_pem.empty()) {
    auto chain = ParseCertificates(options.certificate_pem);
    auto key = ParsePrivateKey(options.key_pem);
    SSL_CTX_use_certificate(context_.get(), chain->front().get());
    SSL_CTX_use_PrivateKey(context_.get(), key->get());
  }
  if (options.only_version != 0) {
    SSL_CTX_set_security_level(context_.get(), 0);  // else the library itself would not speak the old ones
    SSL_CTX_set_min_proto_version(context_.get(), options.only_version);
    SSL_CTX_set_max_proto_version(context_.get(), options.only_version);
  }
  ssl_.reset(SSL_new(context_.get()));
  SSL_clear_mode(ssl_.get(), SSL_MODE_AUTO_RETRY);
  if (options.resume != nullptr) SSL_set_session(ssl_.get(), SSL_get0_session(options.resume->ssl_.get()));
  SSL_set_fd(ssl_.get(), socket_.get());
  std::string name = options.server_name;
  if (!name.empty())
    SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
  ok_ = SSL_connect(ssl_.get()) == 1;
  ERR_clear_error();
}

bool RawTlsClient::resumed() const { return ok_ && SSL_session_reused(ssl_.get()) == 1; }

bool RawTlsClient::Send(std::string_view bytes) {
  ERR_clear_error();
  return ok_ && SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) ==
                    static_cast<int>(bytes.size());
}

bool RawTlsClient::ReadMore(std::chrono::milliseconds timeout) {
  if (!ok_ || ended_) return false;
  pollfd item{socket_.get(), POLLIN, 0};
  if (SSL_pending(ssl_.get()) == 0 && ::poll(&item, 1, static_cast<int>(timeout.count())) <= 0) return false;
  char bytes[16 * 1024];
  ERR_clear_error();
  int got = SSL_read(ssl_.get(), bytes, sizeof bytes);
  if (got > 0) buffer_.append(bytes, static_cast<std::size_t>(got));
  // A session ticket is something to read, but no data.
  ended_ = got <= 0 && SSL_get_error(ssl_.get(), got) != SSL_ERROR_WANT_READ;
  return !ended_;
}

std::string RawTlsClient::ReadToEnd(std::chrono::milliseconds timeout) {
  while (ReadMore(timeout)) {
  }
  return std::exchange(buffer_, {});
}

std::string RawTlsClient::ReadUntil(std::string_view text, std::chrono::milliseconds timeout) {
  while (buffer_.find(text) == std::string::npos && ReadMore(timeout)) {
  }
  return buffer_;
}

std::string RawTlsClient::ReadAnswer() {
  constexpr std::chrono::seconds kTimeout{5};
  std::size_t head = std::string::npos;
  while ((head = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!ReadMore(kTimeout)) return std::exchange(buffer_, {});
  std::size_t length = 0;
  if (std::size_t at = buffer_.find("Content-Length: "); at < head)
    length =
        ParseUint(std::string_view(buffer_).substr(at + 16, buffer_.find('\r', at) - at - 16)).value_or(0);
  while (buffer_.size() < head + 4 + length)
    if (!ReadMore(kTimeout)) break;
  std::string answer = buffer_.substr(0, head + 4 + length);
  buffer_.erase(0, answer.size());
  return answer;
}

bool RawTlsClient::WaitForEnd(std::chrono::milliseconds timeout) {
  const auto until = std::chrono::steady_clock::now() + timeout;
  while (ok_ && !ended_ && std::chrono::steady_clock::now() < until) ReadMore(std::chrono::milliseconds(20));
  return ended_ || !ok_;
}

namespace {

CertificateAuthority MakeAuthority() {
  auto made = CertificateAuthority::Create();
  WEIR_CHECK(made.has_value());
  return std::move(*made);
}

}  // namespace

TestHttpsServer::TestHttpsServer(HttpServer::Handler handler, ServerOptions options)
    : authority_(MakeAuthority()) {
  options.listen = {"127.0.0.1:0"};
  if (options.identities.empty()) options.identities = Identities(authority_);
  auto started = HttpServer::Start(std::move(options), std::move(handler));
  WEIR_CHECK(started.has_value());
  server_ = std::move(*started);
}

std::vector<TlsIdentity> TestHttpsServer::Identities(const CertificateAuthority& authority) const {
  auto page = authority.IssueServer({"localhost", "127.0.0.1"}).value();
  auto sensor = authority.IssueServer({"sensor.weir.internal"}).value();
  auto enrol = authority.IssueServer({"enrol.weir.internal"}).value();
  return {
      {{}, page.certificate_pem, page.key_pem, false, {}},
      {{"sensor.weir.internal"}, sensor.certificate_pem, sensor.key_pem, true, authority.certificate_pem()},
      {{"enrol.weir.internal"}, enrol.certificate_pem, enrol.key_pem, false, {}}};
}

std::string TestHttpsServer::Url(std::string_view path) const {
  return "https://127.0.0.1:" + std::to_string(port()) + std::string(path);
}

HttpOptions TestHttpsServer::ClientOptions() const {
  HttpOptions out;
  out.exclusive_ca_pem = authority_.certificate_pem();
  return out;
}

HttpOptions TestHttpsServer::SensorOptions(std::string_view common_name) const {
  HttpOptions out = ClientOptions();
  auto made = MakeKeyAndRequest().value();
  out.client_key_pem = made.key_pem;
  out.client_certificate_pem = authority_.SignRequest(made.csr_pem, common_name, 30).value();
  out.connect_to = "127.0.0.1:" + std::to_string(port());
  return out;
}

RawTlsClient::Options TestHttpsServer::RawSensor(std::string_view common_name) const {
  HttpOptions options = SensorOptions(common_name);
  return {.server_name = "sensor.weir.internal",
          .certificate_pem = options.client_certificate_pem,
          .key_pem = options.client_key_pem};
}

class TestAnswer::Recorder : public EventStream {
 public:
  bool Send(std::string_view bytes) override {
    std::lock_guard lock(mutex_);
    if (!closed_) text_.append(bytes);
    return !closed_;
  }
  void OnClose(std::function<void()> callback) override {
    {
      std::lock_guard lock(mutex_);
      if (!closed_) {
        callbacks_.push_back(std::move(callback));
        return;
      }
    }
    callback();
  }
  void Close() override {
    std::vector<std::function<void()>> callbacks;
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
      callbacks.swap(callbacks_);
    }
    for (const auto& callback : callbacks) callback();
  }
  std::string text() const {
    std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;  // guards everything below
  std::string text_;
  bool closed_ = false;
  std::vector<std::function<void()>> callbacks_;
};

void TestAnswer::Answer(ServerResponse response) {
  std::lock_guard lock(mutex_);
  response_ = std::move(response);
  answered_.notify_all();
}

std::shared_ptr<EventStream> TestAnswer::Stream(HeaderFields headers) {
  std::lock_guard lock(mutex_);
  stream_ = std::make_shared<Recorder>();
  response_ = ServerResponse{200, std::move(headers), {}, nullptr};
  answered_.notify_all();
  return stream_;
}

ServerResponse TestAnswer::Wait() {
  std::unique_lock lock(mutex_);
  WEIR_CHECK(answered_.wait_for(lock, std::chrono::seconds(10), [this] { return response_.has_value(); }));
  return *response_;
}

std::string TestAnswer::Events() const {
  std::lock_guard lock(mutex_);
  return stream_ ? stream_->text() : std::string();
}

}  // namespace weir::net
