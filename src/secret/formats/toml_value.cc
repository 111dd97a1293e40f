// The only file that knows the TOML library. Its exceptions end here.
#include <toml++/toml.h>

#include <string>

#include "base/strings.h"
#include "secret/formats/value.h"

namespace weir::secret {
namespace {

/// Thrown below, and caught in ReadToml.
struct Refused {
  const char* why;
};

class Copy {
 public:
  explicit Copy(const ValueLimits& limits) : limits_(limits) {}

  Value Node(const toml::node& node, int depth) {
    if (++nodes_ > limits_.max_nodes) throw Refused{"too many values"};
    if (depth > limits_.max_depth) throw Refused{"nested too deep"};
    Value value;
    value.line = node.source().begin.line;
    if (const toml::table* table = node.as_table()) {
      value.kind = Value::Kind::kTable;
      value.members.reserve(table->size());
      for (const auto& [key, member] : *table)
        value.members.push_back({std::string(key.str()), Node(member, depth + 1)});
    } else if (const toml::array* array = node.as_array()) {
      value.kind = Value::Kind::kArray;
      value.items.reserve(array->size());
      for (const toml::node& item : *array) value.items.push_back(Node(item, depth + 1));
    } else {
      value.kind = Value::Kind::kScalar;
      if (auto text = node.value_exact<std::string_view>()) {
        value.text = *text;
      } else if (auto flag = node.value_exact<bool>()) {
        value.text = *flag ? "true" : "false";
      } else if (auto whole = node.value_exact<std::int64_t>()) {
        value.text = std::to_string(*whole);
      } else if (auto number = node.value_exact<double>()) {
        value.text = std::to_string(*number);
      } else {
        value.kind = Value::Kind::kNull;  // dates: no rule has one
      }
    }
    return value;
  }

 private:
  const ValueLimits& limits_;
  std::size_t nodes_ = 0;
};

}  // namespace

Result<Value> ReadToml(std::string_view text, const ValueLimits& limits) {
  if (text.size() > limits.max_bytes)
    return Err(Code::kLimitExceeded, "longer than " + std::to_string(limits.max_bytes) + " bytes");
  try {
    const toml::table table = toml::parse(text);
    return Copy(limits).Node(table, 0);
  } catch (const Refused& refused) {
    return Err(Code::kLimitExceeded, refused.why);
  } catch (const toml::parse_error& error) {
    return Err(Code::kMalformed, "line " + std::to_string(error.source().begin.line) + ": " +
                                     ToValidUtf8(std::string(error.description())));
  } catch (const std::exception& error) {
    return Err(Code::kMalformed, ToValidUtf8(error.what()));
  }
}

}  // namespace weir::secret
