#include "console/openapi_text.h"

#include <cstddef>

extern "C" {
extern const char weir_openapi_begin[];
extern const char weir_openapi_end[];
}

namespace weir::console {

std::string_view OpenApiText() {
  return {weir_openapi_begin, static_cast<std::size_t>(weir_openapi_end - weir_openapi_begin)};
}

}  // namespace weir::console
