// Structs to JSON and back from one description of their fields.
//
// A description is a function Describe(codec, value) that names each field once;
// JsonWriter leaves out what is empty, JsonReader takes what is missing as empty,
// and remembers the first field that is not what it should be.
// Threading: a codec belongs to one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/package.h"
#include "wire/messages.h"

namespace weir::wire {

using Json = nlohmann::json;

template <class C, class V>
concept ValueOf = std::is_same_v<std::remove_const_t<C>, V>;

/// The names of an enumeration's values, from its first on.
template <class E>
using EnumName = std::string_view (*)(E);

template <class E>
std::optional<E> EnumOf(std::string_view name, EnumName<E> name_of, unsigned count) {
  for (unsigned i = 0; i < count; ++i)
    if (name_of(static_cast<E>(i)) == name) return static_cast<E>(i);
  return std::nullopt;
}

/// Go symbol tables of one record, by id.
using SymbolTables = std::map<std::string, std::shared_ptr<const model::GoSymbols>>;

class JsonWriter {
 public:
  static constexpr bool kReads = false;
  explicit JsonWriter(Json& out, SymbolTables* symbols = nullptr) : out_(out), symbols_(symbols) {}

  void Text(const char* key, const std::string& value);
  void LongText(const char* key, const std::string& value) { Text(key, value); }
  void Bool(const char* key, bool value);
  void Real(const char* key, double value, double absent);
  template <class N>
  void Number(const char* key, N value) {
    if (value != 0) Set(key, static_cast<std::uint64_t>(value));
  }
  void Texts(const char* key, const std::vector<std::string>& values);
  void Pairs(const char* key, const std::vector<std::pair<std::string, std::string>>& values);
  template <class E>
  void Enum(const char* key, E value, EnumName<E> name_of, unsigned count) {
    static_cast<void>(count);
    Text(key, std::string(name_of(value)));
  }
  template <class T>
  void Object(const char* key, const T& value) {
    Child(key, [&](JsonWriter& writer) { Describe(writer, value); });
  }
  template <class T>
  void List(const char* key, const std::vector<T>& values) {
    Children(key, values.size(), [&](std::size_t i, JsonWriter& writer) { Describe(writer, values[i]); });
  }
  void Symbols(const char* key, const std::shared_ptr<const model::GoSymbols>& value);

 private:
  void Child(const char* key, const std::function<void(JsonWriter&)>& fill);
  /// Nothing where COUNT is 0.
  void Children(const char* key, std::size_t count,
                const std::function<void(std::size_t, JsonWriter&)>& fill);
  void Set(const char* key, std::uint64_t value);

  Json& out_;
  SymbolTables* symbols_;
};

class JsonReader {
 public:
  static constexpr bool kReads = true;
  struct State {
    const Limits& limits;
    const SymbolTables* symbols = nullptr;
    std::optional<Error> error;
  };
  JsonReader(const Json& in, State& state) : in_(in), state_(state) {}

  void Text(const char* key, std::string& value);
  /// A whole file: bounded by the message that it is in.
  void LongText(const char* key, std::string& value);
  void Bool(const char* key, bool& value);
  void Real(const char* key, double& value, double absent);
  template <class N>
  void Number(const char* key, N& value) {
    std::uint64_t number = 0;
    if (ReadNumber(key, std::numeric_limits<N>::max(), number)) value = static_cast<N>(number);
  }
  void Texts(const char* key, std::vector<std::string>& values);
  void Pairs(const char* key, std::vector<std::pair<std::string, std::string>>& values);
  template <class E>
  void Enum(const char* key, E& value, EnumName<E> name_of, unsigned count) {
    std::string name;
    Text(key, name);
    if (state_.error || name.empty()) return;
    if (std::optional<E> known = EnumOf(name, name_of, count)) {
      value = *known;
    } else {
      Fail(key, "is not a known word");
    }
  }
  template <class T>
  void Object(const char* key, T& value) {
    const Json* child = Find(key);
    if (child == nullptr || !IsObject(key, *child)) return;
    JsonReader reader(*child, state_);
    Describe(reader, value);
  }
  template <class T>
  void List(const char* key, std::vector<T>& values) {
    const Json* list = FindList(key);
    if (list == nullptr) return;
    std::size_t count = Size(*list);
    values.reserve(count);
    for (std::size_t i = 0; i < count && !state_.error; ++i) {
      const Json& child = At(*list, i);
      if (!IsObject(key, child)) return;
      JsonReader reader(child, state_);
      Describe(reader, values.emplace_back());
    }
  }
  void Symbols(const char* key, std::shared_ptr<const model::GoSymbols>& value);

  const Json* Find(const char* key);
  void Fail(const char* key, std::string_view what);

 private:
  const Json* FindList(const char* key);
  bool IsObject(const char* key, const Json& value);
  bool ReadNumber(const char* key, std::uint64_t max, std::uint64_t& value);
  bool TextOf(const char* key, const Json& value, std::string& out);
  static std::size_t Size(const Json& list);
  static const Json& At(const Json& list, std::size_t i);

  const Json& in_;
  State& state_;
};

}  // namespace weir::wire
