// Asks issuers whether a secret works, as the rule that found it says (Rule::validate).
// Off unless someone asks for it: each question tells the issuer, and whoever reads
// its logs, that the secret is known here.
//
// What keeps it harmless: https only, and verified; only hosts that are allowed; no
// redirects; a pause between two questions to one host, and a bound on all of them.
// Neither a secret nor a URL that has one ever reaches a log, a message or a result.
//
// In a request "{{secret}}" stands for the secret: percent-encoded in the URL (as it is
// where the URL begins with it: webhooks are URLs themselves), escaped in a JSON body.
// "{{base64}}" is its base64, "{{basic}}" that of "secret:", "{{basic:NAME}}" of "NAME:secret".
//
// Threading: safe from several threads; questions are asked one after the other.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/content_finding.h"
#include "net/http_client.h"
#include "secret/rule.h"

namespace weir::secret {

struct ValidatorOptions {
  /// That may be asked: "api.example.com", "api.example.com:8443", "*.example.com" (any name below it).
  std::vector<std::string> hosts;
  std::uint32_t max_requests = 200;
  std::chrono::milliseconds pause{500};  // between two requests to one host
  /// A host that answers 429 or does not answer is let alone after so many times.
  std::uint32_t max_failures = 3;
  int connect_timeout_seconds = 5, total_timeout_seconds = 10;
  std::function<std::chrono::steady_clock::time_point()> now;  // empty: the clock
  std::function<void(std::chrono::milliseconds)> sleep;        // empty: sleeps
};

/// The hosts that RULES of the built-in pack ask: what may be asked where the user names none. Rules that
/// came from elsewhere could send a secret anywhere, so their hosts are the user's to name.
std::vector<std::string> BuiltInHosts(const std::vector<Rule>& rules);

class Validator {
 public:
  explicit Validator(ValidatorOptions options, net::HttpOptions http = {});
  ~Validator();
  Validator(const Validator&) = delete;
  Validator& operator=(const Validator&) = delete;

  /// kNotTried where the rule says not how, or the host may not be asked; kUnknown where the answer does not
  /// tell, or none came.
  model::Validation Ask(const Rule& rule, const std::string& secret);

  struct HostCount {
    std::uint64_t asked = 0, valid = 0, invalid = 0, unknown = 0;
    std::uint64_t refused = 0;  // may not be asked, or not any more
  };
  /// By host: what was asked, for people to see.
  std::map<std::string, HostCount> counts() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::secret
