#include "target/registry_client.h"

#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/hash.h"
#include "base/strings.h"

namespace weir::target {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMaxDocument = 32ULL << 20U;
constexpr std::uint64_t kMaxTokenAnswer = 1ULL << 20U;
constexpr int kAttempts = 3;
constexpr int kConnectSeconds = 20;
constexpr std::string_view kManifestTypes =
    "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    if (IsAlpha(c) || IsDigit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    out.append({'%', kHex[byte >> 4U], kHex[byte & 15U]});
  }
  return out;
}

net::HttpOptions ClientOptions(const OpenOptions& options) {
  net::HttpOptions out;
  out.ca_file = options.ca_file;
  out.insecure_tls = options.insecure_tls;
  return out;
}

/// The registry's own words: {"errors":[{"code":..., "message":...}]}.
std::string RegistryMessage(const std::string& body) {
  Json json = body.size() > 64 * 1024 ? Json() : Json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("errors") || !json["errors"].is_array() || json["errors"].empty())
    return {};
  const Json& first = json["errors"][0];
  if (!first.is_object()) return {};
  std::string out;
  for (const char* key : {"code", "message"})
    if (first.contains(key) && first[key].is_string())
      out += (out.empty() ? "" : ", ") + first[key].get<std::string>();
  return ToValidUtf8(out.substr(0, 300));
}

}  // namespace

RegistryClient::RegistryClient(ImageReference reference, const OpenOptions& options)
    : reference_(std::move(reference)), options_(options) {}

Error RegistryClient::ErrorOf(const net::HttpResponse& response, std::string_view what) const {
  Code code = Code::kUnavailable;
  if (response.status == 401) code = Code::kUnauthenticated;
  if (response.status == 403) code = Code::kPermissionDenied;
  if (response.status == 404) code = Code::kNotFound;
  std::string message =
      reference_.domain + ": " + std::string(what) + ": status " + std::to_string(response.status);
  if (std::string words = RegistryMessage(response.body); !words.empty()) message += " (" + words + ")";
  if (response.status == 401) {
    if (!credentials_.helper.empty()) {
      message += "; the credentials are kept by " + credentials_.helper +
                 ", a program, which is not run: give a user name and password, or a token";
    } else {
      message += credentials_.empty() ? "; no credentials were given" : "; the credentials were refused";
    }
  }
  return {code, std::move(message)};
}

Result<void> RegistryClient::Connect() {
  WEIR_ASSIGN(credentials_, FindCredentials(reference_, options_.registry_auth));
  if (!options_.registry_auth.token.empty()) authorization_ = "Bearer " + options_.registry_auth.token;
  std::vector<std::string> schemes{options_.plain_http ? "http://" : "https://"};
  if (!options_.plain_http && reference_.IsLocal()) schemes.emplace_back("http://");
  Error last;
  for (const std::string& scheme : schemes) {
    base_ = scheme + reference_.ApiHost();
    net::HttpClient client(ClientOptions(options_));
    net::HttpRequest request;
    request.url = Url("");
    request.max_body_bytes = kMaxTokenAnswer;
    request.total_timeout_seconds = kConnectSeconds;
    std::string given = authorization_;
    if (!given.empty()) request.headers.emplace_back("Authorization", given);
    Result<net::HttpResponse> answer = client.Fetch(request);
    if (!answer) {
      // The first failure is the one to tell: the second try is only for local registries without TLS.
      if (last.message.empty()) last = answer.error();
      continue;
    }
    if (answer->status == 200) return {};
    if (answer->status == 401 && given.empty()) return Authenticate(*answer);
    if (!last.message.empty()) break;
    return Err(ErrorOf(*answer, "asking for the registry API"));
  }
  return Err(last.Context(reference_.domain));
}

Result<void> RegistryClient::Authenticate(const net::HttpResponse& refused) {
  for (const AuthChallenge& challenge : ParseChallenges(refused.Header("www-authenticate"))) {
    if (challenge.scheme == "bearer") {
      WEIR_ASSIGN(std::string token, FetchToken(challenge));
      std::lock_guard lock(mutex_);
      authorization_ = "Bearer " + token;
      return {};
    }
    if (challenge.scheme == "basic") {
      if (credentials_.username.empty()) return Err(ErrorOf(refused, "logging in"));
      std::lock_guard lock(mutex_);
      authorization_ = "Basic " + EncodeBase64(credentials_.username + ":" + credentials_.password);
      return {};
    }
  }
  return Err(ErrorOf(refused, "logging in"));
}

