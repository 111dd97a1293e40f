#include "console/schema_check.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>

#include "base/strings.h"
#include "console/time_text.h"

namespace weir::console {
namespace {

Json ScalarOf(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text == "true") return true;
  if (text == "false") return false;
  if (text == "null" || text == "~") return nullptr;
  if (ParseUint(text)) return static_cast<std::int64_t>(*ParseUint(text));
  if (auto number = ParseDouble(text)) return *number;
  return text;
}

Json JsonOf(const YAML::Node& node) {
  if (node.IsMap()) {
    Json map = Json::object();
    for (const auto& entry : node) map[entry.first.Scalar()] = JsonOf(entry.second);
    return map;
  }
  if (node.IsSequence()) {
    Json list = Json::array();
    for (const auto& entry : node) list.push_back(JsonOf(entry));
    return list;
  }
  return node.IsNull() ? Json(nullptr) : ScalarOf(node);
}

bool HasType(const Json& value, const std::string& type) {
  if (type == "null") return value.is_null();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "array") return value.is_array();
  return type == "object" && value.is_object();
}

bool IsDay(const std::string& text) {
  return std::regex_match(text, std::regex("[0-9]{4}-[0-9]{2}-[0-9]{2}"));
}

}  // namespace

ApiDocument::ApiDocument(std::string_view yaml)
    : document_(std::make_unique<Json>(JsonOf(YAML::Load(std::string(yaml))))) {}
ApiDocument::~ApiDocument() = default;

std::vector<ApiDocument::Operation> ApiDocument::operations() const {
  std::vector<Operation> out;
  for (const auto& path : document_->at("paths").items())
    for (const auto& method : path.value().items()) {
      if (method.key() == "parameters") continue;
      std::string upper = method.key();
      std::transform(upper.begin(), upper.end(), upper.begin(), ::toupper);
      out.push_back(
          {upper, path.key(), method.value().value("operationId", ""), method.value().value("x-role", "")});
    }
  std::sort(out.begin(), out.end());
  return out;
}

const Json& ApiDocument::Resolve(const Json& node) const {
  if (!node.is_object() || !node.contains("$ref")) return node;
  std::string ref = node["$ref"];
  return Resolve(document_->at(Json::json_pointer(ref.substr(1))));
}

std::vector<std::string> ApiDocument::Check(std::string_view operation, int status,
                                            std::string_view content_type, const std::string& body) const {
  std::vector<std::string> faults;
  for (const auto& path : document_->at("paths").items())
    for (const auto& method : path.value().items()) {
      if (method.key() == "parameters" || method.value().value("operationId", "") != operation) continue;
      const Json& responses = method.value().at("responses");
      std::string exact = std::to_string(status), range = exact.substr(0, 1) + "XX";
      const Json* found = responses.contains(exact)   ? &responses[exact]
                          : responses.contains(range) ? &responses[range]
                                                      : nullptr;
      if (found == nullptr) return {"status " + exact + " is not documented"};
      const Json& response = Resolve(*found);
      if (!response.contains("content")) {
        if (!body.empty()) faults.emplace_back("a body where none is documented");
        return faults;
      }
      std::string type(content_type.substr(0, content_type.find(';')));
      if (!response["content"].contains(type)) return {"content type " + type + " is not documented"};
      if (!type.ends_with("json")) return faults;
      Json value = Json::parse(body, nullptr, false);
      if (value.is_discarded()) return {"the body is not JSON"};
      CheckValue(response["content"][type]["schema"], value, "$", faults, false);
      return faults;
    }
  return {"there is no operation " + std::string(operation)};
}

std::vector<std::string> ApiDocument::CheckSchema(std::string_view name, const Json& value) const {
  std::vector<std::string> faults;
  CheckValue(document_->at("components").at("schemas").at(std::string(name)), value, "$", faults, false);
  return faults;
}

