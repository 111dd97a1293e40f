// One TLS connection of the server, from its handshake to its end: reads one
// request after the other, waits for each answer, writes it. Internal to the room.
// Threading: everything on the thread of its loop, except that answers come from
// any thread through the Responder.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/fd.h"
#include "net/io_loop.h"
#include "net/server_core.h"

namespace weir::net {

class Connection {
 public:
  using Clock = std::chrono::steady_clock;
  virtual ~Connection() = default;
  /// ON_END is called once, as the last thing.
  virtual void Start(std::function<void()> on_end) = 0;
  /// Now and then: looks at deadlines, keeps streams alive.
  virtual void Tick(Clock::time_point now) = 0;
  /// Ends it as soon as no request is hurt by that.
  virtual void Stop() = 0;
  /// Ends it now.
  virtual void Abort() = 0;
};

/// SOCKET is non-blocking; ADDRESS is the remote one and was counted in core.addresses.
std::shared_ptr<Connection> MakeConnection(std::shared_ptr<ServerCore> core, std::shared_ptr<IoLoop> loop,
                                           UniqueFd socket, std::string address);

}  // namespace weir::net
