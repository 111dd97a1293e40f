// For tests: a real console in a folder of its own, on a free port of the loopback,
// a browser's or script's view of it, and a sensor that speaks the real protocol.
// Threading: one thread each.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "console/answer.h"
#include "console/console.h"
#include "net/http_client.h"
#include "wire/messages.h"

namespace weir::console {

inline constexpr std::string_view kTestPassword = "a-long-enough-password";

class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct TestAnswer {
  int status = 0;
  std::string content_type, body;
  std::vector<std::pair<std::string, std::string>> headers;
  /// The body; null where it is not JSON.
  std::shared_ptr<Json> json;
  std::string Header(std::string_view name) const;
  std::string Text(const char* member) const;
};

/// Somebody who calls the interface.
class TestClient {
 public:
  TestClient(std::string url, std::string ca_pem);
  TestAnswer Call(std::string_view method, const std::string& path, const std::string& body = {},
                  std::vector<std::pair<std::string, std::string>> headers = {});
  TestAnswer Get(const std::string& path) { return Call("GET", path); }
  TestAnswer Post(const std::string& path, const std::string& body = "{}") {
    return Call("POST", path, body);
  }
  /// Logs in; afterwards calls carry the cookie and the CSRF token.
  TestAnswer Login(const std::string& user, const std::string& password);
  void UseToken(std::string token);

  std::string cookie, csrf, token;

 private:
  std::string url_;
  std::unique_ptr<net::HttpClient> http_;
};

class TestConsole {
 public:
  explicit TestConsole(ConsoleOptions options = {});
  /// Ends it and starts it anew on the same folder.
  void Restart();
  Console& console() { return *console_; }
  const std::string& folder() const { return folder_.path(); }
  const std::string& ca_pem() const { return ca_pem_; }
  TestClient Anonymous();
  /// The first admin, with kTestPassword.
  TestClient& Admin();
  /// A client with a token of a new user of this role.
  TestClient WithRole(const std::string& role);

 private:
  TestFolder folder_;
  ConsoleOptions options_;
  std::unique_ptr<Console> console_;
  std::string ca_pem_;
  std::optional<TestClient> admin_;
};

class TestSensor {
 public:
  /// Enrols with a new token.
  TestSensor(TestConsole& console, std::string host_name);
  const std::string& id() const { return id_; }
  TestAnswer Send(const std::vector<wire::RecordBody>& records);
  /// A batch as it is, with these numbers.
  TestAnswer SendFrom(std::uint64_t sequence, const std::vector<wire::RecordBody>& records);
  TestAnswer Post(const std::string& path, const std::string& body);
  net::HttpOptions options() const;

  std::string epoch = "epoch-1";
  std::uint64_t sequence = 0;  // of the last record sent

 private:
  TestConsole& console_;
  std::string id_, key_pem_, certificate_pem_;
};

/// A host with two processes, a container, an image and connections.
wire::InventoryRecord SampleInventory(const std::string& host_name);
/// The container's packages: log4j-core 2.14.1 in use and listening, and something harmless.
wire::ScanRecord SampleScan(const std::string& scan_id, const std::string& log4j_version = "2.14.1");

/// A secret of rule test-key in srv/app/.env; NUMBER names it.
model::ContentFinding SampleSecret(unsigned number);
/// RECORD also looked for secrets, and found SampleSecret(1).
void AddSampleContent(wire::ScanRecord& record);

inline const std::string kContainerId = "c0ffee" + std::string(58, '0');
inline const std::string kImageId = "sha256:" + std::string(64, 'a');

}  // namespace weir::console
