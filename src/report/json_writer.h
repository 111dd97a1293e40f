// Writes JSON straight into one string: a report of a large host would cost ten
// times its size as a document tree. Outside text becomes valid UTF-8.
// Misnesting is a bug and aborts. Threading: one thread a writer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::report {

class JsonWriter {
 public:
  /// INDENT spaces a level; 0 writes everything on one line.
  explicit JsonWriter(unsigned indent = 1) : indent_(indent) {}

  JsonWriter& BeginObject() { return Begin('{'); }
  JsonWriter& EndObject() { return End('{', '}'); }
  JsonWriter& BeginArray() { return Begin('['); }
  JsonWriter& EndArray() { return End('[', ']'); }
  JsonWriter& Key(std::string_view key);

  JsonWriter& Value(std::string_view text);
  JsonWriter& Value(const char* text) { return Value(std::string_view(text)); }
  JsonWriter& Value(bool value) { return Raw(value ? "true" : "false"); }
  JsonWriter& Value(std::uint64_t value) { return Raw(std::to_string(value)); }
  /// At most DIGITS decimals, without trailing zeros.
  JsonWriter& Number(double value, int digits);

  /// Key and value.
  template <class T>
  JsonWriter& Field(std::string_view key, const T& value) {
    return Key(key).Value(value);
  }
  /// Key and value where TEXT is not empty.
  JsonWriter& OptionalField(std::string_view key, std::string_view text) {
    return text.empty() ? *this : Field(key, text);
  }
  /// Key and array of strings; nothing where LIST is empty and KEEP_EMPTY is not set.
  JsonWriter& ListField(std::string_view key, const std::vector<std::string>& list, bool keep_empty = false);

  /// The document with a line end. Every object and array must be closed.
  std::string Take();

 private:
  JsonWriter& Begin(char open);
  JsonWriter& End(char open, char close);
  JsonWriter& Raw(std::string_view text);
  void BeforeValue();
  void NewLine();

  unsigned indent_;
  std::string out_;
  std::string open_;  // one of "{[" for each level
  bool first_ = true, after_key_ = false;
};

}  // namespace weir::report
