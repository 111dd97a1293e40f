// Listening TCP sockets and what they accept. Internal to the room.
// Threading: functions are independent of each other.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace weir::net {

struct Listener {
  UniqueFd socket;      // non-blocking
  std::string address;  // with its real port
  std::uint16_t port = 0;
};
/// "ADDRESS:PORT" or "[V6]:PORT"; "localhost" is 127.0.0.1. [::] takes IPv4 as well, unless an IPv4 address
/// is listed too.
Result<std::vector<Listener>> Listen(const std::vector<std::string>& addresses);

struct Accepted {
  UniqueFd socket;      // non-blocking; no socket: nobody is waiting, or ERROR_NUMBER
  std::string address;  // without the port; IPv4 in IPv6 as IPv4
  int error_number = 0;
};
Accepted Accept(int listener);

}  // namespace weir::net
