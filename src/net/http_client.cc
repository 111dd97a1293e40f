#include "net/http_client.h"

#include <curl/curl.h>
#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>

#include "base/strings.h"

namespace weir::net {
namespace {

constexpr int kMaxRedirects = 5;
constexpr std::size_t kMaxHeaderBytes = 256U << 10U;
constexpr std::size_t kMaxErrorBodyBytes = 64U << 10U;
constexpr std::size_t kMaxRedirectBodyBytes = 1U << 20U;

using Sink = std::function<bool(std::string_view)>;
using Clock = std::chrono::steady_clock;

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, UrlDeleter>;

struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

std::string UrlPart(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr) return {};
  std::string out = text;
  curl_free(text);
  return out;
}

/// What decides whether credentials may go along: scheme, host and port.
std::string Origin(CURLU* url) {
  return ToLower(UrlPart(url, CURLUPART_SCHEME)) + "://" + ToLower(UrlPart(url, CURLUPART_HOST)) + ":" +
         UrlPart(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

/// The URL without user and password, for messages and for following.
std::string WithoutUser(CURLU* url) {
  curl_url_set(url, CURLUPART_USER, nullptr, 0);
  curl_url_set(url, CURLUPART_PASSWORD, nullptr, 0);
  return UrlPart(url, CURLUPART_URL);
}

/// For messages: queries hold keys and signatures of storage services.
std::string WithoutQuery(std::string url) {
  if (std::size_t at = url.find('?'); at != std::string::npos) url.replace(at, std::string::npos, "?...");
  return url;
}

bool IsRedirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool IsCredential(std::string_view header) {
  return EqualsIgnoreCase(header, "authorization") || EqualsIgnoreCase(header, "cookie") ||
         EqualsIgnoreCase(header, "proxy-authorization");
}

Error TransportError(CURLcode code, const char* detail, const std::string& url) {
  Code out = Code::kUnavailable;
  if (code == CURLE_OPERATION_TIMEDOUT) out = Code::kDeadlineExceeded;
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) out = Code::kInvalidArgument;
  if (code == CURLE_OUT_OF_MEMORY) out = Code::kLimitExceeded;
  std::string message = detail[0] != '\0' ? detail : curl_easy_strerror(code);
  return {out, url + ": " + message};
}

/// One exchange: what libcurl's callbacks fill.
struct Exchange {
  const HttpRequest* request = nullptr;
  const Sink* sink = nullptr;  // may be null
  HttpResponse response;
  std::size_t header_bytes = 0;
  std::uint64_t body_bytes = 0;
  curl_off_t moved = -1;  // bytes sent and received when last looked at
  Clock::time_point last_move{};
  bool announced = false;     // on_headers was called
  bool follows = true;        // redirects are followed
  std::optional<Error> stop;  // why a callback broke the transfer off
};

bool Is2xx(long status) { return status >= 200 && status < 300; }

/// "bytes 100-199/200" -> 100.
std::optional<std::uint64_t> ContentRangeStart(std::string_view value) {
  if (!value.starts_with("bytes ")) return std::nullopt;
  value.remove_prefix(6);
  return ParseUint(Trim(value.substr(0, value.find('-'))));
}

/// Settles status-dependent matters once, before the first body byte (or at the end where there is none).
bool Announce(Exchange& exchange) {
  if (exchange.announced) return true;
  exchange.announced = true;
  HttpResponse& response = exchange.response;
  const HttpRequest& request = *exchange.request;
  if (response.status == 206 && request.resume_from > 0) {
    if (ContentRangeStart(response.Header("content-range")) != request.resume_from) {
      exchange.stop = Error{Code::kMalformed, "the server answered another range than was asked for"};
      return false;
    }
    response.resumed = true;
    exchange.body_bytes = request.resume_from;
  }
  bool is_final = !exchange.follows || !IsRedirect(response.status) || response.Header("location").empty();
  if (is_final && request.on_headers && !request.on_headers(response)) {
    exchange.stop = Error{Code::kCancelled, "stopped"};
    return false;
  }
  return true;
}

bool TakeBody(Exchange& exchange, std::string_view bytes) {
  if (!Announce(exchange)) return false;
  HttpResponse& response = exchange.response;
  exchange.body_bytes += bytes.size();
  if (IsRedirect(response.status) && exchange.follows) return exchange.body_bytes <= kMaxRedirectBodyBytes;
  if (exchange.body_bytes > exchange.request->max_body_bytes) {
    exchange.stop =
        Error{Code::kLimitExceeded,
              "the body is larger than " + std::to_string(exchange.request->max_body_bytes) + " bytes"};
    return false;
  }
  if (exchange.sink == nullptr) {
    response.body.append(bytes);
    return true;
  }
  if (!Is2xx(response.status)) {
    std::size_t room = kMaxErrorBodyBytes - response.body.size();
    response.body.append(bytes.substr(0, room));
    return true;
  }
  if ((*exchange.sink)(bytes)) return true;
  exchange.stop = Error{Code::kCancelled, "stopped"};
  return false;
}

std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* user) noexcept {
  auto& exchange = *static_cast<Exchange*>(user);
  return TakeBody(exchange, {data, size * count}) ? size * count : 0;
}

bool TakeHeader(Exchange& exchange, std::string_view line) {
  exchange.header_bytes += line.size();
  if (exchange.header_bytes > kMaxHeaderBytes) {
    exchange.stop = Error{Code::kLimitExceeded, "the answer's headers are too large"};
    return false;
  }
  line = Trim(line);
  if (line.starts_with("HTTP/")) {  // a new header block, e.g. after "100 Continue" or a proxy's CONNECT
    exchange.response.headers.clear();
    std::string_view rest = line;
    NextPiece(rest, ' ');
    exchange.response.status = static_cast<long>(ParseUint(NextPiece(rest, ' ')).value_or(0) % 1000);
    return true;
  }
  std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  exchange.response.headers.emplace_back(ToLower(Trim(line.substr(0, colon))), Trim(line.substr(colon + 1)));
  return true;
}

std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* user) noexcept {
  auto& exchange = *static_cast<Exchange*>(user);
  return TakeHeader(exchange, {data, size * count}) ? size * count : 0;
}

