// The text formats of /proc: stat, status, maps, cgroup, socket tables, addresses, command lines.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/strings.h"
#include "discovery/mask.h"
#include "discovery/proc_parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  std::string_view text = AsText(std::as_bytes(std::span(data, size)));
  discovery::ParseStat(text);
  discovery::ParseStatus(text);
  discovery::ParseCgroup(text);
  discovery::ParseFibTrieLocals(text);
  discovery::ParseIfInet6(text);
  discovery::MaskedArguments(text);
  while (!text.empty()) {
    std::string_view line = NextLine(text);
    discovery::ParseMapsLine(line);
    discovery::ParseSocketLine(line);
  }
  return 0;
}
