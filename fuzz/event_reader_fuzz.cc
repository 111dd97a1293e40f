// A stream of server-sent events: what comes out must not depend on how the bytes are cut.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "net/event_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  if (size == 0) return 0;
  std::string_view text = AsText(std::as_bytes(std::span(data + 1, size - 1)));
  const net::EventLimits limits{.line_bytes = 64, .event_bytes = 256};
  std::vector<net::ServerEvent> whole, pieces;
  net::EventReader first(limits), second(limits);
  bool ok = first.Feed(text, whole).has_value();
  std::size_t step = 1U + data[0] % 16U;
  bool pieces_ok = true;
  for (std::size_t at = 0; at < text.size() && pieces_ok; at += step)
    pieces_ok = second.Feed(text.substr(at, step), pieces).has_value();
  if (ok != pieces_ok || whole != pieces || first.last_id() != second.last_id()) __builtin_trap();
  return 0;
}
