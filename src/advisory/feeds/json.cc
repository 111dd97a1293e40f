#include "advisory/feeds/json.h"

#include <simdjson.h>

#include <bit>
#include <new>
#include <type_traits>

namespace weir::advisory {
namespace {

using Element = simdjson::dom::element;
constexpr std::size_t kMaxDepth = 64;

}  // namespace

struct JsonAccess {
  static_assert(sizeof(Element) == 16 && std::is_trivially_copyable_v<Element>);
  static Element Get(const JsonValue& value) { return std::bit_cast<Element>(value.element_); }
  static JsonValue Make(Element element) {
    JsonValue value;
    value.present_ = true;
    value.element_ = std::bit_cast<std::array<std::uint64_t, 2>>(element);
    return value;
  }
};

bool JsonValue::IsObject() const { return present_ && JsonAccess::Get(*this).is_object(); }
bool JsonValue::IsArray() const { return present_ && JsonAccess::Get(*this).is_array(); }

JsonValue JsonValue::operator[](std::string_view key) const {
  Element out;
  if (!present_ || JsonAccess::Get(*this).at_key(key).get(out) != simdjson::SUCCESS) return {};
  return JsonAccess::Make(out);
}

std::string_view JsonValue::text() const {
  std::string_view out;
  if (!present_ || JsonAccess::Get(*this).get(out) != simdjson::SUCCESS) return {};
  return out;
}

std::optional<double> JsonValue::number() const {
  double out = 0;
  if (!present_ || JsonAccess::Get(*this).get(out) != simdjson::SUCCESS) return std::nullopt;
  return out;
}

bool JsonValue::boolean(bool otherwise) const {
  bool out = false;
  if (!present_ || JsonAccess::Get(*this).get(out) != simdjson::SUCCESS) return otherwise;
  return out;
}

std::vector<JsonValue> JsonValue::items() const {
  std::vector<JsonValue> out;
  simdjson::dom::array array;
  if (!present_ || JsonAccess::Get(*this).get(array) != simdjson::SUCCESS) return out;
  for (Element item : array) out.push_back(JsonAccess::Make(item));
  return out;
}

std::vector<std::pair<std::string_view, JsonValue>> JsonValue::fields() const {
  std::vector<std::pair<std::string_view, JsonValue>> out;
  simdjson::dom::object object;
  if (!present_ || JsonAccess::Get(*this).get(object) != simdjson::SUCCESS) return out;
  for (auto field : object) out.emplace_back(field.key, JsonAccess::Make(field.value));
  return out;
}

struct JsonParser::Impl {
  simdjson::dom::parser parser;
  std::size_t capacity = 0;
};

JsonParser::JsonParser() : impl_(std::make_unique<Impl>()) {}
JsonParser::~JsonParser() = default;

Result<JsonValue> JsonParser::Parse(std::string_view text) {
  if (text.size() > impl_->capacity || impl_->capacity == 0) {
    std::size_t wanted = text.size() + text.size() / 2 + 4096;
    if (impl_->parser.allocate(wanted, kMaxDepth) != simdjson::SUCCESS)
      return Err(Code::kLimitExceeded, "not enough memory for the document");
    impl_->capacity = wanted;
  }
  Element root;
  simdjson::error_code code = impl_->parser.parse(text.data(), text.size()).get(root);
  if (code != simdjson::SUCCESS) return Err(Code::kMalformed, simdjson::error_message(code));
  return JsonAccess::Make(root);
}

}  // namespace weir::advisory
