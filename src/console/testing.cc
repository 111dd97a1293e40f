#include "console/testing.h"

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "net/certificate_authority.h"

namespace weir::console {

TestFolder::TestFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "weir-console-XXXXXX").string();
  WEIR_CHECK(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TestAnswer::Header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

std::string TestAnswer::Text(const char* member) const {
  if (json == nullptr || !json->is_object()) return {};
  auto it = json->find(member);
  return it != json->end() && it->is_string() ? it->get<std::string>() : std::string();
}

TestClient::TestClient(std::string url, std::string ca_pem) : url_(std::move(url)) {
  net::HttpOptions options;
  options.exclusive_ca_pem = std::move(ca_pem);
  options.follow_redirects = false;
  http_ = std::make_unique<net::HttpClient>(options);
}

TestAnswer TestClient::Call(std::string_view method, const std::string& path, const std::string& body,
                            std::vector<std::pair<std::string, std::string>> headers) {
  net::HttpRequest request;
  request.method = method;
  request.url = url_ + path;
  request.body = body;
  request.total_timeout_seconds = 60;
  request.headers = std::move(headers);
  auto given = [&](std::string_view name) {
    for (const auto& header : request.headers)
      if (header.first == name) return true;
    return false;
  };
  if (!body.empty() && !given("Content-Type"))
    request.headers.emplace_back("Content-Type", "application/json");
  if (!token.empty() && !given("Authorization"))
    request.headers.emplace_back("Authorization", "Bearer " + token);
  if (!cookie.empty() && !given("Cookie")) request.headers.emplace_back("Cookie", cookie);
  if (!csrf.empty() && !given("X-CSRF-Token")) request.headers.emplace_back("X-CSRF-Token", csrf);
  auto response = http_->Fetch(request);
  TestAnswer answer;
  if (!response) {
    answer.body = response.error().message;
    return answer;
  }
  answer.status = static_cast<int>(response->status);
  answer.headers = response->headers;
  answer.content_type = response->Header("content-type");
  answer.body = response->body;
  Json json = Json::parse(answer.body, nullptr, false);
  if (!json.is_discarded()) answer.json = std::make_shared<Json>(std::move(json));
  return answer;
}

TestAnswer TestClient::Login(const std::string& user, const std::string& password) {
  TestAnswer answer = Call("POST", "/api/v1/session", Json{{"user", user}, {"password", password}}.dump());
  if (answer.status == 200) {
    std::string set = answer.Header("set-cookie");
    cookie = set.substr(0, set.find(';'));
    csrf = answer.Text("csrf_token");
  }
  return answer;
}

void TestClient::UseToken(std::string secret) {
  token = std::move(secret);
  cookie.clear();
  csrf.clear();
}

TestConsole::TestConsole(ConsoleOptions options) : options_(std::move(options)) {
  options_.data_dir = folder_.path();
  options_.listen = {"127.0.0.1:0"};
  options_.version = "0.0-test";
  options_.scheduled_updates = false;  // tests do not ask the real feeds
  Restart();
}

void TestConsole::Restart() {
  admin_.reset();
  console_.reset();
  auto started = Console::Start(options_);
  WEIR_CHECK(started.has_value());
  console_ = std::move(*started);
  ca_pem_ = ReadFile(folder_.path() + "/tls/ca.pem", 1U << 20U).value();
}

TestClient TestConsole::Anonymous() { return TestClient(console_->url(), ca_pem_); }

TestClient& TestConsole::Admin() {
  if (admin_) return *admin_;
  admin_.emplace(Anonymous());
  if (admin_->Login("admin", std::string(kTestPassword)).status == 200) return *admin_;
  std::string first = console_->first_run_password().value_or("");
  WEIR_CHECK(admin_->Login("admin", first).status == 200);
  TestAnswer changed =
      admin_->Post("/api/v1/session/password", Json{{"old", first}, {"new", kTestPassword}}.dump());
  WEIR_CHECK(changed.status == 200);
  std::string set = changed.Header("set-cookie");
  admin_->cookie = set.substr(0, set.find(';'));
  admin_->csrf = changed.Text("csrf_token");
  return *admin_;
}

TestClient TestConsole::WithRole(const std::string& role) {
  static int number = 0;
  std::string name = role + std::to_string(++number);
  TestAnswer made = Admin().Post("/api/v1/users", Json{{"name", name}, {"role", role}}.dump());
  WEIR_CHECK(made.status == 201);
  TestClient client = Anonymous();
  std::string first = made.Text("one_time_password");
  WEIR_CHECK(client.Login(name, first).status == 200);
  TestAnswer changed =
      client.Post("/api/v1/session/password", Json{{"old", first}, {"new", kTestPassword}}.dump());
  WEIR_CHECK(changed.status == 200);
  std::string set = changed.Header("set-cookie");
  client.cookie = set.substr(0, set.find(';'));
  client.csrf = changed.Text("csrf_token");
  TestAnswer token = client.Post("/api/v1/tokens", R"({"name":"test"})");
  WEIR_CHECK(token.status == 201);
  client.UseToken(token.Text("secret"));
  return client;
}

TestSensor::TestSensor(TestConsole& console, std::string host_name) : console_(console) {
  net::KeyAndRequest made = net::MakeKeyAndRequest().value();
  wire::EnrolRequest request;
  request.token = console.console().MakeEnrolmentToken("test", 1, 1).value();
  request.csr_pem = made.csr_pem;
  request.host.name = std::move(host_name);
  request.host.sensor_version = "0.0-test";
  net::HttpOptions options;
  options.exclusive_ca_pem = console.ca_pem();
  options.connect_to = console.console().sensor_address();
  net::HttpClient client(options);
  net::HttpRequest post;
  post.method = "POST";
  post.url = "https://" + std::string(wire::kEnrolHost) + "/sensor/v1/enrol";
  post.headers = {{"Content-Type", "application/json"}};
  post.body = wire::ToJson(request);
  auto response = client.Fetch(post);
  WEIR_CHECK(response && response->status == 200);
  wire::EnrolAnswer answer = wire::ParseEnrolAnswer(response->body, {}).value();
  id_ = answer.sensor_id;
  key_pem_ = made.key_pem;
  certificate_pem_ = answer.certificate_pem;
}

net::HttpOptions TestSensor::options() const {
  net::HttpOptions options;
  options.exclusive_ca_pem = console_.ca_pem();
  options.connect_to = console_.console().sensor_address();
  options.client_certificate_pem = certificate_pem_;
  options.client_key_pem = key_pem_;
  return options;
}

TestAnswer TestSensor::Post(const std::string& path, const std::string& body) {
  net::HttpClient client(options());
  net::HttpRequest request;
  request.method = "POST";
  request.url = "https://" + std::string(wire::kSensorHost) + path;
  request.headers = {{"Content-Type", "application/json"}};
  request.body = body;
  auto response = client.Fetch(request);
  TestAnswer answer;
  if (!response) {
    answer.body = response.error().message;
    return answer;
  }
  answer.status = static_cast<int>(response->status);
  answer.headers = response->headers;
  answer.body = response->body;
  Json json = Json::parse(answer.body, nullptr, false);
  if (!json.is_discarded()) answer.json = std::make_shared<Json>(std::move(json));
  return answer;
}

TestAnswer TestSensor::SendFrom(std::uint64_t from, const std::vector<wire::RecordBody>& records) {
  std::string batch = wire::BatchHeader(epoch);
  for (const wire::RecordBody& body : records) batch += wire::RecordLine({from++, body}) + "\n";
  return Post("/sensor/v1/batches", batch);
}

TestAnswer TestSensor::Send(const std::vector<wire::RecordBody>& records) {
  std::uint64_t from = sequence + 1;
  sequence += records.size();
  return SendFrom(from, records);
}

wire::InventoryRecord SampleInventory(const std::string& host_name) {
  wire::InventoryRecord record;
  record.full = true;
  record.observed_at = "2026-11-26T00:00:00Z";
  record.host.name = host_name;
  record.host.machine_id = "0123456789abcdef0123456789abcdef";
  record.host.boot_id = "boot";
  record.host.os = "Debian GNU/Linux 12 (bookworm)";
  record.host.kernel = "6.1.0";
  record.host.architecture = "x86_64";
  record.host.addresses = {"10.0.0.5", "203.0.113.9"};
  record.host.labels = {{"rack", "7"}};
  model::Container container;
  container.id = kContainerId;
  container.name = "shop";
  container.image = "docker.io/library/shop:1";
  container.image_id = kImageId;
  container.runtime = "podman";
  container.state = "running";
  container.pid = 4242;
  container.published_ports = {{8080, 8080}};
  record.containers = {container};
  model::ImageInfo image;
  image.id = kImageId;
  image.names = {"docker.io/library/shop:1"};
  image.runtime = "podman";
  record.images = {image};
  wire::ProcessRow sshd;
  sshd.pid = 100;
  sshd.start_time_ticks = 1;
  sshd.name = "sshd";
  sshd.user = "root";
  sshd.listening = {{"tcp", "0.0.0.0", 22, model::AddressScope::kAny}};
  sshd.first_seen = record.observed_at;
  wire::ProcessRow java = sshd;
  java.pid = 4242;
  java.name = "java";
  java.arguments = {"java", "-jar", "shop.jar"};
  java.container_id = kContainerId;
  java.listening = {{"tcp", "0.0.0.0", 8080, model::AddressScope::kAny}};
  record.processes = {sshd, java};
  wire::ConnectionRow in;
  in.process = java.Key();
  in.container_id = kContainerId;
  in.protocol = "tcp";
  in.inbound = true;
  in.local_address = "10.88.0.2";
  in.local_port = 8080;
  in.remote_address = "198.51.100.7";
  in.remote_scope = model::AddressScope::kPublic;
  in.first_seen = in.last_seen = record.observed_at;
  in.count = 2;
  wire::ConnectionRow out;
  out.process = sshd.Key();
  out.protocol = "tcp";
  out.local_address = "10.0.0.5";
  out.remote_address = "10.0.0.9";
  out.remote_port = 5432;
  out.remote_scope = model::AddressScope::kPrivate;
  out.first_seen = out.last_seen = record.observed_at;
  record.connections = {in, out};
  return record;
}

model::ContentFinding SampleSecret(unsigned number) {
  model::ContentFinding finding;
  finding.rule = "test-key";
  finding.title = "A key for tests";
  finding.severity = model::Severity::kHigh;
  finding.confidence = model::Confidence::kHigh;
  std::string digits = std::to_string(number);
  finding.fingerprint = std::string(32 - digits.size(), 'a') + digits;
  finding.masked = "test_****";
  finding.facts = {{"account", "1234"}};
  model::ContentPlace place;
  place.location.path = "srv/app/.env";
  place.line = number;
  place.column = 5;
  place.mode = 0644;
  finding.places = {place};
  finding.place_count = 1;
  finding.rank.score = 70;
  finding.rank.reasons = {{"severity", 70, "high"}};
  return finding;
}

void AddSampleContent(wire::ScanRecord& record) {
  record.content = {SampleSecret(1)};
  model::ContentScan scan;
  scan.rules_digest = "0123";
  scan.rules = 200;
  scan.files = 12;
  scan.bytes = 3456;
  scan.skipped = {{"larger than 64 MiB", 1}};
  scan.set_aside = {"slow: takes 40 times the median"};
  record.content_scans = {scan};
}

wire::ScanRecord SampleScan(const std::string& scan_id, const std::string& log4j_version) {
  wire::ScanRecord record;
  record.scan_id = scan_id;
  record.asset = {model::AssetKind::kContainer, kContainerId};
  record.name = "shop";
  record.image = "docker.io/library/shop:1";
  record.image_id = kImageId;
  record.trigger = "new";
  record.started_at = "2026-11-26T00:00:00Z";
  record.finished_at = "2026-11-26T00:00:01Z";
  record.distro.id = "debian";
  record.distro.version_id = "12";
  record.distro.pretty_name = "Debian GNU/Linux 12 (bookworm)";
  model::Package log4j;
  log4j.type = model::PackageType::kMaven;
  log4j.name = "org.apache.logging.log4j:log4j-core";
  log4j.version = log4j_version;
  log4j.purl = "pkg:maven/org.apache.logging.log4j/log4j-core@" + log4j_version;
  log4j.licenses = {"Apache-2.0"};
  log4j.locations = {{"app/shop.jar!/BOOT-INF/lib/log4j-core.jar", ""}};
  log4j.found_by = "jar";
  log4j.id = model::ComputePackageId(log4j);
  model::Package harmless = log4j;
  harmless.name = "org.example:harmless";
  harmless.version = "1.0";
  harmless.purl = "pkg:maven/org.example/harmless@1.0";
  harmless.id = model::ComputePackageId(harmless);
  record.packages = {log4j, harmless};
  record.problems = {{Code::kPermissionDenied, "root/secret", "may not be read", 1}};
  record.catalogers = {"jar"};
  record.usage.full = true;
  record.usage.others.level = model::Usage::Level::kIdle;
  model::Usage used;
  used.level = model::Usage::Level::kLoaded;
  used.pids = {4242};
  used.evidence = "its archive is open in java (pid 4242)";
  used.listening = true;
  used.listens = model::AddressScope::kAny;
  used.listen_text = "java (pid 4242) listens on 0.0.0.0:8080";
  used.reached_from_outside = true;
  used.reach_text = "a connection from 198.51.100.7 was seen";
  record.usage.packages = {{log4j.id, used}};
  return record;
}

}  // namespace weir::console
