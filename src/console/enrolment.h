// How sensors become ours: tokens, certificates, renewal.
// Threading: safe from every thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "console/answer.h"
#include "net/certificate_authority.h"
#include "store/accounts.h"
#include "store/store.h"
#include "wire/messages.h"

namespace weir::console {

inline constexpr int kSensorCertificateDays = 30;

struct MadeEnrolment {
  store::Token token;
  std::string text;  // "weir1.<id>.<secret>.<digest>", not stored
};
/// USER: who made it.
Result<MadeEnrolment> MakeEnrolment(store::Store& store, const net::CertificateAuthority& authority,
                                    std::int64_t user, std::string_view name, std::int64_t uses,
                                    std::int64_t hours);
/// Counts a use of the token and stores the new sensor, in one unit.
tl::expected<wire::EnrolAnswer, Problem> Enrol(store::Store& store,
                                               const net::CertificateAuthority& authority,
                                               const wire::EnrolRequest& request);
tl::expected<wire::EnrolAnswer, Problem> Renew(store::Store& store,
                                               const net::CertificateAuthority& authority,
                                               const std::string& sensor, std::string_view csr_pem);

}  // namespace weir::console
