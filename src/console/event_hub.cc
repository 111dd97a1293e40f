#include "console/event_hub.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "console/time_text.h"
#include "net/event_reader.h"

namespace weir::console {
namespace {

constexpr std::size_t kEventsAtOnce = 500;
constexpr std::int64_t kLongestReplay = 20'000;
constexpr auto kPoll = std::chrono::milliseconds(1000);
constexpr auto kCheckLogins = std::chrono::seconds(30);

std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string IdText(const nlohmann::json& number) {
  return number.is_number_unsigned() || number.is_number_integer()
             ? std::to_string(number.get<std::int64_t>())
             : std::string();
}

/// Findings as the match service tells of them: its numbers become ids, the worst one is named.
Json FindingEvent(const nlohmann::json& told) {
  Json out = Json::object();
  if (auto it = told.find("cause"); it != told.end()) out["cause"] = *it;
  if (auto it = told.find("asset"); it != told.end()) out["asset_id"] = IdText(*it);
  if (auto it = told.find("asset_name"); it != told.end()) out["asset_name"] = *it;
  out["new"] = told.value("opened", std::int64_t{0});
  out["resolved"] = told.value("resolved", std::int64_t{0});
  out["changed"] = told.value("rescored", std::int64_t{0});
  Json ids = Json::array();
  if (auto top = told.find("top"); top != told.end() && top->is_array())
    for (const nlohmann::json& finding : *top) {
      if (ids.empty()) {
        out["vulnerability"] = finding.value("vulnerability", "");
        out["severity"] = finding.value("severity", "unknown");
        out["score"] = finding.value("score", 0.0);
      }
      if (ids.size() < 50) ids.push_back(finding.value("id", ""));
    }
  out["ids"] = std::move(ids);
  if (auto it = told.find("assets"); it != told.end() && it->is_array()) {
    Json assets = Json::array();
    for (const nlohmann::json& asset : *it)
      if (assets.size() < 100) assets.push_back(IdText(asset));
    out["asset_ids"] = std::move(assets);
  }
  if (auto it = told.find("vulnerability"); it != told.end()) out["vulnerability"] = *it;
  if (auto it = told.find("severity"); it != told.end()) out["severity"] = *it;
  return out;
}

}  // namespace

std::string ApiEvent(const store::Event& event) {
  Json out = {{"type", event.type}, {"at", TimeText(event.at)}};
  nlohmann::json told = nlohmann::json::parse(event.json, nullptr, false);
  if (!told.is_object()) return Dump(out);
  out.update(event.type == "finding" ? FindingEvent(told) : Json(told));
  return Dump(out);
}

EventHub::EventHub(store::Store& store, Accounts& accounts)
    : store_(store), accounts_(accounts), thread_([this] { Run(); }) {}

EventHub::~EventHub() { Stop(); }

void EventHub::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

Result<void> EventHub::Emit(store::Transaction& t, std::string_view type, Json fields) {
  WEIR_TRY(store::AddEvent(t, type, Dump(fields)));
  t.AfterCommit([this] { Wake(); });
  return {};
}

void EventHub::Wake() {
  std::lock_guard lock(mutex_);
  woken_ = true;
  wake_.notify_all();
}

void EventHub::Broadcast(std::string_view type, Json fields) {
  Json json = {{"type", type}, {"at", TimeText(store_.Now())}};
  json.update(fields);
  std::string text = net::FormatEvent(type, {}, Dump(json));
  std::lock_guard lock(mutex_);
  for (Stream& stream : streams_)
    if (stream.types.empty() || stream.types.contains(std::string(type))) stream.out->Send(text);
}

void EventHub::Open(const Principal& who, std::set<std::string> types, std::int64_t after, bool resume,
                    const net::Responder& responder) {
  std::lock_guard lock(mutex_);
  auto of_user = std::count_if(streams_.begin(), streams_.end(),
                               [&](const Stream& s) { return s.who.user_id == who.user_id; });
  if (stopping_ || streams_.size() >= kMaxStreams || of_user >= static_cast<long>(kMaxStreamsOfUser)) {
    Problem problem(503, "unavailable", "too many open event streams");
    problem.retry_after_seconds = 5;
    responder.Send(ProblemAnswer(problem));
    return;
  }
  auto last = store_.Read([](store::Reader& r) { return store::LastEventId(r); });
  if (!last) {
    responder.Send(ProblemAnswer(last.error()));
    return;
  }
  Stream stream;
  stream.out =
      responder.StartEventStream({{"cache-control", "no-store"}, {"x-content-type-options", "nosniff"}});
  if (stream.out == nullptr) return;
  stream.who = who;
  stream.types = std::move(types);
  // An id that was never given (another console's, or one from the future) starts from now, with a reset.
  bool known = resume && after <= *last;
  stream.position = known ? after : *last;
  stream.closed = std::make_shared<std::atomic<bool>>(false);
  stream.out->OnClose([this, closed = stream.closed] {
    *closed = true;
    // Not under mutex_: the server may call this from within Send.
  });
  // Lets the page know where it is before anything happens.
  stream.out->Send("retry: 1000\n\n");
  if (resume && !known) {
    Json json = {{"type", "reset"}, {"at", TimeText(store_.Now())}};
    stream.out->Send(net::FormatEvent("reset", std::to_string(*last), Dump(json)));
  } else if (!resume) {
    stream.out->Send("id: " + std::to_string(*last) + "\n\n");
  }
  streams_.push_back(std::move(stream));
  woken_ = true;
  wake_.notify_all();
}

void EventHub::CloseStreamsOf(std::string_view session_hash) {
  std::lock_guard lock(mutex_);
  for (Stream& stream : streams_)
    if (stream.who.session_hash == session_hash) {
      stream.out->Close();
      *stream.closed = true;
    }
}

std::size_t EventHub::streams() const {
  std::lock_guard lock(mutex_);
  return streams_.size();
}

void EventHub::Run() {
  auto next_check = std::chrono::steady_clock::now() + kCheckLogins;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, kPoll, [this] { return woken_ || stopping_; });
    if (stopping_) break;
    woken_ = false;
    DropClosed();
    bool check = std::chrono::steady_clock::now() >= next_check;
    if (check) next_check = std::chrono::steady_clock::now() + kCheckLogins;
    if (streams_.empty()) continue;
    if (check) CheckLogins();
    SendNew();
  }
  for (Stream& stream : streams_) stream.out->Close();
  streams_.clear();
}

