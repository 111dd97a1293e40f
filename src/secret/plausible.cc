#include "secret/plausible.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "base/strings.h"

namespace weir::secret {
namespace {

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

// Whole values that stand for a secret, or are none.
constexpr std::array<std::string_view, 92> kWords = {
    "true",         "false",      "null",        "nil",        "none",        "undefined",    "yes",
    "no",           "on",         "off",         "empty",      "unset",       "default",      "auto",
    "required",     "optional",   "string",      "str",        "text",        "int",          "integer",
    "bool",         "boolean",    "object",      "bytes",      "password",    "passwd",       "pass",
    "pwd",          "secret",     "token",       "key",        "apikey",      "username",     "user",
    "userpass",     "credential", "credentials", "auth",       "basic",       "bearer",       "plain",
    "plaintext",    "login",      "private",     "public",     "hidden",      "redacted",     "removed",
    "masked",       "omitted",    "sensitive",   "encrypted",  "changeit",    "changeme",     "changethis",
    "change",       "replaceme",  "replacethis", "todo",       "fixme",       "tbd",          "example",
    "examples",     "sample",     "dummy",       "fake",       "placeholder", "foobar",       "foo",
    "bar",          "foobarbaz",  "mypassword",  "mysecret",   "mytoken",     "mykey",        "mypass",
    "yourpassword", "yoursecret", "yourtoken",   "yourkey",    "thepassword", "somepassword", "somesecret",
    "supersecret",  "topsecret",  "notasecret",  "nopassword", "prompt",      "ask",          "md5",
    "sha256"};
// Pieces that no drawn secret has, and no password that someone means to keep.
constexpr std::array<std::string_view, 34> kPieces = {
    "changeme",   "change_me",   "change-me",  "change_this", "changethis", "replaceme", "replace_me",
    "replace-me", "placeholder", "your_",      "your-",       "yourpass",   "yourkey",   "yourtoken",
    "yoursecret", "my_secret",   "insert_",    "insert-",     "example",    "redacted",  "xxxxxx",
    "dummy",      "<password",   "<secret",    "<token",      "not_a_",     "notreal",   "not-real",
    "todo:",      "fill_in",     "enter_your", "goes_here",   "goes-here",  "keyhere"};
// Beginnings of references to where the secret is kept.
constexpr std::array<std::string_view, 27> kReferences = {
    "vault:",     "op://",     "ssm:",    "ssm://",  "secretsmanager:",
    "arn:aws:",   "arn:aws-",  "awskms:", "gcpkms:", "azurekms:",
    "sm://",      "secret://", "env:",    "env.",    "process.env",
    "os.environ", "os.getenv", "file:",   "file://", "keyring:",
    "ref+",       "projects/", "enc[",    "!vault",  "data.",
    "var.",       "local."};

std::string LettersOf(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (IsUpper(c)) {
      out += static_cast<char>(c - 'A' + 'a');
    } else if (IsLower(c) || IsDigit(c)) {
      out += c;
    }
  }
  return out;
}

bool IsWord(std::string_view value) {
  const std::string letters = LettersOf(value);
  return std::find(kWords.begin(), kWords.end(), letters) != kWords.end();
}

bool IsRun(std::string_view value) {
  if (value.empty()) return true;
  std::size_t other = 0;
  for (const char c : value) other += c == value.front() ? 0U : 1U;
  return other * 8 <= value.size();
}

bool IsTemplate(std::string_view value) {
  if (value.find("${") != value.npos || value.find("{{") != value.npos || value.find("$(") != value.npos ||
      value.find("<%") != value.npos || value.find("%(") != value.npos || value.find("#{") != value.npos ||
      value.find("${{") != value.npos) {
    return true;
  }
  const char first = value.front();
  const char last = value.back();
  if ((first == '<' && last == '>') || (first == '{' && last == '}') || (first == '[' && last == ']') ||
      (first == '%' && last == '%' && value.size() > 2) || (first == '(' && last == ')') ||
      (value.starts_with("__") && value.ends_with("__")) ||
      (value.starts_with("@@") && value.ends_with("@@"))) {
    return true;
  }
  // "$NAME" and "$1"; a password hash begins with "$6$".
  if (first == '$' && value.size() > 1 && std::all_of(value.begin() + 1, value.end(), [](char c) {
        return IsUpper(c) || IsLower(c) || IsDigit(c) || c == '_';
      })) {
    return true;
  }
  return value == "%s" || value == "%d" || value == "%v" || value == "?" || value.starts_with("@{");
}

bool IsPath(std::string_view value) {
  if (value.starts_with("/") || value.starts_with("./") || value.starts_with("../") ||
      value.starts_with("~/")) {
    // A base64 text may begin with '/', too; a path has a second one or a dot, and no '+' or '='.
    return value.find_first_of("+=") == value.npos &&
           (value.find('/', 1) != value.npos || value.find('.') != value.npos);
  }
  return value.size() > 3 && IsAlpha(value[0]) && value[1] == ':' && (value[2] == '\\' || value[2] == '/');
}

std::size_t KindsOf(std::string_view value) {
  bool upper = false;
  bool lower = false;
  bool digit = false;
  bool other = false;
  for (const char c : value) {
    if (IsUpper(c)) {
      upper = true;
    } else if (IsLower(c)) {
      lower = true;
    } else if (IsDigit(c)) {
      digit = true;
    } else {
      other = true;
    }
  }
  return static_cast<std::size_t>(upper) + static_cast<std::size_t>(lower) + static_cast<std::size_t>(digit) +
         static_cast<std::size_t>(other);
}

// "dict(type=", "get_password()": a name, and an opening bracket that either closes at the end or never does.
bool LooksLikeCall(std::string_view value) {
  const std::size_t open = value.find('(');
  if (open == value.npos || open < 2) return false;
  const bool name = std::all_of(value.begin(), value.begin() + static_cast<std::ptrdiff_t>(open),
                                [](char c) { return IsAlpha(c) || IsDigit(c) || c == '_' || c == '.'; });
  return name && (value.back() == ')' || value.find(')') == value.npos);
}

bool LooksLikeCode(std::string_view value) {
  return LooksLikeCall(value) || value.find("(\"") != value.npos || value.find("->") != value.npos ||
         value.find("::") != value.npos || value.find("==") < value.size() - 2 ||
         value.find("!=") != value.npos || value.find("&&") != value.npos ||
         value.find("[\"") != value.npos || value.find("['") != value.npos;
}

// "DB_PASSWORD", "dbPassword" and "db.password" are all: db password.
std::vector<std::string> WordsOfKey(std::string_view key) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < key.size() && i < 128; ++i) {
    const char c = key[i];
    if (!IsAlpha(c) && !IsDigit(c)) {
      if (!words.back().empty()) words.emplace_back();
      continue;
    }
    const bool starts =
        IsUpper(c) && i > 0 &&
        (IsLower(key[i - 1]) || (i + 1 < key.size() && IsLower(key[i + 1]) && IsUpper(key[i - 1])));
    if (starts && !words.back().empty()) words.emplace_back();
    words.back() += IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (words.back().empty() && words.size() > 1) words.pop_back();
  return words;
}

