// Credentials for a registry, and what a registry asks for.
//
// Reads the "auths" of docker's config.json and of containers' auth.json.
// Credential helpers are programs: they are named in errors and never run.
// Threading: pure functions but for reading files and the environment.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "target/image_reference.h"
#include "target/target.h"

namespace weir::target {

struct RegistryCredentials {
  std::string username, password;
  std::string identity_token;  // OAuth2 refresh token
  std::string helper;          // "docker-credential-X" that holds what we lack; empty where none is named
  bool empty() const { return username.empty() && identity_token.empty(); }
};

/// From what the user gave, else from the files.
Result<RegistryCredentials> FindCredentials(const ImageReference& reference, const RegistryAuth& auth);
/// What one such file says of REFERENCE; the longest matching key wins.
Result<RegistryCredentials> ParseAuthFile(std::string_view json, const ImageReference& reference);

struct AuthChallenge {
  std::string scheme;                             // lower case
  std::map<std::string, std::string> parameters;  // names in lower case
};
/// The WWW-Authenticate header (RFC 9110 §11.6.1); what does not parse ends the list.
std::vector<AuthChallenge> ParseChallenges(std::string_view header);

std::string EncodeBase64(std::string_view bytes);
Result<std::string> DecodeBase64(std::string_view text);

}  // namespace weir::target