Result<std::string> RegistryClient::FetchToken(const AuthChallenge& challenge) {
  auto parameter = [&](const char* name) {
    auto found = challenge.parameters.find(name);
    return found == challenge.parameters.end() ? std::string() : found->second;
  };
  std::string realm = parameter("realm"), service = parameter("service");
  bool secure = realm.starts_with("https://");
  // Credentials must not leave an encrypted connection for a plain one.
  if (!secure && !(realm.starts_with("http://") && base_.starts_with("http://")))
    return Err(Code::kMalformed, reference_.domain + ": refused to ask for a token at \"" +
                                     ToValidUtf8(realm.substr(0, 200)) + "\"");
  std::string scope = "repository:" + reference_.repository + ":pull";
  net::HttpRequest request;
  request.max_body_bytes = kMaxTokenAnswer;
  if (!credentials_.identity_token.empty()) {
    request.method = "POST";
    request.url = realm;
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.body = "grant_type=refresh_token&client_id=weir&service=" + PercentEncode(service) +
                   "&scope=" + PercentEncode(scope) +
                   "&refresh_token=" + PercentEncode(credentials_.identity_token);
  } else {
    request.url = realm + (realm.find('?') == std::string::npos ? "?" : "&") +
                  "service=" + PercentEncode(service) + "&scope=" + PercentEncode(scope);
    request.username = credentials_.username;
    request.password = credentials_.password;
  }
  net::HttpClient client(ClientOptions(options_));
  WEIR_ASSIGN(net::HttpResponse answer, client.Fetch(request));
  if (answer.status != 200) return Err(ErrorOf(answer, "asking for a token"));
  Json json = Json::parse(answer.body, nullptr, false);
  if (json.is_object())
    for (const char* key : {"token", "access_token"})
      if (json.contains(key) && json[key].is_string()) {
        std::string token = json[key].get<std::string>();
        if (token.find_first_of("\r\n") == std::string::npos && !token.empty()) return token;
      }
  return Err(Code::kMalformed, reference_.domain + ": the token service's answer has no token");
}

/// One request; a token that ran out is fetched anew once.
Result<net::HttpResponse> RegistryClient::Get(net::HttpRequest request,
                                              const std::function<bool(std::string_view)>& sink) {
  net::HttpClient client(ClientOptions(options_));
  for (bool again : {true, false}) {
    net::HttpRequest attempt = request;
    {
      std::lock_guard lock(mutex_);
      if (!authorization_.empty()) attempt.headers.emplace_back("Authorization", authorization_);
    }
    WEIR_ASSIGN(net::HttpResponse answer, sink ? client.Fetch(attempt, sink) : client.Fetch(attempt));
    if (answer.status != 401 || !again || !options_.registry_auth.token.empty()) return answer;
    // Who a redirect led to may not ask for the registry's credentials.
    if (!answer.effective_url.starts_with(base_ + "/")) return answer;
    WEIR_TRY(Authenticate(answer));
  }
  return Err(Code::kInternal, "not reached");
}

Result<RegistryClient::Manifest> RegistryClient::GetManifest(const std::string& name) {
  net::HttpRequest request;
  request.url = Url(reference_.repository + "/manifests/" + name);
  request.headers.emplace_back("Accept", kManifestTypes);
  request.max_body_bytes = kMaxDocument;
  WEIR_ASSIGN(net::HttpResponse answer, Get(std::move(request)));
  if (answer.status != 200)
    return Err(ErrorOf(answer, "the manifest of " + reference_.repository + ":" + name));
  std::string type(answer.Header("content-type"));
  return Manifest{std::move(answer.body), type.substr(0, type.find(';'))};
}

Result<void> RegistryClient::GetBlob(const std::string& digest, int fd, std::uint64_t max_bytes) {
  std::uint64_t written = 0;
  std::optional<Digester> digester;
  std::optional<Error> local;  // writing failed: no use in trying again
  Error last{Code::kUnavailable, "no attempt was made"};
  auto restart = [&] {
    written = 0;
    digester.emplace(DigestKind::kSha256);
    if (::ftruncate(fd, 0) != 0 || ::lseek(fd, 0, SEEK_SET) < 0)
      local = ErrnoError(errno, "a temporary file");
    return !local;
  };
  if (!restart()) return Err(*local);
  for (int attempt = 0; attempt < kAttempts && !local; ++attempt) {
    net::HttpRequest request;
    request.url = Url(reference_.repository + "/blobs/" + digest);
    request.max_body_bytes = max_bytes;
    request.resume_from = written;
    request.on_headers = [&](const net::HttpResponse& head) {
      return head.resumed || written == 0 || restart();
    };
    Result<net::HttpResponse> answer = Get(std::move(request), [&](std::string_view bytes) {
      if (Result<void> put = WriteAll(fd, bytes, "a temporary file"); !put) {
        local = put.error();
        return false;
      }
      digester->Update(AsBytes(bytes));
      written += bytes.size();
      return true;
    });
    if (answer && (answer->status == 200 || answer->status == 206)) {
      std::string found = "sha256:" + digester->FinishHex();
      if (found == digest) return {};
      last = {Code::kMalformed,
              reference_.domain + ": the blob " + digest + " came with the digest " + found};
      if (!restart()) break;
      continue;
    }
    if (answer) last = ErrorOf(*answer, "the blob " + digest);
    if (answer && answer->status < 500 && answer->status != 429) break;
    if (!answer) last = answer.error();
    if (!answer && answer.error().code == Code::kLimitExceeded) break;
  }
  return Err(local ? *local : last);
}

}  // namespace weir::target
