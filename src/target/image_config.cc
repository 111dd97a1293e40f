#include "target/image_config.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_guard.h"

namespace weir::target {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxJsonDepth = 64;
constexpr std::size_t kMaxTexts = 20'000;
constexpr std::size_t kMaxTextBytes = 1U << 20U;
constexpr std::size_t kMaxAllBytes = 16U << 20U;
constexpr std::size_t kMaxKeyBytes = 256;

const Json& Member(const Json& json, const char* key) {
  static const Json kNull;
  if (!json.is_object()) return kNull;
  auto found = json.find(key);
  return found == json.end() ? kNull : *found;
}

class Collector {
 public:
  explicit Collector(ConfigTexts& out) : out_(out) {
    for (const ConfigText& text : out.texts) bytes_ += text.text.size();
  }
  void Add(std::string path, std::string text, std::optional<std::size_t> layer = {}) {
    if (text.empty()) return;
    if (out_.texts.size() >= kMaxTexts || bytes_ >= kMaxAllBytes) {
      out_.cut = true;
      return;
    }
    if (text.size() > kMaxTextBytes) {
      text.resize(kMaxTextBytes);
      out_.cut = true;
    }
    bytes_ += text.size();
    out_.texts.push_back({"image-config:" + std::move(path), std::move(text), layer});
  }
  void AddString(std::string path, const Json& json, std::optional<std::size_t> layer = {}) {
    if (json.is_string()) Add(std::move(path), json.get<std::string>(), layer);
  }
  void AddList(const std::string& path, const Json& json) {
    if (!json.is_array()) return AddString(path, json);
    for (std::size_t i = 0; i < json.size(); ++i) AddString(path + "[" + std::to_string(i) + "]", json[i]);
  }
  /// A command: a list of words, or one text for a shell.
  void AddWords(const std::string& path, const Json& json) {
    if (!json.is_array()) return AddString(path, json);
    std::string words;
    for (const Json& word : json)
      if (word.is_string()) words += (words.empty() ? "" : " ") + word.get<std::string>();
    Add(path, std::move(words));
  }
  void AddPair(const std::string& path, const std::string& key, const std::string& value) {
    if (!value.empty()) Add(path + "[" + key.substr(0, kMaxKeyBytes) + "]", key + "=" + value);
  }

 private:
  ConfigTexts& out_;
  std::size_t bytes_ = 0;
};

void AddHistory(const Json& history, Collector& out) {
  if (!history.is_array()) return;
  std::size_t layer = 0;
  for (std::size_t i = 0; i < history.size(); ++i) {
    const Json& step = history[i];
    const Json& empty = Member(step, "empty_layer");
    std::optional<std::size_t> made;
    if (!empty.is_boolean() || !empty.get<bool>()) made = layer++;
    std::string path = "history[" + std::to_string(i) + "]";
    out.AddString(path + ".created_by", Member(step, "created_by"), made);
    out.AddString(path + ".comment", Member(step, "comment"), made);
    out.AddString(path + ".author", Member(step, "author"), made);
  }
}

}  // namespace

ConfigTexts ReadConfigTexts(std::string_view text) {
  ConfigTexts out;
  if (!CheckJsonDepth(text, kMaxJsonDepth)) return out;
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return out;
  Collector collector(out);
  const Json& config = Member(json, "config");
  collector.AddList("Env", Member(config, "Env"));
  if (const Json& labels = Member(config, "Labels"); labels.is_object())
    for (const auto& [key, value] : labels.items())
      if (value.is_string()) collector.AddPair("Labels", key, value.get<std::string>());
  collector.AddWords("Entrypoint", Member(config, "Entrypoint"));
  collector.AddWords("Cmd", Member(config, "Cmd"));
  collector.AddWords("Shell", Member(config, "Shell"));
  collector.AddWords("Healthcheck", Member(Member(config, "Healthcheck"), "Test"));
  collector.AddList("OnBuild", Member(config, "OnBuild"));
  collector.AddString("User", Member(config, "User"));
  collector.AddString("WorkingDir", Member(config, "WorkingDir"));
  collector.AddString("author", Member(json, "author"));
  collector.AddString("comment", Member(json, "comment"));
  AddHistory(Member(json, "history"), collector);
  return out;
}

void AddAnnotations(const std::vector<std::pair<std::string, std::string>>& annotations, ConfigTexts& out) {
  Collector collector(out);
  for (const auto& [key, value] : annotations) collector.AddPair("Annotations", key, value);
}

}  // namespace weir::target
