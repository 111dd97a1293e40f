#include "secret/checksum.h"

namespace weir::secret {

bool IsChecksum(std::string_view name) {
  static_cast<void>(name);
  return false;
}

ChecksumResult CheckSecret(std::string_view name, std::string_view secret) {
  static_cast<void>(name);
  ChecksumResult result;
  result.passed = !secret.empty();
  return result;
}

}  // namespace weir::secret
