// docs/openapi.yaml, inside the program. Threading: constant data.
#pragma once

#include <string_view>

namespace weir::console {

std::string_view OpenApiText();

}  // namespace weir::console