/// Called about once a second. libcurl's own low-speed limit averages over five seconds; this does not.
int OnProgress(void* user, curl_off_t, curl_off_t down, curl_off_t, curl_off_t up) noexcept {
  auto& exchange = *static_cast<Exchange*>(user);
  const int limit = exchange.request->stall_timeout_seconds;
  if (limit <= 0) return 0;
  const auto now = Clock::now();
  if (down + up != exchange.moved) {
    exchange.moved = down + up;
    exchange.last_move = now;
  } else if (now - exchange.last_move >= std::chrono::seconds(limit)) {
    exchange.stop = Error{Code::kDeadlineExceeded, "nothing came for " + std::to_string(limit) + " seconds"};
    return 1;
  }
  return 0;
}

/// Adds a CA file to the context that libcurl has already filled with the system's.
CURLcode OnSslContext(CURL*, void* context, void* user) noexcept {
  const auto& ca_file = *static_cast<const std::string*>(user);
  int ok = SSL_CTX_load_verify_locations(static_cast<SSL_CTX*>(context), ca_file.c_str(), nullptr);
  return ok == 1 ? CURLE_OK : CURLE_SSL_CACERT_BADFILE;
}

bool HasLineBreak(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
}

Result<HeaderList> BuildHeaders(const HttpRequest& request, bool with_credentials) {
  HeaderList list(curl_slist_append(nullptr, "Expect:"));  // no waiting for "100 Continue"
  for (const auto& [name, value] : request.headers) {
    if (HasLineBreak(name) || HasLineBreak(value))
      return Err(Code::kInvalidArgument, "a header of the request has a line break");
    if (IsCredential(name) && !with_credentials) continue;
    // libcurl sends a header without a value only in this spelling.
    std::string line = value.empty() ? name + ";" : name + ": " + value;
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) return Err(Code::kLimitExceeded, "out of memory");
    static_cast<void>(list.release());
    list.reset(longer);
  }
  return list;
}

}  // namespace

std::string_view HttpResponse::Header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers)
    if (name == lower_case_name) return value;
  return {};
}

struct HttpClient::Impl {
  HttpOptions options;
  CURL* curl = nullptr;
  CURLM* multi = nullptr;  // holds the connections; can be woken from another thread
  HeaderList connect_to;
  std::atomic<bool> cancelled = false;

