// What the server does not put up with: too much, too slow, too many.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <zstd.h>

#include <atomic>
#include <latch>
#include <thread>

#include "net/content_coding.h"
#include "net/server_testing.h"

namespace weir::net {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

void Ok(ServerRequest, Responder responder) { responder.Send({200, {}, "ok", nullptr}); }

std::string Status(RawTlsClient& client) { return client.ReadAnswer().substr(0, 12); }

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

std::string Post(std::size_t length) {
  return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

TEST(HttpServerLimits, HeadersAreBounded) {
  TestHttpsServer server(Ok);
  RawTlsClient small(server.port());
  ASSERT_TRUE(small.Send("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(15'000, 'a') + "\r\n\r\n"));
  EXPECT_EQ(Status(small), "HTTP/1.1 200");
  for (const std::string& head :
       {"GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(17'000, 'a') + "\r\n\r\n",
        "GET /" + std::string(17'000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", std::string(20'000, 'G')}) {
    RawTlsClient large(server.port());
    ASSERT_TRUE(large.Send(head));
    std::string status = Status(large);
    EXPECT_TRUE(status == "HTTP/1.1 431" || status == "HTTP/1.1 400") << status;
    EXPECT_TRUE(large.WaitForEnd(milliseconds(5000)));
  }
}

TEST(HttpServerLimits, BodiesAreBounded) {
  ServerOptions options;
  options.limits.body_bytes = 1000;
  TestHttpsServer server(Ok, options);
  RawTlsClient exact(server.port());
  ASSERT_TRUE(exact.Send(Post(1000) + std::string(1000, 'x')));
  EXPECT_EQ(Status(exact), "HTTP/1.1 200");
  RawTlsClient announced(server.port());
  ASSERT_TRUE(announced.Send(Post(1001)));  // refused before it is sent
  EXPECT_EQ(Status(announced), "HTTP/1.1 413");
  RawTlsClient chunked(server.port());
  ASSERT_TRUE(chunked.Send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
  for (int i = 0; i < 11; ++i) chunked.Send("64\r\n" + std::string(100, 'x') + "\r\n");
  EXPECT_EQ(Status(chunked), "HTTP/1.1 413");
  EXPECT_TRUE(chunked.WaitForEnd(milliseconds(5000)));
}

TEST(HttpServerLimits, TheLimitMayDependOnTheRequest) {
  ServerOptions options;
  options.body_limit = [](const ServerRequest& request) -> std::size_t {
    return request.path == "/import" && request.Header("x-role") == "admin" ? 1'000'000 : 10;
  };
  TestHttpsServer server(Ok, options);
  HttpClient client(server.ClientOptions());
  HttpRequest request;
  request.method = "POST";
  request.body.assign(500'000, 'x');
  request.url = server.Url("/import");
  EXPECT_EQ(client.Fetch(request)->status, 413);
  request.headers = {{"X-Role", "admin"}};
  EXPECT_EQ(client.Fetch(request)->status, 200);
}

/// A client that only writes before it reads gets the refusal, not a reset.
TEST(HttpServerLimits, TheRefusalArrivesThoughTheBodyKeepsComing) {
  TestHttpsServer server(Ok);
  RawTlsClient client(server.port());
  ASSERT_TRUE(client.Send(Post(4U << 20U)));
  std::string piece(64U << 10U, 'x');
  for (int i = 0; i < 64; ++i)
    if (!client.Send(piece)) break;
  EXPECT_EQ(Status(client), "HTTP/1.1 413");
}

TEST(HttpServerLimits, ABombIsRefused) {
  std::atomic<int> handled = 0;
  ServerOptions options;
  options.limits.body_bytes = 1U << 20U;
  TestHttpsServer server(
      [&](ServerRequest request, Responder responder) {
        ++handled;
        Ok(std::move(request), std::move(responder));
      },
      options);
  HttpClient client(server.ClientOptions());
  std::string zeros(256U << 20U, '\0'), zstd(ZSTD_compressBound(zeros.size()), '\0');
  zstd.resize(ZSTD_compress(zstd.data(), zstd.size(), zeros.data(), zeros.size(), 3));
  ASSERT_LT(zstd.size(), 100'000U);
  HttpRequest request;
  request.url = server.Url("/");
  request.method = "POST";
  for (const auto& [coding, body] :
       {std::pair{"zstd", zstd}, std::pair{"gzip", GzipContent(zeros.substr(0, 64U << 20U))}}) {
    request.body = body;
    request.headers = {{"Content-Encoding", coding}};
    EXPECT_EQ(client.Fetch(request)->status, 413) << coding;
  }
  EXPECT_EQ(handled, 0);
}

TEST(HttpServerLimits, AllBodiesTogetherAreBounded) {
  ServerOptions options;
  options.limits.body_bytes = 100'000;
  options.limits.bodies_bytes = 150'000;
  std::latch entered(1), leave(1);
  TestHttpsServer server(
      [&](ServerRequest request, Responder responder) {
        if (request.path == "/hold") {
          entered.count_down();
          leave.wait();
        }
        Ok(std::move(request), std::move(responder));
      },
      options);
  RawTlsClient first(server.port()), second(server.port());
  ASSERT_TRUE(first.Send("POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n" +
                         std::string(90'000, 'x')));
  entered.wait();
  ASSERT_TRUE(second.Send(Post(90'000) + std::string(90'000, 'x')));
  std::string answer = second.ReadAnswer();
  EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 503");
  EXPECT_NE(answer.find("Retry-After: "), std::string::npos);
  leave.count_down();
  EXPECT_EQ(Status(first), "HTTP/1.1 200");
  // The first one's share is given back when its handler has returned, a little after its answer.
  std::string status;
  for (int i = 0; i < 200 && status != "HTTP/1.1 200"; ++i) {
    RawTlsClient third(server.port());
    ASSERT_TRUE(third.Send(Post(90'000) + std::string(90'000, 'x')));
    status = Status(third);
  }
  EXPECT_EQ(status, "HTTP/1.1 200");
}

ServerOptions Hasty() {
  ServerOptions options;
  options.limits.handshake_time = milliseconds(300);
  options.limits.header_time = milliseconds(300);
  options.limits.idle_time = milliseconds(600);
  options.limits.body_time = milliseconds(1500);
  return options;
}

TEST(HttpServerLimits, WhoDoesNotShakeHandsIsDropped) {
  TestHttpsServer server(Ok, Hasty());
  UniqueFd silent = ConnectTo(server.port()), half = ConnectTo(server.port());
  ASSERT_EQ(::send(half.get(), "\x16\x03\x01\x02\x00\x01", 6, 0), 6);
  auto start = Clock::now();
  for (UniqueFd* fd : {&silent, &half}) {
    char byte = 0;
    EXPECT_LE(::recv(fd->get(), &byte, 1, 0), 0);
  }
  EXPECT_LT(Clock::now() - start, milliseconds(1500));
  EXPECT_EQ(server.server().statistics().timeouts, 2U);
}

TEST(HttpServerLimits, AnIdleConnectionEndsInTime) {
  TestHttpsServer server(Ok, Hasty());
  RawTlsClient client(server.port());
  ASSERT_TRUE(client.Send(kGet));
  EXPECT_EQ(Status(client), "HTTP/1.1 200");
  EXPECT_FALSE(client.WaitForEnd(milliseconds(300)));
  EXPECT_TRUE(client.WaitForEnd(milliseconds(2000)));
}

/// One byte now and then keeps no one alive.
TEST(HttpServerLimits, ASlowHeaderIsCutAtItsDeadline) {
  TestHttpsServer server(Ok, Hasty());
  RawTlsClient client(server.port());
  auto start = Clock::now();
  for (char c : std::string("GET / HTTP/1.1\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")) {
    if (!client.Send({&c, 1}) || client.WaitForEnd(milliseconds(50))) break;
  }
  EXPECT_TRUE(client.WaitForEnd(milliseconds(50)));
  EXPECT_LT(Clock::now() - start, milliseconds(1500));
  EXPECT_EQ(server.server().statistics().timeouts, 1U);
}

TEST(HttpServerLimits, ASlowBodyIsCutByItsRate) {
  ServerOptions options = Hasty();
  options.limits.minimum_bytes_per_second = 100'000;
  options.limits.body_time = milliseconds(60'000);
  TestHttpsServer server(Ok, options);
  RawTlsClient client(server.port());
  auto start = Clock::now();
  client.Send(Post(50'000));
  for (int i = 0; i < 100; ++i)
    if (!client.Send("0123456789") || client.WaitForEnd(milliseconds(50))) break;
  EXPECT_TRUE(client.WaitForEnd(milliseconds(50)));
  EXPECT_LT(Clock::now() - start, milliseconds(1500));
}

TEST(HttpServerLimits, ABodyHasAnEndHoweverFastItIs) {
  ServerOptions options = Hasty();
  options.limits.minimum_bytes_per_second = 1;
  options.limits.body_bytes = 10'000'000;
  TestHttpsServer server(Ok, options);
  RawTlsClient client(server.port());
  auto start = Clock::now();
  client.Send(Post(10'000'000));
  for (int i = 0; i < 1000; ++i)
    if (!client.Send(std::string(1000, 'x')) || client.WaitForEnd(milliseconds(20))) break;
  auto lasted = Clock::now() - start;
  EXPECT_EQ(client.ReadToEnd(), "");
  EXPECT_EQ(server.server().statistics().timeouts, 1U);
  EXPECT_GT(lasted, milliseconds(1400));
  EXPECT_LT(lasted, milliseconds(3000));
}

TEST(HttpServerLimits, WhoDoesNotReadTheAnswerIsDropped) {
  ServerOptions options = Hasty();
  auto large = std::make_shared<const std::string>(64U << 20U, 'x');
  TestHttpsServer server([&](ServerRequest, Responder responder) { responder.Send({200, {}, {}, large}); },
                         options);
  RawTlsClient client(server.port(), {.receive_buffer = 4096});
  ASSERT_TRUE(client.Send(kGet));
  for (int i = 0; i < 100 && server.server().statistics().open_connections > 0; ++i)
    std::this_thread::sleep_for(milliseconds(100));
  EXPECT_EQ(server.server().statistics().open_connections, 0U);
}

TEST(HttpServerLimits, BusyWorkersAreA503) {
  ServerOptions options;
  options.worker_threads = 1;
  options.worker_queue = 1;
  std::latch entered(1), leave(1);
  TestHttpsServer server(
      [&](ServerRequest request, Responder responder) {
        if (request.path == "/hold") {
          entered.count_down();
          leave.wait();
        }
        Ok(std::move(request), std::move(responder));
      },
      options);
  RawTlsClient running(server.port()), queued(server.port()), refused(server.port());
  ASSERT_TRUE(running.Send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
  entered.wait();
  ASSERT_TRUE(queued.Send(kGet));
  while (server.server().statistics().requests < 2) std::this_thread::sleep_for(milliseconds(5));
  ASSERT_TRUE(refused.Send(kGet));
  std::string answer = refused.ReadAnswer();
  EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 503");
  EXPECT_NE(answer.find("Retry-After: "), std::string::npos);
  leave.count_down();
  EXPECT_EQ(Status(running), "HTTP/1.1 200");
  EXPECT_EQ(Status(queued), "HTTP/1.1 200");
  ASSERT_TRUE(refused.Send(kGet));  // and its connection still serves
  EXPECT_EQ(Status(refused), "HTTP/1.1 200");
  EXPECT_EQ(server.server().statistics().overloads, 1U);
}

TEST(HttpServerLimits, ConnectionsOfAnAddressAreCountedButNotThoseOfSensors) {
  ServerOptions options;
  options.limits.connections_per_address = 3;
  TestHttpsServer server(Ok, options);
  std::vector<std::unique_ptr<RawTlsClient>> sensors, others;
  for (int i = 0; i < 6; ++i) {
    sensors.push_back(std::make_unique<RawTlsClient>(server.port(), server.RawSensor("s")));
    ASSERT_TRUE(sensors.back()->Send(kGet));
    EXPECT_EQ(Status(*sensors.back()), "HTTP/1.1 200");
  }
  for (int i = 0; i < 3; ++i) {
    others.push_back(std::make_unique<RawTlsClient>(server.port()));
    EXPECT_TRUE(others.back()->ok());
  }
  EXPECT_FALSE(RawTlsClient(server.port()).ok());
  EXPECT_EQ(server.server().statistics().connections_refused, 1U);
  others.clear();
  while (server.server().statistics().open_connections > 6) std::this_thread::sleep_for(milliseconds(5));
  EXPECT_TRUE(RawTlsClient(server.port()).ok());
}

TEST(HttpServerLimits, AllConnectionsAreBounded) {
  ServerOptions options;
  options.limits.connections = 2;
  TestHttpsServer server(Ok, options);
  RawTlsClient first(server.port()), second(server.port());
  EXPECT_TRUE(first.ok() && second.ok());
  EXPECT_FALSE(RawTlsClient(server.port()).ok());
}

}  // namespace
}  // namespace weir::net
