// feeds/state.json.
#include <nlohmann/json.hpp>

#include "advisory/feeds/json.h"
#include "advisory/update/feed_file.h"
#include "base/file.h"

namespace weir::advisory {
namespace {

constexpr std::uint64_t kMaxStateBytes = 64ULL << 20U;

std::string StatePath(const std::string& data_dir) { return data_dir + "/feeds/state.json"; }

std::uint64_t Count(JsonValue value) {
  double number = value.number().value_or(0);
  return number > 0 && number < 1e15 ? static_cast<std::uint64_t>(number) : 0;
}

}  // namespace

std::string FeedFilesToJson(const FeedState& state) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const FeedFile& file : state.files) {
    list.push_back(Json{{"path", file.local},
                        {"source", file.source},
                        {"kind", FeedKindName(file.kind)},
                        {"url", file.url},
                        {"etag", file.etag},
                        {"last_modified", file.last_modified},
                        {"sha256", file.sha256},
                        {"fetched_at", file.fetched_at},
                        {"data_date", file.data_date},
                        {"last_error", file.last_error},
                        {"bytes", file.bytes},
                        {"records", file.records},
                        {"used", file.used},
                        {"malformed", file.malformed}});
  }
  Json root{{"format", "weir-feeds"},
            {"version", 1},
            {"built_from", state.built_from},
            {"built_at", state.built_at},
            {"files", std::move(list)}};
  return root.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<FeedState> FeedFilesFromJson(std::string_view json) {
  JsonParser parser;
  WEIR_ASSIGN(JsonValue root, parser.Parse(json));
  if (root["format"].text() != "weir-feeds") return Err(Code::kMalformed, "not a list of feeds");
  FeedState state;
  state.built_from = root["built_from"].String();
  state.built_at = root["built_at"].String();
  for (JsonValue item : root["files"].items()) {
    FeedFile file;
    file.local = item["path"].String();
    if (!IsSafeLocalPath(file.local)) return Err(Code::kMalformed, "a path that leads elsewhere");
    WEIR_ASSIGN(file.kind, ParseFeedKind(item["kind"].text()));
    file.source = item["source"].String();
    file.url = item["url"].String();
    file.etag = item["etag"].String();
    file.last_modified = item["last_modified"].String();
    file.sha256 = item["sha256"].String();
    file.fetched_at = item["fetched_at"].String();
    file.data_date = item["data_date"].String();
    file.last_error = item["last_error"].String();
    file.bytes = Count(item["bytes"]);
    file.records = Count(item["records"]);
    file.used = Count(item["used"]);
    file.malformed = Count(item["malformed"]);
    state.files.push_back(std::move(file));
  }
  return state;
}

Result<FeedState> LoadFeedState(const std::string& data_dir) {
  auto text = ReadFile(StatePath(data_dir), kMaxStateBytes);
  if (!text && text.error().code == Code::kNotFound) return FeedState{};
  if (!text) return Err(text.error());
  auto state = FeedFilesFromJson(*text);
  if (!state) return Err(state.error().Context(StatePath(data_dir)));
  return state;
}

Result<void> SaveFeedState(const std::string& data_dir, const FeedState& state) {
  return WriteFileAtomically(StatePath(data_dir), FeedFilesToJson(state));
}

}  // namespace weir::advisory
