#include "sbom/json_walk.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace weir::sbom {
namespace {

using Json = nlohmann::json;

/// Bytes of a source, a window at a time.
class Window {
 public:
  explicit Window(target::ByteSource& source) : source_(source) { Fill(); }
  bool at_end() const { return position_ == size_; }
  char current() const { return buffer_[position_]; }
  void Next() {
    if (++position_ == size_) Fill();
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  void Fill() {
    position_ = size_ = 0;
    Result<std::size_t> got = source_.ReadAt(offset_, std::as_writable_bytes(std::span(buffer_)));
    if (!got) {
      error_ = got.error();
      return;
    }
    size_ = *got;
    offset_ += size_;
  }
  target::ByteSource& source_;
  std::uint64_t offset_ = 0;
  std::array<char, 32 * 1024> buffer_{};
  std::size_t position_ = 0, size_ = 0;
  std::optional<Error> error_;
};

/// Input iterator for the lexer.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  Cursor() = default;
  explicit Cursor(Window& window) : window_(&window) {}
  char operator*() const { return window_->current(); }
  Cursor& operator++() {
    window_->Next();
    return *this;
  }
  void operator++(int) { ++*this; }
  bool operator==(const Cursor& other) const { return at_end() == other.at_end(); }
  bool operator!=(const Cursor& other) const { return !(*this == other); }

 private:
  bool at_end() const { return window_ == nullptr || window_->at_end(); }
  Window* window_ = nullptr;
};

class Sax final : public nlohmann::json_sax<Json> {
 public:
  Sax(const JsonLimits& limits, JsonHandler& handler) : limits_(limits), handler_(handler) {}

  bool null() override { return true; }
  bool boolean(bool value) override {
    handler_.Bool(path_, value);
    return true;
  }
  bool number_integer(number_integer_t value) override {
    handler_.Number(path_, std::to_string(value));
    return true;
  }
  bool number_unsigned(number_unsigned_t value) override {
    handler_.Number(path_, std::to_string(value));
    return true;
  }
  bool number_float(number_float_t, const string_t& text) override {
    handler_.Number(path_, text);
    return true;
  }
  bool string(string_t& value) override {
    handler_.String(path_, value);
    return true;
  }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return Start(); }
  bool key(string_t& value) override {
    if (value.size() > limits_.max_key_bytes) return Stop("a key is too long");
    path_.back() = std::move(value);
    return true;
  }
  bool end_object() override { return End(); }
  bool start_array(std::size_t) override { return Start(); }
  bool end_array() override { return End(); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    if (!error) error = Error{Code::kMalformed, "not valid JSON near byte " + std::to_string(position)};
    return false;
  }

  std::optional<Error> error;

 private:
  // While inside a container, path_ has one slot more, for the key of the present member.
  bool Start() {
    handler_.Enter(path_);
    if (path_.size() >= limits_.max_depth) return Stop("nested too deep");
    path_.emplace_back();
    return true;
  }
  bool End() {
    path_.pop_back();
    handler_.Leave(path_);
    return true;
  }
  bool Stop(const char* why) {
    error = Error{Code::kLimitExceeded, std::string("JSON: ") + why};
    return false;
  }

  const JsonLimits& limits_;
  JsonHandler& handler_;
  std::vector<std::string> path_;
};

/// JSONC to JSON: commas before a closing bracket and comments become blanks.
void Blank(std::string& text) {
  bool in_string = false;
  std::size_t comma = std::string::npos;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
      continue;
    }
    if (c == '/' && i + 1 < text.size() && (text[i + 1] == '/' || text[i + 1] == '*')) {
      bool line = text[i + 1] == '/';
      std::size_t end = text.find(line ? "\n" : "*/", i + 2);
      end = end == std::string::npos ? text.size() : end + (line ? 0 : 2);
      std::fill(text.begin() + static_cast<std::ptrdiff_t>(i),
                text.begin() + static_cast<std::ptrdiff_t>(end), ' ');
      i = end - 1;
    } else if (c == ',') {
      comma = i;
    } else if (c == '}' || c == ']') {
      if (comma != std::string::npos) text[comma] = ' ';
      comma = std::string::npos;
    } else if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
      comma = std::string::npos;
      in_string = c == '"';
    }
  }
}

}  // namespace

Result<void> WalkJson(target::ByteSource& source, const JsonLimits& limits, JsonHandler& handler,
                      bool comments) {
  if (source.size() > limits.max_bytes)
    return Err(Code::kLimitExceeded,
               "JSON: " + std::to_string(source.size()) + " bytes are more than the limit");
  Sax sax(limits, handler);
  bool done = false;
  if (comments) {
    WEIR_ASSIGN(std::string text, source.ReadAll(limits.max_bytes));
    Blank(text);
    done = Json::sax_parse(text, &sax);
  } else {
    Window window(source);
    done = Json::sax_parse(Cursor(window), Cursor(), &sax);
    if (window.error()) return Err(*window.error());
  }
  if (sax.error) return Err(*sax.error);
  if (!done) return Err(Code::kMalformed, "not valid JSON");
  return {};
}

}  // namespace weir::sbom