  void SetMethod(const std::string& method, const HttpRequest& request);
  void SetIdentity();
  void SetCommon(const HttpRequest& request, const std::string& url, bool with_credentials);
  Result<void> Exchange(net::Exchange& exchange, const std::string& method, const std::string& url,
                        bool with_credentials, long long milliseconds_left);
  CURLcode Perform();
  Result<HttpResponse> Follow(const HttpRequest& request, const Sink* sink);
};

void HttpClient::Impl::SetMethod(const std::string& method, const HttpRequest& request) {
  if (method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (method == "GET" && request.body.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
  } else {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    bool send_body = method == request.method;  // a POST that a redirect made a GET has none
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(send_body ? request.body.size() : 0));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
  }
}

/// Which authority is believed, who we are, and where the connection really goes.
void HttpClient::Impl::SetIdentity() {
  auto set_blob = [this](CURLoption option, std::string& pem) {
    curl_blob blob{pem.data(), pem.size(), CURL_BLOB_NOCOPY};
    if (!pem.empty()) curl_easy_setopt(curl, option, &blob);
  };
  set_blob(CURLOPT_SSLCERT_BLOB, options.client_certificate_pem);
  set_blob(CURLOPT_SSLKEY_BLOB, options.client_key_pem);
  if (!options.exclusive_ca_pem.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, nullptr);
    curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
    set_blob(CURLOPT_CAINFO_BLOB, options.exclusive_ca_pem);
  }
  if (connect_to) curl_easy_setopt(curl, CURLOPT_CONNECT_TO, connect_to.get());
}

void HttpClient::Impl::SetCommon(const HttpRequest& request, const std::string& url, bool with_credentials) {
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);  // Follow does, with our rules
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, options.user_agent.c_str());
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(request.connect_timeout_seconds));
  if (options.insecure_tls) {
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!options.ca_file.empty() && options.exclusive_ca_pem.empty()) {
    curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, &OnSslContext);
    curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, &options.ca_file);
  }
  SetIdentity();
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPIDLE, 30L);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPINTVL, 15L);
  if (!request.unix_socket.empty()) {
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
  } else if (!options.proxy.empty()) {
    curl_easy_setopt(curl, CURLOPT_PROXY, options.proxy.c_str());
  }
  if (with_credentials && !request.username.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(curl, CURLOPT_USERNAME, request.username.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, request.password.c_str());
  }
}

Result<void> HttpClient::Impl::Exchange(net::Exchange& exchange, const std::string& method,
                                        const std::string& url, bool with_credentials,
                                        long long milliseconds_left) {
  const HttpRequest& request = *exchange.request;
  curl_easy_reset(curl);  // keeps connections
  char detail[CURL_ERROR_SIZE] = "";
  WEIR_ASSIGN(HeaderList headers, BuildHeaders(request, with_credentials));
  SetCommon(request, url, with_credentials);
  SetMethod(method, request);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &OnProgress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &exchange);
  // Not CURLOPT_RESUME_FROM: with it a 200 answer is an error, where to us it means a fresh start.
  std::string range = std::to_string(request.resume_from) + "-";
  if (request.resume_from > 0) curl_easy_setopt(curl, CURLOPT_RANGE, range.c_str());
  if (milliseconds_left > 0) curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(milliseconds_left));

  CURLcode code = Perform();
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);
  if (cancelled) return Err(Code::kCancelled, WithoutQuery(url) + ": cancelled");
  if (exchange.stop) return Err(exchange.stop->Context(WithoutQuery(url)));
  // A redirect's body is of no interest; breaking it off at the bound is no failure.
  if (code == CURLE_WRITE_ERROR && exchange.follows && IsRedirect(exchange.response.status)) return {};
  if (code != CURLE_OK) return Err(TransportError(code, detail, WithoutQuery(url)));
  if (!Announce(exchange)) return Err(exchange.stop->Context(WithoutQuery(url)));
  return {};
}

