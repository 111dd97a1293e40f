#include "base/strings.h"
#include "sbom/node_lock_formats.h"

namespace weir::sbom {
namespace {

std::size_t Indent(std::string_view line) {
  std::size_t at = line.find_first_not_of(' ');
  return at == std::string_view::npos ? line.size() : at;
}
std::string_view Unquote(std::string_view text) {
  text = Trim(text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return text;
}

/// Takes "key value" (Yarn 1) or "key: value" (later), quoted or not, apart.
std::pair<std::string_view, std::string_view> KeyValue(std::string_view line) {
  line = Trim(line);
  std::size_t end = 0;
  if (line.starts_with('"')) {
    end = line.find('"', 1);
    if (end == std::string_view::npos) return {};
    ++end;
  } else {
    end = std::min(line.find_first_of(": "), line.size());
  }
  std::string_view key = Unquote(line.substr(0, end)), value = line.substr(end);
  if (value.starts_with(':')) value.remove_prefix(1);
  return {key, Unquote(value)};
}

class Reader {
 public:
  explicit Reader(LockGraph& graph) : graph_(graph) {}

  Result<void> Read(std::string_view text) {
    std::uint64_t odd = 0;
    while (!text.empty()) {
      std::string_view line = NextLine(text);
      if (Trim(line).empty() || line[0] == '#') continue;
      std::size_t indent = Indent(line);
      if (indent == 0) {
        Finish();
        if (!line.ends_with(':')) {
          ++odd;
          continue;
        }
        header_ = line.substr(0, line.size() - 1);
      } else if (indent == 2) {
        Field(line);
      } else if (indent == 4 && in_dependencies_) {
        auto [name, range] = KeyValue(line);
        if (needs_.size() < kMaxNeeds) needs_.emplace_back(name, range);
      }
    }
    Finish();
    if (odd != 0) return Err(Code::kMalformed, "yarn.lock: " + std::to_string(odd) + " lines are no entries");
    return {};
  }

 private:
  static constexpr std::size_t kMaxNeeds = 5000;

  void Field(std::string_view line) {
    std::string_view body = Trim(line);
    in_dependencies_ = body == "dependencies:" || body == "optionalDependencies:";
    if (body.ends_with(':')) return;
    auto [key, value] = KeyValue(line);
    if (key == "version") version_ = value;
    if (key == "resolved") resolved_ = value;
    if (key == "resolution") resolution_ = value;
    if (key == "integrity") integrity_ = value;
  }

  void Finish() {
    if (!header_.empty() && header_ != "__metadata") Add();
    header_ = version_ = resolved_ = resolution_ = integrity_ = {};
    needs_.clear();
    in_dependencies_ = false;
  }

  void Add() {
    // "a@^1.0.0, a@^1.1.0" with the quotes of Yarn 1 around each, or of later ones around all.
    std::string descriptors = ReplaceAll(header_, "\"", "");
    std::vector<std::string_view> keys = Split(descriptors, ',');
    auto [name, range] = SplitNodeSpec(Trim(keys[0]));
    if (!resolution_.empty()) {
      std::tie(name, range) = SplitNodeSpec(resolution_);
      if (range.starts_with("workspace:") || range.starts_with("link:") || range.starts_with("portal:"))
        return;
    } else if (range.starts_with("npm:") && range.find('@', 5) != std::string_view::npos) {
      name = SplitNodeSpec(range.substr(4)).first;  // an alias
    }
    NodeLockEntry entry{name, version_, resolved_, integrity_, false, false};
    model::Package package;
    if (!MakeNodePackage(entry, package)) return;
    // Yarn 1 puts the SHA-1 behind the address.
    std::size_t hash = resolved_.find('#');
    if (package.digests.empty() && hash != std::string_view::npos && resolved_.size() - hash == 41)
      package.digests.push_back({"sha1", std::string(resolved_.substr(hash + 1))});
    LockGraph::Index index = graph_.Add(std::move(package));
    for (std::string_view key : keys) graph_.Key(index, Trim(key));
    for (const auto& [need, wanted] : needs_) {
      std::string with_range = std::string(need) + "@" + std::string(wanted);
      graph_.Need(index, {with_range, std::string(need) + "@npm:" + std::string(wanted)});
    }
  }

  LockGraph& graph_;
  std::string_view header_, version_, resolved_, resolution_, integrity_;
  std::vector<std::pair<std::string_view, std::string_view>> needs_;
  bool in_dependencies_ = false;
};

}  // namespace

Result<void> ReadYarnLock(std::string_view text, LockGraph& graph) { return Reader(graph).Read(text); }

}  // namespace weir::sbom
