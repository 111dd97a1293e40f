// Who a sensor is to its console: the certificate that it enrolled for, its key,
// and the one authority that it trusts. Kept in one file, so that a kill between
// two writes cannot part a key from its certificate.
// Threading: IdentityFile is safe from every thread; the rest are values.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_client.h"
#include "wire/messages.h"

namespace weir::sensor {

struct Identity {
  std::string sensor_id;
  std::string console;   // "host:port"
  std::string token_id;  // of the token it was enrolled with: another one means to enrol anew
  std::string key_pem, certificate_pem, ca_pem;
  std::int64_t not_before = 0, not_after = 0;  // of the certificate, seconds since 1970
};

std::string ToJson(const Identity& identity);
Result<Identity> ParseIdentity(std::string_view text);

/// "https://HOST[:PORT]" (port 443) or "HOST[:PORT]" (port 8443) as "HOST:PORT".
Result<std::string> ConsoleAddress(std::string_view url);

/// How to reach the console as this sensor.
net::HttpOptions LinkOptions(const Identity& identity, std::string_view version);

struct EnrolOptions {
  std::string console_url, token, version;
  wire::HostFacts host;
};
/// Fetches the console's authority, holds it to the token's digest, and asks it for a certificate. Nothing
/// secret is sent before the authority is verified.
Result<Identity> Enrol(const EnrolOptions& options);

/// A new key and a new certificate for it. kPermissionDenied where the console no longer wants this sensor.
Result<Identity> Renew(const Identity& identity, std::string_view version);

/// DATA_DIR/sensor/identity.json and what it says now.
class IdentityFile {
 public:
  explicit IdentityFile(std::string path) : path_(std::move(path)) {}
  /// kNotFound where this sensor has never enrolled.
  Result<void> Load();
  /// Mode 0600.
  Result<void> Store(Identity identity);
  /// Never null after Load or Store went well; replaced as a whole.
  std::shared_ptr<const Identity> get() const;

 private:
  const std::string path_;
  mutable std::mutex mutex_;  // guards identity_
  std::shared_ptr<const Identity> identity_;
};

}  // namespace weir::sensor
