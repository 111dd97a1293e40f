#include "console/enrolment.h"

#include "base/strings.h"
#include "console/secrets.h"
#include "console/time_text.h"
#include "store/sensors.h"

namespace weir::console {
namespace {

Result<wire::EnrolAnswer> Certify(const net::CertificateAuthority& authority, const std::string& sensor,
                                  std::string_view csr_pem, store::Sensor& row) {
  wire::EnrolAnswer answer;
  answer.sensor_id = sensor;
  WEIR_ASSIGN(answer.certificate_pem, authority.SignRequest(csr_pem, sensor, kSensorCertificateDays));
  WEIR_ASSIGN(net::CertificateFacts facts, net::ReadCertificate(answer.certificate_pem));
  answer.ca_pem = authority.certificate_pem();
  answer.not_after = TimeText(facts.not_after * 1000);
  row.certificate_serial = facts.serial;
  row.certificate_not_after = facts.not_after * 1000;
  return answer;
}

}  // namespace

Result<MadeEnrolment> MakeEnrolment(store::Store& store, const net::CertificateAuthority& authority,
                                    std::int64_t user, std::string_view name, std::int64_t uses,
                                    std::int64_t hours) {
  wire::EnrolToken text{RandomHex(6), RandomSecret(), authority.sha256()};
  MadeEnrolment made;
  made.text = text.ToString();
  made.token.token_hash = HashSecret(text.id + "." + text.secret);
  made.token.name = name;
  made.token.user = user;
  made.token.public_id = text.id;
  made.token.uses_left = uses;
  WEIR_TRY(store.Write([&](store::Transaction& t) -> Result<void> {
    made.token.created_at = t.now();
    made.token.expires_at = t.now() + hours * 3'600'000;
    WEIR_ASSIGN(made.token.id, store::AddToken(t, store::TokenKind::kEnrolment, made.token));
    return {};
  }));
  return made;
}

tl::expected<wire::EnrolAnswer, Problem> Enrol(store::Store& store,
                                               const net::CertificateAuthority& authority,
                                               const wire::EnrolRequest& request) {
  auto refused = [] {
    return Refuse(401, "unauthenticated", "this enrolment token is not known, has expired or is used up");
  };
  auto text = wire::ParseEnrolToken(request.token);
  if (!text) return refused();
  std::string hash = HashSecret(text->id + "." + text->secret);
  auto answer = store.Write([&](store::Transaction& t) -> Result<wire::EnrolAnswer> {
    WEIR_ASSIGN(auto token, store::FindToken(t, store::TokenKind::kEnrolment, hash, t.now()));
    if (!token) return Err(Code::kUnauthenticated, "no such token");
    WEIR_TRY(store::UseToken(t, store::TokenKind::kEnrolment, token->id));
    store::Sensor sensor;
    sensor.id = RandomHex(16);
    sensor.name = ToValidUtf8(std::string_view(request.host.name).substr(0, 253));
    if (sensor.name.empty()) sensor.name = "unnamed";
    sensor.version = ToValidUtf8(std::string_view(request.host.sensor_version).substr(0, 100));
    sensor.enrolled_at = sensor.last_seen = t.now();
    sensor.status = "{}";
    WEIR_ASSIGN(wire::EnrolAnswer made, Certify(authority, sensor.id, request.csr_pem, sensor));
    WEIR_TRY(store::AddSensor(t, sensor));
    return made;
  });
  if (!answer && answer.error().code == Code::kUnauthenticated) return refused();
  if (!answer) return tl::unexpected<Problem>(Problem(answer.error()));
  return std::move(*answer);
}

tl::expected<wire::EnrolAnswer, Problem> Renew(store::Store& store,
                                               const net::CertificateAuthority& authority,
                                               const std::string& sensor, std::string_view csr_pem) {
  auto answer = store.Write([&](store::Transaction& t) -> Result<wire::EnrolAnswer> {
    WEIR_ASSIGN(store::Sensor row, store::GetSensor(t, sensor));
    if (row.revoked) return Err(Code::kPermissionDenied, "this sensor was revoked");
    WEIR_ASSIGN(wire::EnrolAnswer made, Certify(authority, sensor, csr_pem, row));
    WEIR_TRY(store::UpdateSensor(t, row));
    return made;
  });
  if (!answer) return tl::unexpected<Problem>(Problem(answer.error()));
  return std::move(*answer);
}

}  // namespace weir::console
