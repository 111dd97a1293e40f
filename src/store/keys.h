// Names for content, short enough for an index. Threading: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace weir::store {

/// The first 16 bytes of the SHA-256: two contents of one name cannot be made on purpose.
std::string ContentKey(std::string_view bytes);
/// Of a look-up name, for package_query; a collision costs a look only.
std::int64_t NameHash(std::string_view ecosystem, std::string_view name);

}  // namespace weir::store
