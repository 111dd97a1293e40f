#include "sensor/identity.h"

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json_guard.h"
#include "base/strings.h"
#include "net/certificate_authority.h"

namespace weir::sensor {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMaxAnswer = 256U << 10U;
constexpr int kTimeoutSeconds = 30;

std::string Url(std::string_view host, std::string_view path) {
  return "https://" + std::string(host) + std::string(path);
}

/// What a console says of a refused request (problem+json), for people.
Error Refusal(const net::HttpResponse& response, std::string_view what) {
  std::string message = std::string(what) + ": the console answered " + std::to_string(response.status);
  Json problem = Json::parse(response.body, nullptr, false);
  if (problem.is_object())
    for (const char* key : {"title", "detail"})
      if (auto text = problem.find(key); text != problem.end() && text->is_string())
        message += ", " + ToValidUtf8(text->get_ref<const std::string&>().substr(0, 300));
  switch (response.status) {
    case 401:
    case 403:
    case 410:
      return {Code::kPermissionDenied, message};
    case 400:
    case 422:
      return {Code::kInvalidArgument, message};
    default:
      return {Code::kUnavailable, message};
  }
}

/// The first certificate alone: only it is held to the token, so only it is to be trusted.
Result<std::string> FirstCertificate(const std::string& pem) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----", kEnd = "-----END CERTIFICATE-----";
  std::size_t begin = pem.find(kBegin);
  std::size_t end = begin == std::string::npos ? begin : pem.find(kEnd, begin);
  if (end == std::string::npos) return Err(Code::kMalformed, "the console's authority is not a certificate");
  return pem.substr(begin, end + kEnd.size() - begin) + "\n";
}

Result<std::string> FetchAuthority(const std::string& address, const wire::EnrolToken& token,
                                   const std::string& agent) {
  net::HttpOptions options;
  // The one request that trusts nobody: what comes is held to the digest in the token.
  options.insecure_tls = true;
  options.connect_to = address;
  options.user_agent = agent;
  options.follow_redirects = false;
  net::HttpClient client(options);
  net::HttpRequest request;
  request.url = Url(wire::kEnrolHost, "/sensor/v1/ca");
  request.max_body_bytes = kMaxAnswer;
  request.total_timeout_seconds = kTimeoutSeconds;
  auto response = client.Fetch(request);
  if (!response) return Err(response.error().Context("the console at " + address));
  if (response->status != 200) return Err(Refusal(*response, "fetching the console's authority"));
  WEIR_ASSIGN(std::string pem, FirstCertificate(response->body));
  WEIR_ASSIGN(net::CertificateFacts facts, net::ReadCertificate(pem));
  if (facts.sha256 != ToLower(token.ca_digest))
    return Err(Code::kUnauthenticated,
               "the server at " + address +
                   " is not the console that this token is of (its authority has another digest)");
  return pem;
}

Result<Identity> FromAnswer(const std::string& body, Identity identity) {
  WEIR_ASSIGN(wire::EnrolAnswer answer, wire::ParseEnrolAnswer(body, {}));
  WEIR_ASSIGN(net::CertificateFacts facts, net::ReadCertificate(answer.certificate_pem));
  if (!answer.sensor_id.empty()) identity.sensor_id = answer.sensor_id;
  if (identity.sensor_id.empty()) identity.sensor_id = facts.common_name;
  identity.certificate_pem = answer.certificate_pem;
  identity.not_before = facts.not_before;
  identity.not_after = facts.not_after;
  return identity;
}

}  // namespace

std::string ToJson(const Identity& identity) {
  return Json{{"sensor_id", identity.sensor_id},
              {"console", identity.console},
              {"token_id", identity.token_id},
              {"key_pem", identity.key_pem},
              {"certificate_pem", identity.certificate_pem},
              {"ca_pem", identity.ca_pem}}
             .dump(2, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

Result<Identity> ParseIdentity(std::string_view text) {
  WEIR_TRY(CheckJsonDepth(text, 8));
  Json json = Json::parse(text, nullptr, false);
  Identity out;
  for (auto& [key, field] : {std::pair<const char*, std::string*>{"sensor_id", &out.sensor_id},
                             {"console", &out.console},
                             {"token_id", &out.token_id},
                             {"key_pem", &out.key_pem},
                             {"certificate_pem", &out.certificate_pem},
                             {"ca_pem", &out.ca_pem}}) {
    auto found = json.is_object() ? json.find(key) : json.end();
    if (!json.is_object() || found == json.end() || !found->is_string())
      return Err(Code::kMalformed, std::string("the sensor's identity: \"") + key + "\" is missing");
    *field = found->get<std::string>();
  }
  WEIR_ASSIGN(net::CertificateFacts facts, net::ReadCertificate(out.certificate_pem));
  out.not_before = facts.not_before;
  out.not_after = facts.not_after;
  return out;
}

Result<std::string> ConsoleAddress(std::string_view url) {
  auto bad = [&](const char* why) {
    return Err(Code::kInvalidArgument, "console \"" + std::string(url) + "\": " + why);
  };
  std::string_view rest = Trim(url);
  int port = 8443;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
    port = 443;
  } else if (rest.find("://") != std::string_view::npos) {
    return bad("only https:// is spoken");
  }
  std::size_t slash = rest.find('/');
  if (slash != std::string_view::npos && slash + 1 != rest.size()) return bad("a path has no place here");
  rest = rest.substr(0, slash);
  std::string_view host = rest;
  std::size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos && (rest.find(':') == colon || rest[colon - 1] == ']')) {
    host = rest.substr(0, colon);
    auto number = ParseUint(rest.substr(colon + 1));
    if (!number || *number == 0 || *number > 65535) return bad("the port is not one");
    port = static_cast<int>(*number);
  } else if (colon != std::string_view::npos && !rest.starts_with('[')) {
    return bad("an IPv6 address stands in brackets");
  }
  if (host.empty() || host.find_first_of(" \t@?#%\\\"") != std::string_view::npos) return bad("no host");
  return std::string(host) + ":" + std::to_string(port);
}

