#include "secret/validate.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/strings.h"

namespace weir::secret {
namespace {

constexpr std::string_view kScheme = "https://";

std::string Base64(std::string_view bytes) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8U | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      text.push_back(i + j > bytes.size() ? '=' : kAlphabet[group >> (18U - 6U * j) & 63U]);
  }
  return text;
}

std::string PercentEncode(std::string_view bytes) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const char c : bytes) {
    if (IsAlpha(c) || IsDigit(c) || c == '-' || c == '_' || c == '.' || c == '~') {
      text.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      text.push_back('%');
      text.push_back(kDigits[byte >> 4U]);
      text.push_back(kDigits[byte & 15U]);
    }
  }
  return text;
}

std::string JsonEscape(std::string_view text) {
  std::string escaped;
  for (const char c : ToValidUtf8(text)) {
    if (c == '"' || c == '\\') escaped.push_back('\\');
    if (c == '\n') {
      escaped += "\\n";
    } else if (static_cast<unsigned char>(c) >= 0x20) {
      escaped.push_back(c);
    }
  }
  return escaped;
}

std::string AsItIs(std::string_view text) { return std::string(text); }

/// TEXT with what it says in "{{...}}" put in; nothing where one is not known.
std::optional<std::string> FillIn(std::string_view text, std::string_view secret,
                                  std::string (*encode)(std::string_view)) {
  std::string filled;
  while (!text.empty()) {
    const std::size_t open = text.find("{{");
    filled += text.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = text.find("}}", open);
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view word = Trim(text.substr(open + 2, close - open - 2));
    if (word == "secret") {
      filled += encode(secret);
    } else if (word == "base64") {
      filled += encode(Base64(secret));
    } else if (word == "basic") {
      filled += encode(Base64(std::string(secret) + ":"));
    } else if (word.starts_with("basic:")) {
      filled += encode(Base64(std::string(word.substr(6)) + ":" + std::string(secret)));
    } else {
      return std::nullopt;
    }
    text.remove_prefix(close + 2);
  }
  return filled;
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// "host" or "host:port" of an https URL, in lower case; empty for any other text, and for one with a name
/// and password before the host.
std::string HostOf(std::string_view url) {
  if (!url.starts_with(kScheme)) return {};
  url.remove_prefix(kScheme.size());
  std::string host = ToLower(url.substr(0, url.find_first_of("/?#\\")));
  const bool plain = std::all_of(host.begin(), host.end(), [](char c) {
    return IsAlpha(c) || IsDigit(c) || c == '.' || c == '-' || c == ':' || c == '_';
  });
  if (!plain) return {};
  if (host.ends_with(":443")) host.resize(host.size() - 4);
  return host;
}

bool Matches(std::string_view allowed, std::string_view host) {
  const std::string lower = ToLower(allowed);
  if (!lower.starts_with("*.")) return lower == host;
  return host.size() > lower.size() - 1 && host.ends_with(std::string_view(lower).substr(1));
}

std::string_view HeaderNamed(const ValidationRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers)
    if (EqualsIgnoreCase(key, name)) return value;
  return {};
}

bool Holds(const std::vector<int>& codes, long status) {
  return std::any_of(codes.begin(), codes.end(), [status](int code) { return code == status; });
}

}  // namespace

std::vector<std::string> BuiltInHosts(const std::vector<Rule>& rules) {
  std::vector<std::string> hosts;
  for (const Rule& rule : rules) {
    if (!rule.validate || rule.source != "built-in") continue;
    if (std::string host = HostOf(rule.validate->url); !host.empty()) hosts.push_back(std::move(host));
  }
  std::sort(hosts.begin(), hosts.end());
  hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
  return hosts;
}

struct Validator::Impl {
  struct Host {
    HostCount count;
    std::uint32_t failures = 0;  // in a row
    std::optional<std::chrono::steady_clock::time_point> last;
  };

