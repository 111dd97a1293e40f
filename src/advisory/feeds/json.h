// JSON of the feeds: a parsed document that answers questions about outside data
// without ever failing on the wrong type; what is not there is absent.
// Values point into the parser and hold until its next Parse.
// Threading: a parser and its values on one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace weir::advisory {

class JsonValue {
 public:
  JsonValue() = default;
  bool present() const { return present_; }
  bool IsObject() const;
  bool IsArray() const;
  /// The field KEY of an object; absent for anything else.
  JsonValue operator[](std::string_view key) const;
  /// A string's bytes; empty for anything else.
  std::string_view text() const;
  std::string String() const { return std::string(text()); }
  std::optional<double> number() const;
  bool boolean(bool otherwise) const;
  /// An array's items, an object's fields in order; empty for anything else.
  std::vector<JsonValue> items() const;
  std::vector<std::pair<std::string_view, JsonValue>> fields() const;

 private:
  friend class JsonParser;
  friend struct JsonAccess;
  bool present_ = false;
  std::array<std::uint64_t, 2> element_{};  // the library's own reference, kept out of this header
};

class JsonParser {
 public:
  JsonParser();
  ~JsonParser();
  JsonParser(const JsonParser&) = delete;
  JsonParser& operator=(const JsonParser&) = delete;
  /// kMalformed for what is not JSON, and for nesting deeper than 64.
  Result<JsonValue> Parse(std::string_view text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::advisory