void EventHub::DropClosed() {
  std::erase_if(streams_, [](const Stream& stream) { return stream.closed->load(); });
}

// Called with mutex_ held, as SendNew: streams are few and a read of the store is short.
void EventHub::CheckLogins() {
  for (Stream& stream : streams_)
    if (!accounts_.IsStillGood(stream.who)) {
      stream.out->Close();
      *stream.closed = true;
    }
  DropClosed();
}

void EventHub::SendNew() {
  std::map<std::int64_t, std::vector<store::Event>> batches;  // by position: most streams share one
  bool more = false;
  auto read = store_.Read([&](store::Reader& r) -> Result<void> {
    WEIR_ASSIGN(std::int64_t last, store::LastEventId(r));
    WEIR_ASSIGN(std::int64_t first, store::FirstEventId(r));
    for (Stream& stream : streams_) {
      if (stream.position >= last) continue;
      if (stream.position + 1 < first || last - stream.position > kLongestReplay) {
        stream.position = last;
        Json json = {{"type", "reset"}, {"at", TimeText(store_.Now())}};
        stream.out->Send(net::FormatEvent("reset", std::to_string(last), Dump(json)));
        continue;
      }
      auto it = batches.find(stream.position);
      if (it == batches.end()) {
        WEIR_ASSIGN(std::vector<store::Event> events, store::EventsAfter(r, stream.position, kEventsAtOnce));
        it = batches.emplace(stream.position, std::move(events)).first;
      }
      SendFrom(stream, it->second);
      more |= stream.position < last;
    }
    return {};
  });
  if (!read) Log(LogLevel::kError, "events.failed", {{"error", read.error().message}});
  woken_ |= more && read;
}

bool EventHub::SendFrom(Stream& stream, const std::vector<store::Event>& events) {
  std::string text;
  for (const store::Event& event : events) {
    stream.position = event.id;
    if (!stream.types.empty() && !stream.types.contains(event.type)) continue;
    text += net::FormatEvent(event.type, std::to_string(event.id), ApiEvent(event));
  }
  return text.empty() || stream.out->Send(text);
}

}  // namespace weir::console
