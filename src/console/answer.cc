#include "console/answer.h"

#include <nlohmann/json.hpp>

#include "base/log.h"

namespace weir::console {

Problem::Problem(const Error& error)
    : status(HttpStatus(error.code)), code(CodeName(error.code)), detail(error.message) {
  if (error.code == Code::kInternal || status >= 500) {
    Log(LogLevel::kError, "api.failed", {{"error", error.message}});
    detail = error.code == Code::kUnavailable ? "try again later" : "the console's log tells what happened";
    if (status == 504) status = 503;
  }
  if (error.code == Code::kCancelled) status = 503;
  if (status == 503) retry_after_seconds = 5;
}

std::string_view StatusTitle(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return status >= 500 ? "Internal Server Error" : "Error";
  }
}

net::ServerResponse JsonAnswer(const Json& json, int status) {
  net::ServerResponse response;
  response.status = status;
  response.headers = {{"content-type", "application/json"}};
  response.body = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return response;
}

net::ServerResponse ProblemAnswer(const Problem& problem) {
  Json json = {{"type", "about:blank"},
               {"title", StatusTitle(problem.status)},
               {"status", problem.status},
               {"code", problem.code}};
  if (!problem.detail.empty()) json["detail"] = problem.detail;
  if (!problem.field.empty()) json["field"] = problem.field;
  net::ServerResponse response = JsonAnswer(json, problem.status);
  response.headers[0].second = "application/problem+json";
  if (problem.retry_after_seconds > 0)
    response.headers.emplace_back("retry-after", std::to_string(problem.retry_after_seconds));
  return response;
}

net::ServerResponse NoContent() {
  net::ServerResponse response;
  response.status = 204;
  return response;
}

net::ServerResponse TextAnswer(std::string text, std::string_view content_type, int status) {
  net::ServerResponse response;
  response.status = status;
  response.headers = {{"content-type", std::string(content_type)}};
  response.body = std::move(text);
  return response;
}

}  // namespace weir::console
