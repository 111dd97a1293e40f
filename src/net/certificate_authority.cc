#include "net/certificate_authority.h"

#include <arpa/inet.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <ctime>

#include "base/file.h"
#include "base/hash.h"
#include "base/strings.h"
#include "net/openssl_handles.h"

namespace weir::net {
namespace {

constexpr std::int64_t kDay = 86'400;
constexpr int kAuthorityDays = 3653;  // ten years
/// Clocks differ: a certificate is valid a little before it was made.
constexpr std::int64_t kBackdate = 3600;
constexpr std::size_t kMaxPemBytes = 64U << 10U;
constexpr std::size_t kMaxCommonName = 64;  // RFC 5280, ub-common-name
constexpr std::size_t kMaxNames = 200;

Error Failed(std::string_view what) { return OpenSslError(Code::kInternal, what); }

/// Extensions in OpenSSL's configuration syntax. VALUE must not come from outside unchecked.
bool AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  bool ok = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return ok;
}

/// 127 random bits: unguessable, unique and positive.
bool SetRandomSerial(X509* certificate) {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof bytes) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7fU) | 0x40U);
  std::unique_ptr<BIGNUM, decltype(&BN_free)> number(BN_bin2bn(bytes, sizeof bytes, nullptr), &BN_free);
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool SetCommonName(X509_NAME* name, std::string_view text) {
  const void* bytes = text.data();
  return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                    static_cast<const unsigned char*>(bytes), static_cast<int>(text.size()),
                                    -1, 0) == 1;
}

struct Validity {
  std::int64_t not_before, not_after;
};

/// What all certificates share: version, serial, names, validity, key. ISSUER is null for the authority's
/// own.
CertificatePtr NewCertificate(X509* issuer, EVP_PKEY* key, std::string_view common_name, Validity validity) {
  CertificatePtr certificate(X509_new());
  if (!certificate) return nullptr;
  X509* raw = certificate.get();
  bool ok = X509_set_version(raw, X509_VERSION_3) == 1 && SetRandomSerial(raw) &&
            SetCommonName(X509_get_subject_name(raw), common_name) &&
            X509_set_issuer_name(raw, X509_get_subject_name(issuer == nullptr ? raw : issuer)) == 1 &&
            ASN1_TIME_set(X509_getm_notBefore(raw), validity.not_before) != nullptr &&
            ASN1_TIME_set(X509_getm_notAfter(raw), validity.not_after) != nullptr &&
            X509_set_pubkey(raw, key) == 1 &&
            AddExtension(raw, issuer == nullptr ? raw : issuer, NID_subject_key_identifier, "hash");
  return ok ? std::move(certificate) : nullptr;
}

bool IsIpAddress(const std::string& name) {
  unsigned char bytes[16];
  return ::inet_pton(AF_INET, name.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

bool IsDnsName(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  for (char c : name)
    if (!IsAlpha(c) && !IsDigit(c) && c != '-' && c != '.' && c != '_') return false;
  return true;
}

Result<std::string> AlternativeNames(const std::vector<std::string>& names) {
  if (names.empty() || names.size() > kMaxNames)
    return Err(Code::kInvalidArgument, "a server certificate needs 1 to 200 names");
  std::vector<std::string> parts;
  for (const std::string& name : names) {
    if (!IsIpAddress(name) && !IsDnsName(name))
      return Err(Code::kInvalidArgument, "neither a host name nor an IP address: " + ToValidUtf8(name));
    parts.push_back((IsIpAddress(name) ? "IP:" : "DNS:") + name);
  }
  return Join(parts, ",");
}

Result<std::string> Sha256(const X509* certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1)
    return Err(Failed("digest of a certificate"));
  return Hex(std::as_bytes(std::span(digest, size)));
}

std::int64_t SystemNow() { return static_cast<std::int64_t>(std::time(nullptr)); }

}  // namespace

Result<CertificateFacts> ReadCertificate(std::string_view certificate_pem) {
  WEIR_ASSIGN(std::vector<CertificatePtr> all, ParseCertificates(certificate_pem));
  const X509* first = all.front().get();
  CertificateFacts facts{CommonName(first), SerialHex(first), NotBefore(first), NotAfter(first), {}};
  WEIR_ASSIGN(facts.sha256, Sha256(first));
  return facts;
}

