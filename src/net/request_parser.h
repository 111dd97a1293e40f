// One HTTP/1.x request from bytes as they come. Stricter than its library where
// leniency is how requests are smuggled past a proxy. Internal to the room.
// Threading: one thread a parser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_server.h"

namespace weir::net {

struct RequestHead {
  std::string method, target;
  HeaderFields headers;  // names in lower case
  std::optional<std::uint64_t> content_length;
  bool keep_alive = false;
  bool expects_continue = false;
  bool has_body = false;  // possibly an empty one
};

class RequestParser {
 public:
  explicit RequestParser(std::size_t header_limit);
  ~RequestParser();

  /// Takes what it can of BYTES and returns how much; 0 where it needs more to go on. Stops after the head
  /// once. kMalformed, kLimitExceeded (the head only), kUnsupported (the HTTP version, or how the body is
  /// framed).
  Result<std::size_t> Put(std::string_view bytes);
  bool head_done() const;
  bool done() const;
  RequestHead& head() { return head_; }
  /// Without the framing of chunks.
  std::string& body();

 private:
  Result<void> TakeHead(std::string_view raw);

  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::size_t header_limit_;
  bool head_taken_ = false;
  RequestHead head_;
};

}  // namespace weir::net
