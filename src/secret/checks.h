// The checks that checksum.cc lists by name. Each gets what its rule captured.
// Threading: pure functions.
#pragma once

#include <string_view>

#include "secret/checksum.h"

namespace weir::secret {

// key_checks.cc
ChecksumResult CheckPrivateKey(std::string_view text);  // PEM of any kind, as written in any file
ChecksumResult CheckPuttyKey(std::string_view text);
ChecksumResult CheckBase64Key(std::string_view text);  // PEM, once more in base64, as in a kubeconfig

// token_checks.cc
ChecksumResult CheckJwt(std::string_view text);  // header and payload are JSON objects
ChecksumResult CheckBase64Json(
    std::string_view text);  // a JSON object behind a prefix; or the middle part of a token
ChecksumResult CheckPypi(std::string_view text);          // a macaroon of PyPI's
ChecksumResult CheckBasicAuth(std::string_view text);     // base64 of user:password
ChecksumResult CheckDiscord(std::string_view text);       // the first part is a user's number
ChecksumResult CheckGitlab(std::string_view text);        // routable tokens: length and CRC
ChecksumResult CheckGrafana(std::string_view text);       // CRC
ChecksumResult CheckAwsAccessKey(std::string_view text);  // account
ChecksumResult CheckCrypt(std::string_view text);         // crypt(5) hashes: shape, algorithm, cost
ChecksumResult CheckConnection(std::string_view text);    // scheme://user:password@host: the password is one
ChecksumResult CheckKubernetesToken(std::string_view text);

}  // namespace weir::secret
