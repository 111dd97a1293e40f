// The one table of what the console answers: method, path, who may, what does it.
//
// docs/openapi.yaml says the same, and a test holds the two to each other.
// Threading: the table is constant; handlers run on many threads at once.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "console/accounts.h"
#include "console/answer.h"
#include "net/http_server.h"

namespace weir::console {

struct Services;

/// The least role that may call. kSelf: anybody who is logged in. kSensor, kEnrol: under the server names of
/// wire/messages.h only.
enum class Access : std::uint8_t { kNone, kSelf, kReadOnly, kUser, kAdmin, kSensor, kEnrol };
/// As x-role in the document: "none", "self", "read-only", "user", "admin", "sensor", "enrol".
std::string_view AccessName(Access access);

/// One request on its way through a handler.
struct Call {
  const net::ServerRequest& request;
  Principal who;                    // logged in where the route needs it
  std::vector<std::string> params;  // what stands for {..} in the path, in order
  std::string target, detail;       // for the audit log, where the handler knows more than the path says
  const std::string& id() const { return params.front(); }
};

using Handler = Answer (*)(Services&, Call&);
/// Answers by itself, now or later.
using OpenHandler = void (*)(Services&, Call&, net::Responder);

struct Route {
  std::string_view method, pattern;
  Access access;
  std::string_view operation;  // operationId
  Handler handler = nullptr;
  OpenHandler open = nullptr;  // instead of handler
  std::size_t body_limit = 64U << 10U;
  bool audited = true;  // where the method writes
};

std::span<const Route> Routes();

struct RouteMatch {
  const Route* route = nullptr;  // null: no such path, or not with this method
  std::vector<std::string> params;
  std::string allowed;  // where the path is known, but not the method: "GET, POST"
};
RouteMatch FindRoute(std::string_view method, std::string_view path);

}  // namespace weir::console
