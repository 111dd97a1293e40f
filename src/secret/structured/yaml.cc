// YAML, line by line: keys, values and how deep they stand. A full reader would want
// the file to be valid and would lose the places; templates (Helm, Ansible) are not.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "secret/checksum.h"
#include "secret/codec.h"
#include "secret/plausible.h"
#include "secret/structured/finder.h"

namespace weir::secret {
namespace {

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxLine = 256U << 10U;

std::string Unescape(std::string_view quoted, char quote) {
  std::string out;
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    if (quote == '\'' && quoted[i] == '\'' && i + 1 < quoted.size() && quoted[i + 1] == '\'') {
      ++i;
    } else if (quote == '"' && quoted[i] == '\\' && i + 1 < quoted.size()) {
      ++i;
      out += quoted[i] == 'n' ? '\n' : quoted[i] == 't' ? '\t' : quoted[i];
      continue;
    }
    out += quoted[i];
  }
  return out;
}

struct Scalar {
  std::string_view raw;
  std::string meant;
  bool block = false;  // "|" or ">": the lines below are the value
};

Scalar ReadScalar(std::string_view rest) {
  rest = Trim(rest);
  Scalar out;
  if (rest.empty()) return out;
  const char first = rest.front();
  if (first == '"' || first == '\'') {
    std::size_t end = 1;
    while (end < rest.size()) {
      if (first == '"' && rest[end] == '\\') {
        end += 2;
      } else if (rest[end] == first) {
        if (first == '"' || end + 1 >= rest.size() || rest[end + 1] != '\'') break;
        end += 2;
      } else {
        ++end;
      }
    }
    if (end >= rest.size()) return out;
    out.raw = rest.substr(1, end - 1);
    out.meant = Unescape(out.raw, first);
    return out;
  }
  if (first == '|' || first == '>') {
    out.block = true;
    return out;
  }
  // Anchors, aliases, tags and flow collections are no plain text.
  if (first == '&' || first == '*' || first == '!' || first == '{' || first == '[') return out;
  std::size_t end = rest.find(" #");
  out.raw = Trim(rest.substr(0, end));
  out.meant = std::string(out.raw);
  return out;
}

class Reader {
 public:
  explicit Reader(Finder& finder) : finder_(finder) {}

  void Run() {
    // Of a manifest's kind, which may stand below what it explains.
    secret_manifest_ = finder_.text().find("kind: Secret") != finder_.text().npos;
    std::string_view rest = finder_.text();
    while (!rest.empty() && !finder_.full()) {
      const std::string_view line = NextLine(rest);
      if (line.size() <= kMaxLine) Line(line);
    }
  }

 private:
  struct Level {
    std::size_t indent;
    std::string_view key;
  };

  void Line(std::string_view line) {
    std::size_t indent = 0;
    while (indent < line.size() && line[indent] == ' ') ++indent;
    std::string_view body = line.substr(indent);
    if (body.empty() || body.front() == '#') return;
    if (block_ && indent > block_indent_) return;  // rules for patterns read those
    block_ = false;
    if (body.starts_with("---")) {
      levels_.clear();
      name_ = {};
      return;
    }
    while (body.starts_with("- ")) {
      std::size_t skip = 2;
      while (skip < body.size() && body[skip] == ' ') ++skip;
      body.remove_prefix(skip);
      indent += skip;
      name_ = {};
    }
    if (body.empty()) return;
    while (!levels_.empty() && levels_.back().indent >= indent) levels_.pop_back();
    std::string_view key;
    std::string_view value;
    if (!SplitKey(body, key, value)) {
      ListItem(body);
      return;
    }
    const Scalar scalar = ReadScalar(value);
    if (scalar.block) {
      block_ = true;
      block_indent_ = indent;
    } else if (!scalar.raw.empty()) {
      Pair(key, scalar);
    }
    if (levels_.size() < kMaxDepth) levels_.push_back({indent, key});
  }

