// Answers as bytes, and the server's own ones. Internal to the room.
// Threading: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "net/http_server.h"

namespace weir::net {

/// application/problem+json (RFC 9457) with the status' own words as title.
ServerResponse ProblemAnswer(int status, std::string_view detail);

/// 503 with Retry-After.
ServerResponse RetryLater(std::string_view detail);

/// Packs the body where that is allowed and worth while. Costs time: call it on a worker.
void CompressAnswer(ServerResponse& response, std::string_view accept_encoding);

std::string_view AnswerBody(const ServerResponse& response);
bool HasNoBody(int status);

/// Status line and fields up to the empty line. A field that has a line break is left out.
std::string AnswerHead(const ServerResponse& response, bool keep_alive);
/// The same for an answer without end.
std::string StreamHead(const HeaderFields& extra);

}  // namespace weir::net
