#include "net/server_answer.h"

#include <atomic>
#include <ctime>

#include "base/log.h"
#include "base/strings.h"
#include "net/content_coding.h"
#include "net/request_target.h"

namespace weir::net {
namespace {

constexpr std::size_t kSmallestToCompress = 1024;

std::string_view Reason(int status) {
  struct Entry {
    int status;
    std::string_view text;
  };
  static constexpr Entry kReasons[] = {
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {206, "Partial Content"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {303, "See Other"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {415, "Unsupported Media Type"},
      {416, "Range Not Satisfiable"},
      {417, "Expectation Failed"},
      {422, "Unprocessable Content"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {505, "HTTP Version Not Supported"},
  };
  for (const Entry& entry : kReasons)
    if (entry.status == status) return entry.text;
  return "Other";
}

bool HasField(const HeaderFields& headers, std::string_view name) {
  for (const auto& [own, value] : headers)
    if (EqualsIgnoreCase(own, name)) return true;
  return false;
}

std::string_view FieldOf(const HeaderFields& headers, std::string_view name) {
  for (const auto& [own, value] : headers)
    if (EqualsIgnoreCase(own, name)) return value;
  return {};
}

bool IsServersOwn(std::string_view name) {
  for (std::string_view own : {"content-length", "date", "connection", "transfer-encoding"})
    if (EqualsIgnoreCase(name, own)) return true;
  return false;
}

/// IMF-fixdate (RFC 9110 section 5.6.7); made once a second.
const std::string& HttpDate() {
  thread_local std::time_t made_at = 0;
  thread_local std::string text;
  std::time_t now = std::time(nullptr);
  if (now != made_at) {
    static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char rest[40];
    // Not %a and %b: those follow the locale.
    std::strftime(rest, sizeof rest, " %Y %H:%M:%S GMT", &parts);
    char day[8];
    std::strftime(day, sizeof day, ", %d ", &parts);
    text = std::string(kDays[parts.tm_wday % 7]) + day + kMonths[parts.tm_mon % 12] + rest;
    made_at = now;
  }
  return text;
}

void AppendFields(const HeaderFields& headers, std::string& out) {
  constexpr std::string_view kBreaks("\r\n\0", 3);
  for (const auto& [name, value] : headers) {
    if (IsServersOwn(name)) continue;
    if (name.find_first_of(kBreaks) != name.npos || value.find_first_of(kBreaks) != value.npos ||
        name.find(':') != name.npos) {
      Log(LogLevel::kError, "server.bad_field", {{"name", ToValidUtf8(name.substr(0, 64))}});
      continue;
    }
    out.append(name).append(": ").append(value).append("\r\n");
  }
}

std::string StatusLine(int status) {
  std::string out = "HTTP/1.1 " + std::to_string(status) + " ";
  return out.append(Reason(status)).append("\r\n");
}

}  // namespace

ServerResponse ProblemAnswer(int status, std::string_view detail) {
  // DETAIL is the server's own text, never the client's: nothing in it needs escaping but quotes.
  ServerResponse out;
  out.status = status;
  out.headers.emplace_back("Content-Type", "application/problem+json");
  out.body = "{\"type\":\"about:blank\",\"title\":\"" + std::string(Reason(status)) +
             "\",\"status\":" + std::to_string(status);
  if (!detail.empty()) out.body += ",\"detail\":\"" + ReplaceAll(detail, "\"", "\\\"") + "\"";
  out.body += "}\n";
  return out;
}

ServerResponse RetryLater(std::string_view detail) {
  ServerResponse out = ProblemAnswer(503, detail);
  out.headers.emplace_back("Retry-After", "2");
  return out;
}

std::string_view AnswerBody(const ServerResponse& response) {
  return response.shared_body ? std::string_view(*response.shared_body) : std::string_view(response.body);
}

bool HasNoBody(int status) { return status < 200 || status == 204 || status == 304; }

void CompressAnswer(ServerResponse& response, std::string_view accept_encoding) {
  std::string_view body = AnswerBody(response);
  if (body.size() <= kSmallestToCompress || response.status == 206 || HasNoBody(response.status)) return;
  if (HasField(response.headers, "content-encoding") ||
      !IsCompressible(FieldOf(response.headers, "content-type")))
    return;
  // Caches must know that there are two forms, also when this is the plain one.
  if (!HasField(response.headers, "vary")) response.headers.emplace_back("Vary", "Accept-Encoding");
  if (!AcceptsCoding(accept_encoding, "gzip")) return;
  response.body = GzipContent(body);
  response.shared_body = nullptr;
  response.headers.emplace_back("Content-Encoding", "gzip");
  for (auto& [name, value] :
       response.headers)  // the packed form is not byte for byte the one that was tagged
    if (EqualsIgnoreCase(name, "etag") && value.starts_with('"')) value.insert(0, "W/");
}

std::string AnswerHead(const ServerResponse& response, bool keep_alive) {
  std::string out;
  out.reserve(256);
  out += StatusLine(response.status);
  AppendFields(response.headers, out);
  out.append("Date: ").append(HttpDate()).append("\r\n");
  if (!HasNoBody(response.status))
    out.append("Content-Length: ").append(std::to_string(AnswerBody(response).size())).append("\r\n");
  out += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
  return out;
}

std::string StreamHead(const HeaderFields& extra) {
  std::string out = StatusLine(200);
  out += "Content-Type: text/event-stream\r\nCache-Control: no-store\r\nX-Accel-Buffering: no\r\n";
  AppendFields(extra, out);
  return out.append("Date: ").append(HttpDate()).append("\r\nConnection: close\r\n\r\n");
}

}  // namespace weir::net
