#include "model/distro.h"

#include "base/strings.h"

namespace weir::model {
namespace {

/// Value of a shell-like assignment: quotes dropped, backslash escapes undone.
std::string Unquote(std::string_view text) {
  text = Trim(text);
  char quote = 0;
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote && quote != 0) {
      quote = 0;
    } else if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      out += text[++i];
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

Distro ParseOsRelease(std::string_view text) {
  Distro distro;
  while (!text.empty()) {
    std::string_view line = Trim(NextLine(text));
    std::size_t equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos) continue;
    std::string_view key = Trim(line.substr(0, equals));
    std::string value = Unquote(line.substr(equals + 1));
    if (key == "ID") {
      distro.id = ToLower(value);
    } else if (key == "ID_LIKE") {
      distro.id_like.clear();
      for (std::string_view word : Split(value, ' '))
        if (!word.empty()) distro.id_like.push_back(ToLower(word));
    } else if (key == "VERSION_ID") {
      distro.version_id = value;
    } else if (key == "VERSION_CODENAME") {
      distro.codename = value;
    } else if (key == "PRETTY_NAME") {
      distro.pretty_name = value;
    }
  }
  return distro;
}

}  // namespace weir::model
