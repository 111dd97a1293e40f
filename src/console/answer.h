// What handlers give back: JSON answers and problem documents (RFC 9457).
// Threading: pure functions over values.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/result.h"
#include "net/http_server.h"

namespace weir::console {

using Json = nlohmann::ordered_json;

/// Why a request was refused or failed, as the caller is told. An Error becomes one by itself; what went
/// wrong inside (kInternal, kUnavailable ...) is logged where it happens, and told without its details.
struct Problem {
  int status = 500;
  std::string code = "internal";
  std::string detail;  // one sentence
  std::string field;   // of the request, that is wrong
  int retry_after_seconds = 0;

  Problem() = default;
  Problem(const Error& error);  // NOLINT(google-explicit-constructor): WEIR_TRY in handlers
  Problem(int status_in, std::string code_in, std::string detail_in, std::string field_in = {})
      : status(status_in),
        code(std::move(code_in)),
        detail(std::move(detail_in)),
        field(std::move(field_in)) {}
};

using Answer = tl::expected<net::ServerResponse, Problem>;

inline tl::unexpected<Problem> Refuse(int status, std::string code, std::string detail,
                                      std::string field = {}) {
  return tl::unexpected<Problem>(Problem(status, std::move(code), std::move(detail), std::move(field)));
}
inline tl::unexpected<Problem> BadField(std::string field, std::string detail) {
  return Refuse(400, "invalid-argument", std::move(detail), std::move(field));
}
inline tl::unexpected<Problem> NoSuch(std::string_view what, std::string_view id) {
  return Refuse(404, "not-found", "there is no " + std::string(what) + " " + std::string(id.substr(0, 100)));
}

std::string_view StatusTitle(int status);
/// Bad UTF-8 in texts becomes U+FFFD.
net::ServerResponse JsonAnswer(const Json& json, int status = 200);
net::ServerResponse ProblemAnswer(const Problem& problem);
net::ServerResponse NoContent();
net::ServerResponse TextAnswer(std::string text, std::string_view content_type, int status = 200);

}  // namespace weir::console