Result<KeyAndRequest> MakeKeyAndRequest() {
  WEIR_ASSIGN(KeyPtr key, MakeEcKey());
  RequestPtr request(X509_REQ_new());
  BioPtr out(BIO_new(BIO_s_mem()));
  if (!request || !out || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
      X509_REQ_set_pubkey(request.get(), key.get()) != 1 ||
      X509_REQ_sign(request.get(), key.get(), EVP_sha256()) == 0 ||
      PEM_write_bio_X509_REQ(out.get(), request.get()) != 1)
    return Err(Failed("making a certificate request"));
  char* text = nullptr;
  long size = BIO_get_mem_data(out.get(), &text);
  return KeyAndRequest{PrivateKeyPem(key.get()), std::string(text, static_cast<std::size_t>(size))};
}

struct CertificateAuthority::Impl {
  KeyPtr key;
  CertificatePtr certificate;
  std::string certificate_pem, sha256;
  Now now;

  Result<std::string> Sign(EVP_PKEY* subject_key, std::string_view common_name, int days,
                           const std::vector<std::pair<int, std::string>>& extensions) const;
  static Result<std::unique_ptr<Impl>> From(KeyPtr key, CertificatePtr certificate, Now now);
};

Result<std::unique_ptr<CertificateAuthority::Impl>> CertificateAuthority::Impl::From(
    KeyPtr key, CertificatePtr certificate, Now now) {
  auto impl = std::make_unique<Impl>();
  if (X509_check_private_key(certificate.get(), key.get()) != 1)
    return Err(OpenSslError(Code::kMalformed, "the authority's key does not belong to its certificate"));
  if (X509_check_ca(certificate.get()) != 1)
    return Err(Code::kMalformed, "the certificate is not that of an authority");
  impl->key = std::move(key);
  impl->certificate_pem = CertificatePem(certificate.get());
  WEIR_ASSIGN(impl->sha256, Sha256(certificate.get()));
  impl->certificate = std::move(certificate);
  impl->now = now ? std::move(now) : Now(&SystemNow);
  return impl;
}

Result<std::string> CertificateAuthority::Impl::Sign(
    EVP_PKEY* subject_key, std::string_view common_name, int days,
    const std::vector<std::pair<int, std::string>>& extensions) const {
  std::int64_t at = now();
  // Nothing outlives the authority that vouches for it.
  Validity validity{at - kBackdate, std::min(at + days * kDay, NotAfter(certificate.get()))};
  CertificatePtr made = NewCertificate(certificate.get(), subject_key, common_name, validity);
  bool ok = made && AddExtension(made.get(), certificate.get(), NID_basic_constraints, "critical,CA:FALSE") &&
            AddExtension(made.get(), certificate.get(), NID_authority_key_identifier, "keyid:always");
  for (const auto& [nid, value] : extensions)
    ok = ok && AddExtension(made.get(), certificate.get(), nid, value);
  if (!ok || X509_sign(made.get(), key.get(), EVP_sha256()) == 0) return Err(Failed("making a certificate"));
  return CertificatePem(made.get());
}