net::HttpOptions LinkOptions(const Identity& identity, std::string_view version) {
  net::HttpOptions options;
  options.exclusive_ca_pem = identity.ca_pem;
  options.client_certificate_pem = identity.certificate_pem;
  options.client_key_pem = identity.key_pem;
  options.connect_to = identity.console;
  options.user_agent = "weir-sensor/" + std::string(version);
  options.follow_redirects = false;
  return options;
}

Result<Identity> Enrol(const EnrolOptions& options) {
  WEIR_ASSIGN(wire::EnrolToken token, wire::ParseEnrolToken(options.token));
  Identity identity;
  WEIR_ASSIGN(identity.console, ConsoleAddress(options.console_url));
  identity.token_id = token.id;
  const std::string agent = "weir-sensor/" + options.version;
  WEIR_ASSIGN(identity.ca_pem, FetchAuthority(identity.console, token, agent));
  WEIR_ASSIGN(net::KeyAndRequest key, net::MakeKeyAndRequest());
  identity.key_pem = key.key_pem;

  net::HttpOptions http;
  http.exclusive_ca_pem = identity.ca_pem;
  http.connect_to = identity.console;
  http.user_agent = agent;
  http.follow_redirects = false;
  net::HttpClient client(http);
  net::HttpRequest request;
  request.method = "POST";
  request.url = Url(wire::kEnrolHost, "/sensor/v1/enrol");
  request.headers = {{"Content-Type", "application/json"}};
  request.body = wire::ToJson(wire::EnrolRequest{options.token, key.csr_pem, options.host});
  request.max_body_bytes = kMaxAnswer;
  request.total_timeout_seconds = kTimeoutSeconds;
  auto response = client.Fetch(request);
  if (!response) return Err(response.error().Context("enrolling at " + identity.console));
  if (response->status != 200 && response->status != 201) return Err(Refusal(*response, "enrolling"));
  return FromAnswer(response->body, std::move(identity));
}

Result<Identity> Renew(const Identity& identity, std::string_view version) {
  WEIR_ASSIGN(net::KeyAndRequest key, net::MakeKeyAndRequest());
  net::HttpClient client(LinkOptions(identity, version));
  net::HttpRequest request;
  request.method = "POST";
  request.url = Url(wire::kSensorHost, "/sensor/v1/renew");
  request.headers = {{"Content-Type", "application/json"}};
  request.body = Json{{"csr_pem", key.csr_pem}}.dump();
  request.max_body_bytes = kMaxAnswer;
  request.total_timeout_seconds = kTimeoutSeconds;
  auto response = client.Fetch(request);
  if (!response) return Err(response.error().Context("renewing the certificate"));
  if (response->status != 200 && response->status != 201)
    return Err(Refusal(*response, "renewing the certificate"));
  Identity renewed = identity;
  renewed.key_pem = key.key_pem;
  return FromAnswer(response->body, std::move(renewed));
}

Result<void> IdentityFile::Load() {
  constexpr std::uint64_t kMaxBytes = 256U << 10U;
  WEIR_ASSIGN(std::string text, ReadFile(path_, kMaxBytes));
  WEIR_ASSIGN(Identity identity, ParseIdentity(text));
  std::lock_guard lock(mutex_);
  identity_ = std::make_shared<const Identity>(std::move(identity));
  return {};
}

Result<void> IdentityFile::Store(Identity identity) {
  WEIR_TRY(WriteFileAtomically(path_, ToJson(identity), 0600));
  std::lock_guard lock(mutex_);
  identity_ = std::make_shared<const Identity>(std::move(identity));
  return {};
}

std::shared_ptr<const Identity> IdentityFile::get() const {
  std::lock_guard lock(mutex_);
  return identity_;
}

}  // namespace weir::sensor
