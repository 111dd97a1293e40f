// Reads a stream of server-sent events (WHATWG HTML, "Server-sent events", 9.2.6)
// as it comes, in pieces of any size. Pure: no I/O. Threading: one thread a reader.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::net {

struct ServerEvent {
  std::string name = "message";
  std::string data;
  std::string id;  // the last one the stream gave
  bool operator==(const ServerEvent&) const = default;
};

struct EventLimits {
  std::size_t line_bytes = 1U << 20U;
  std::size_t event_bytes = 4U << 20U;
};

class EventReader {
 public:
  explicit EventReader(EventLimits limits = {}) : limits_(limits) {}
  /// Appends the events that BYTES complete to EVENTS. After kLimitExceeded the reader is not to be used
  /// again.
  Result<void> Feed(std::string_view bytes, std::vector<ServerEvent>& events);
  /// To send as Last-Event-ID when the stream is opened anew.
  const std::string& last_id() const { return last_id_; }
  /// How long the server asked to wait before that.
  std::optional<std::chrono::milliseconds> retry() const { return retry_; }

 private:
  void TakeLine(std::string_view line, std::vector<ServerEvent>& events);
  void TakeField(std::string_view name, std::string_view value);

  EventLimits limits_;
  std::string line_;
  bool after_carriage_return_ = false, at_start_ = true;
  bool has_data_ = false;
  std::string name_, data_, last_id_;
  std::optional<std::chrono::milliseconds> retry_;
};

/// One event as a server sends it. DATA may have line breaks; NAME and ID must not.
std::string FormatEvent(std::string_view name, std::string_view id, std::string_view data);

}  // namespace weir::net
