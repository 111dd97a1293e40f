// Who is shown which certificate, and who is let in.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <ctime>
#include <thread>

#include "net/server_testing.h"

namespace weir::net {
namespace {

void SayWho(ServerRequest request, Responder responder) {
  responder.Send(
      {200, {}, request.server_name + "|" + (request.peer ? request.peer->common_name : "nobody"), nullptr});
}

Result<HttpResponse> Fetch(const HttpOptions& options, const std::string& url) {
  HttpClient client(options);
  HttpRequest request;
  request.url = url;
  return client.Fetch(request);
}

constexpr std::string_view kSensorUrl = "https://sensor.weir.internal/x";

TEST(HttpServerTls, ASensorIsKnownByItsCertificate) {
  TestHttpsServer server([](ServerRequest request, Responder responder) {
    ASSERT_TRUE(request.peer);
    EXPECT_EQ(request.peer->serial.size(), 32U);
    EXPECT_GT(request.peer->not_after, std::time(nullptr) + 29 * 86'400);
    SayWho(std::move(request), std::move(responder));
  });
  auto response = Fetch(server.SensorOptions("sensor-7"), std::string(kSensorUrl));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "sensor.weir.internal|sensor-7");
}

TEST(HttpServerTls, NobodyElseGetsInThere) {
  TestHttpsServer server(SayWho);
  HttpOptions without = server.SensorOptions("x");
  without.client_certificate_pem.clear();
  without.client_key_pem.clear();
  EXPECT_FALSE(Fetch(without, std::string(kSensorUrl)));

  HttpOptions foreign = server.SensorOptions("x");
  auto other = CertificateAuthority::Create().value();
  auto request = MakeKeyAndRequest().value();
  foreign.client_key_pem = request.key_pem;
  foreign.client_certificate_pem = other.SignRequest(request.csr_pem, "sensor-1", 30).value();
  EXPECT_FALSE(Fetch(foreign, std::string(kSensorUrl)));

  HttpOptions wrong_purpose = server.SensorOptions("x");
  auto server_pair = server.authority().IssueServer({"sensor.weir.internal"}).value();
  wrong_purpose.client_key_pem = server_pair.key_pem;
  wrong_purpose.client_certificate_pem = server_pair.certificate_pem;
  EXPECT_FALSE(Fetch(wrong_purpose, std::string(kSensorUrl)));

  // The server may see a client's refusal a little after the client does.
  for (int i = 0; i < 500 && server.server().statistics().handshakes_failed < 3; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(server.server().statistics().handshakes_failed, 3U);
  EXPECT_EQ(server.server().statistics().requests, 0U);
}

TEST(HttpServerTls, AnExpiredCertificateIsRefused) {
  std::int64_t past = std::time(nullptr) - 40 * 86'400;
  auto authority = CertificateAuthority::Create([past] { return past; }).value();
  auto request = MakeKeyAndRequest().value();
  auto pair = authority.IssueServer({"sensor.weir.internal"}, 365).value();
  ServerOptions options;
  options.identities = {{{}, pair.certificate_pem, pair.key_pem, true, authority.certificate_pem()}};
  TestHttpsServer server(SayWho, options);
  HttpOptions client;
  client.exclusive_ca_pem = authority.certificate_pem();
  client.connect_to = "127.0.0.1:" + std::to_string(server.port());
  client.client_key_pem = request.key_pem;
  client.client_certificate_pem = authority.SignRequest(request.csr_pem, "s", 30).value();
  EXPECT_FALSE(Fetch(client, std::string(kSensorUrl)));
  client.client_certificate_pem = authority.SignRequest(request.csr_pem, "s", 90).value();
  auto good = Fetch(client, std::string(kSensorUrl));
  ASSERT_TRUE(good) << good.error().message;
}

TEST(HttpServerTls, ACertificateThatExpiresWhileConnectedIsRefused) {
  std::int64_t base = std::time(nullptr) - 86'400 + 2;  // one day after this is in two seconds
  auto authority = CertificateAuthority::Create([base] { return base; }).value();
  auto request = MakeKeyAndRequest().value();
  auto pair = authority.IssueServer({"x"}).value();
  ServerOptions options;
  options.identities = {{{}, pair.certificate_pem, pair.key_pem, true, authority.certificate_pem()}};
  TestHttpsServer server(SayWho, options);
  RawTlsClient client(server.port(),
                      {.certificate_pem = authority.SignRequest(request.csr_pem, "s", 1).value(),
                       .key_pem = request.key_pem});
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_EQ(client.ReadAnswer().substr(0, 12), "HTTP/1.1 200");
  std::this_thread::sleep_for(std::chrono::milliseconds(3100));
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_EQ(client.ReadAnswer().substr(0, 12), "HTTP/1.1 403");
  EXPECT_TRUE(client.WaitForEnd(std::chrono::seconds(5)));
}

TEST(HttpServerTls, TheNameDecides) {
  TestHttpsServer server(SayWho);
  HttpOptions options = server.ClientOptions();
  options.connect_to = "127.0.0.1:" + std::to_string(server.port());
  EXPECT_EQ(Fetch(options, "https://enrol.weir.internal/")->body, "enrol.weir.internal|nobody");
  EXPECT_EQ(Fetch(options, "https://localhost/")->body, "localhost|nobody");
  EXPECT_EQ(Fetch(options, "https://LOCALHOST/")->body, "localhost|nobody");
  // The default certificate does not name this host.
  EXPECT_FALSE(Fetch(options, "https://other.example/"));
  // Who has a certificate but does not ask for the sensors' name is nobody.
  EXPECT_EQ(Fetch(server.SensorOptions("s"), "https://enrol.weir.internal/")->body,
            "enrol.weir.internal|nobody");
}

TEST(HttpServerTls, WithoutADefaultOtherNamesAreRefused) {
  auto authority = CertificateAuthority::Create().value();
  auto pair = authority.IssueServer({"only.example"}).value();
  ServerOptions options;
  options.identities = {{{"only.example"}, pair.certificate_pem, pair.key_pem, false, {}}};
  TestHttpsServer server(SayWho, options);
  EXPECT_TRUE(RawTlsClient(server.port(), {.server_name = "only.example"}).ok());
  EXPECT_FALSE(RawTlsClient(server.port(), {.server_name = "other.example"}).ok());
  EXPECT_FALSE(RawTlsClient(server.port()).ok());
}

TEST(HttpServerTls, TheClientBelievesOnlyTheGivenAuthority) {
  TestHttpsServer server(SayWho);
  EXPECT_FALSE(Fetch({}, server.Url("/")));
  HttpOptions other;
  other.exclusive_ca_pem = CertificateAuthority::Create().value().certificate_pem();
  auto refused = Fetch(other, server.Url("/"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_TRUE(Fetch(server.ClientOptions(), server.Url("/")));
}

/// A session of the page's identity must not be a way around the sensors' certificate.
TEST(HttpServerTls, ASessionIsWorthNothingUnderAnotherName) {
  TestHttpsServer server(SayWho);
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    RawTlsClient first(server.port(), {.server_name = "enrol.weir.internal", .only_version = version});
    ASSERT_TRUE(first.ok());
    ASSERT_TRUE(first.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    EXPECT_NE(first.ReadAnswer().find("nobody"), std::string::npos);
    RawTlsClient again(server.port(),
                       {.server_name = "enrol.weir.internal", .only_version = version, .resume = &first});
    EXPECT_TRUE(again.resumed()) << version;
    RawTlsClient sneaky(server.port(),
                        {.server_name = "sensor.weir.internal", .only_version = version, .resume = &first});
    sneaky.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(sneaky.ReadAnswer(), "") << version;
    EXPECT_FALSE(sneaky.resumed()) << version;
  }
  EXPECT_EQ(server.server().statistics().requests, 2U);
}

TEST(HttpServerTls, SensorsGetNoTickets) {
  TestHttpsServer server(SayWho);
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    RawTlsClient::Options options = server.RawSensor("s");
    options.only_version = version;
    RawTlsClient first(server.port(), options);
    ASSERT_TRUE(first.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    EXPECT_NE(first.ReadAnswer().find("|s"), std::string::npos);
    options.resume = &first;
    RawTlsClient again(server.port(), options);
    EXPECT_TRUE(again.ok());
    EXPECT_FALSE(again.resumed()) << version;
  }
}

TEST(HttpServerTls, IdentitiesAreReplacedWithoutARestart) {
  TestHttpsServer server(SayWho);
  HttpClient kept(server.ClientOptions());
  HttpRequest request;
  request.url = server.Url("/");
  ASSERT_TRUE(kept.Fetch(request));
  auto other = CertificateAuthority::Create().value();
  EXPECT_FALSE(server.server().ReplaceIdentities({}));
  EXPECT_FALSE(server.server().ReplaceIdentities({{{}, "no certificate", "no key", false, {}}}));
  auto identities = server.Identities(other);
  std::swap(identities[0].key_pem, identities[1].key_pem);
  EXPECT_FALSE(server.server().ReplaceIdentities(identities));
  EXPECT_TRUE(Fetch(server.ClientOptions(), server.Url("/")));  // as before
  ASSERT_TRUE(server.server().ReplaceIdentities(server.Identities(other)));
  EXPECT_FALSE(Fetch(server.ClientOptions(), server.Url("/")));
  HttpOptions options;
  options.exclusive_ca_pem = other.certificate_pem();
  EXPECT_TRUE(Fetch(options, server.Url("/")));
  EXPECT_TRUE(kept.Fetch(request)) << "an open connection goes on";
}

TEST(HttpServerTls, OldProtocolsAreNotSpoken) {
  TestHttpsServer server(SayWho);
  for (auto [version, good] :
       {std::pair{TLS1_1_VERSION, false}, {TLS1_2_VERSION, true}, {TLS1_3_VERSION, true}}) {
    RawTlsClient client(server.port(), {.only_version = version});
    EXPECT_EQ(client.ok(), good) << version;
  }
}

}  // namespace
}  // namespace weir::net
