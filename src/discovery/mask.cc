#include "discovery/mask.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace weir::discovery {
namespace {

constexpr std::string_view kMask = "***";

/// Words which, as a part of an option's or variable's name, say that its value is secret.
constexpr std::array<std::string_view, 18> kSecretWords = {
    "password",    "passwd",      "passphrase", "pwd",        "secret",     "token",
    "apikey",      "api-key",     "api_key",    "access-key", "access_key", "accesskey",
    "private-key", "private_key", "credential", "auth",       "bearer",     "cookie"};

/// Prefixes of well-known tokens, which are secret wherever they stand.
constexpr std::array<std::string_view, 16> kTokenPrefixes = {
    "AKIA",  "ASIA",  "ghp_",  "gho_",     "ghs_",     "ghu_", "github_pat_", "glpat-",
    "xoxb-", "xoxp-", "xoxa-", "sk_live_", "rk_live_", "sk-",  "npm_",        "eyJ"};

bool IsNameSecret(std::string_view name) {
  std::string lower = ToLower(name);
  if (lower == "-p" || lower == "--pass" || lower == "pass" || lower.ends_with("pass")) return lower != "-p";
  // Names of files that hold a secret are not secret themselves, and worth seeing.
  if (lower.ends_with("file") || lower.ends_with("path") || lower.ends_with("dir")) return false;
  return std::any_of(kSecretWords.begin(), kSecretWords.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

bool IsTokenCharacter(char c) {
  return IsAlpha(c) || IsDigit(c) || c == '_' || c == '-' || c == '.' || c == '+' || c == '/' || c == '=';
}

/// "scheme://user:pass@host" and "scheme://token@host".
void MaskUrlUsers(std::string& text) {
  std::size_t at = 0;
  while ((at = text.find("://", at)) != std::string::npos) {
    at += 3;
    std::size_t end = std::min(text.find_first_of("/?# \t\"'", at), text.size());
    std::size_t sign = text.rfind('@', end == 0 ? 0 : end - 1);
    if (sign == std::string::npos || sign < at || sign >= end) continue;
    std::size_t colon = text.find(':', at);
    std::size_t from = colon != std::string::npos && colon < sign ? colon + 1 : at;
    text.replace(from, sign - from, kMask);
    at = from;
  }
}

void MaskTokens(std::string& text) {
  constexpr std::size_t kShortest = 16;
  for (std::string_view prefix : kTokenPrefixes) {
    std::size_t at = 0;
    while ((at = text.find(prefix, at)) != std::string::npos) {
      std::size_t end = at;
      while (end < text.size() && IsTokenCharacter(text[end])) ++end;
      bool starts = at == 0 || !(IsAlpha(text[at - 1]) || IsDigit(text[at - 1]) || text[at - 1] == '/');
      if (starts && end - at >= kShortest) text.replace(at, end - at, kMask);
      at += kMask.size();
    }
  }
}

/// "name=value" and "Name: value" anywhere inside one argument, as in `sh -c "PASSWORD=x cmd"` or an HTTP
/// header.
void MaskAssignments(std::string& text) {
  for (std::size_t at = text.find_first_of("=:"); at != std::string::npos;
       at = text.find_first_of("=:", at + 1)) {
    std::size_t begin = at;
    // "name": "value", as in JSON.
    if (begin > 0 && (text[begin - 1] == '"' || text[begin - 1] == '\'')) --begin;
    std::size_t name_end = begin;
    while (begin > 0 && (IsAlpha(text[begin - 1]) || IsDigit(text[begin - 1]) || text[begin - 1] == '_' ||
                         text[begin - 1] == '-' || text[begin - 1] == '.'))
      --begin;
    bool header = text[at] == ':';
    if (header && at + 1 < text.size() && text[at + 1] == '/') continue;  // a URL's scheme
    if (begin == name_end || !IsNameSecret(std::string_view(text).substr(begin, name_end - begin))) continue;
    std::size_t value = at + 1;
    while (value < text.size() && (text[value] == ' ' || text[value] == '"' || text[value] == '\'')) ++value;
    // A header's value ("Bearer x") runs to the end; an assignment's to the next separator.
    bool quoted = name_end != at;
    std::size_t end =
        header && !quoted ? text.size() : std::min(text.find_first_of(" \t&;\"'", value), text.size());
    if (!header && begin == 0) end = text.size();  // --password=with spaces: all of the argument
    if (end > value) text.replace(value, end - value, kMask);
    at = std::min(value + kMask.size(), text.size()) - 1;
  }
}

bool IsShortPasswordOption(std::string_view program, std::string_view argument) {
  // mysql -pSECRET, sshpass -p SECRET: what -p means depends on the program.
  return argument.starts_with("-p") && (program.starts_with("mysql") || program.starts_with("mariadb") ||
                                        program == "sshpass" || program == "mongo" || program == "mongosh");
}

}  // namespace

std::vector<std::string> MaskedArguments(std::string_view cmdline, std::size_t max_bytes) {
  std::vector<std::string> out;
  while (!cmdline.empty() && cmdline.back() == '\0') cmdline.remove_suffix(1);
  std::string program;
  bool next_is_secret = false;
  std::size_t used = 0;
  while (!cmdline.empty()) {
    if (used >= max_bytes) {
      out.emplace_back("...");
      break;
    }
    std::string_view raw = NextPiece(cmdline, '\0');
    // Mask before cutting, so that the cut cannot hide what makes a secret recognisable;
    // 64 KiB of one argument is more than is ever kept.
    std::string text(raw.substr(0, 64 * 1024));
    if (out.empty()) program = text.substr(text.rfind('/') == std::string::npos ? 0 : text.rfind('/') + 1);
    bool is_option = text.starts_with('-');
    if (next_is_secret && !(is_option && text.starts_with("--"))) {
      text = kMask;
      next_is_secret = false;
    } else if (IsShortPasswordOption(program, text)) {
      next_is_secret = text.size() == 2;
      if (text.size() > 2) text = "-p***";
    } else {
      next_is_secret = (is_option && text.find('=') == std::string::npos && IsNameSecret(text)) ||
                       (program == "curl" && (text == "-u" || text == "--user")) ||
                       (program == "redis-cli" && text == "-a");
      MaskUrlUsers(text);
      MaskAssignments(text);
      MaskTokens(text);
    }
    if (text.size() > max_bytes - used) {
      text.resize(max_bytes - used);
      text += "...";
    }
    used += text.size() + 1;
    out.push_back(ToValidUtf8(text));
  }
  return out;
}

}  // namespace weir::discovery
