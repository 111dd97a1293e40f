#include "net/http_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <future>
#include <unordered_set>

#include "base/log.h"
#include "net/connection.h"
#include "net/io_loop.h"
#include "net/listener.h"
#include "net/server_core.h"

namespace weir::net {
namespace {

using boost::system::error_code;
using Clock = Connection::Clock;
using Descriptor = boost::asio::posix::stream_descriptor;

/// How often deadlines are looked at: a quarter of the shortest, but at most once a second.
std::chrono::milliseconds TickPeriod(const ServerLimits& limits) {
  auto shortest = std::min({limits.handshake_time, limits.header_time, limits.body_time, limits.idle_time,
                            limits.stream_comment_interval});
  return std::clamp(shortest / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(1000));
}

/// The connections of one loop, on its thread. Wakes only while there are any.
class Keeper {
 public:
  Keeper(IoLoop& loop, std::chrono::milliseconds period) : timer_(loop.context()), period_(period) {}

  void Adopt(const std::shared_ptr<Connection>& connection, const std::function<void()>& on_end) {
    connections_.insert(connection);
    connection->Start([this, raw = connection.get(), on_end] {
      std::erase_if(connections_, [raw](const auto& own) { return own.get() == raw; });
      on_end();
    });
    if (stopping_) connection->Stop();
    if (!ticking_) Tick();
  }
  void Stop() {
    stopping_ = true;
    ForEach([](Connection& connection) { connection.Stop(); });
  }
  void Abort() {
    ForEach([](Connection& connection) { connection.Abort(); });
  }

 private:
  template <class Action>
  void ForEach(const Action& action) {
    std::vector<std::shared_ptr<Connection>> all(connections_.begin(), connections_.end());
    for (const auto& connection : all) action(*connection);
  }
  void Tick() {
    ticking_ = !connections_.empty();
    if (!ticking_) return;
    timer_.expires_after(period_);
    timer_.async_wait([this](error_code error) {
      if (error) return;
      const auto now = Clock::now();
      for (const auto& connection : connections_) connection->Tick(now);
      Tick();
    });
  }

  std::unordered_set<std::shared_ptr<Connection>> connections_;
  boost::asio::steady_timer timer_;
  const std::chrono::milliseconds period_;
  bool ticking_ = false, stopping_ = false;
};

}  // namespace

class HttpServer::Impl {
 public:
  Impl(ServerOptions options, Handler handler)
      : core_(std::make_shared<ServerCore>(std::move(options), std::move(handler))) {}

  Result<void> Start();
  void Stop();

  std::shared_ptr<ServerCore> core_;
  std::vector<std::string> addresses_;
  std::uint16_t port_ = 0;

 private:
  struct Door {  // a listening socket, on the first loop
    Door(IoLoop& loop, UniqueFd socket)
        : descriptor(loop.context(), socket.Release()), pause(loop.context()) {}
    Descriptor descriptor;
    boost::asio::steady_timer pause;
  };

  void WaitAt(Door& door);
  void AcceptAll(Door& door);
  void Welcome(Accepted accepted);
  void OnConnectionEnd();
  bool WaitUntilEmpty(std::chrono::milliseconds longest);

  std::vector<std::shared_ptr<IoLoop>> loops_;
  std::vector<std::unique_ptr<Keeper>> keepers_;  // one a loop
  std::vector<std::unique_ptr<Door>> doors_;
  std::size_t next_loop_ = 0;  // on the first loop's thread

