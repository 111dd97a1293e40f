// What a client says first: the request's target, the name in its TLS hello, Accept-Encoding.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "net/request_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  std::string_view text = AsText(std::as_bytes(std::span(data, size)));
  if (auto target = net::ParseRequestTarget(text)) {
    const std::string path = target->path + "/";
    if (!path.starts_with('/') || path.find("/../") != path.npos || path.find("/./") != path.npos ||
        path.find('\0') != path.npos || (target->path != "/" && path.find("//") != path.npos))
      __builtin_trap();
  }
  net::ParseServerNameExtension(text);
  net::AcceptsCoding(text, "gzip");
  return 0;
}