  static bool SplitKey(std::string_view body, std::string_view& key, std::string_view& value) {
    std::size_t colon = 0;
    if (body.front() == '"' || body.front() == '\'') {
      const std::size_t end = body.find(body.front(), 1);
      if (end == body.npos || end + 1 >= body.size() || body[end + 1] != ':') return false;
      key = body.substr(1, end - 1);
      colon = end + 1;
    } else {
      colon = body.find(':');
      while (colon != body.npos && colon + 1 < body.size() && body[colon + 1] != ' ' &&
             body[colon + 1] != '\t') {
        colon = body.find(':', colon + 1);
      }
      if (colon == body.npos || colon > 200) return false;
      key = Trim(body.substr(0, colon));
    }
    value = body.substr(colon + 1);
    return !key.empty();
  }

  bool Under(std::string_view key) const {
    return std::any_of(levels_.begin(), levels_.end(), [&](const Level& level) { return level.key == key; });
  }
  bool UnderEnvironment() const { return Under("env") || Under("environment"); }

  // compose: "- DB_PASSWORD=..."
  void ListItem(std::string_view body) {
    const Scalar scalar = ReadScalar(body);
    const std::size_t sign = scalar.raw.find('=');
    if (sign == scalar.raw.npos || sign == 0) return;
    const std::string_view value = scalar.raw.substr(sign + 1);
    finder_.Assignment(scalar.raw.substr(0, sign), value, value, UnderEnvironment());
  }

  void Pair(std::string_view key, const Scalar& scalar) {
    if (finder_.kind().rule == "kubeconfig-credential") {
      Kubeconfig(key, scalar);
      return;
    }
    if (key == "name") name_ = scalar.raw;
    if (key == "value" && !name_.empty()) {
      finder_.Assignment(name_, scalar.raw, scalar.meant, UnderEnvironment());
      return;
    }
    if (secret_manifest_ && levels_.size() == 1 &&
        (levels_[0].key == "data" || levels_[0].key == "stringData")) {
      Manifest(key, scalar, levels_[0].key == "data");
      return;
    }
    finder_.Assignment(key, scalar.raw, scalar.meant, UnderEnvironment());
  }

  void Kubeconfig(std::string_view key, const Scalar& scalar) {
    const bool secret = key == "token" || key == "password" || key == "client-key-data" ||
                        key == "id-token" || key == "access-token" || key == "refresh-token" ||
                        key == "client-secret";
    if (!secret || !Under("users") || IsPlaceholder(scalar.meant)) return;
    if (key == "client-key-data") {
      if (!CheckSecret("base64-key", scalar.meant).passed) return;
    } else if (scalar.meant.size() < 6) {
      return;
    }
    finder_.Secret("kubeconfig-credential", key, scalar.raw, scalar.meant);
  }

  void Manifest(std::string_view key, const Scalar& scalar, bool encoded) {
    std::string meant = scalar.meant;
    if (encoded) {
      const auto bytes = DecodeBase64(meant);
      if (!bytes) return;
      meant = *bytes;
      while (!meant.empty() && (meant.back() == '\n' || meant.back() == '\r')) meant.pop_back();
    }
    // Certificates and user names lie in secrets, too.
    const std::string lower = ToLower(key);
    if (lower.ends_with(".crt") || lower.find("user") != lower.npos || lower == "namespace" ||
        lower == "ca.pem")
      return;
    if (meant.size() < 6 || meant.starts_with("-----BEGIN CERTIFICATE") ||
        IsPlaceholder(meant.substr(0, 512)))
      return;
    finder_.Secret("kubernetes-secret", key, scalar.raw, meant);
  }

  Finder& finder_;
  std::vector<Level> levels_;
  std::string_view name_;  // of the list's item at hand
  bool secret_manifest_ = false;
  bool block_ = false;
  std::size_t block_indent_ = 0;
};

}  // namespace

void ReadYaml(Finder& finder) {
  // JSON is YAML as well; kubeconfigs are written so at times.
  const std::string_view text = Trim(finder.text().substr(0, 64));
  if (text.starts_with("{")) {
    ReadJson(finder);
    return;
  }
  Reader(finder).Run();
}

}  // namespace weir::secret