bool IsOneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

KeyMeaning MeaningOfKey(std::string_view key) {
  const std::vector<std::string> words = WordsOfKey(key);
  const std::string& last = words.back();
  const std::string_view before = words.size() > 1 ? std::string_view(words[words.size() - 2]) : "";
  // "password_file", "token_url", "key_id", "secret_name" say where or how, not what.
  if (IsOneOf(last, {"password", "passwd", "passphrase", "pwd", "passwort", "pass", "pw", "userpassword",
                     "dbpassword", "dbpass", "rootpw", "bindpw", "userpass", "mypassword", "pgpassword",
                     "requirepass", "masterauth", "sshpass"})) {
    if (last == "pass" && IsOneOf(before, {"by", "proxy", "all", "first", "second", "single"}))
      return KeyMeaning::kNone;
    return KeyMeaning::kPassword;
  }
  if (IsOneOf(last, {"token", "secret", "apikey", "authtoken", "accesstoken", "secretkey", "accesskey",
                     "privatekey", "clientsecret", "apitoken", "apisecret", "appsecret", "jwtsecret", "pat",
                     "secretkeybase", "encryptionkey", "signingkey", "sessionsecret", "webhooksecret"})) {
    if (last == "token" &&
        IsOneOf(before, {"next", "page", "continuation", "csrf", "sync", "cancellation", "per"})) {
      return KeyMeaning::kNone;
    }
    return KeyMeaning::kToken;
  }
  if (last == "key" &&
      IsOneOf(before,
              {"api",     "secret", "private",     "access", "auth",    "encryption", "signing", "master",
               "account", "app",    "application", "shared", "license", "session",    "service", "storage",
               "webhook", "crypt",  "hmac",        "jwt",    "deploy",  "client",     "cookie"})) {
    return KeyMeaning::kToken;
  }
  if (last == "base" && before == "key") return KeyMeaning::kToken;
  if (last == "salt" && IsOneOf(before, {"auth", "key", "in", "nonce", "password", "hash"}))
    return KeyMeaning::kToken;
  if (IsOneOf(last, {"credential", "credentials", "creds", "auth", "dsn"}) ||
      (IsOneOf(last, {"string", "uri", "url"}) &&
       IsOneOf(before, {"connection", "database", "db", "mongo", "mongodb", "redis", "amqp", "broker",
                        "postgres", "mysql"})) ||
      last == "connectionstring") {
    return KeyMeaning::kCredential;
  }
  return KeyMeaning::kNone;
}