/// curl_easy_perform, but one that Cancel can wake.
CURLcode HttpClient::Impl::Perform() {
  constexpr int kProgressMilliseconds = 1000;  // how often OnProgress looks for a stall
  if (curl_multi_add_handle(multi, curl) != CURLM_OK) return CURLE_FAILED_INIT;
  CURLcode code = CURLE_FAILED_INIT;
  int running = 1;
  while (running > 0 && !cancelled) {
    if (curl_multi_perform(multi, &running) != CURLM_OK) break;
    if (running > 0 && curl_multi_poll(multi, nullptr, 0, kProgressMilliseconds, nullptr) != CURLM_OK) break;
  }
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi, &left))
    if (message->msg == CURLMSG_DONE) code = message->data.result;
  curl_multi_remove_handle(multi, curl);  // its connection stays with the multi handle
  return code;
}

Result<HttpResponse> HttpClient::Impl::Follow(const HttpRequest& request, const Sink* sink) {
  if (curl == nullptr || multi == nullptr) return Err(Code::kInternal, "libcurl could not be started");
  Url url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, request.url.c_str(), 0) != CURLUE_OK)
    return Err(Code::kInvalidArgument, "not a URL");  // not shown: it may hold a password
  const std::string first_origin = Origin(url.get());
  HttpRequest own = request;
  if (own.username.empty()) {
    own.username = UrlPart(url.get(), CURLUPART_USER, CURLU_URLDECODE);
    own.password = UrlPart(url.get(), CURLUPART_PASSWORD, CURLU_URLDECODE);
  }
  std::string method = request.method;
  const auto deadline = Clock::now() + std::chrono::seconds(request.total_timeout_seconds);
  bool with_credentials = true;
  for (int hop = 0;; ++hop) {
    long long left = 0;
    std::string target = WithoutUser(url.get()), shown = WithoutQuery(target);
    if (request.total_timeout_seconds > 0) {
      left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
      if (left <= 0) return Err(Code::kDeadlineExceeded, shown + ": the time limit ran out");
    }
    net::Exchange exchange;
    exchange.request = &own;
    exchange.sink = sink;
    exchange.follows = options.follow_redirects;
    WEIR_TRY(Exchange(exchange, method, target, with_credentials, left));
    exchange.response.effective_url = target;
    std::string location(exchange.response.Header("location"));
    long status = exchange.response.status;
    if (!IsRedirect(status) || location.empty() || !options.follow_redirects)
      return std::move(exchange.response);

    if (hop == kMaxRedirects) return Err(Code::kLimitExceeded, shown + ": too many redirects");
    bool was_https = target.starts_with("https://");
    if (curl_url_set(url.get(), CURLUPART_URL, location.c_str(), CURLU_URLENCODE) != CURLUE_OK)
      return Err(Code::kMalformed, shown + ": redirected to something that is not a URL");
    std::string scheme = ToLower(UrlPart(url.get(), CURLUPART_SCHEME));
    if (scheme != "https" && (scheme != "http" || was_https))
      return Err(Code::kPermissionDenied, shown + ": refused a redirect to " + scheme);
    // Once away from the first host they stay away, even if a later hop leads back.
    with_credentials = with_credentials && Origin(url.get()) == first_origin;
    if (status == 303 || (method == "POST" && status < 303)) method = method == "HEAD" ? "HEAD" : "GET";
    // A body may be a credential as well: a registry's refresh token is.
    if (!with_credentials && !own.body.empty() && method == own.method)
      return Err(Code::kPermissionDenied,
                 shown + ": refused a redirect of the request's body to another host");
  }
}

HttpClient::HttpClient(HttpOptions options) : impl_(std::make_unique<Impl>()) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  impl_->options = std::move(options);
  impl_->curl = curl_easy_init();
  impl_->multi = curl_multi_init();
  if (!impl_->options.connect_to.empty())  // "::" before it: from any host and port
    impl_->connect_to.reset(curl_slist_append(nullptr, ("::" + impl_->options.connect_to).c_str()));
}

HttpClient::~HttpClient() {
  curl_easy_cleanup(impl_->curl);
  curl_multi_cleanup(impl_->multi);
}

void HttpClient::Cancel() {
  impl_->cancelled = true;
  curl_multi_wakeup(impl_->multi);
}

Result<HttpResponse> HttpClient::Fetch(const HttpRequest& request) { return impl_->Follow(request, nullptr); }

Result<HttpResponse> HttpClient::Fetch(const HttpRequest& request, const Sink& sink) {
  return impl_->Follow(request, &sink);
}

}  // namespace weir::net
