// Import statements of Python and JavaScript sources.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "discovery/imports.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  std::string_view text = AsText(std::as_bytes(std::span(data, size)));
  discovery::ParsePythonImports(text);
  discovery::ParseNodeImports(text);
  return 0;
}
