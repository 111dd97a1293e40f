#include "discovery/json.h"

#include <nlohmann/json.hpp>

#include "base/json_guard.h"

namespace weir::discovery {

Result<Json> ParseJson(std::string_view text) {
  constexpr std::size_t kMaxDepth = 64;
  WEIR_TRY(CheckJsonDepth(text, kMaxDepth));
  Json document = Json::parse(text, nullptr, false);
  if (document.is_discarded()) return Err(Code::kMalformed, "not valid JSON");
  return document;
}

const Json& Member(const Json& object, const char* key) {
  static const Json kNothing;
  if (!object.is_object()) return kNothing;
  auto at = object.find(key);
  return at == object.end() ? kNothing : *at;
}

std::string TextOf(const Json& value) { return value.is_string() ? value.get<std::string>() : std::string(); }

std::uint64_t NumberOf(const Json& value) {
  return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
}

bool IsTrue(const Json& value) { return value.is_boolean() && value.get<bool>(); }

}  // namespace weir::discovery
