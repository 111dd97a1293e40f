// The console's own certificate authority: one EC P-256 key that vouches for the
// console to its sensors and for each sensor to the console. Formats: PEM, X.509
// v3 (RFC 5280), PKCS #10 (RFC 2986). All randomness is OpenSSL's.
// Threading: a CertificateAuthority is immutable; its functions are safe from
// every thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::net {

struct CertificateFacts {
  std::string common_name;
  std::string serial;                          // lower-case hexadecimal
  std::int64_t not_before = 0, not_after = 0;  // seconds since 1970
  std::string sha256;                          // lower-case hexadecimal, of the DER form
};
/// Of the first certificate in the text.
Result<CertificateFacts> ReadCertificate(std::string_view certificate_pem);

struct KeyAndCertificate {
  std::string key_pem, certificate_pem;
};
struct KeyAndRequest {
  std::string key_pem, csr_pem;
};
/// A new EC P-256 key and a request signed with it. The subject is the signer's choice, so it is left empty.
Result<KeyAndRequest> MakeKeyAndRequest();

class CertificateAuthority {
 public:
  using Now = std::function<std::int64_t()>;  // seconds since 1970

  /// A new authority, valid for ten years.
  static Result<CertificateAuthority> Create(Now now = {});
  /// From FOLDER/ca.key (mode 0600; key and certificate in one file, so that a crash cannot part them); makes
  /// and stores a new one where nothing is there. FOLDER/ca.pem is a copy of the certificate for others.
  static Result<CertificateAuthority> LoadOrCreate(const std::string& folder, Now now = {});
  CertificateAuthority(CertificateAuthority&&) noexcept;
  CertificateAuthority& operator=(CertificateAuthority&&) noexcept;
  ~CertificateAuthority();

  const std::string& certificate_pem() const;
  /// SHA-256 of its certificate's DER form, lower-case hexadecimal: what an enrolment token carries.
  const std::string& sha256() const;
  /// A new key and a certificate for a server with these DNS names and IP addresses.
  Result<KeyAndCertificate> IssueServer(const std::vector<std::string>& names, int days = 397) const;
  /// Checks that the request is signed with its own key, and certifies that key, and nothing else of the
  /// request, as client COMMON_NAME.
  Result<std::string> SignRequest(std::string_view csr_pem, std::string_view common_name, int days) const;

 private:
  struct Impl;
  explicit CertificateAuthority(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::net
