// What sensors call.
#include <nlohmann/json.hpp>

#include "base/json_guard.h"
#include "console/enrolment.h"
#include "console/handlers.h"
#include "console/ingest.h"
#include "console/rule_service.h"
#include "console/sensor_hub.h"
#include "console/services.h"
#include "console/settings.h"
#include "net/certificate_authority.h"

namespace weir::console {
namespace {

const wire::Limits kSmallLimits{.record_bytes = 1U << 20U, .list_entries = 10'000, .text_bytes = 64U << 10U};

}  // namespace

wire::Command SettingsCommand(const SettingValues& settings, std::string rules_digest) {
  wire::Command command;
  command.kind = "settings";
  command.scan_interval_seconds = static_cast<std::uint64_t>(settings.scan_interval_hours) * 3600;
  command.rules_digest = std::move(rules_digest);
  return command;
}

Answer SensorCa(Services& services, Call&) {
  return TextAnswer(services.authority.certificate_pem(), "application/x-pem-file");
}

Answer SensorEnrol(Services& services, Call& call) {
  auto request = wire::ParseEnrolRequest(call.request.body, kSmallLimits);
  if (!request) return tl::unexpected<Problem>(Problem(request.error()));
  call.target = request->host.name;
  auto answer = Enrol(services.store, services.authority, *request);
  if (!answer) return tl::unexpected<Problem>(answer.error());
  call.who.kind = Principal::Kind::kSensor;
  call.who.user = answer->sensor_id;
  return TextAnswer(wire::ToJson(*answer), "application/json");
}

Answer SensorRenew(Services& services, Call& call) {
  if (!CheckJsonDepth(call.request.body, 8)) return Refuse(400, "malformed", "the JSON is nested too deeply");
  Json body = Json::parse(call.request.body, nullptr, false);
  if (!body.is_object() || !body.contains("csr_pem") || !body["csr_pem"].is_string())
    return BadField("csr_pem", "csr_pem is missing");
  auto answer = Renew(services.store, services.authority, call.who.user, body["csr_pem"].get<std::string>());
  if (!answer) return tl::unexpected<Problem>(answer.error());
  return TextAnswer(wire::ToJson(*answer), "application/json");
}

Answer SensorStatus(Services& services, Call& call) {
  auto status = wire::ParseStatus(call.request.body, kSmallLimits);
  if (!status) return tl::unexpected<Problem>(Problem(status.error()));
  WEIR_TRY(services.sensors.TakeStatus(call.who.user, call.request.remote_address, std::move(*status)));
  return NoContent();
}

void SensorBatch(Services& services, Call& call, net::Responder responder) {
  services.sensors.Seen(call.who.user, call.request.remote_address);
  services.ingest.Offer(call.who.user, call.request.body, responder);
}

void SensorCommands(Services& services, Call& call, net::Responder responder) {
  services.sensors.OpenCommands(call.who.user, call.request.remote_address,
                                SettingsCommand(*services.settings.Now(), services.rules.Digest()),
                                responder);
}

}  // namespace weir::console
