#include "console/request_fields.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/json_guard.h"
#include "base/strings.h"

namespace weir::console {
namespace {

std::string OneOf(Words allowed) {
  std::string out = "must be one of";
  for (std::string_view word : allowed) out += (out.ends_with("of") ? " " : ", ") + std::string(word);
  return out;
}

bool IsGoodText(std::string_view text) {
  return text.find('\0') == std::string_view::npos && ToValidUtf8(text) == text;
}

bool IsJson(std::string_view content_type) {
  return EqualsIgnoreCase(Trim(content_type.substr(0, content_type.find(';'))), "application/json");
}

}  // namespace

BodyFields::BodyFields(const net::ServerRequest& request) : json_(std::make_unique<Json>(Json::object())) {
  if (!IsJson(request.Header("content-type"))) {
    fault_ = Problem(415, "unsupported", "send Content-Type: application/json");
    return;
  }
  if (auto depth = CheckJsonDepth(request.body, 32); !depth) {
    fault_ = Problem(400, "malformed", "the JSON is nested too deeply");
    return;
  }
  *json_ = Json::parse(request.body, nullptr, false);
  if (!json_->is_object()) {
    fault_ = Problem(400, "malformed",
                     json_->is_discarded() ? "the body is not JSON" : "the body must be a JSON object");
    *json_ = Json::object();
  }
}
BodyFields::~BodyFields() = default;

const Json* BodyFields::Find(std::string_view name) {
  known_.emplace(name);
  auto it = json_->find(name);
  return it == json_->end() || it->is_null() ? nullptr : &*it;
}

bool BodyFields::Has(std::string_view name) const {
  auto it = json_->find(name);
  return it != json_->end() && !it->is_null();
}

void BodyFields::Complain(std::string_view name, std::string detail) {
  if (!fault_) fault_ = Problem(400, "invalid-argument", std::string(name) + " " + detail, std::string(name));
}

std::optional<std::string> BodyFields::OptionalText(std::string_view name, std::size_t min, std::size_t max) {
  const Json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    Complain(name, "must be a text");
    return std::nullopt;
  }
  const auto& text = value->get_ref<const std::string&>();
  if (text.size() < min || text.size() > max) {
    Complain(name, "must have " + std::to_string(min) + " to " + std::to_string(max) + " characters");
    return std::nullopt;
  }
  if (!IsGoodText(text)) {
    Complain(name, "has characters that are not allowed");
    return std::nullopt;
  }
  return text;
}

std::string BodyFields::Text(std::string_view name, std::size_t min, std::size_t max) {
  if (!Has(name)) Complain(name, "is missing");
  return OptionalText(name, min, max).value_or(std::string());
}

std::optional<std::string> BodyFields::OptionalWord(std::string_view name, Words allowed) {
  std::optional<std::string> word = OptionalText(name, 0, 100);
  if (word && std::find(allowed.begin(), allowed.end(), *word) == allowed.end()) {
    Complain(name, OneOf(allowed));
    return std::nullopt;
  }
  return word;
}

std::optional<std::int64_t> BodyFields::OptionalNumber(std::string_view name, std::int64_t min,
                                                       std::int64_t max) {
  const Json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  bool fits = value->is_number_integer() &&
              (!value->is_number_unsigned() || value->get<std::uint64_t>() <= std::uint64_t{1} << 62U);
  if (!fits || value->get<std::int64_t>() < min || value->get<std::int64_t>() > max) {
    Complain(name, "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return std::nullopt;
  }
  return value->get<std::int64_t>();
}

std::optional<double> BodyFields::OptionalReal(std::string_view name, double min, double max) {
  const Json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number() || !(value->get<double>() >= min) || !(value->get<double>() <= max)) {
    Complain(name, "must be a number from " + std::to_string(min) + " to " + std::to_string(max));
    return std::nullopt;
  }
  return value->get<double>();
}

std::optional<bool> BodyFields::OptionalBool(std::string_view name) {
  const Json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) {
    Complain(name, "must be true or false");
    return std::nullopt;
  }
  return value->get<bool>();
}

