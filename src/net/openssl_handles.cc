#include "net/openssl_handles.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>

#include "base/strings.h"

namespace weir::net {
namespace {

constexpr std::size_t kMaxPemBytes = 1U << 20U;
constexpr std::size_t kMaxChain = 64;

/// In place of OpenSSL's own, which would ask on the terminal.
int NoPassphrase(char*, int, int, void*) { return 0; }

BioPtr ReadFrom(std::string_view text) {
  if (text.empty() || text.size() > kMaxPemBytes) return nullptr;
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::int64_t UnixTime(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return 0;
  return static_cast<std::int64_t>(::timegm(&parts));
}

}  // namespace

void OpenSslDeleter::operator()(bio_st* bio) const { BIO_free_all(bio); }
void OpenSslDeleter::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }
void OpenSslDeleter::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void OpenSslDeleter::operator()(ssl_st* connection) const { SSL_free(connection); }
void OpenSslDeleter::operator()(x509_st* certificate) const { X509_free(certificate); }
void OpenSslDeleter::operator()(X509_req_st* request) const { X509_REQ_free(request); }

Error OpenSslError(Code code, std::string_view what) {
  std::string message(what);
  if (unsigned long error = ERR_get_error(); error != 0) {
    char text[256];
    ERR_error_string_n(error, text, sizeof text);
    message += std::string(": ") + text;
  }
  ERR_clear_error();
  return {code, message};
}

Result<std::vector<CertificatePtr>> ParseCertificates(std::string_view pem) {
  BioPtr bio = ReadFrom(pem);
  std::vector<CertificatePtr> out;
  while (bio && out.size() < kMaxChain) {
    CertificatePtr next(PEM_read_bio_X509(bio.get(), nullptr, &NoPassphrase, nullptr));
    if (!next) break;
    out.push_back(std::move(next));
  }
  if (out.empty()) return Err(OpenSslError(Code::kMalformed, "no certificate in PEM form"));
  ERR_clear_error();  // "no start line" ends every list
  return out;
}

Result<KeyPtr> ParsePrivateKey(std::string_view pem) {
  BioPtr bio = ReadFrom(pem);
  KeyPtr key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, &NoPassphrase, nullptr) : nullptr);
  if (!key) return Err(OpenSslError(Code::kMalformed, "no unencrypted private key in PEM form"));
  return key;
}

Result<KeyPtr> MakeEcKey() {
  KeyPtr key(EVP_EC_gen("P-256"));
  if (!key) return Err(OpenSslError(Code::kInternal, "making a key"));
  return key;
}

std::string PrivateKeyPem(evp_pkey_st* key) {
  BioPtr bio(BIO_new(BIO_s_secmem()));
  if (!bio || PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) return {};
  return TextOf(bio.get());
}

std::string CertificatePem(x509_st* certificate) {
  BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_X509(bio.get(), certificate) != 1) return {};
  return TextOf(bio.get());
}

std::string CommonName(const x509_st* certificate) {
  const X509_NAME* name = X509_get_subject_name(certificate);
  int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) return {};
  unsigned char* text = nullptr;
  int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  if (size < 0) return {};
  std::string out(static_cast<const char*>(static_cast<const void*>(text)), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return out;
}

std::string SerialHex(const x509_st* certificate) {
  std::unique_ptr<BIGNUM, decltype(&BN_free)> number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr), &BN_free);
  if (!number) return {};
  char* text = BN_bn2hex(number.get());
  if (text == nullptr) return {};
  std::string out = ToLower(text);
  OPENSSL_free(text);
  return out;
}

std::int64_t NotBefore(const x509_st* certificate) { return UnixTime(X509_get0_notBefore(certificate)); }
std::int64_t NotAfter(const x509_st* certificate) { return UnixTime(X509_get0_notAfter(certificate)); }

}  // namespace weir::net
