#include "report/json_writer.h"

#include <cmath>
#include <cstdio>

#include "base/result.h"
#include "base/strings.h"

namespace weir::report {

JsonWriter& JsonWriter::Begin(char open) {
  BeforeValue();
  out_ += open;
  open_ += open;
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::End(char open, char close) {
  WEIR_CHECK(!open_.empty() && open_.back() == open && !after_key_);
  open_.pop_back();
  if (!first_) NewLine();
  out_ += close;
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::Key(std::string_view key) {
  WEIR_CHECK(!open_.empty() && open_.back() == '{' && !after_key_);
  Value(key);
  out_ += indent_ > 0 ? ": " : ":";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::Value(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  BeforeValue();
  out_ += '"';
  for (char c : ToValidUtf8(text)) {
    switch (c) {
      case '"':
        out_ += "\\\"";
        break;
      case '\\':
        out_ += "\\\\";
        break;
      case '\n':
        out_ += "\\n";
        break;
      case '\t':
        out_ += "\\t";
        break;
      default: {
        auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
          out_ += "\\u00";
          out_ += kHex[byte >> 4U];
          out_ += kHex[byte & 15U];
        } else {
          out_ += c;
        }
      }
    }
  }
  out_ += '"';
  return *this;
}

JsonWriter& JsonWriter::Number(double value, int digits) {
  if (!std::isfinite(value)) return Raw("null");
  char text[400];  // room for the largest double and some decimals
  int length = std::snprintf(text, sizeof text, "%.*f", digits, value);
  std::string_view shown(text, static_cast<std::size_t>(length > 0 ? length : 0));
  if (shown.find('.') != std::string_view::npos) {
    while (shown.ends_with('0')) shown.remove_suffix(1);
    if (shown.ends_with('.')) shown.remove_suffix(1);
  }
  return Raw(shown == "-0" ? "0" : shown);
}

JsonWriter& JsonWriter::ListField(std::string_view key, const std::vector<std::string>& list,
                                  bool keep_empty) {
  if (list.empty() && !keep_empty) return *this;
  Key(key).BeginArray();
  for (const std::string& text : list) Value(text);
  return EndArray();
}

std::string JsonWriter::Take() {
  WEIR_CHECK(open_.empty());
  out_ += '\n';
  return std::move(out_);
}

JsonWriter& JsonWriter::Raw(std::string_view text) {
  BeforeValue();
  out_ += text;
  return *this;
}

void JsonWriter::BeforeValue() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (open_.empty()) return;
  if (!first_) out_ += ',';
  NewLine();
  first_ = false;
}

void JsonWriter::NewLine() {
  if (indent_ == 0) return;
  out_ += '\n';
  out_.append(open_.size() * indent_, ' ');
}

}  // namespace weir::report
