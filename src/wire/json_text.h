// A described struct as JSON text and back. For .cc files, which include the whole of
// nlohmann/json.hpp before. Threading: pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "base/json_guard.h"
#include "wire/json_codec.h"

namespace weir::wire {

inline std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

inline Result<Json> ParseObject(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes) return Err(Code::kLimitExceeded, "a message is too large");
  WEIR_TRY(CheckJsonDepth(text, 32));
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return Err(Code::kMalformed, "a message is not a JSON object");
  return json;
}

template <class T>
std::string Write(const T& value) {
  Json json = Json::object();
  JsonWriter writer(json);
  Describe(writer, value);
  return Dump(json);
}

template <class T>
Result<T> ReadFrom(const Json& json, const Limits& limits, const SymbolTables* symbols = nullptr) {
  T value;
  JsonReader::State state{limits, symbols, std::nullopt};
  JsonReader reader(json, state);
  Describe(reader, value);
  if (state.error) return Err(std::move(*state.error));
  return value;
}

template <class T>
Result<T> Read(std::string_view text, const Limits& limits) {
  WEIR_ASSIGN(Json json, ParseObject(text, limits.record_bytes));
  return ReadFrom<T>(json, limits);
}

}  // namespace weir::wire
