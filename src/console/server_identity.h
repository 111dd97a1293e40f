// The certificates that the console shows. Threading: start and the housekeeper
// only, not at the same time.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "net/certificate_authority.h"
#include "net/http_server.h"

namespace weir::console {

/// Names and addresses of this host: "localhost", its host name, its interfaces, MORE; lower case, sorted.
std::vector<std::string> OwnNames(const std::vector<std::string>& more);

/// The page's certificate from FOLDER, made anew where there is none, its names differ from NAMES or its end
/// is near: browsers that were told to trust it should not have to be told again at each start. SET: whether
/// it was made anew.
Result<net::KeyAndCertificate> PageCertificate(const net::CertificateAuthority& authority,
                                               const std::string& folder,
                                               const std::vector<std::string>& names, std::int64_t now,
                                               bool& made);

/// All identities: the page's, that for sensors and that for enrolment.
Result<std::vector<net::TlsIdentity>> Identities(const net::CertificateAuthority& authority,
                                                 const net::KeyAndCertificate& page);

}  // namespace weir::console
