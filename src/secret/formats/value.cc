#include "secret/formats/value.h"

#include "base/strings.h"

namespace weir::secret {

Value::Value() = default;
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

const Value* Value::Find(std::string_view name) const {
  const Value* similar = nullptr;
  for (const auto& [key, value] : members) {
    if (key == name) return &value;
    if (similar == nullptr && EqualsIgnoreCase(key, name)) similar = &value;
  }
  return similar;
}

}  // namespace weir::secret
