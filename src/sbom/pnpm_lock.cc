// pnpm-lock.yaml is YAML of one fixed shape: two blanks a level, one key a line. That
// shape is read line by line; a general YAML reader would hold a tree of the whole.
#include <unordered_map>

#include "base/strings.h"
#include "sbom/node_lock_formats.h"
#include "sbom/node_manifest.h"

namespace weir::sbom {
namespace {

std::string_view Unquote(std::string_view text) {
  text = Trim(text);
  bool quoted =
      text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.front() == text.back();
  return quoted ? text.substr(1, text.size() - 2) : text;
}

struct Line {
  std::size_t level = 0;  // two blanks each
  std::string_view key, value;
};

bool ParseLine(std::string_view text, Line& out) {
  std::size_t indent = text.find_first_not_of(' ');
  if (indent == std::string_view::npos || indent % 2 != 0 || text[indent] == '#') return false;
  std::string_view body = text.substr(indent);
  std::size_t from = 0;
  if (body[0] == '\'' || body[0] == '"') {
    from = body.find(body[0], 1);
    if (from == std::string_view::npos) return false;
  }
  std::size_t colon = body.find(':', from);
  while (colon != std::string_view::npos && colon + 1 < body.size() && body[colon + 1] != ' ')
    colon = body.find(':', colon + 1);
  if (colon == std::string_view::npos) return false;
  out = {indent / 2, Unquote(body.substr(0, colon)), Unquote(body.substr(colon + 1))};
  return true;
}

/// The value of NAME in a mapping on one line: "{integrity: sha512-x, tarball: https://y}".
std::string_view FlowValue(std::string_view flow, std::string_view name) {
  if (flow.starts_with('{')) flow.remove_prefix(1);
  if (flow.ends_with('}')) flow.remove_suffix(1);
  while (!flow.empty()) {
    std::string_view piece = Trim(NextPiece(flow, ','));
    std::size_t colon = piece.find(": ");
    if (colon != std::string_view::npos && piece.substr(0, colon) == name)
      return Unquote(piece.substr(colon + 2));
  }
  return {};
}

struct NameVersion {
  std::string_view name, version;
  std::string key() const { return std::string(name) + "@" + std::string(version); }
};

class Reader {
 public:
  explicit Reader(LockGraph& graph) : graph_(graph) {}

  Result<void> Read(std::string_view text) {
    bool any = false;
    while (!text.empty()) {
      Line line;
      if (!ParseLine(NextLine(text), line)) continue;
      any = true;
      if (line.level == 0) {
        FinishEntry();
        section_ = line.key;
        if (line.key == "lockfileVersion")
          format_ = ParseUint(line.value.substr(0, line.value.find('.'))).value_or(0);
      } else if (section_ == "packages" || section_ == "snapshots") {
        EntryLine(line);
      } else if (section_ == "importers") {
        RootLine(line, 2);
      }
    }
    FinishEntry();
    if (!any || format_ == 0) return Err(Code::kMalformed, "pnpm-lock.yaml: no lockfileVersion");
    return {};
  }

 private:
  static constexpr std::size_t kMaxNeeds = 5000;

  /// "/a/1.0.0_peer@2" (5), "/a@1.0.0(peer@2)" (6) and "a@1.0.0(peer@2)" (9) are a 1.0.0.
  NameVersion ParseKey(std::string_view key) const {
    if (format_ <= 5) {
      if (std::size_t slash = key.find('/'); slash != 0)
        key = key.substr(std::min(slash, key.size()));  // a registry
      while (key.starts_with('/')) key.remove_prefix(1);
      std::size_t slash = key.find('/', key.starts_with('@') ? key.find('/') + 1 : 0);
      if (slash == std::string_view::npos) return {key, {}};
      std::string_view version = key.substr(slash + 1);
      return {key.substr(0, slash), version.substr(0, version.find('_'))};
    }
    if (key.starts_with('/')) key.remove_prefix(1);
    auto [name, version] = SplitNodeSpec(key.substr(0, key.find('(')));
    return {name, version};
  }

  /// What a dependency NAME with VALUE refers to: a version, or the key of another package (an alias).
  NameVersion ParseReference(std::string_view name, std::string_view value) const {
    if (value.starts_with('/')) return ParseKey(value);
    value = value.substr(0, value.find('('));
    if (format_ <= 5) value = value.substr(0, value.find('_'));
    auto [other, version] = SplitNodeSpec(value);
    if (format_ >= 9 && !version.empty() && IsNodeName(other)) return {other, version};
    return {name, value};
  }

  void EntryLine(const Line& line) {
    if (line.level == 1) {
      FinishEntry();
      entry_ = line.key;
    } else if (line.level == 2) {
      field_ = line.key;
      if (field_ == "resolution") resolution_ = line.value;
      if (field_ == "name") name_ = line.value;
      if (field_ == "version") version_ = line.value;
      if (field_ == "dev") development_ = line.value == "true";
      if (field_ == "optional") optional_ = line.value == "true";
    } else if (line.level == 3) {
      if (field_ == "resolution" && line.key == "integrity") integrity_ = line.value;
      bool needed = field_ == "dependencies" || field_ == "optionalDependencies";
      if (needed && needs_.size() < kMaxNeeds) needs_.emplace_back(line.key, line.value);
    }
  }

  /// Direct dependencies of a workspace; only version 9 needs them, to tell development packages.
  void RootLine(const Line& line, std::size_t group_level) {
    if (line.level == group_level) group_ = line.key;
    if (line.level == group_level + 1) root_name_ = line.key;
    if (line.level != group_level + 2 || line.key != "version" || format_ < 9) return;
    bool development = group_ == "devDependencies";
    if (!development && group_ != "dependencies" && group_ != "optionalDependencies") return;
    graph_.Root(ParseReference(root_name_, line.value).key(), development);
  }

  void FinishEntry() {
    if (!entry_.empty()) AddEntry();
    entry_ = field_ = resolution_ = integrity_ = name_ = version_ = {};
    development_ = optional_ = false;
    needs_.clear();
  }

  void AddEntry() {
    NameVersion which = ParseKey(entry_);
    if (!name_.empty()) which.name = name_;
    if (!version_.empty()) which.version = version_;
    std::string key = which.key();
    auto known = indices_.find(key);
    if (known == indices_.end()) {
      if (section_ == "snapshots") return;  // a snapshot of what packages does not list
      std::string_view tarball = FlowValue(resolution_, "tarball");
      NodeLockEntry entry{which.name,   which.version, tarball, FlowValue(resolution_, "integrity"),
                          development_, optional_};
      if (entry.integrity.empty()) entry.integrity = integrity_;
      model::Package package;
      if (FlowValue(resolution_, "type") == "directory" || !MakeNodePackage(entry, package)) return;
      LockGraph::Index index = graph_.Add(std::move(package));
      graph_.Key(index, key);
      known = indices_.emplace(std::move(key), index).first;
    }
    for (const auto& [need, value] : needs_) graph_.Need(known->second, {ParseReference(need, value).key()});
  }

  LockGraph& graph_;
  std::unordered_map<std::string, LockGraph::Index> indices_;
  std::uint64_t format_ = 0;
  std::string_view section_, entry_, field_, resolution_, integrity_, name_, version_, group_, root_name_;
  bool development_ = false, optional_ = false;
  std::vector<std::pair<std::string_view, std::string_view>> needs_;
};

}  // namespace

Result<void> ReadPnpmLock(std::string_view text, LockGraph& graph) { return Reader(graph).Read(text); }

}  // namespace weir::sbom
