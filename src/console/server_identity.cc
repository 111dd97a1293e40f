#include "console/server_identity.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>

#include "base/file.h"
#include "base/strings.h"
#include "wire/messages.h"

namespace weir::console {
namespace {

constexpr std::int64_t kRenewBefore = 30 * 86'400;
constexpr std::size_t kMaxNames = 100;

void AddInterfaces(std::set<std::string>& names) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return;
  std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owned(list, &::freeifaddrs);
  for (const ifaddrs* at = list; at != nullptr && names.size() < kMaxNames; at = at->ifa_next) {
    if (at->ifa_addr == nullptr) continue;
    char text[INET6_ADDRSTRLEN] = {};
    if (at->ifa_addr->sa_family == AF_INET) {
      sockaddr_in v4{};
      std::memcpy(&v4, at->ifa_addr, sizeof v4);
      ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    } else if (at->ifa_addr->sa_family == AF_INET6) {
      sockaddr_in6 v6{};
      std::memcpy(&v6, at->ifa_addr, sizeof v6);
      if (IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr)) continue;  // means nothing without its interface
      ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    }
    if (text[0] != '\0') names.insert(text);
  }
}

}  // namespace

std::vector<std::string> OwnNames(const std::vector<std::string>& more) {
  std::set<std::string> names = {"localhost", "127.0.0.1", "::1"};
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) == 0 && host[0] != '\0') names.insert(ToLower(host));
  for (const std::string& name : more) names.insert(ToLower(name));
  AddInterfaces(names);
  return {names.begin(), names.end()};
}

Result<net::KeyAndCertificate> PageCertificate(const net::CertificateAuthority& authority,
                                               const std::string& folder,
                                               const std::vector<std::string>& names, std::int64_t now,
                                               bool& made) {
  std::string base = folder + "/server";
  std::string wanted = authority.sha256() + "\n" + Join(names, "\n") + "\n";
  made = false;
  auto certificate = ReadFile(base + ".pem", 1U << 20U), key = ReadFile(base + ".key", 1U << 20U),
       kept = ReadFile(base + ".names", 1U << 20U);
  if (certificate && key && kept && *kept == wanted)
    if (auto facts = net::ReadCertificate(*certificate); facts && facts->not_after - now > kRenewBefore)
      return net::KeyAndCertificate{*key, *certificate};
  WEIR_ASSIGN(net::KeyAndCertificate issued, authority.IssueServer(names));
  WEIR_TRY(WriteFileAtomically(base + ".key", issued.key_pem, 0600));
  WEIR_TRY(WriteFileAtomically(base + ".pem", issued.certificate_pem, 0644));
  WEIR_TRY(WriteFileAtomically(base + ".names", wanted, 0644));
  made = true;
  return issued;
}

Result<std::vector<net::TlsIdentity>> Identities(const net::CertificateAuthority& authority,
                                                 const net::KeyAndCertificate& page) {
  WEIR_ASSIGN(net::KeyAndCertificate own,
              authority.IssueServer({std::string(wire::kSensorHost), std::string(wire::kEnrolHost)}));
  net::TlsIdentity browser{{}, page.certificate_pem, page.key_pem, false, {}};
  net::TlsIdentity sensor{
      {std::string(wire::kSensorHost)}, own.certificate_pem, own.key_pem, true, authority.certificate_pem()};
  net::TlsIdentity enrol{{std::string(wire::kEnrolHost)}, own.certificate_pem, own.key_pem, false, {}};
  return std::vector<net::TlsIdentity>{browser, sensor, enrol};
}

}  // namespace weir::console
