// How far a process can be reached: where it listens, seen from outside its
// network namespace, and who was seen to connect.
// Threading: a built Exposures is read-only.
#pragma once

#include <string>
#include <vector>

#include "model/runtime.h"

namespace weir::rank {

struct Exposure {
  bool listening = false;
  /// kPublic or kPrivate where the namespace's addresses are known, else kAny; kLoopback: only from this
  /// host.
  model::AddressScope listens = model::AddressScope::kLoopback;
  std::string listen_text;
  bool from_public = false, from_private = false, indirectly = false, locally = false;
  std::string reach_text;
};

/// One for each process of SNAPSHOT, in its order.
std::vector<Exposure> ExposureOf(const model::RuntimeSnapshot& snapshot);

/// How likely an attack over the network through such a process is, by the factors that the score uses.
double NetworkWeight(const Exposure& exposure);

/// "nginx (pid 12)"
std::string NameOf(const model::Process& process);

}  // namespace weir::rank
