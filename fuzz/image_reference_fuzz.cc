#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "target/image_reference.h"
#include "target/registry_credentials.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::target;
  std::string_view text(static_cast<const char*>(static_cast<const void*>(data)), size);
  if (auto reference = ParseImageReference(text)) {
    auto again = ParseImageReference(reference->ToString());
    if (!again || again->ToString() != reference->ToString())
      std::abort();  // a name that does not mean itself
    static_cast<void>(reference->IsLocal());
  }
  static_cast<void>(ParseChallenges(text));
  static_cast<void>(DecodeBase64(text));
  static const auto kSome = ParseImageReference("registry.example/team/app");
  static_cast<void>(ParseAuthFile(text, *kSome));
  return 0;
}