bool ApiDocument::Members(const Json& given, std::set<std::string>& names) const {
  const Json& schema = Resolve(given);
  bool closed = !schema.contains("additionalProperties");
  bool any = schema.contains("properties");
  if (any)
    for (const auto& property : schema["properties"].items()) names.insert(property.key());
  if (schema.contains("allOf"))
    for (const Json& part : schema["allOf"]) {
      std::set<std::string> inner;
      closed &= Members(part, inner) || inner.empty();
      any |= !inner.empty();
      names.merge(inner);
    }
  return closed && any;
}

/// OPEN: part of an allOf, whose other parts know other members.
void ApiDocument::CheckValue(const Json& given, const Json& value, const std::string& at,
                             std::vector<std::string>& faults, bool open) const {
  const Json& schema = Resolve(given);
  auto fault = [&](const std::string& what) {
    faults.push_back(at + ": " + what + ", it is " + value.dump().substr(0, 80));
  };
  if (schema.contains("type")) {
    const Json& type = schema["type"];
    bool fits = type.is_array()
                    ? std::any_of(type.begin(), type.end(), [&](const Json& t) { return HasType(value, t); })
                    : HasType(value, type);
    if (!fits) return fault("should be " + type.dump());
  }
  if (schema.contains("enum") &&
      std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
    fault("is not one of " + schema["enum"].dump());
  if (schema.contains("const") && schema["const"] != value) fault("should be " + schema["const"].dump());
  if (value.is_number()) {
    if (schema.contains("minimum") && value.get<double>() < schema["minimum"].get<double>())
      fault("is too small");
    if (schema.contains("maximum") && value.get<double>() > schema["maximum"].get<double>())
      fault("is too large");
  }
  if (value.is_string() && schema.value("format", "") == "date-time" && !ParseTime(value.get<std::string>()))
    fault("is not a time");
  if (value.is_string() && schema.value("format", "") == "date" && !IsDay(value)) fault("is not a day");
  if (schema.contains("allOf"))
    for (const Json& part : schema["allOf"]) CheckValue(part, value, at, faults, true);
  if (schema.contains("oneOf")) {
    std::size_t fitting = 0;
    for (const Json& part : schema["oneOf"]) {
      std::vector<std::string> inner;
      CheckValue(part, value, at, inner, false);
      fitting += inner.empty() ? 1U : 0U;
    }
    if (fitting != 1) fault("fits " + std::to_string(fitting) + " of oneOf");
  }
  if (value.is_array()) {
    if (schema.contains("maxItems") && value.size() > schema["maxItems"].get<std::size_t>())
      fault("has too many items");
    for (std::size_t i = 0; i < value.size(); ++i) {
      std::string place = at + "[" + std::to_string(i) + "]";
      if (schema.contains("prefixItems") && i < schema["prefixItems"].size())
        CheckValue(schema["prefixItems"][i], value[i], place, faults, false);
      if (schema.contains("items")) CheckValue(schema["items"], value[i], place, faults, false);
    }
    if (schema.contains("prefixItems") && value.size() != schema["prefixItems"].size())
      fault("has a wrong length");
  }
  if (!value.is_object()) return;
  if (schema.contains("required"))
    for (const Json& name : schema["required"])
      if (!value.contains(name.get<std::string>())) fault("lacks " + name.get<std::string>());
  if (schema.contains("properties"))
    for (const auto& property : schema["properties"].items())
      if (value.contains(property.key()))
        CheckValue(property.value(), value[property.key()], at + "." + property.key(), faults, false);
  if (schema.contains("additionalProperties") && schema["additionalProperties"].is_object())
    for (const auto& member : value.items())
      CheckValue(schema["additionalProperties"], member.value(), at + "." + member.key(), faults, false);
  std::set<std::string> names;
  if (open || !Members(schema, names)) return;
  for (const auto& member : value.items())
    if (!names.contains(member.key())) fault("has the undocumented member " + member.key());
}

}  // namespace weir::console
