// Files whose fields have fixed places: netrc, pgpass, shadow, htpasswd, chap-secrets,
// sasl_passwd, git's credential store; and files that are nothing but a secret.
#include <algorithm>
#include <string>
#include <vector>

#include "base/strings.h"
#include "secret/checksum.h"
#include "secret/plausible.h"
#include "secret/structured/finder.h"

namespace weir::secret {
namespace {

constexpr std::size_t kMaxLine = 8192;

std::string_view NextWord(std::string_view& rest) {
  while (!rest.empty() &&
         (rest.front() == ' ' || rest.front() == '\t' || rest.front() == '\r' || rest.front() == '\n')) {
    rest.remove_prefix(1);
  }
  std::size_t end = 0;
  if (!rest.empty() && rest.front() == '"') {
    end = rest.find('"', 1);
    if (end == rest.npos || end > kMaxLine) end = 0;
    const std::string_view word = rest.substr(std::min<std::size_t>(1, rest.size()), end == 0 ? 0 : end - 1);
    rest.remove_prefix(std::min(rest.size(), end + 1));
    return word;
  }
  while (end < rest.size() && rest[end] != ' ' && rest[end] != '\t' && rest[end] != '\r' && rest[end] != '\n')
    ++end;
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

bool IsHashRule(std::string_view rule) { return rule == "shadow-password-hash" || rule == "htpasswd-hash"; }

void Field(Finder& finder, std::string_view key, std::string_view raw, std::string_view meant) {
  const std::string_view rule = finder.kind().rule;
  if (IsHashRule(rule)) {
    // "!", "*", "x": no password. What crypt(3) made is long; {SHA} is base64.
    const bool crypt = CheckSecret("crypt", meant.starts_with("!") ? meant.substr(1) : meant).passed;
    const bool sha = meant.starts_with("{SHA}") && meant.size() == 33;
    const bool old = rule == "htpasswd-hash" && meant.size() == 13 && ShannonEntropy(meant) > 2.8;
    if (crypt || sha || old) finder.Secret(rule, key, raw, meant);
    return;
  }
  if (meant.size() >= 3 && meant != "*" && !IsPlaceholder(meant)) finder.Secret(rule, key, raw, meant);
}

}  // namespace

void ReadNetrc(Finder& finder) {
  std::string_view rest = finder.text();
  std::string_view machine;
  while (!rest.empty() && !finder.full()) {
    const std::string_view word = NextWord(rest);
    if (word.empty() && rest.empty()) break;
    if (word.starts_with("#")) {
      NextLine(rest);
    } else if (word == "machine") {
      machine = NextWord(rest);
    } else if (word == "default") {
      machine = "default";
    } else if (word == "login" || word == "account") {
      NextWord(rest);
    } else if (word == "password") {
      const std::string_view password = NextWord(rest);
      Field(finder, machine, password, password);
    }
  }
}

void ReadColons(Finder& finder) {
  std::string_view rest = finder.text();
  while (!rest.empty() && !finder.full()) {
    const std::string_view line = NextLine(rest);
    if (line.empty() || line.size() > kMaxLine || line.front() == '#') continue;
    // pgpass escapes ':' and '\' with a backslash.
    std::size_t begin = 0;
    std::string meant;
    unsigned field = 0;
    std::size_t i = 0;
    std::string_view first;
    for (; i <= line.size(); ++i) {
      if (i < line.size() && line[i] == '\\' && i + 1 < line.size()) {
        meant += line[++i];
        continue;
      }
      if (i < line.size() && line[i] != ':') {
        meant += line[i];
        continue;
      }
      if (field == 0) first = line.substr(0, i);
      if (field == finder.kind().field) break;
      ++field;
      begin = i + 1;
      meant.clear();
    }
    if (field != finder.kind().field || begin > line.size()) continue;
    const std::size_t end = std::min(i, line.size());
    if (end > begin) Field(finder, first, line.substr(begin, end - begin), meant);
  }
}

void ReadPairs(Finder& finder) {
  const std::string_view format = finder.kind().name;
  const bool named = format == "ldap settings" || format == "msmtp";
  std::string_view rest = finder.text();
  while (!rest.empty() && !finder.full()) {
    std::string_view line = Trim(NextLine(rest));
    if (line.empty() || line.size() > kMaxLine || line.front() == '#') continue;
    const std::string_view first = NextWord(line);
    std::string_view value;
    for (unsigned i = 0; i < finder.kind().field; ++i) value = NextWord(line);
    if (value.empty()) continue;
    if (named && MeaningOfKey(first) != KeyMeaning::kPassword) continue;
    // Postfix: "[relay]:587 user:password".
    if (format == "postfix") {
      const std::size_t colon = value.find(':');
      if (colon == value.npos) continue;
      value = value.substr(colon + 1);
    }
    Field(finder, first, value, value);
  }
}

void ReadUrls(Finder& finder) {
  std::string_view rest = finder.text();
  while (!rest.empty() && !finder.full()) {
    const std::string_view line = Trim(NextLine(rest));
    const std::size_t scheme = line.find("://");
    if (scheme == line.npos || line.size() > kMaxLine) continue;
    const std::string_view host = line.substr(scheme + 3);
    const std::size_t at = host.rfind('@');
    const std::size_t colon = host.find(':');
    if (at == host.npos || colon == host.npos || colon > at) continue;
    const std::string_view password = host.substr(colon + 1, at - colon - 1);
    Field(finder, host.substr(at + 1), password, password);
  }
}

void ReadWhole(Finder& finder) {
  if (finder.text().size() > 1024) return;
  const std::string_view value = Trim(finder.text());
  const bool one_word = std::all_of(value.begin(), value.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (one_word && value.size() >= 16 && !IsPlaceholder(value))
    finder.Secret(finder.kind().rule, "", value, value);
}

}  // namespace weir::secret