bool IsPlaceholder(std::string_view value) {
  if (value.empty() || IsRun(value) || IsTemplate(value) || IsPath(value) || IsWord(value)) return true;
  const std::string lower = ToLower(value.substr(0, 256));
  for (const std::string_view reference : kReferences) {
    if (lower.starts_with(reference)) return true;
  }
  for (const std::string_view piece : kPieces) {
    if (lower.find(piece) != lower.npos) return true;
  }
  // "***", "....", "------": nothing that tells.
  if (std::none_of(value.begin(), value.end(), [](char c) { return IsAlpha(c) || IsDigit(c); })) return true;
  // A stretch of the same character, as people blot out or fill in a form.
  std::size_t run = 1;
  for (std::size_t i = 1; i < value.size(); ++i) {
    run = value[i] == value[i - 1] ? run + 1 : 1;
    if (run >= 6 &&
        (value[i] == 'x' || value[i] == 'X' || value[i] == '*' || value[i] == '.' || value[i] == '#')) {
      return true;
    }
  }
  return false;
}

bool IsPlausiblePassword(std::string_view value, std::string_view key) {
  if (value.size() < 4 || value.size() > 256 || IsPlaceholder(value)) return false;
  if (EqualsIgnoreCase(LettersOf(value), LettersOf(key)))
    return false;  // password: password, DB_PASS: db_pass
  if (std::any_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
    return false;
  if (LooksLikeCode(value)) return false;
  // "user_password", "self.api_key", "new-password": the name of what should stand here.
  const bool bare = std::all_of(value.begin(), value.end(), [](char c) {
    return IsAlpha(c) || c == '_' || c == '-' || c == '.' || c == ',' || c == ';';
  });
  if (bare && MeaningOfKey(value) != KeyMeaning::kNone) return false;
  // "ENV_NAME", "Some.Class.name", "getPassword": names, not values.
  const bool name = std::all_of(value.begin(), value.end(), [](char c) { return IsUpper(c) || c == '_'; });
  if (name && value.find('_') != value.npos) return false;
  if (value.starts_with("http://") || value.starts_with("https://")) return false;
  // A sentence is a help text.
  if (std::count(value.begin(), value.end(), ' ') >= 2) return false;
  return true;
}

bool IsPlausibleToken(std::string_view value, std::string_view key) {
  if (value.size() < 12 || value.size() > 4096 || !IsPlausiblePassword(value.substr(0, 256), key))
    return false;
  if (value.find(' ') != value.npos || KindsOf(value) < 2) return false;
  const bool digit = std::any_of(value.begin(), value.end(), IsDigit);
  const bool letter = std::any_of(value.begin(), value.end(), IsAlpha);
  if (!digit || !letter) return false;
  return ShannonEntropy(value) >= (value.size() < 20 ? 2.8 : 3.1);
}

double ShannonEntropy(std::string_view text) {
  if (text.empty()) return 0;
  std::array<std::size_t, 256> counts{};
  for (const char c : text) ++counts[static_cast<unsigned char>(c)];
  double bits = 0;
  const auto size = static_cast<double>(text.size());
  for (const std::size_t count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / size;
    bits -= share * std::log2(share);
  }
  return bits;
}

}  // namespace weir::secret
