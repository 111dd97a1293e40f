#include "net/certificate_authority.h"

#include <gtest/gtest.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <ctime>
#include <filesystem>

#include "base/file.h"
#include "net/openssl_handles.h"

namespace weir::net {
namespace {

CertificateAuthority MakeAuthority(CertificateAuthority::Now now = {}) {
  auto made = CertificateAuthority::Create(std::move(now));
  EXPECT_TRUE(made) << made.error().message;
  return std::move(*made);
}

/// X509_V_OK or why CERTIFICATE is not taken for PURPOSE.
int VerifyWith(const std::string& ca_pem, const std::string& certificate_pem, int purpose) {
  auto ca = ParseCertificates(ca_pem), certificate = ParseCertificates(certificate_pem);
  X509_STORE* store = X509_STORE_new();
  X509_STORE_add_cert(store, ca->front().get());
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store, certificate->front().get(), nullptr);
  X509_STORE_CTX_set_purpose(context, purpose);
  X509_verify_cert(context);
  int result = X509_STORE_CTX_get_error(context);
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  return result;
}

TEST(CertificateAuthority, SignsARequestForClients) {
  CertificateAuthority authority = MakeAuthority();
  auto request = MakeKeyAndRequest();
  ASSERT_TRUE(request);
  auto signed_pem = authority.SignRequest(request->csr_pem, "sensor-1", 30);
  ASSERT_TRUE(signed_pem) << signed_pem.error().message;
  EXPECT_EQ(VerifyWith(authority.certificate_pem(), *signed_pem, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
  EXPECT_NE(VerifyWith(authority.certificate_pem(), *signed_pem, X509_PURPOSE_SSL_SERVER), X509_V_OK);
  EXPECT_NE(VerifyWith(MakeAuthority().certificate_pem(), *signed_pem, X509_PURPOSE_SSL_CLIENT), X509_V_OK);

  auto facts = ReadCertificate(*signed_pem);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->common_name, "sensor-1");
  EXPECT_EQ(facts->serial.size(), 32U);
  EXPECT_EQ(facts->sha256.size(), 64U);
  EXPECT_NEAR(static_cast<double>(facts->not_after - std::time(nullptr)), 30.0 * 86'400, 60);
  EXPECT_NEAR(static_cast<double>(std::time(nullptr) - facts->not_before), 3600, 60);
  auto key = ParsePrivateKey(request->key_pem);
  auto certificate = ParseCertificates(*signed_pem);
  ASSERT_TRUE(key && certificate);
  EXPECT_EQ(X509_check_private_key(certificate->front().get(), key->get()), 1);
}

TEST(CertificateAuthority, IssuesForNamesAndAddresses) {
  CertificateAuthority authority = MakeAuthority();
  auto made = authority.IssueServer({"console.example", "127.0.0.1", "::1"});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(VerifyWith(authority.certificate_pem(), made->certificate_pem, X509_PURPOSE_SSL_SERVER),
            X509_V_OK);
  EXPECT_NE(VerifyWith(authority.certificate_pem(), made->certificate_pem, X509_PURPOSE_SSL_CLIENT),
            X509_V_OK);
  auto certificate = ParseCertificates(made->certificate_pem);
  X509* raw = certificate->front().get();
  EXPECT_EQ(X509_check_host(raw, "console.example", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(raw, "other.example", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(raw, "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(raw, "::1", 0), 1);
  EXPECT_FALSE(authority.IssueServer({}));
  EXPECT_FALSE(authority.IssueServer({"a,DNS:evil.example"}));
  EXPECT_FALSE(authority.IssueServer({std::string(300, 'a')}));
}

TEST(CertificateAuthority, RefusesWhatIsNotSignedWithItsOwnKey) {
  CertificateAuthority authority = MakeAuthority();
  auto request = MakeKeyAndRequest();
  ASSERT_TRUE(request);
  std::string text = request->csr_pem;
  // Change a character of the signature, which is at the end.
  std::size_t at = text.find("\n-----END") - 12;
  text[at] = text[at] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(authority.SignRequest(text, "x", 30));
  for (std::string_view other :
       {"", "x", "-----BEGIN CERTIFICATE REQUEST-----\n\n-----END CERTIFICATE REQUEST-----\n"})
    EXPECT_FALSE(authority.SignRequest(other, "x", 30));
  EXPECT_FALSE(authority.SignRequest(request->csr_pem, "", 30));
  EXPECT_FALSE(authority.SignRequest(request->csr_pem, std::string(65, 'x'), 30));
}

TEST(CertificateAuthority, NothingOutlivesIt) {
  CertificateAuthority authority = MakeAuthority();
  auto request = MakeKeyAndRequest();
  auto facts = ReadCertificate(authority.SignRequest(request->csr_pem, "x", 100'000).value());
  auto own = ReadCertificate(authority.certificate_pem());
  ASSERT_TRUE(facts && own);
  EXPECT_EQ(facts->not_after, own->not_after);
  EXPECT_EQ(own->sha256, authority.sha256());
}

TEST(CertificateAuthority, TheClockComesFromOutside) {
  std::int64_t past = std::time(nullptr) - 40 * 86'400;
  CertificateAuthority authority = MakeAuthority([past] { return past; });
  auto request = MakeKeyAndRequest();
  auto signed_pem = authority.SignRequest(request->csr_pem, "x", 30);
  ASSERT_TRUE(signed_pem);
  EXPECT_EQ(VerifyWith(authority.certificate_pem(), *signed_pem, X509_PURPOSE_SSL_CLIENT),
            X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST(CertificateAuthority, StaysTheSameInItsFolder) {
  std::string folder = testing::TempDir() + "weir_ca_" + std::to_string(::getpid());
  std::filesystem::remove_all(folder);
  auto first = CertificateAuthority::LoadOrCreate(folder);
  ASSERT_TRUE(first) << first.error().message;
  struct stat info{};
  ASSERT_EQ(::stat((folder + "/ca.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  auto second = CertificateAuthority::LoadOrCreate(folder);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(first->sha256(), second->sha256());
  EXPECT_EQ(first->certificate_pem(), second->certificate_pem());

  std::string key = ReadFile(folder + "/ca.key", 10'000).value();
  std::filesystem::remove(folder + "/ca.pem");  // as after a crash between the two files
  EXPECT_EQ(CertificateAuthority::LoadOrCreate(folder).value().sha256(), first->sha256());
  EXPECT_EQ(ReadFile(folder + "/ca.pem", 10'000).value_or(""), first->certificate_pem());

  // A new authority would lock every sensor out, so a lost or broken key is an error.
  std::filesystem::remove(folder + "/ca.key");
  EXPECT_FALSE(CertificateAuthority::LoadOrCreate(folder));
  ASSERT_TRUE(
      WriteFileAtomically(folder + "/ca.key", MakeKeyAndRequest()->key_pem + first->certificate_pem()));
  EXPECT_FALSE(CertificateAuthority::LoadOrCreate(folder));
  ASSERT_TRUE(WriteFileAtomically(folder + "/ca.key", "nonsense"));
  EXPECT_FALSE(CertificateAuthority::LoadOrCreate(folder));
  ASSERT_TRUE(WriteFileAtomically(folder + "/ca.key", key, 0600));
  EXPECT_TRUE(CertificateAuthority::LoadOrCreate(folder));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace weir::net
