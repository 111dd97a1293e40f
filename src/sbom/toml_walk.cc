#include "sbom/toml_walk.h"

#include <algorithm>
#include <vector>

#include "base/strings.h"

namespace weir::sbom {
namespace {

bool IsBareKeyChar(char c) { return IsAlpha(c) || IsDigit(c) || c == '_' || c == '-'; }

void AppendUtf8(std::uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0U | (code >> 6U));
    out += static_cast<char>(0x80U | (code & 0x3fU));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0U | (code >> 12U));
    out += static_cast<char>(0x80U | ((code >> 6U) & 0x3fU));
    out += static_cast<char>(0x80U | (code & 0x3fU));
  } else {
    out += static_cast<char>(0xf0U | ((code >> 18U) & 0x07U));
    out += static_cast<char>(0x80U | ((code >> 12U) & 0x3fU));
    out += static_cast<char>(0x80U | ((code >> 6U) & 0x3fU));
    out += static_cast<char>(0x80U | (code & 0x3fU));
  }
}

class Walker {
 public:
  Walker(std::string_view text, const JsonLimits& limits, JsonHandler& handler)
      : text_(text), limits_(limits), handler_(handler) {}

  Result<void> Walk() {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
    bool fine = true;
    for (SkipBlank(true); fine && at_ < text_.size(); SkipBlank(true))
      fine = Peek() == '[' ? Header() : Pair() && EndOfLine();
    LeaveElement();
    if (fine) return {};
    if (too_deep_) return Err(Code::kLimitExceeded, "TOML: nested too deep");
    auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
    return Err(Code::kMalformed, "not valid TOML at line " + std::to_string(line));
  }

 private:
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(std::string_view token) {
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  /// Blanks and, with LINES, line ends and comments.
  void SkipBlank(bool lines) {
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (c == ' ' || c == '\t' || (lines && (c == '\n' || c == '\r'))) {
        ++at_;
      } else if (lines && c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        return;
      }
    }
  }
  bool EndOfLine() {
    SkipBlank(false);
    if (Peek() == '#') at_ = std::min(text_.find('\n', at_), text_.size());
    return at_ == text_.size() || Take("\n") || Take("\r\n");
  }

  /// Appends the parts of a dotted key to PARTS.
  bool Key(std::vector<std::string>& parts) {
    do {
      SkipBlank(false);
      std::string part;
      if (Peek() == '"' || Peek() == '\'') {
        if (!String(part)) return false;
      } else {
        std::size_t begin = at_;
        while (at_ < text_.size() && IsBareKeyChar(text_[at_])) ++at_;
        if (at_ == begin) return false;
        part = text_.substr(begin, at_ - begin);
      }
      if (parts.size() >= limits_.max_depth) return TooDeep();
      parts.push_back(std::move(part));
      SkipBlank(false);
    } while (Take("."));
    return true;
  }

  bool Header() {
    bool list = Take("[[");
    if (!list) Take("[");
    std::vector<std::string> parts;
    if (!Key(parts) || !Take(list ? "]]" : "]")) return false;
    path_.clear();
    if (!element_.empty() && parts[0] == element_ && !(list && parts.size() == 1)) {
      path_ = {element_, ""};  // a table inside the present element
      path_.insert(path_.end(), std::make_move_iterator(parts.begin() + 1),
                   std::make_move_iterator(parts.end()));
    } else {
      LeaveElement();
      path_ = std::move(parts);
      if (list && path_.size() == 1) {
        element_ = path_[0];
        path_.emplace_back();
        handler_.Enter(path_);
        return EndOfLine();
      }
    }
    if (list) path_.emplace_back();
    return EndOfLine();
  }
  void LeaveElement() {
    if (element_.empty()) return;
    std::vector<std::string> path{element_, ""};
    handler_.Leave(path);
    element_.clear();
  }

  bool Pair() {
    std::size_t depth = path_.size();
    bool fine = Key(path_) && Take("=") && Value();
    path_.resize(depth);
    return fine;
  }

