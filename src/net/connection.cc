#include "net/connection.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <ctime>
#include <optional>

#include "base/log.h"
#include "net/event_buffer.h"
#include "net/request_parser.h"
#include "net/request_target.h"
#include "net/server_answer.h"

namespace weir::net {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;
using Socket = asio::posix::stream_descriptor;
using Clock = Connection::Clock;

constexpr std::size_t kReadBytes = 16U << 10U;   // a TLS record
constexpr std::size_t kTurnBytes = 256U << 10U;  // written before others get their turn
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kStreamComment = ": keep-alive\n\n";
constexpr std::string_view kPlainAnswer =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 44\r\nConnection: close\r\n\r\n"
    "This port speaks HTTPS: use an https:// URL\n";
// What a client may still send after its last answer, so that it gets to read it.
constexpr std::size_t kMaxDrainBytes = 8U << 20U;
constexpr std::chrono::seconds kMaxDrainTime{2};

ssize_t DropBytes(int fd) {
  char bytes[kReadBytes];
  return ::recv(fd, bytes, sizeof bytes, 0);
}

int HeadErrorStatus(Code code) {
  if (code == Code::kLimitExceeded) return 431;
  return code == Code::kUnsupported ? 501 : 400;
}

/// How the rest of a connection goes on after a step.
enum class Next : std::uint8_t { kGoOn, kClose, kDead };

class TlsConnection final : public Connection, public std::enable_shared_from_this<TlsConnection> {
 public:
  TlsConnection(std::shared_ptr<ServerCore> core, std::shared_ptr<IoLoop> loop, UniqueFd socket,
                std::string address)
      : core_(std::move(core)),
        loop_(std::move(loop)),
        limits_(core_->options.limits),
        socket_(loop_->context(), socket.Release()),
        wake_(loop_->context(), Clock::time_point::max()),
        address_(std::move(address)) {}

  void Start(std::function<void()> on_end) override;
  void Tick(Clock::time_point now) override;
  void Stop() override;
  void Abort() override;

  void TakeAnswer(ServerResponse answer);
  void TakeStream(std::shared_ptr<EventBuffer> stream, HeaderFields headers);
  void OnStreamWake();
  const std::string& accept_encoding() const { return accept_encoding_; }

 private:
  awaitable<void> Run();
  awaitable<bool> SpeaksTls();
  awaitable<bool> Handshake();
  awaitable<Next> ServeOne();
  awaitable<bool> ReadHead(RequestParser& parser);
  awaitable<bool> ReadBody(RequestParser& parser, PendingRequest& pending);
  awaitable<bool> SendAnswer(const ServerResponse& answer, bool keep_alive);
  awaitable<bool> Refuse(int status, std::string_view detail);
  awaitable<void> RunStream();
  awaitable<void> WatchPeer();
  awaitable<void> Drain();

  awaitable<bool> WaitFor(Socket::wait_type what);
  awaitable<bool> WaitFor(int ssl_result);
  Clock::time_point RateDeadline(Clock::time_point start, std::size_t moved) const;
  int ReadRecord();
  awaitable<bool> ReadSome();
  awaitable<bool> Write(std::string_view bytes);

  const std::shared_ptr<ServerCore> core_;
  const std::shared_ptr<IoLoop> loop_;
  const ServerLimits& limits_;
  Socket socket_;
  asio::steady_timer wake_;  // never expires: cancelled when there is something to do
  const std::string address_;
  std::shared_ptr<const TlsContexts> contexts_;
  SslPtr ssl_;
  std::function<void()> on_end_;

  std::string server_name_, accept_encoding_;
  std::optional<PeerCertificate> peer_;
  std::string input_;  // decrypted, not yet parsed
  Clock::time_point deadline_ = Clock::time_point::max();
  bool counted_by_address_ = true;
  bool idle_ = true;  // no request is hurt by the end
  bool answering_head_ = false;
  bool stopping_ = false, aborted_ = false, broken_ = false, ended_ = false;

