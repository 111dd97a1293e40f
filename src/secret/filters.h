// What decides, after an expression has matched, whether there is a secret.
// Threading: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "secret/engine.h"

namespace weir::secret {

/// Shannon's, in bits: over characters, a byte of broken UTF-8 being one, divided by the number of bytes (as
/// gitleaks does, so that the thresholds of its rules mean the same).
double Entropy(std::string_view text);

struct Candidate {
  std::string_view secret, match, line, commit;
  const std::vector<char>* path_hits = nullptr;  // by path test of the engine
};
/// Whether LIST says that it is no secret.
bool IsAllowed(const ReadyAllowlist& list, const Candidate& candidate);
/// Whether LIST switches its rule off for a whole file, whatever is in it.
bool IsFileAllowed(const ReadyAllowlist& list, const std::vector<char>& path_hits, std::string_view commit);

/// Why SECRET is known to be a sample that was published as one; empty where it is not.
std::string KnownSample(std::string_view secret);
/// Whether PATH is one of tests, examples and documentation.
bool IsSamplePath(std::string_view path);

}  // namespace weir::secret