  Impl(ValidatorOptions o, net::HttpOptions http) : options(std::move(o)), client(Strict(std::move(http))) {
    if (!options.now) options.now = [] { return std::chrono::steady_clock::now(); };
    if (!options.sleep)
      options.sleep = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); };
  }

  static net::HttpOptions Strict(net::HttpOptions http) {
    http.follow_redirects = false;
    http.insecure_tls = false;
    return http;
  }

  /// Nothing where the request cannot be made of this secret.
  std::optional<net::HttpRequest> Make(const ValidationRequest& from, const std::string& secret) const {
    net::HttpRequest request;
    request.method = from.method;
    const bool whole = from.url.starts_with("{{secret}}");
    auto url = FillIn(from.url, secret, whole ? AsItIs : PercentEncode);
    if (!url || HasControl(*url) || url->find(' ') != std::string::npos) return std::nullopt;
    request.url = std::move(*url);
    for (const auto& [name, value] : from.headers) {
      auto text = FillIn(value, secret, AsItIs);
      if (!text || HasControl(*text) || HasControl(name)) return std::nullopt;
      request.headers.emplace_back(name, std::move(*text));
    }
    const std::string_view body = Trim(from.body);
    const bool json = body.starts_with('{') || body.starts_with('[');
    const bool form = HeaderNamed(from, "content-type").find("form-urlencoded") != std::string_view::npos;
    auto text = FillIn(from.body, secret,
                       form                              ? PercentEncode
                       : json && !body.starts_with("{{") ? JsonEscape
                                                         : AsItIs);
    if (!text) return std::nullopt;
    request.body = std::move(*text);
    request.connect_timeout_seconds = options.connect_timeout_seconds;
    request.stall_timeout_seconds = options.total_timeout_seconds;
    request.total_timeout_seconds = options.total_timeout_seconds;
    return request;
  }

  void Wait(Host& host) {
    if (host.last) {
      const auto due = *host.last + options.pause;
      const auto now = options.now();
      if (now < due)
        options.sleep(std::chrono::duration_cast<std::chrono::milliseconds>(due - now) +
                      std::chrono::milliseconds(1));
    }
    host.last = options.now();
  }

  /// The status of the answer; 0 where none came. The body is not read.
  long Status(net::HttpRequest& request) {
    long status = 0;
    request.on_headers = [&status](const net::HttpResponse& answer) {
      status = answer.status;
      return false;
    };
    const auto answer = client.Fetch(request);  // its error may hold the URL: it is dropped
    return answer ? answer->status : status;
  }

  model::Validation Ask(const ValidationRequest& from, const std::string& secret) {
    auto request = Make(from, secret);
    if (!request) return model::Validation::kUnknown;
    const std::string name = HostOf(request->url);
    if (name.empty()) return model::Validation::kNotTried;
    const bool allowed = std::any_of(options.hosts.begin(), options.hosts.end(),
                                     [&name](const std::string& host) { return Matches(host, name); });
    // Where the host comes from the secret its name is not for the record.
    Host& host = hosts[from.url.starts_with("{{") && !allowed ? std::string("(in the secret)") : name];
    if (!allowed || host.failures >= options.max_failures || requests >= options.max_requests) {
      ++host.count.refused;
      return model::Validation::kNotTried;
    }
    Wait(host);
    ++requests;
    ++host.count.asked;
    const long status = Status(*request);
    host.failures = status == 0 || status == 429 || status >= 500 ? host.failures + 1 : 0;
    if (Holds(from.valid, status)) {
      ++host.count.valid;
      return model::Validation::kValid;
    }
    if (Holds(from.invalid, status)) {
      ++host.count.invalid;
      return model::Validation::kInvalid;
    }
    ++host.count.unknown;
    return model::Validation::kUnknown;
  }

  ValidatorOptions options;
  net::HttpClient client;
  std::mutex mutex;  // guards all
  std::map<std::string, Host> hosts;
  std::uint32_t requests = 0;
};

Validator::Validator(ValidatorOptions options, net::HttpOptions http)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(http))) {}
Validator::~Validator() = default;

model::Validation Validator::Ask(const Rule& rule, const std::string& secret) {
  if (!rule.validate || secret.empty()) return model::Validation::kNotTried;
  const std::lock_guard lock(impl_->mutex);
  return impl_->Ask(*rule.validate, secret);
}

std::map<std::string, Validator::HostCount> Validator::counts() const {
  const std::lock_guard lock(impl_->mutex);
  std::map<std::string, HostCount> counts;
  for (const auto& [name, host] : impl_->hosts) counts.emplace(name, host.count);
  return counts;
}

}  // namespace weir::secret