  std::optional<ServerResponse> answer_;
  std::shared_ptr<EventBuffer> stream_;
  HeaderFields stream_headers_;
  bool stream_writing_ = false;
  Clock::time_point last_sent_{};
};

/// The way back from a handler, which may run on any thread and outlive the connection.
class Exchange final : public AnswerSink {
 public:
  Exchange(std::shared_ptr<IoLoop> loop, const std::shared_ptr<TlsConnection>& connection,
           std::string accept_encoding, std::size_t stream_limit)
      : loop_(std::move(loop)),
        connection_(connection),
        accept_encoding_(std::move(accept_encoding)),
        stream_limit_(stream_limit) {}

  void Answer(ServerResponse response) override {
    CompressAnswer(response, accept_encoding_);
    auto shared = std::make_shared<ServerResponse>(std::move(response));
    loop_->Post([connection = connection_, shared] {
      if (auto alive = connection.lock()) alive->TakeAnswer(std::move(*shared));
    });
  }

  std::shared_ptr<EventStream> Stream(HeaderFields headers) override {
    auto wake = [loop = loop_, connection = connection_] {
      loop->Post([connection] {
        if (auto alive = connection.lock()) alive->OnStreamWake();
      });
    };
    auto stream = std::make_shared<EventBuffer>(stream_limit_, wake);
    bool posted = loop_->Post([connection = connection_, stream, fields = std::move(headers)] {
      auto alive = connection.lock();
      if (alive) alive->TakeStream(stream, fields);
      if (!alive) stream->Finish();
    });
    if (!posted) stream->Finish();
    return stream;
  }

