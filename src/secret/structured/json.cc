// JSON in one pass over its strings, so that the place of each value is known and a
// file that is cut short, or has comments, still gives what is before.
#include <array>
#include <string>
#include <vector>

#include "base/strings.h"
#include "secret/checksum.h"
#include "secret/codec.h"
#include "secret/plausible.h"
#include "secret/structured/finder.h"

namespace weir::secret {
namespace {

constexpr std::size_t kMaxDepth = 128;

std::string Unescape(std::string_view raw) {
  if (raw.find('\\') == raw.npos) return std::string(raw);
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\' || i + 1 >= raw.size()) {
      out += raw[i];
      continue;
    }
    const char c = raw[++i];
    if (c == 'n') {
      out += '\n';
    } else if (c == 't') {
      out += '\t';
    } else if (c == 'r') {
      out += '\r';
    } else if (c == 'u' && i + 4 < raw.size() && IsHex(raw.substr(i + 1, 4))) {
      unsigned value = 0;
      for (const char digit : raw.substr(i + 1, 4)) {
        value = value * 16 + static_cast<unsigned>(IsDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10);
      }
      // Beyond ASCII: as UTF-8 of the basic plane; halves of pairs stay halves.
      if (value < 0x80) {
        out += static_cast<char>(value);
      } else if (value < 0x800) {
        out += static_cast<char>(0xc0U | (value >> 6U));
        out += static_cast<char>(0x80U | (value & 0x3fU));
      } else {
        out += static_cast<char>(0xe0U | (value >> 12U));
        out += static_cast<char>(0x80U | ((value >> 6U) & 0x3fU));
        out += static_cast<char>(0x80U | (value & 0x3fU));
      }
      i += 4;
    } else {
      out += c;
    }
  }
  return out;
}

class Reader {
 public:
  explicit Reader(Finder& finder) : finder_(finder), text_(finder.text()) {}

  void Run() {
    while (at_ < text_.size() && !finder_.full()) {
      const char c = text_[at_];
      if (c == '"') {
        String();
      } else if (c == '{' || c == '[') {
        // Deeper than anyone writes: the rest is not read.
        if (levels_.size() >= kMaxDepth) return;
        levels_.push_back({key_, {}, c == '{'});
        key_ = {};
        ++at_;
      } else if (c == '}' || c == ']') {
        if (!levels_.empty()) levels_.pop_back();
        key_ = {};
        ++at_;
      } else if (c == ',') {
        key_ = {};
        ++at_;
      } else if (c == '/' && at_ + 1 < text_.size() && text_[at_ + 1] == '/') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        ++at_;
      }
    }
  }

 private:
  struct Level {
    std::string_view key;   // it stands under
    std::string_view name;  // value of "name" or "key" inside
    bool object;
  };

  void String() {
    const std::size_t begin = ++at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2U : 1U;
    if (at_ >= text_.size()) {
      at_ = text_.size();
      return;
    }
    const std::string_view raw = text_.substr(begin, at_ - begin);
    ++at_;
    std::size_t next = at_;
    while (next < text_.size() &&
           (text_[next] == ' ' || text_[next] == '\t' || text_[next] == '\n' || text_[next] == '\r')) {
      ++next;
    }
    const bool in_object = levels_.empty() || levels_.back().object;
    if (in_object && next < text_.size() && text_[next] == ':') {
      key_ = raw;
      at_ = next + 1;
      return;
    }
    if (!key_.empty()) Pair(key_, raw);
  }

  bool Under(std::string_view key) const {
    for (const Level& level : levels_) {
      if (level.key == key) return true;
    }
    return false;
  }

  void Pair(std::string_view key, std::string_view raw) {
    const std::string_view rule = finder_.kind().rule;
    if (raw.empty() || raw.size() > 64U << 10U) return;
    if (rule == "docker-config-login") {
      if (key == "auth" ? CheckSecret("docker-auth", raw).passed
                        : (key == "identitytoken" || key == "registrytoken") && raw.size() > 16) {
        finder_.Secret(rule, key, raw, Unescape(raw));
      }
      return;
    }
    if (rule == "azure-credentials-file" || rule == "gcloud-credentials-file") {
      // "secret" is what the token cache calls it, "refreshToken" the old file.
      const std::string lower = ToLower(key);
      if (lower == "secret" || lower == "refreshtoken" || lower == "accesstoken" ||
          lower == "refresh_token" || lower == "client_secret" || lower == "private_key") {
        if (raw.size() >= 16 && !IsPlaceholder(raw.substr(0, 256)))
          finder_.Secret(rule, key, raw, Unescape(raw));
      }
      return;
    }
    if (rule == "package-manager-credential" &&
        (Under("github-oauth") || Under("gitlab-token") || Under("bearer"))) {
      if (raw.size() >= 16 && !IsPlaceholder(raw)) finder_.Secret(rule, key, raw, Unescape(raw));
      return;
    }
    if (rule == "kubeconfig-credential") {
      if ((key == "token" || key == "password" || key == "client-key-data") && Under("users") &&
          raw.size() >= 6 && !IsPlaceholder(raw.substr(0, 256))) {
        finder_.Secret(rule, key, raw, Unescape(raw));
      }
      return;
    }
    const bool environment = Under("environment") || Under("env") || Under("Env");
    if (!levels_.empty() && (key == "name" || key == "Name" || key == "key")) levels_.back().name = raw;
    if ((key == "value" || key == "Value") && !levels_.empty() && !levels_.back().name.empty()) {
      finder_.Assignment(levels_.back().name, raw, Unescape(raw), environment);
      return;
    }
    // appsettings.json: "ConnectionStrings": {...} is for patterns; the rest is key and value.
    finder_.Assignment(key, raw, Unescape(raw), environment);
  }

  Finder& finder_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::string_view key_;
  std::vector<Level> levels_;
};

}  // namespace

void ReadJson(Finder& finder) { Reader(finder).Run(); }

}  // namespace weir::secret