std::optional<std::vector<std::string>> BodyFields::OptionalTexts(std::string_view name,
                                                                  std::size_t max_count,
                                                                  std::size_t max_bytes) {
  const Json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_array() || value->size() > max_count) {
    Complain(name, "must be a list of at most " + std::to_string(max_count));
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const Json& item : *value) {
    if (!item.is_string() || item.get_ref<const std::string&>().size() > max_bytes ||
        !IsGoodText(item.get_ref<const std::string&>())) {
      Complain(name, "must hold texts of at most " + std::to_string(max_bytes) + " bytes");
      return std::nullopt;
    }
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

std::optional<Problem> BodyFields::Fault() {
  if (fault_) return fault_;
  for (const auto& member : json_->items())
    if (!known_.contains(member.key())) {
      std::string name = ToValidUtf8(member.key()).substr(0, 100);
      return Problem(400, "invalid-argument", "there is no member of this name", ToValidUtf8(name));
    }
  return std::nullopt;
}

std::optional<std::string_view> QueryFields::Find(std::string_view name) {
  known_.emplace(name);
  std::optional<std::string_view> value = request_.Query(name);
  return value && !value->empty() ? value : std::nullopt;
}

void QueryFields::Complain(std::string_view name, std::string detail) {
  if (!fault_) fault_ = Problem(400, "invalid-argument", std::string(name) + " " + detail, std::string(name));
}

std::string QueryFields::Text(std::string_view name, std::size_t max) {
  std::string_view text = Find(name).value_or(std::string_view());
  if (text.size() > max) Complain(name, "must have at most " + std::to_string(max) + " bytes");
  if (!IsGoodText(text)) Complain(name, "has characters that are not allowed");
  return fault_ ? std::string() : std::string(text);
}

std::int64_t QueryFields::Number(std::string_view name, std::int64_t fallback, std::int64_t min,
                                 std::int64_t max) {
  std::optional<std::string_view> text = Find(name);
  if (!text) return fallback;
  std::optional<std::uint64_t> number = ParseUint(*text);
  if (!number || *number > static_cast<std::uint64_t>(max) || static_cast<std::int64_t>(*number) < min) {
    Complain(name, "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return fallback;
  }
  return static_cast<std::int64_t>(*number);
}

std::string QueryFields::Word(std::string_view name, Words allowed) {
  std::optional<std::string_view> text = Find(name);
  if (!text) return {};
  if (std::find(allowed.begin(), allowed.end(), *text) == allowed.end()) {
    Complain(name, OneOf(allowed));
    return {};
  }
  return std::string(*text);
}

std::optional<bool> QueryFields::Bool(std::string_view name) {
  std::optional<std::string_view> text = Find(name);
  if (!text) return std::nullopt;
  if (*text == "true" || *text == "1") return true;
  if (*text == "false" || *text == "0") return false;
  Complain(name, "must be true or false");
  return std::nullopt;
}

std::uint32_t QueryFields::Id(std::string_view name) {
  std::optional<std::string_view> text = Find(name);
  if (!text) return 0;
  std::optional<std::uint32_t> id = ParseId(*text);
  if (!id) Complain(name, "is not an id");
  return id.value_or(0);
}

store::PageRequest QueryFields::Page(std::size_t fallback) {
  store::PageRequest page;
  page.limit = static_cast<std::size_t>(Number("limit", static_cast<std::int64_t>(fallback), 1, 500));
  page.cursor = Text("cursor", 400);
  return page;
}

std::optional<Problem> QueryFields::Fault() {
  if (fault_) return fault_;
  for (const auto& [name, value] : request_.query)
    if (!known_.contains(name))
      return Problem(400, "invalid-argument", "there is no parameter of this name",
                     ToValidUtf8(name.substr(0, 100)));
  return std::nullopt;
}

std::optional<std::uint32_t> ParseId(std::string_view text) {
  std::optional<std::uint64_t> number = ParseUint(text);
  if (!number || *number == 0 || *number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

std::optional<FindingName> ParseFindingName(std::string_view text) {
  std::string_view asset = NextPiece(text, '-');
  std::optional<std::uint32_t> a = ParseId(asset), m = ParseId(text);
  if (!a || !m) return std::nullopt;
  return FindingName{*a, *m};
}

}  // namespace weir::console
