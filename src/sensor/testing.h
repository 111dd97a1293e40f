// A console for tests: speaks the protocol over real TLS and remembers what it was
// told, with faults on demand. Not part of the program.
// Threading: safe from every thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/hash.h"
#include "net/certificate_authority.h"
#include "net/event_reader.h"
#include "net/http_server.h"
#include "wire/content.h"
#include "wire/messages.h"

namespace weir::sensor {

class FakeConsole {
 public:
  /// What happens to a batch: stored and answered, or one of the ways in which a console dies.
  enum class Fault { kNone, kRefuseBefore, kForgetAnswer, kDropConnection, kMalformed, kSendFull };

  explicit FakeConsole(std::function<std::int64_t()> now = {})
      : authority_(*net::CertificateAuthority::Create(std::move(now))) {
    Start(0);
  }
  ~FakeConsole() { Stop(); }
  FakeConsole(const FakeConsole&) = delete;
  FakeConsole& operator=(const FakeConsole&) = delete;

  void Start(std::uint16_t port) {
    net::ServerOptions options;
    options.listen = {"127.0.0.1:" + std::to_string(port)};
    auto sensors = *authority_.IssueServer({std::string(wire::kSensorHost)});
    auto others = *authority_.IssueServer({std::string(wire::kEnrolHost), "localhost"});
    options.identities = {{{std::string(wire::kSensorHost)},
                           sensors.certificate_pem,
                           sensors.key_pem,
                           true,
                           authority_.certificate_pem()},
                          {{}, others.certificate_pem, others.key_pem, false, ""}};
    options.limits.stop_time = std::chrono::milliseconds(200);
    options.body_limit = [](const net::ServerRequest&) { return std::size_t{64} << 20U; };
    auto server = net::HttpServer::Start(
        options, [this](net::ServerRequest request, net::Responder answer) { Handle(request, answer); });
    WEIR_CHECK(server.has_value());
    server_ = std::move(*server);
    port_ = server_->port();
  }
  void Stop() {
    if (server_) server_->Stop();
    server_.reset();
    std::lock_guard lock(mutex_);
    streams_.clear();
  }
  void Restart() {
    std::uint16_t port = port_;
    Stop();
    Start(port);
  }

  std::string Url() const { return "https://127.0.0.1:" + std::to_string(port_); }
  std::string Token(const std::string& id = "t1") const {
    return wire::EnrolToken{id, "secret", authority_.sha256()}.ToString();
  }
  const net::CertificateAuthority& authority() const { return authority_; }

  /// Called for each batch; none: no faults.
  std::function<Fault()> fault;
  int certificate_days = 30;
  bool revoked = false;

  std::vector<wire::Record> records() const {
    std::lock_guard lock(mutex_);
    return records_;
  }
  template <class Body>
  std::vector<Body> Of() const {
    std::vector<Body> out;
    for (const wire::Record& record : records())
      if (const Body* body = std::get_if<Body>(&record.body)) out.push_back(*body);
    return out;
  }
  std::size_t enrolled() const {
    std::lock_guard lock(mutex_);
    return enrolled_;
  }
  std::size_t renewed() const {
    std::lock_guard lock(mutex_);
    return renewed_;
  }
  std::vector<wire::Status> statuses() const {
    std::lock_guard lock(mutex_);
    return statuses_;
  }
  std::map<std::string, std::uint64_t> last() const {
    std::lock_guard lock(mutex_);
    return last_;
  }
  /// Forgets everything, like a console restored from nothing.
  void Forget() {
    std::lock_guard lock(mutex_);
    records_.clear();
    last_.clear();
  }
  void SetLast(const std::string& epoch, std::uint64_t sequence) {
    std::lock_guard lock(mutex_);
    last_[epoch] = sequence;
  }
  /// What sensors look for secrets and malware with (nothing where there is no key); told at once, and with
  /// each connection. The first FAILURES times that somebody asks for them they cannot be had.
  void SetRules(wire::ContentRules rules, int failures = 0) {
    rules.digest = rules.fingerprint_key.empty() ? "" : wire::DigestOf(rules);
    std::lock_guard lock(mutex_);
    rules_ = std::move(rules);
    rules_failures_ = failures;
    if (rules_.digest.empty()) return;
    for (const auto& stream : streams_)
      stream->Send(net::FormatEvent("command", "1", wire::ToJson(SettingsLocked())));
  }
  std::size_t rules_asked() const {
    std::lock_guard lock(mutex_);
    return rules_asked_;
  }
  bool Command(const wire::Command& command) {
    std::lock_guard lock(mutex_);
    bool sent = false;
    for (const auto& stream : streams_)
      sent = stream->Send(net::FormatEvent("command", "1", wire::ToJson(command))) || sent;
    return sent;
  }

 private:
  static void Answer(const net::Responder& responder, int status, std::string body) {
    net::ServerResponse response;
    response.status = status;
    response.body = std::move(body);
    responder.Send(std::move(response));
  }