Result<CertificateAuthority> CertificateAuthority::Create(Now now) {
  WEIR_ASSIGN(KeyPtr key, MakeEcKey());
  std::int64_t at = now ? now() : SystemNow();
  // The name tells authorities apart: a host may know more than one.
  unsigned char salt[4];
  if (RAND_bytes(salt, sizeof salt) != 1) return Err(Failed("random bytes"));
  std::string name = "Weir console CA " + Hex(std::as_bytes(std::span(salt)));
  CertificatePtr made =
      NewCertificate(nullptr, key.get(), name, {at - kBackdate, at + kAuthorityDays * kDay});
  if (!made || !AddExtension(made.get(), made.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !AddExtension(made.get(), made.get(), NID_key_usage, "critical,keyCertSign,cRLSign") ||
      X509_sign(made.get(), key.get(), EVP_sha256()) == 0)
    return Err(Failed("making the authority's certificate"));
  WEIR_ASSIGN(std::unique_ptr<Impl> impl, Impl::From(std::move(key), std::move(made), std::move(now)));
  return CertificateAuthority(std::move(impl));
}

Result<CertificateAuthority> CertificateAuthority::LoadOrCreate(const std::string& folder, Now now) {
  const std::string key_path = folder + "/ca.key", certificate_path = folder + "/ca.pem";
  auto stored = ReadFile(key_path, kMaxPemBytes);
  auto copy = ReadFile(certificate_path, kMaxPemBytes);
  if (!stored && stored.error().code != Code::kNotFound) return Err(stored.error());
  if (!copy && copy.error().code != Code::kNotFound) return Err(copy.error());
  if (!stored && copy)  // a new authority would lock every sensor out
    return Err(Code::kNotFound, key_path + " is gone, but " + certificate_path + " is there");
  if (!stored) {
    WEIR_ASSIGN(CertificateAuthority made, Create(std::move(now)));
    WEIR_TRY(MakeDirectories(folder));
    WEIR_TRY(
        WriteFileAtomically(key_path, PrivateKeyPem(made.impl_->key.get()) + made.certificate_pem(), 0600));
    WEIR_TRY(WriteFileAtomically(certificate_path, made.certificate_pem()));
    return made;
  }
  auto key = ParsePrivateKey(*stored);
  if (!key) return Err(key.error().Context(key_path));
  auto certificates = ParseCertificates(*stored);
  if (!certificates) return Err(certificates.error().Context(key_path));
  auto impl = Impl::From(std::move(*key), std::move(certificates->front()), std::move(now));
  if (!impl) return Err(impl.error().Context(key_path));
  if (!copy || *copy != (*impl)->certificate_pem)
    WEIR_TRY(WriteFileAtomically(certificate_path, (*impl)->certificate_pem));
  return CertificateAuthority(std::move(*impl));
}

CertificateAuthority::CertificateAuthority(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CertificateAuthority::CertificateAuthority(CertificateAuthority&&) noexcept = default;
CertificateAuthority& CertificateAuthority::operator=(CertificateAuthority&&) noexcept = default;
CertificateAuthority::~CertificateAuthority() = default;

const std::string& CertificateAuthority::certificate_pem() const { return impl_->certificate_pem; }
const std::string& CertificateAuthority::sha256() const { return impl_->sha256; }

Result<KeyAndCertificate> CertificateAuthority::IssueServer(const std::vector<std::string>& names,
                                                            int days) const {
  WEIR_ASSIGN(std::string alternatives, AlternativeNames(names));
  WEIR_ASSIGN(KeyPtr key, MakeEcKey());
  std::string common_name = names.front().substr(0, kMaxCommonName);
  WEIR_ASSIGN(std::string certificate, impl_->Sign(key.get(), common_name, days,
                                                   {{NID_key_usage, "critical,digitalSignature"},
                                                    {NID_ext_key_usage, "serverAuth"},
                                                    {NID_subject_alt_name, alternatives}}));
  return KeyAndCertificate{PrivateKeyPem(key.get()), std::move(certificate)};
}

Result<std::string> CertificateAuthority::SignRequest(std::string_view csr_pem, std::string_view common_name,
                                                      int days) const {
  if (common_name.empty() || common_name.size() > kMaxCommonName)
    return Err(Code::kInvalidArgument, "a common name has 1 to 64 bytes");
  if (csr_pem.size() > kMaxPemBytes) return Err(Code::kLimitExceeded, "the certificate request is too large");
  BioPtr in(BIO_new_mem_buf(csr_pem.data(), static_cast<int>(csr_pem.size())));
  RequestPtr request(in ? PEM_read_bio_X509_REQ(in.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!request) return Err(OpenSslError(Code::kMalformed, "no certificate request in PEM form"));
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  // Only what MakeKeyAndRequest makes: no weak keys, and none that are dear to verify.
  char group[32] = "";
  std::size_t size = 0;
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
      EVP_PKEY_get_group_name(key, group, sizeof group, &size) != 1 ||
      std::string_view(group) != "prime256v1") {
    ERR_clear_error();
    return Err(Code::kUnsupported, "the key of the certificate request is not EC P-256");
  }
  if (X509_REQ_verify(request.get(), key) != 1)
    return Err(
        OpenSslError(Code::kUnauthenticated, "the certificate request is not signed with its own key"));
  return impl_->Sign(key, common_name, days,
                     {{NID_key_usage, "critical,digitalSignature"}, {NID_ext_key_usage, "clientAuth"}});
}

}  // namespace weir::net
