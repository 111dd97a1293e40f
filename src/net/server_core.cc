#include "net/server_core.h"

#include <exception>

#include "base/log.h"
#include "net/content_coding.h"
#include "net/server_answer.h"

namespace weir::net {
namespace {

ServerResponse DecodingAnswer(const Error& error) {
  if (error.code == Code::kLimitExceeded) return ProblemAnswer(413, error.message);
  if (error.code != Code::kUnsupported) return ProblemAnswer(400, error.message);
  ServerResponse out = ProblemAnswer(415, error.message);
  out.headers.emplace_back("Accept-Encoding", "zstd, gzip");
  return out;
}

/// Undoes Content-Encoding in place, or says what to answer instead.
std::optional<ServerResponse> DecodeBody(ServerCore& core, PendingRequest& pending) {
  ServerRequest& request = pending.request;
  std::string coding(request.Header("content-encoding"));
  if (coding.empty()) return std::nullopt;
  auto body = DecodeContent(coding, std::move(request.body), pending.body_limit);
  if (!body) {
    ++core.counters.requests_refused;
    return DecodingAnswer(body.error());
  }
  if (!pending.share.GrowTo(body->size())) {
    ++core.counters.overloads;
    return RetryLater("too many large requests at once");
  }
  request.body = std::move(*body);
  std::erase_if(request.headers, [](const auto& field) { return field.first == "content-encoding"; });
  return std::nullopt;
}

void Handle(ServerCore& core, PendingRequest& pending, const Responder& responder) {
  if (auto instead = DecodeBody(core, pending)) {
    responder.Send(std::move(*instead));
    return;
  }
  try {
    core.handler(std::move(pending.request), responder);
  } catch (const std::exception& e) {
    Log(LogLevel::kError, "server.handler_threw", {{"what", e.what()}});
    responder.Send(ProblemAnswer(500, ""));
  }
}

}  // namespace

bool RunOnWorker(ServerCore& core, std::shared_ptr<PendingRequest> pending, Responder responder) {
  // The job must let go of both before it ends: whoever waits for the workers then knows that all is
  // answered.
  return core.workers->TrySubmit(
      [&core, held = std::move(pending), answer = std::move(responder)] { Handle(core, *held, answer); });
}

struct Responder::Once {
  explicit Once(std::shared_ptr<AnswerSink> to) : sink(std::move(to)) {}
  Once(const Once&) = delete;
  Once& operator=(const Once&) = delete;
  ~Once() {
    if (!used.exchange(true)) sink->Answer(ProblemAnswer(500, "the request was dropped"));
  }
  std::shared_ptr<AnswerSink> sink;
  std::atomic<bool> used = false;
};

Responder::Responder(std::shared_ptr<AnswerSink> sink) : once_(std::make_shared<Once>(std::move(sink))) {}

void Responder::Send(ServerResponse response) const {
  if (!once_->used.exchange(true)) once_->sink->Answer(std::move(response));
}

std::shared_ptr<EventStream> Responder::StartEventStream(HeaderFields extra_headers) const {
  if (once_->used.exchange(true)) return nullptr;
  return once_->sink->Stream(std::move(extra_headers));
}

std::string_view ServerRequest::Header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers)
    if (name == lower_case_name) return value;
  return {};
}

std::optional<std::string_view> ServerRequest::Query(std::string_view name) const {
  for (const auto& [own, value] : query)
    if (own == name) return value;
  return std::nullopt;
}

}  // namespace weir::net