  std::mutex stop_mutex_;  // held while stopping
  bool stopped_ = false;
  std::mutex mutex_;  // guards open_
  std::condition_variable changed_;
  std::size_t open_ = 0;
};

Result<void> HttpServer::Impl::Start() {
  const ServerOptions& options = core_->options;
  WEIR_ASSIGN(std::shared_ptr<const TlsContexts> contexts, TlsContexts::Build(options.identities));
  core_->SetContexts(std::move(contexts));
  WEIR_ASSIGN(std::vector<Listener> listeners, Listen(options.listen));
  // A peer that went away is an error of write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  core_->workers =
      std::make_unique<WorkerPool>(std::max<std::size_t>(options.worker_threads, 1), options.worker_queue);
  for (std::size_t i = 0; i < std::max<std::size_t>(options.io_threads, 1); ++i) {
    loops_.push_back(std::make_shared<IoLoop>());
    keepers_.push_back(std::make_unique<Keeper>(*loops_.back(), TickPeriod(options.limits)));
  }
  port_ = listeners.front().port;
  for (Listener& listener : listeners) {
    addresses_.push_back(listener.address);
    doors_.push_back(std::make_unique<Door>(*loops_.front(), std::move(listener.socket)));
    WaitAt(*doors_.back());
  }
  for (const auto& loop : loops_) loop->Start();
  return {};
}

void HttpServer::Impl::WaitAt(Door& door) {
  door.descriptor.async_wait(Descriptor::wait_read, [this, &door](error_code error) {
    if (!error) AcceptAll(door);
  });
}

void HttpServer::Impl::AcceptAll(Door& door) {
  constexpr int kAtOnce = 64;  // then the connections get their turn
  for (int i = 0; i < kAtOnce; ++i) {
    Accepted accepted = Accept(door.descriptor.native_handle());
    if (accepted.socket) {
      Welcome(std::move(accepted));
      continue;
    }
    if (accepted.error_number == 0) break;
    if (accepted.error_number != EMFILE && accepted.error_number != ENFILE &&
        accepted.error_number != ENOMEM && accepted.error_number != ENOBUFS)
      continue;  // that connection's trouble alone
    Log(LogLevel::kWarn, "server.accept", {{"error", ErrnoError(accepted.error_number, "accept").message}});
    door.pause.expires_after(std::chrono::milliseconds(100));
    door.pause.async_wait([this, &door](error_code error) {
      if (!error) WaitAt(door);
    });
    return;
  }
  WaitAt(door);
}

void HttpServer::Impl::Welcome(Accepted accepted) {
  const ServerLimits& limits = core_->options.limits;
  {
    std::lock_guard lock(mutex_);
    if (open_ >= limits.connections ||
        !core_->addresses.Add(accepted.address, limits.connections_per_address)) {
      ++core_->counters.connections_refused;
      return;
    }
    ++open_;
  }
  ++core_->counters.connections;
  std::size_t index = next_loop_++ % loops_.size();
  auto connection =
      MakeConnection(core_, loops_[index], std::move(accepted.socket), std::move(accepted.address));
  Keeper* keeper = keepers_[index].get();
  loops_[index]->Post(
      [this, keeper, connection] { keeper->Adopt(connection, [this] { OnConnectionEnd(); }); });
}

void HttpServer::Impl::OnConnectionEnd() {
  std::lock_guard lock(mutex_);
  --open_;
  changed_.notify_all();
}

bool HttpServer::Impl::WaitUntilEmpty(std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, longest, [this] { return open_ == 0; });
}

void HttpServer::Impl::Stop() {
  std::lock_guard stopping(stop_mutex_);
  if (stopped_ || loops_.empty()) return;
  stopped_ = true;
  std::promise<void> doors_closed;
  loops_.front()->Post([&] {
    for (const auto& door : doors_) {
      error_code ignored;
      door->pause.cancel();
      door->descriptor.close(ignored);
    }
    doors_closed.set_value();
  });
  doors_closed.get_future().wait();  // from here on nobody comes in
  for (std::size_t i = 0; i < loops_.size(); ++i) loops_[i]->Post([this, i] { keepers_[i]->Stop(); });
  if (!WaitUntilEmpty(core_->options.limits.stop_time)) {
    for (std::size_t i = 0; i < loops_.size(); ++i) loops_[i]->Post([this, i] { keepers_[i]->Abort(); });
    constexpr std::chrono::seconds kAbortTime{5};
    if (!WaitUntilEmpty(kAbortTime)) Log(LogLevel::kError, "server.connections_left");
  }
  core_->workers.reset();  // lets running handlers end
  for (const auto& loop : loops_) loop->Close();
  doors_.clear();
  keepers_.clear();
}

Result<std::unique_ptr<HttpServer>> HttpServer::Start(ServerOptions options, Handler handler) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handler));
  WEIR_TRY(impl->Start());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() { Stop(); }
std::uint16_t HttpServer::port() const { return impl_->port_; }
const std::vector<std::string>& HttpServer::addresses() const { return impl_->addresses_; }
void HttpServer::Stop() { impl_->Stop(); }

Result<void> HttpServer::ReplaceIdentities(const std::vector<TlsIdentity>& identities) {
  WEIR_ASSIGN(std::shared_ptr<const TlsContexts> contexts, TlsContexts::Build(identities));
  impl_->core_->SetContexts(std::move(contexts));
  return {};
}

ServerStatistics HttpServer::statistics() const {
  const ServerCounters& now = impl_->core_->counters;
  ServerStatistics out;
  out.open_connections = now.open_connections;
  out.open_streams = now.open_streams;
  out.connections = now.connections;
  out.requests = now.requests;
  out.handshakes_failed = now.handshakes_failed;
  out.connections_refused = now.connections_refused;
  out.requests_refused = now.requests_refused;
  out.overloads = now.overloads;
  out.timeouts = now.timeouts;
  out.streams_dropped = now.streams_dropped;
  return out;
}

}  // namespace weir::net
