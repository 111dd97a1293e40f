// Owning handles for the OpenSSL objects this room uses, and its errors as ours.
// Internal to the room. Threading: as the objects themselves.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct bio_st;
struct evp_pkey_st;
struct ssl_ctx_st;
struct ssl_st;
struct x509_st;
struct X509_req_st;

namespace weir::net {

struct OpenSslDeleter {
  void operator()(bio_st* bio) const;
  void operator()(evp_pkey_st* key) const;
  void operator()(ssl_ctx_st* context) const;
  void operator()(ssl_st* connection) const;
  void operator()(x509_st* certificate) const;
  void operator()(X509_req_st* request) const;
};
template <class T>
using OpenSslPtr = std::unique_ptr<T, OpenSslDeleter>;
using BioPtr = OpenSslPtr<bio_st>;
using KeyPtr = OpenSslPtr<evp_pkey_st>;
using SslContextPtr = OpenSslPtr<ssl_ctx_st>;
using SslPtr = OpenSslPtr<ssl_st>;
using CertificatePtr = OpenSslPtr<x509_st>;
using RequestPtr = OpenSslPtr<X509_req_st>;

/// WHAT and the oldest entry of this thread's queue of OpenSSL errors, which is emptied.
Error OpenSslError(Code code, std::string_view what);

/// All certificates of a PEM text, at least one.
Result<std::vector<CertificatePtr>> ParseCertificates(std::string_view pem);
/// An unencrypted private key.
Result<KeyPtr> ParsePrivateKey(std::string_view pem);
Result<KeyPtr> MakeEcKey();
std::string PrivateKeyPem(evp_pkey_st* key);
std::string CertificatePem(x509_st* certificate);

std::string CommonName(const x509_st* certificate);
std::string SerialHex(const x509_st* certificate);
/// Seconds since 1970.
std::int64_t NotBefore(const x509_st* certificate);
std::int64_t NotAfter(const x509_st* certificate);

}  // namespace weir::net
