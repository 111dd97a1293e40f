#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "secret/database.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(data, data + size);
  static constexpr std::string_view kKey = "key";
  auto file = weir::secret::ParseDatabaseFile(text, kKey);
  if (file) {
    // What is taken is what was written.
    if (weir::secret::WriteDatabaseFile(*file, kKey) != text) std::abort();
  }
  // The same bytes behind a right head and digest, so that all of the reader is reached.
  weir::secret::DatabaseFile made;
  made.databases = {text, text};
  made.refusals = {{7, text}};
  std::string written = weir::secret::WriteDatabaseFile(made, kKey);
  auto again = weir::secret::ParseDatabaseFile(written, kKey);
  if (!again || again->databases.size() != 2 || again->databases[1] != text) std::abort();
  if (size > 0) {
    written[data[0] % written.size()] ^= 1;
    if (weir::secret::ParseDatabaseFile(written, kKey)) std::abort();
  }
  return 0;
}
