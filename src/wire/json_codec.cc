#include "wire/json_codec.h"

#include <nlohmann/json.hpp>

namespace weir::wire {

void JsonWriter::Child(const char* key, const std::function<void(JsonWriter&)>& fill) {
  Json child = Json::object();
  JsonWriter writer(child, symbols_);
  fill(writer);
  out_[key] = std::move(child);
}

void JsonWriter::Children(const char* key, std::size_t count,
                          const std::function<void(std::size_t, JsonWriter&)>& fill) {
  if (count == 0) return;
  Json list = Json::array();
  for (std::size_t i = 0; i < count; ++i) {
    Json child = Json::object();
    JsonWriter writer(child, symbols_);
    fill(i, writer);
    list.push_back(std::move(child));
  }
  out_[key] = std::move(list);
}

void JsonWriter::Set(const char* key, std::uint64_t value) { out_[key] = value; }

void JsonWriter::Text(const char* key, const std::string& value) {
  if (!value.empty()) out_[key] = value;
}

void JsonWriter::Bool(const char* key, bool value) {
  if (value) out_[key] = true;
}

void JsonWriter::Real(const char* key, double value, double absent) {
  if (value != absent) out_[key] = value;
}

void JsonWriter::Texts(const char* key, const std::vector<std::string>& values) {
  if (!values.empty()) out_[key] = values;
}

void JsonWriter::Pairs(const char* key, const std::vector<std::pair<std::string, std::string>>& values) {
  if (values.empty()) return;
  Json list = Json::array();
  for (const auto& [name, value] : values) list.push_back(Json::array({name, value}));
  out_[key] = std::move(list);
}

void JsonWriter::Symbols(const char* key, const std::shared_ptr<const model::GoSymbols>& value) {
  if (value == nullptr) return;
  std::string id = GoSymbolsId(value.get());
  out_[key] = id;
  if (symbols_ != nullptr) symbols_->emplace(std::move(id), value);
}

const Json* JsonReader::Find(const char* key) {
  if (state_.error) return nullptr;
  auto at = in_.find(key);
  return at == in_.end() || at->is_null() ? nullptr : &*at;
}

void JsonReader::Fail(const char* key, std::string_view what) {
  if (!state_.error)
    state_.error = Error{Code::kMalformed, "\"" + std::string(key) + "\" " + std::string(what)};
}

bool JsonReader::TextOf(const char* key, const Json& value, std::string& out) {
  if (!value.is_string()) {
    Fail(key, "is not a text");
    return false;
  }
  const std::string& text = value.get_ref<const std::string&>();
  if (text.size() > state_.limits.text_bytes) {
    Fail(key, "is too long");
    return false;
  }
  out = text;
  return true;
}

void JsonReader::Text(const char* key, std::string& value) {
  if (const Json* found = Find(key)) TextOf(key, *found, value);
}

void JsonReader::LongText(const char* key, std::string& value) {
  const Json* found = Find(key);
  if (found == nullptr) return;
  if (!found->is_string()) return Fail(key, "is not a text");
  value = found->get<std::string>();
}

void JsonReader::Bool(const char* key, bool& value) {
  const Json* found = Find(key);
  if (found == nullptr) return;
  if (!found->is_boolean()) return Fail(key, "is neither true nor false");
  value = found->get<bool>();
}

void JsonReader::Real(const char* key, double& value, double absent) {
  value = absent;
  const Json* found = Find(key);
  if (found == nullptr) return;
  if (!found->is_number()) return Fail(key, "is not a number");
  value = found->get<double>();
}

bool JsonReader::ReadNumber(const char* key, std::uint64_t max, std::uint64_t& value) {
  const Json* found = Find(key);
  if (found == nullptr) return false;
  if (!found->is_number_unsigned() || found->get<std::uint64_t>() > max) {
    Fail(key, "is not a whole number in its range");
    return false;
  }
  value = found->get<std::uint64_t>();
  return true;
}

const Json* JsonReader::FindList(const char* key) {
  const Json* found = Find(key);
  if (found == nullptr) return nullptr;
  if (!found->is_array()) {
    Fail(key, "is not a list");
    return nullptr;
  }
  if (found->size() > state_.limits.list_entries) {
    Fail(key, "has too many entries");
    return nullptr;
  }
  return found;
}

void JsonReader::Texts(const char* key, std::vector<std::string>& values) {
  const Json* list = FindList(key);
  if (list == nullptr) return;
  values.reserve(list->size());
  for (const Json& value : *list)
    if (!TextOf(key, value, values.emplace_back())) return;
}

void JsonReader::Pairs(const char* key, std::vector<std::pair<std::string, std::string>>& values) {
  const Json* list = FindList(key);
  if (list == nullptr) return;
  values.reserve(list->size());
  for (const Json& pair : *list) {
    if (!pair.is_array() || pair.size() != 2) return Fail(key, "has an entry that is not a pair");
    auto& [name, value] = values.emplace_back();
    if (!TextOf(key, pair[0], name) || !TextOf(key, pair[1], value)) return;
  }
}

void JsonReader::Symbols(const char* key, std::shared_ptr<const model::GoSymbols>& value) {
  std::string id;
  Text(key, id);
  if (id.empty() || state_.symbols == nullptr) return;
  auto found = state_.symbols->find(id);
  if (found == state_.symbols->end()) return Fail(key, "names symbols that are not there");
  value = found->second;
}

bool JsonReader::IsObject(const char* key, const Json& value) {
  if (!value.is_object()) Fail(key, "is not an object");
  return value.is_object();
}

std::size_t JsonReader::Size(const Json& list) { return list.size(); }
const Json& JsonReader::At(const Json& list, std::size_t i) { return list[i]; }

}  // namespace weir::wire