  wire::Command SettingsLocked() const {
    wire::Command command;
    command.kind = "settings";
    command.rules_digest = rules_.digest;
    return command;
  }

  void Handle(const net::ServerRequest& request, const net::Responder& responder) {
    bool as_sensor = request.server_name == wire::kSensorHost;
    if (request.path == "/sensor/v1/ca") return Answer(responder, 200, authority_.certificate_pem());
    if (request.path == "/sensor/v1/enrol") return Enrol(request, responder);
    if (!as_sensor || !request.peer) return Answer(responder, 401, "");
    if (revoked) return Answer(responder, 403, "{\"title\":\"revoked\"}");
    if (request.path == "/sensor/v1/renew") return Renew(request, responder);
    if (request.path == "/sensor/v1/batches") return TakeBatch(request, responder);
    if (request.path == "/sensor/v1/commands") {
      auto stream = responder.StartEventStream();
      std::lock_guard lock(mutex_);
      if (!rules_.digest.empty())
        stream->Send(net::FormatEvent("command", "1", wire::ToJson(SettingsLocked())));
      streams_.push_back(std::move(stream));
      return;
    }
    if (request.path == "/sensor/v1/rules") {
      std::lock_guard lock(mutex_);
      ++rules_asked_;
      if (rules_failures_ > 0 && rules_failures_-- > 0) return Answer(responder, 503, "");
      return Answer(responder, 200, wire::ToJson(rules_));
    }
    if (request.path == "/sensor/v1/status") {
      auto status = wire::ParseStatus(request.body, {});
      std::lock_guard lock(mutex_);
      if (status) statuses_.push_back(std::move(*status));
      return Answer(responder, status ? 204 : 400, "");
    }
    Answer(responder, 404, "");
  }

  void Enrol(const net::ServerRequest& request, const net::Responder& responder) {
    auto wanted = wire::ParseEnrolRequest(request.body, {});
    auto token =
        wanted ? wire::ParseEnrolToken(wanted->token) : Result<wire::EnrolToken>(Err(wanted.error()));
    if (!token || token->secret != "secret")
      return Answer(responder, 401, "{\"title\":\"This token is not known\"}");
    wire::EnrolAnswer answer;
    {
      std::lock_guard lock(mutex_);
      answer.sensor_id = "s" + std::to_string(++enrolled_);
    }
    answer.certificate_pem = *authority_.SignRequest(wanted->csr_pem, answer.sensor_id, certificate_days);
    Answer(responder, 200, wire::ToJson(answer));
  }

  void Renew(const net::ServerRequest& request, const net::Responder& responder) {
    std::size_t begin = request.body.find("-----BEGIN"), end = request.body.rfind("-----");
    std::string csr = request.body.substr(begin, end + 5 - begin);
    for (std::size_t at = csr.find("\\n"); at != std::string::npos; at = csr.find("\\n"))
      csr.replace(at, 2, "\n");
    wire::EnrolAnswer answer;
    answer.sensor_id = request.peer->common_name;
    auto signed_pem = authority_.SignRequest(csr, answer.sensor_id, 30);
    if (!signed_pem) return Answer(responder, 400, signed_pem.error().message);
    answer.certificate_pem = *signed_pem;
    {
      std::lock_guard lock(mutex_);
      ++renewed_;
    }
    Answer(responder, 200, wire::ToJson(answer));
  }

  void TakeBatch(const net::ServerRequest& request, const net::Responder& responder) {
    Fault now = fault ? fault() : Fault::kNone;
    if (now == Fault::kRefuseBefore) return Answer(responder, 503, "");
    if (now == Fault::kDropConnection) return;  // the server closes it with a 500 of its own
    if (now == Fault::kMalformed) return Answer(responder, 422, "{}");
    auto batch = wire::ParseBatch(request.body, {});
    if (!batch) return Answer(responder, 400, batch.error().message);
    wire::BatchAnswer answer;
    {
      std::lock_guard lock(mutex_);
      std::uint64_t& last = last_[batch->epoch];
      for (wire::Record& record : batch->records) {
        if (record.sequence <= last) continue;
        last = record.sequence;
        records_.push_back(std::move(record));
      }
      answer.acknowledged = last;
    }
    answer.send_full = now == Fault::kSendFull;
    if (now == Fault::kForgetAnswer) return Answer(responder, 500, "");
    Answer(responder, 200, wire::ToJson(answer));
  }

  net::CertificateAuthority authority_;
  std::unique_ptr<net::HttpServer> server_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;  // guards everything below
  std::vector<wire::Record> records_;
  std::map<std::string, std::uint64_t> last_;  // by epoch
  std::vector<wire::Status> statuses_;
  std::vector<std::shared_ptr<net::EventStream>> streams_;
  std::size_t enrolled_ = 0, renewed_ = 0, rules_asked_ = 0;
  wire::ContentRules rules_;
  int rules_failures_ = 0;
};

}  // namespace weir::sensor
