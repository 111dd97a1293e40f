// Files of lines that give names values: dotenv, shell, properties, ini, TOML, my.cnf,
// systemd units; and the environment and command line of a process.
#include <string>

#include "base/strings.h"
#include "secret/plausible.h"
#include "secret/structured/finder.h"

namespace weir::secret {
namespace {

bool IsKeyCharacter(char c) {
  return IsAlpha(c) || IsDigit(c) || c == '_' || c == '-' || c == '.' || c == '/' || c == ':' || c == '@' ||
         c == '$';
}

std::string Unescape(std::string_view quoted) {
  std::string out;
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    if (quoted[i] == '\\' && i + 1 < quoted.size()) ++i;
    out += quoted[i];
  }
  return out;
}

struct Value {
  std::string_view raw;  // without quotes
  std::string meant;
};

// What stands behind the sign: quoted, or up to a comment.
Value ReadValue(std::string_view rest, bool shell) {
  rest = Trim(rest);
  Value value;
  if (rest.empty()) return value;
  const char quote = rest.front();
  if (quote == '"' || quote == '\'' || quote == '`') {
    std::size_t end = 1;
    while (end < rest.size() && rest[end] != quote) end += rest[end] == '\\' && quote == '"' ? 2U : 1U;
    if (end >= rest.size()) return value;
    value.raw = rest.substr(1, end - 1);
    value.meant = quote == '"' ? Unescape(value.raw) : std::string(value.raw);
    return value;
  }
  std::size_t end = rest.size();
  // '#' and ';' begin a comment after a blank only; a password may have them inside.
  for (std::size_t i = 1; i < rest.size(); ++i) {
    const bool blank = rest[i - 1] == ' ' || rest[i - 1] == '\t';
    if (blank && (rest[i] == '#' || rest[i] == ';')) {
      end = i;
      break;
    }
    if (shell && (rest[i] == ' ' || rest[i] == ';' || rest[i] == '&' || rest[i] == '|')) {
      end = i;
      break;
    }
  }
  value.raw = Trim(rest.substr(0, end));
  if (!value.raw.empty() && value.raw.back() == ',') value.raw.remove_suffix(1);
  value.meant = std::string(value.raw);
  return value;
}

// The last name before the sign: "export DB_PASSWORD", "$config['password']", "//registry/:_authToken".
std::string_view KeyOf(std::string_view left) {
  left = Trim(left);
  while (!left.empty() && (left.back() == '"' || left.back() == '\'' || left.back() == ']'))
    left.remove_suffix(1);
  std::size_t begin = left.size();
  while (begin > 0 && IsKeyCharacter(left[begin - 1])) --begin;
  return left.substr(begin);
}

// The sign that parts key and value: the first '=' or ": " outside of quotes.
std::size_t SignOf(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '=') return i;
    if (line[i] == ':' && i + 1 < line.size() && (line[i + 1] == ' ' || line[i + 1] == '\t')) return i;
    // Beyond what names are long, it is text.
    if (i > 200) break;
  }
  return line.npos;
}

void ReadWord(Finder& finder, std::string_view word, bool environment) {
  const std::size_t sign = word.find('=');
  if (sign == word.npos || sign == 0) return;
  const Value value = ReadValue(word.substr(sign + 1), false);
  finder.Assignment(KeyOf(word.substr(0, sign)), value.raw, value.meant, environment);
}

}  // namespace

void ReadAssignments(Finder& finder) {
  const std::string_view format = finder.kind().name;
  const bool shell = format.starts_with("shell");
  const bool environment = shell || format == "dotenv" || format == "systemd unit";
  std::string_view rest = finder.text();
  while (!rest.empty() && !finder.full()) {
    std::string_view line = Trim(NextLine(rest));
    if (line.size() < 6 || line.size() > 8192 || line[0] == '#' || line[0] == ';' || line[0] == '!' ||
        line.starts_with("//") != (format == "npmrc" && line.starts_with("//"))) {
      continue;
    }
    if (format == "ansible inventory") {
      // A host, and variables of it behind it.
      while (!line.empty()) ReadWord(finder, NextPiece(line, ' '), false);
      continue;
    }
    if (format == "systemd unit") {
      if (!line.starts_with("Environment=")) continue;
      line = line.substr(12);
      if (line.size() > 2 && line.front() == '"') line = line.substr(1, line.rfind('"') - 1);
    }
    if (format == "shell history" && line.starts_with(": ")) {
      if (const std::size_t semicolon = line.find(';'); semicolon != line.npos)
        line = line.substr(semicolon + 1);
    }
    const std::size_t sign = SignOf(line);
    if (sign == line.npos) continue;
    // "==", "!=", "<=", ":=" and "+=" of a script compare or add.
    std::size_t begin = sign + 1;
    if (begin < line.size() && (line[begin] == '=' || line[begin] == '>')) continue;
    std::string_view left = line.substr(0, sign);
    if (!left.empty() && (left.back() == '!' || left.back() == '<' || left.back() == '+')) continue;
    if (shell && left.find_first_of("({[|&<>\"'$`") != left.npos) continue;
    const Value value = ReadValue(line.substr(begin), shell);
    finder.Assignment(KeyOf(left), value.raw, value.meant, environment);
  }
}

void ReadEnvironment(Finder& finder) {
  std::string_view rest = finder.text();
  while (!rest.empty() && !finder.full()) {
    const std::string_view line = NextLine(rest);
    const std::size_t sign = line.find('=');
    if (sign == line.npos || sign == 0 || line.size() > 64U << 10U) continue;
    const std::string_view value = Trim(line.substr(sign + 1));
    finder.Assignment(line.substr(0, sign), value, value, true);
  }
}

void ReadCommandLine(Finder& finder) {
  // Words are parted by blanks here and quotes are gone: "--password=x", "--password x", "TOKEN=x".
  std::string_view rest = finder.text().substr(0, 64U << 10U);
  std::string_view option;
  while (!rest.empty() && !finder.full()) {
    const std::size_t end = rest.find_first_of(" \t\n");
    const std::string_view word = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    if (word.empty()) continue;
    if (!option.empty() && word.front() != '-') finder.Assignment(option, word, word);
    option = {};
    if (word.find('=') != word.npos) {
      ReadWord(finder, word, false);
    } else if (word.starts_with("--") || (word.starts_with("-") && word.size() > 4)) {
      option = word;
    }
  }
}

}  // namespace weir::secret
