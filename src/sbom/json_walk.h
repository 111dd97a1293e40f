// Streams a JSON text of any size through a handler, in constant memory: lockfiles
// of tens of megabytes must not be held whole.
// Threading: one walk a handler. Errors: kMalformed with the position, kLimitExceeded.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "target/target.h"

namespace weir::sbom {

/// Keys from the root to a value; an element of an array has an empty key.
using JsonPath = std::span<const std::string>;

class JsonHandler {
 public:
  virtual ~JsonHandler() = default;
  virtual void String(JsonPath path, std::string_view value) = 0;
  /// Numbers as written ("1", "6.0").
  virtual void Number(JsonPath path, std::string_view text) {
    static_cast<void>(path);
    static_cast<void>(text);
  }
  virtual void Bool(JsonPath path, bool value) {
    static_cast<void>(path);
    static_cast<void>(value);
  }
  /// Before and after the members of an object or array at PATH.
  virtual void Enter(JsonPath path) { static_cast<void>(path); }
  virtual void Leave(JsonPath path) { static_cast<void>(path); }
};

struct JsonLimits {
  std::uint64_t max_bytes = 256ULL << 20U;
  std::size_t max_depth = 256;
  std::size_t max_key_bytes = 64 * 1024;
};

/// COMMENTS: // and /* */ are skipped, and a comma may precede a closing bracket (JSONC).
Result<void> WalkJson(target::ByteSource& source, const JsonLimits& limits, JsonHandler& handler,
                      bool comments = false);

}  // namespace weir::sbom
