// The socket tables of network namespaces: which socket inode listens where,
// which is a connection, and which connections came from the other side.
// Threading: one thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/runtime.h"

namespace weir::discovery {

struct SocketTable {
  std::unordered_map<std::uint64_t, std::vector<model::ListeningSocket>> listening;  // by inode
  std::unordered_map<std::uint64_t, std::vector<model::Connection>> connections;
  std::vector<std::string> addresses;  // the namespace's own
  bool cut = false;                    // a table was longer than the bound
};

/// Reads net/* of PROCESS_FOLDER (an open /proc/PID) once. WITH_ADDRESSES: the namespace's own addresses too,
/// which means reading its routes.
SocketTable ReadSocketTable(int process_folder, bool with_addresses = true);

}  // namespace weir::discovery
