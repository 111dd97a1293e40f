#include "target/registry_credentials.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/strings.h"

namespace weir::target {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMaxAuthFile = 4ULL << 20U;
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::vector<std::string> UsualPlaces() {
  std::vector<std::string> out;
  auto add = [&](const std::string& folder, const char* rest) {
    if (!folder.empty()) out.push_back(folder + rest);
  };
  std::string home = Environment("HOME");
  add(Environment("REGISTRY_AUTH_FILE"), "");
  add(Environment("XDG_RUNTIME_DIR"), "/containers/auth.json");
  add(Environment("XDG_CONFIG_HOME"), "/containers/auth.json");
  add(home, "/.config/containers/auth.json");
  add(Environment("DOCKER_CONFIG"), "/config.json");
  add(home, "/.docker/config.json");
  return out;
}

std::string TextOf(const Json& object, const char* key) {
  if (!object.is_object()) return {};
  auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// "https://index.docker.io/v1/" and "host:port/name" alike become "host[:port][/name]".
std::string NormalizeKey(std::string_view key) {
  for (std::string_view scheme : {"https://", "http://"})
    if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
  for (std::string_view version : {"/v1/", "/v2/", "/v1", "/v2", "/"})
    if (key.ends_with(version)) {
      key.remove_suffix(version.size());
      break;
    }
  if (key == "index.docker.io" || key == "registry-1.docker.io") return "docker.io";
  return std::string(key);
}

Result<RegistryCredentials> ReadAuth(const Json& entry) {
  RegistryCredentials out;
  out.identity_token = TextOf(entry, "identitytoken");
  std::string packed = TextOf(entry, "auth");
  if (packed.empty()) {
    out.username = TextOf(entry, "username");
    out.password = TextOf(entry, "password");
    return out;
  }
  WEIR_ASSIGN(std::string plain, DecodeBase64(packed));
  std::size_t colon = plain.find(':');
  if (colon == std::string::npos) return Err(Code::kMalformed, "an \"auth\" that is not user:password");
  out.username = plain.substr(0, colon);
  out.password = plain.substr(colon + 1);
  out.password.resize(std::min(out.password.find('\0'), out.password.size()));
  return out;
}

}  // namespace

std::string EncodeBase64(std::string_view bytes) {
  std::string out;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (char c : bytes) {
    bits = bits << 8U | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) out += kAlphabet[bits >> (count - 6) & 63U];
  }
  if (count > 0) out += kAlphabet[bits << (6 - count) & 63U];
  while (out.size() % 4 != 0) out += '=';
  return out;
}

Result<std::string> DecodeBase64(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  unsigned count = 0;
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  for (char c : text) {
    std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return Err(Code::kMalformed, "not base64");
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 255U);
  }
  return out;
}

Result<RegistryCredentials> ParseAuthFile(std::string_view text, const ImageReference& reference) {
  constexpr std::size_t kMostBrackets = 100'000;  // nesting can be no deeper than there are brackets
  if (static_cast<std::size_t>(std::count(text.begin(), text.end(), '[') +
                               std::count(text.begin(), text.end(), '{')) > kMostBrackets)
    return Err(Code::kLimitExceeded, "JSON nested too deep");
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return Err(Code::kMalformed, "not a JSON object");
  RegistryCredentials out;
  std::string wanted = reference.domain + "/" + reference.repository;
  std::size_t best = 0;
  if (auto auths = json.find("auths"); auths != json.end() && auths->is_object()) {
    for (const auto& [key, entry] : auths->items()) {
      std::string prefix = NormalizeKey(key);
      bool matches =
          wanted.starts_with(prefix) && wanted.size() > prefix.size() && wanted[prefix.size()] == '/';
      if ((!matches && wanted != prefix) || prefix.size() <= best) continue;
      WEIR_ASSIGN(RegistryCredentials found, ReadAuth(entry));
      if (found.empty()) continue;  // docker leaves an empty entry behind where a helper holds the secret
      out = std::move(found);
      best = prefix.size();
    }
  }
  if (!out.empty()) return out;
  if (auto helpers = json.find("credHelpers"); helpers != json.end())
    out.helper = TextOf(*helpers, reference.domain.c_str());
  if (out.helper.empty()) out.helper = TextOf(json, "credsStore");
  if (!out.helper.empty()) out.helper = "docker-credential-" + out.helper;
  return out;
}

Result<RegistryCredentials> FindCredentials(const ImageReference& reference, const RegistryAuth& auth) {
  if (!auth.username.empty()) return RegistryCredentials{auth.username, auth.password, {}, {}};
  bool given = !auth.config_path.empty();
  RegistryCredentials best;
  for (const std::string& path : given ? std::vector<std::string>{auth.config_path} : UsualPlaces()) {
    Result<std::string> text = ReadFile(path, kMaxAuthFile);
    if (!text && !given && text.error().code == Code::kNotFound) continue;
    if (!text) return Err(text.error());
    Result<RegistryCredentials> found = ParseAuthFile(*text, reference);
    if (!found) return Err(found.error().Context(path));
    if (!found->empty()) return found;
    if (best.helper.empty()) best.helper = found->helper;
  }
  return best;
}

std::vector<AuthChallenge> ParseChallenges(std::string_view rest) {
  std::vector<AuthChallenge> out;
  auto skip = [&](std::string_view characters) {
    rest.remove_prefix(std::min(rest.find_first_not_of(characters), rest.size()));
  };
  auto token = [&] {
    std::string_view word = rest.substr(0, rest.find_first_of(" \t,=\""));
    rest.remove_prefix(word.size());
    return std::string(word);
  };
  while (true) {
    skip(" \t,");
    std::string word = token();
    if (word.empty()) return out;
    skip(" \t");
    if (!rest.starts_with('=')) {
      out.push_back({ToLower(word), {}});
      continue;
    }
    rest.remove_prefix(1);
    skip(" \t");
    std::string value;
    if (rest.starts_with('"')) {
      std::size_t i = 1;
      for (; i < rest.size() && rest[i] != '"'; ++i) {
        if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
        value += rest[i];
      }
      rest.remove_prefix(std::min(i + 1, rest.size()));
    } else {
      value = token();
    }
    if (out.empty()) return out;
    out.back().parameters.emplace(ToLower(word), std::move(value));
  }
}

}  // namespace weir::target