 private:
  const std::shared_ptr<IoLoop> loop_;
  const std::weak_ptr<TlsConnection> connection_;
  const std::string accept_encoding_;
  const std::size_t stream_limit_;
};

void TlsConnection::Start(std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  asio::co_spawn(
      loop_->context(),
      [](std::shared_ptr<TlsConnection> self) -> awaitable<void> {
        co_await self->Run();
      }(shared_from_this()),
      asio::detached);
}

void TlsConnection::Tick(Clock::time_point now) {
  if (ended_ || aborted_) return;
  if (now >= deadline_) {
    ++core_->counters.timeouts;
    Abort();
  } else if (stream_ && !stream_writing_ && now - last_sent_ >= limits_.stream_comment_interval) {
    stream_->Send(kStreamComment);
  }
}

void TlsConnection::Stop() {
  stopping_ = true;
  if (stream_) stream_->Close();
  if (idle_) Abort();
}

void TlsConnection::Abort() {
  if (ended_) return;
  aborted_ = true;
  error_code ignored;
  socket_.cancel(ignored);
  wake_.cancel();
}

void TlsConnection::TakeAnswer(ServerResponse answer) {
  answer_ = std::move(answer);
  wake_.cancel();
}

void TlsConnection::TakeStream(std::shared_ptr<EventBuffer> stream, HeaderFields headers) {
  if (ended_) {
    stream->Finish();
    return;
  }
  stream_ = std::move(stream);
  stream_headers_ = std::move(headers);
  wake_.cancel();
}

void TlsConnection::OnStreamWake() {
  wake_.cancel();
  if (ended_ || aborted_ || !stream_ || !stream_->overflowed()) return;
  ++core_->counters.streams_dropped;
  Abort();  // the last batch may wait for the reader for long
}

awaitable<void> TlsConnection::Run() {
  ++core_->counters.open_connections;
  deadline_ = Clock::now() + limits_.handshake_time;
  bool speaks_tls = co_await SpeaksTls();
  if (speaks_tls) {
    contexts_ = core_->contexts();
    ssl_ = contexts_->Accept(socket_.native_handle(), &server_name_);
    bool good = ssl_ != nullptr;
    if (good) good = co_await Handshake();
    Next next = Next::kClose;
    if (good) {
      do next = co_await ServeOne();
      while (next == Next::kGoOn && !stopping_);
    }
    if (stream_) stream_->Finish();
    if (good && !broken_) SSL_shutdown(ssl_.get());
    ERR_clear_error();
    if (next == Next::kClose && !aborted_ && !stopping_) co_await Drain();
  }
  ended_ = true;
  ssl_.reset();
  error_code ignored;
  socket_.close(ignored);
  --core_->counters.open_connections;
  if (counted_by_address_) core_->addresses.Remove(address_);
  on_end_();
}

/// A first byte that starts a word is a client that forgot the "s" of https.
awaitable<bool> TlsConnection::SpeaksTls() {
  bool readable = co_await WaitFor(Socket::wait_read);
  if (!readable) co_return false;
  char first = 0;
  if (::recv(socket_.native_handle(), &first, 1, MSG_PEEK) != 1) co_return false;
  if (first < 'A' || first > 'Z') co_return true;
  ++core_->counters.handshakes_failed;
  ::send(socket_.native_handle(), kPlainAnswer.data(), kPlainAnswer.size(), MSG_NOSIGNAL);
  co_await Drain();
  co_return false;
}

/// A failed one leaves an alert on the way, which the caller's Drain lets arrive.
awaitable<bool> TlsConnection::Handshake() {
  while (true) {
    ERR_clear_error();
    int result = SSL_accept(ssl_.get());
    if (result == 1) break;
    bool again = co_await WaitFor(result);
    if (again) continue;
    ++core_->counters.handshakes_failed;
    co_return false;
  }
  peer_ = VerifiedPeer(ssl_.get());
  if (peer_) {
    core_->addresses.Remove(address_);
    counted_by_address_ = false;
  }
  co_return true;
}

awaitable<Next> TlsConnection::ServeOne() {
  RequestParser parser(limits_.header_bytes);
  bool complete = co_await ReadHead(parser);
  if (!complete) co_return broken_ ? Next::kDead : Next::kClose;
  RequestHead& head = parser.head();
  auto target = ParseRequestTarget(head.target);
  if (!target) {
    co_await Refuse(400, "the target of the request is not a path within this server");
    co_return Next::kClose;
  }
  auto pending = std::make_shared<PendingRequest>(PendingRequest{{}, 0, ByteBudget::Share(&core_->bodies)});
  ServerRequest& request = pending->request;
  request.method = std::move(head.method);
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  request.headers = std::move(head.headers);
  request.remote_address = address_;
  request.server_name = server_name_;
  request.peer = peer_;
  answering_head_ = request.method == "HEAD";
  accept_encoding_ = answering_head_ ? std::string() : std::string(request.Header("accept-encoding"));
  if (peer_ && peer_->not_after < static_cast<std::int64_t>(std::time(nullptr))) {
    co_await Refuse(403, "the client certificate has expired");
    co_return Next::kClose;
  }
  pending->body_limit = core_->options.body_limit ? core_->options.body_limit(request) : limits_.body_bytes;
  if (head.has_body) complete = co_await ReadBody(parser, *pending);
  if (!complete) co_return broken_ ? Next::kDead : Next::kClose;
  request.body = std::move(parser.body());
  ++core_->counters.requests;
  bool keep_alive = head.keep_alive;
  deadline_ = Clock::time_point::max();  // the handler's time is its own
  {
    Responder responder(
        std::make_shared<Exchange>(loop_, shared_from_this(), accept_encoding_, limits_.stream_buffer_bytes));
    if (!RunOnWorker(*core_, std::move(pending), responder)) {
      ++core_->counters.overloads;
      responder.Send(RetryLater("all workers are busy"));
    }
  }  // only the handler's copies count now
  while (!answer_ && !stream_ && !aborted_) {
    error_code ignored;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (aborted_) co_return Next::kDead;
  if (stream_) {
    co_await RunStream();
    co_return Next::kClose;
  }
  ServerResponse answer = std::move(*answer_);
  answer_.reset();
  keep_alive = keep_alive && !stopping_;
  bool sent = co_await SendAnswer(answer, keep_alive);
  if (!sent) co_return Next::kDead;
  co_return keep_alive ? Next::kGoOn : Next::kClose;
}

awaitable<bool> TlsConnection::ReadHead(RequestParser& parser) {
  idle_ = input_.empty();
  deadline_ = Clock::now() + (idle_ ? limits_.idle_time : limits_.header_time);
  while (!parser.head_done()) {
    if (input_.empty()) std::string().swap(input_);  // an idle connection holds no memory
    std::size_t used = 0;
    if (!input_.empty()) {
      auto taken = parser.Put(input_);
      if (!taken) {
        co_await Refuse(HeadErrorStatus(taken.error().code), taken.error().message);
        co_return false;
      }
      used = *taken;
      input_.erase(0, used);
    }
    if (parser.head_done()) break;
    if (used > 0) continue;
    bool more = co_await ReadSome();
    if (!more) co_return false;
    if (idle_) deadline_ = Clock::now() + limits_.header_time;
    idle_ = false;
  }
  co_return true;
}

awaitable<bool> TlsConnection::ReadBody(RequestParser& parser, PendingRequest& pending) {
  const RequestHead& head = parser.head();
  const std::string too_large = "the body is larger than " + std::to_string(pending.body_limit) + " bytes";
  if (head.content_length.value_or(0) > pending.body_limit) {
    co_await Refuse(413, too_large);
    co_return false;
  }
  if (head.expects_continue && input_.empty() && !parser.done()) {
    bool written = co_await Write(kContinue);
    if (!written) co_return false;
  }
  const auto start = Clock::now();
  std::size_t received = input_.size();
  while (!parser.done()) {
    deadline_ = std::min(start + limits_.body_time, RateDeadline(start, received));
    std::size_t used = 0;
    if (!input_.empty()) {
      auto taken = parser.Put(input_);
      if (!taken) {
        co_await Refuse(400, "the body's framing is broken");
        co_return false;
      }
      used = *taken;
      input_.erase(0, used);
    }
    if (parser.body().size() > pending.body_limit) {
      co_await Refuse(413, too_large);
      co_return false;
    }
    if (!pending.share.GrowTo(parser.body().size())) {
      ++core_->counters.overloads;
      co_await Refuse(503, "too many large requests at once");
      co_return false;
    }
    if (parser.done() || used > 0) continue;
    std::size_t before = input_.size();
    bool more = co_await ReadSome();
    if (!more) co_return false;
    received += input_.size() - before;
  }
  co_return true;
}

awaitable<bool> TlsConnection::SendAnswer(const ServerResponse& answer, bool keep_alive) {
  std::string_view body =
      answering_head_ || HasNoBody(answer.status) ? std::string_view() : AnswerBody(answer);
  std::string first = AnswerHead(answer, keep_alive);
  // As much of the body as fits the first record goes with the head.
  std::string_view rest = body;
  if (first.size() < kReadBytes) {
    std::size_t room = std::min(kReadBytes - first.size(), body.size());
    first.append(body.substr(0, room));
    rest.remove_prefix(room);
  }
  bool written = co_await Write(first);
  if (written && !rest.empty()) written = co_await Write(rest);
  co_return written;
}

awaitable<bool> TlsConnection::Refuse(int status, std::string_view detail) {
  ++core_->counters.requests_refused;
  ServerResponse answer = status == 503 ? RetryLater(detail) : ProblemAnswer(status, detail);
  co_return co_await SendAnswer(answer, false);
}

awaitable<void> TlsConnection::RunStream() {
  const std::shared_ptr<EventBuffer> stream = stream_;
  ++core_->counters.open_streams;
  if (stopping_) stream->Close();
  last_sent_ = Clock::now();
  stream_writing_ = true;
  const std::string head = StreamHead(stream_headers_);
  bool alive = co_await Write(head);
  if (answering_head_) alive = false;
  if (alive)
    asio::co_spawn(
        loop_->context(),
        [](std::shared_ptr<TlsConnection> self) -> awaitable<void> {
          co_await self->WatchPeer();
        }(shared_from_this()),
        asio::detached);
  while (alive && !aborted_ && !broken_) {
    EventBuffer::Batch batch = stream->Take();
    if (!batch.bytes.empty()) {
      stream_writing_ = true;
      alive = co_await Write(batch.bytes);
      last_sent_ = Clock::now();
    }
    stream_writing_ = false;
    if (batch.is_last) break;
    if (!batch.bytes.empty()) continue;
    deadline_ = Clock::time_point::max();
    error_code ignored;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  deadline_ = Clock::now() + kMaxDrainTime;
  --core_->counters.open_streams;
  stream->Finish();
}

/// While a stream is open the peer has nothing to say; this sees it go.
awaitable<void> TlsConnection::WatchPeer() {
  std::size_t heard = 0;
  while (!ended_ && !aborted_ && heard < kReadBytes) {
    bool more = co_await ReadSome();
    if (!more) break;
    heard += input_.size();
    input_.clear();
  }
  broken_ = true;
  wake_.cancel();
}

awaitable<void> TlsConnection::Drain() {
  ::shutdown(socket_.native_handle(), SHUT_WR);
  deadline_ = Clock::now() + kMaxDrainTime;
  idle_ = true;
  std::size_t drained = 0;
  while (drained < kMaxDrainBytes) {
    bool readable = co_await WaitFor(Socket::wait_read);
    if (!readable) break;
    ssize_t got = DropBytes(socket_.native_handle());
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) break;
    drained += got > 0 ? static_cast<std::size_t>(got) : 0;
  }
}

awaitable<bool> TlsConnection::WaitFor(Socket::wait_type what) {
  if (aborted_ || ended_) co_return false;
  error_code error;
  co_await socket_.async_wait(what, asio::redirect_error(asio::use_awaitable, error));
  co_return !error && !aborted_ && !ended_;
}

/// After an SSL function that returned SSL_RESULT: true when it is to be called again.
awaitable<bool> TlsConnection::WaitFor(int ssl_result) {
  int error = SSL_get_error(ssl_.get(), ssl_result);
  if (error == SSL_ERROR_WANT_READ) co_return co_await WaitFor(Socket::wait_read);
  if (error == SSL_ERROR_WANT_WRITE) co_return co_await WaitFor(Socket::wait_write);
  broken_ = broken_ || error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL;
  co_return false;
}

/// Until when MOVED bytes since START are enough. What came in a burst is no credit to fall silent.
Clock::time_point TlsConnection::RateDeadline(Clock::time_point start, std::size_t moved) const {
  std::size_t rate = std::max<std::size_t>(limits_.minimum_bytes_per_second, 1);
  auto by_average = start + std::chrono::seconds(static_cast<std::int64_t>(moved / rate));
  return std::min(by_average, Clock::now()) + limits_.header_time;
}

/// No coroutine: its buffer would live as long as the connection waits.
int TlsConnection::ReadRecord() {
  char bytes[kReadBytes];
  ERR_clear_error();
  int got = SSL_read(ssl_.get(), bytes, sizeof bytes);
  if (got > 0) input_.append(bytes, static_cast<std::size_t>(got));
  return got;
}

/// Appends to input_; false at the end.
awaitable<bool> TlsConnection::ReadSome() {
  while (true) {
    int got = ReadRecord();
    if (got > 0) co_return true;
    bool again = co_await WaitFor(got);
    if (!again) co_return false;
  }
}

awaitable<bool> TlsConnection::Write(std::string_view bytes) {
  const auto start = Clock::now();
  std::size_t written = 0, turn = 0;
  while (written < bytes.size()) {
    deadline_ = RateDeadline(start, written);
    ERR_clear_error();
    int size = static_cast<int>(std::min(bytes.size() - written, kReadBytes));
    int put = SSL_write(ssl_.get(), bytes.data() + written, size);
    if (put <= 0) {
      bool again = co_await WaitFor(put);
      if (!again) co_return false;
      continue;
    }
    written += static_cast<std::size_t>(put);
    turn += static_cast<std::size_t>(put);
    if (turn >= kTurnBytes) {
      turn = 0;
      bool writable = co_await WaitFor(Socket::wait_write);
      if (!writable) co_return false;
    }
  }
  co_return true;
}

}  // namespace

std::shared_ptr<Connection> MakeConnection(std::shared_ptr<ServerCore> core, std::shared_ptr<IoLoop> loop,
                                           UniqueFd socket, std::string address) {
  return std::make_shared<TlsConnection>(std::move(core), std::move(loop), std::move(socket),
                                         std::move(address));
}

}  // namespace weir::net