  bool Value() {
    if (path_.size() >= limits_.max_depth) return TooDeep();
    SkipBlank(false);
    char c = Peek();
    if (c == '"' || c == '\'') {
      std::string value;
      if (!String(value)) return false;
      handler_.String(path_, value);
      return true;
    }
    if (c == '[') return Array();
    if (c == '{') return Table();
    std::size_t end = std::min(text_.find_first_of(",]}#\r\n", at_), text_.size());
    std::string_view scalar = Trim(text_.substr(at_, end - at_));
    if (scalar.empty()) return false;
    at_ = end;
    if (scalar == "true" || scalar == "false") {
      handler_.Bool(path_, scalar == "true");
    } else {
      handler_.Number(path_, scalar);
    }
    return true;
  }

  bool Array() {
    Take("[");
    for (;;) {
      SkipBlank(true);
      if (Take("]")) return true;
      path_.emplace_back();
      bool fine = Value();
      path_.pop_back();
      if (!fine) return false;
      SkipBlank(true);
      if (!Take(",")) return Take("]");
    }
  }

  bool Table() {
    Take("{");
    for (;;) {
      SkipBlank(true);
      if (Take("}")) return true;
      if (!Pair()) return false;
      SkipBlank(true);
      if (!Take(",")) return Take("}");
    }
  }

  bool String(std::string& out) {
    for (std::string_view mark : {"\"\"\"", "'''", "\"", "'"}) {
      if (!Take(mark)) continue;
      return mark[0] == '\'' ? Literal(mark, out) : Basic(mark, out);
    }
    return false;
  }
  bool Literal(std::string_view mark, std::string& out) {
    std::size_t end = text_.find(mark, at_);
    if (end == std::string_view::npos) return false;
    out = text_.substr(at_, end - at_);
    at_ = end + mark.size();
    return mark.size() == 3 || out.find('\n') == std::string::npos;
  }
  bool Basic(std::string_view mark, std::string& out) {
    while (at_ < text_.size()) {
      if (Take(mark)) return true;
      char c = text_[at_++];
      if (c == '\n' && mark.size() == 1) return false;
      if (c != '\\') {
        out += c;
      } else if (!Escape(out)) {
        return false;
      }
    }
    return false;
  }
  bool Escape(std::string& out) {
    static constexpr std::string_view kFrom = "btnfr\"\\e", kTo = "\b\t\n\f\r\"\\\x1b";
    if (at_ == text_.size()) return false;
    char c = text_[at_++];
    if (std::size_t i = kFrom.find(c); i != std::string_view::npos) {
      out += kTo[i];
      return true;
    }
    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') {  // the line goes on in the next one
      while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
        ++at_;
      return true;
    }
    std::size_t digits = c == 'u' ? 4 : c == 'U' ? 8 : 0;
    std::uint32_t code = 0;
    for (std::size_t i = 0; i < digits; ++i, ++at_) {
      std::size_t digit = std::string_view("0123456789abcdef").find(Lower());
      if (digit == std::string_view::npos) return false;
      code = (code << 4U) | static_cast<std::uint32_t>(digit);
    }
    if (digits == 0 || code > 0x10ffff) return false;
    AppendUtf8(code, out);
    return true;
  }
  char Lower() const {
    char c = Peek();
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  bool TooDeep() {
    too_deep_ = true;
    return false;
  }

  std::string_view text_;
  const JsonLimits& limits_;
  JsonHandler& handler_;
  std::size_t at_ = 0;
  std::vector<std::string> path_;
  std::string element_;  // the array of tables whose element is open
  bool too_deep_ = false;
};

}  // namespace

Result<void> WalkToml(std::string_view text, const JsonLimits& limits, JsonHandler& handler) {
  if (text.size() > limits.max_bytes) return Err(Code::kLimitExceeded, "TOML: larger than the limit");
  return Walker(text, limits, handler).Walk();
}

}  // namespace weir::sbom
