// Batches, status and enrolment as a hostile sensor could send them.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wire/content.h"
#include "wire/messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const void* bytes = data;
  std::string_view text(static_cast<const char*>(bytes), size);
  const weir::wire::Limits limits;
  if (weir::Result<weir::wire::Record> record = weir::wire::ParseRecord(text, limits)) {
    // What was understood can be said again and is understood the same way.
    std::string line = weir::wire::RecordLine(*record);
    weir::Result<weir::wire::Record> again = weir::wire::ParseRecord(line, limits);
    if (!again || weir::wire::RecordLine(*again) != line) __builtin_trap();
  }
  static_cast<void>(weir::wire::ParseBatch(text, limits));
  static_cast<void>(weir::wire::ParseStatus(text, limits));
  static_cast<void>(weir::wire::ParseEnrolRequest(text, limits));
  static_cast<void>(weir::wire::ParseEnrolToken(text));
  static_cast<void>(weir::wire::ParseContentRules(text, limits));
  if (auto finding = weir::wire::ParseContentFinding(text, limits)) {
    auto again = weir::wire::ParseContentFinding(weir::wire::ToJson(*finding), limits);
    if (!again || weir::wire::ToJson(*again) != weir::wire::ToJson(*finding)) __builtin_trap();
  }
  static_cast<void>(weir::wire::ParsePackage(text, limits));
  return 0;
}
