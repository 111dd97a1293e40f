// Every request comes through here: server names, Host, routes, logins, roles,
// CSRF, rates, the audit log and security headers. Handlers see only what may pass.
// Threading: safe from every thread.
#pragma once

#include "console/rate_limit.h"
#include "console/routes.h"
#include "console/services.h"

namespace weir::console {

class Gate {
 public:
  explicit Gate(Services& services);
  void Handle(net::ServerRequest request, net::Responder responder);
  /// For the server, before the body is read.
  static std::size_t BodyLimit(const net::ServerRequest& head);

 private:
  Answer Dispatch(const net::ServerRequest& request, net::Responder& responder, bool& answered);
  tl::expected<void, Problem> CheckHost(const net::ServerRequest& request) const;
  tl::expected<void, Problem> CheckSensor(const net::ServerRequest& request, const Route& route,
                                          Principal& who);
  tl::expected<void, Problem> CheckRate(const net::ServerRequest& request, const Principal& who);
  tl::expected<void, Problem> CheckEnrolRate(const net::ServerRequest& request);
  void Audit(const Route& route, const Call& call, int status);

  Services& services_;
  RateLimiter callers_{60, 240};      // logged in
  RateLimiter strangers_{20, 60};     // by address
  RateLimiter enrolling_{100, 1000};  // by address: a fleet may come from behind one
};

/// "https://name:port" of the request, for commands shown to people.
std::string OriginOf(Services& services, const net::ServerRequest& request);

}  // namespace weir::console
