// What the server says over HTTP. Real sockets, real TLS, on the loopback.
#include "net/http_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <zstd.h>

#include <atomic>
#include <thread>

#include "base/strings.h"
#include "net/content_coding.h"
#include "net/server_testing.h"

namespace weir::net {
namespace {

/// Says what it understood, as lines.
void Echo(ServerRequest request, Responder responder) {
  ServerResponse out;
  out.headers = {{"Content-Type", "text/plain"}, {"X-Path", request.path}};
  out.body = request.method + " " + request.path + "\n";
  for (const auto& [name, value] : request.query) out.body += name + "=" + value + "\n";
  out.body += request.body;
  responder.Send(std::move(out));
}

HttpRequest To(const std::string& url) {
  HttpRequest request;
  request.url = url;
  return request;
}

std::string Get(std::string_view target, std::string_view more = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(more) + "\r\n";
}

/// The status of the answer to exactly these bytes.
std::string StatusOf(std::uint16_t port, const std::string& bytes) {
  RawTlsClient client(port);
  EXPECT_TRUE(client.Send(bytes));
  return client.ReadAnswer().substr(0, 12);
}

TEST(HttpServer, AnswersARequest) {
  TestHttpsServer server(Echo);
  HttpClient client(server.ClientOptions());
  HttpRequest request = To(server.Url("/a/%62?q=x%20y&n=1"));
  request.method = "POST";
  request.body = "hello";
  auto response = client.Fetch(request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "POST /a/b\nq=x y\nn=1\nhello");
  EXPECT_EQ(response->Header("x-path"), "/a/b");
  EXPECT_EQ(response->Header("connection"), "");
  EXPECT_EQ(response->Header("date").size(), 29U);
  EXPECT_EQ(server.server().statistics().requests, 1U);
}

TEST(HttpServer, ConnectionsAreKept) {
  TestHttpsServer server(Echo);
  HttpClient client(server.ClientOptions());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(client.Fetch(To(server.Url("/"))));
  EXPECT_EQ(server.server().statistics().connections, 1U);
  EXPECT_EQ(server.server().statistics().requests, 20U);
}

TEST(HttpServer, PipelinedRequestsAreAnsweredInOrder) {
  TestHttpsServer server(Echo);
  RawTlsClient client(server.port());
  std::string bytes;
  for (int i = 0; i < 50; ++i) bytes += Get("/" + std::to_string(i));
  bytes += "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" +
           Get("/last", "Connection: close\r\n");
  ASSERT_TRUE(client.Send(bytes));
  for (int i = 0; i < 50; ++i)
    EXPECT_NE(client.ReadAnswer().find("GET /" + std::to_string(i) + "\n"), std::string::npos);
  EXPECT_NE(client.ReadAnswer().find("POST /body\nabc"), std::string::npos);
  std::string last = client.ReadAnswer();
  EXPECT_NE(last.find("GET /last"), std::string::npos);
  EXPECT_NE(last.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(client.WaitForEnd(std::chrono::seconds(5)));
}

TEST(HttpServer, ARequestMayComeByteByByte) {
  TestHttpsServer server(Echo);
  RawTlsClient client(server.port());
  std::string bytes =
      "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;e=f\r\nde\r\n0\r\nT: "
      "t\r\n\r\n";
  for (char c : bytes) ASSERT_TRUE(client.Send({&c, 1}));
  EXPECT_NE(client.ReadAnswer().find("POST /x\nabcde"), std::string::npos);
  ASSERT_TRUE(client.Send(Get("/next")));
  EXPECT_NE(client.ReadAnswer().find("GET /next"), std::string::npos);
}

TEST(HttpServer, ServesManyConnectionsAtOnce) {
  ServerOptions options;
  options.io_threads = 2;
  options.worker_threads = 4;
  TestHttpsServer server(Echo, options);
  constexpr int kConnections = 100;
  std::atomic<int> good = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kConnections; ++i)
    threads.emplace_back([&, i] {
      HttpClient client(server.ClientOptions());
      std::string path = "/" + std::to_string(i);
      for (int n = 0; n < 3; ++n) {
        auto response = client.Fetch(To(server.Url(path)));
        if (response && response->body == "GET " + path + "\n") ++good;
      }
    });
  threads.clear();
  EXPECT_EQ(good, 3 * kConnections);
  EXPECT_EQ(server.server().statistics().requests, 3U * kConnections);
}

TEST(HttpServer, LargeBodiesGoBothWays) {
  ServerOptions options;
  options.body_limit = [](const ServerRequest&) { return std::size_t{32} << 20U; };
  TestHttpsServer server(Echo, options);
  HttpClient client(server.ClientOptions());
  HttpRequest request = To(server.Url("/"));
  request.method = "PUT";
  request.body.assign(20U << 20U, 'x');
  auto response = client.Fetch(request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "PUT /\n" + request.body);
}

TEST(HttpServer, HeadHasTheFieldsWithoutTheBody) {
  TestHttpsServer server(Echo);
  RawTlsClient client(server.port());
  ASSERT_TRUE(client.Send("HEAD /abc HTTP/1.1\r\nHost: x\r\n\r\n" + Get("/next")));
  std::string head = client.ReadUntil("GET /next");
  EXPECT_NE(head.find("Content-Length: 10\r\n"), std::string::npos) << head;
  EXPECT_EQ(head.find("HEAD /abc"), std::string::npos);
}

TEST(HttpServer, StatusWithoutABody) {
  TestHttpsServer server(
      [](ServerRequest, Responder responder) { responder.Send({204, {}, "never sent", nullptr}); });
  RawTlsClient client(server.port());
  ASSERT_TRUE(client.Send(Get("/") + Get("/")));
  EXPECT_EQ(client.ReadAnswer().substr(0, 12), "HTTP/1.1 204");
  std::string second = client.ReadAnswer();
  EXPECT_EQ(second.substr(0, 12), "HTTP/1.1 204");
  EXPECT_EQ(second.find("Content-Length"), std::string::npos);
}

TEST(HttpServer, RefusesWhatConfusesProxies) {
  TestHttpsServer server(Echo);
  using namespace std::string_literals;
  const std::pair<std::string, std::string> cases[] = {
      {"GET / HTTP/1.1\r\n\r\n", "400"},  // no Host
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", "400"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\na", "400"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\na", "400"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na", "400"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "400"},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
       "400"},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501"},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n", "501"},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n", "501"},
      {"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", "400"},  // folded
      {"GET / HTTP/1.1\r\nHost : x\r\n\r\n", "400"},
      {"GET / HTTP/1.1\nHost: x\n\n", "501"},  // taken for a strange version
      {"GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n"s, "400"},
      {"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n"s, "400"},
      {"GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
      {"GET /../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
      {"GET /%2e%2e%2fetc HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
      {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
      {"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", "501"},
      {"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", "501"},
      {"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", "501"},
      {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", "501"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "501"},
      {"\x16\x03\x01", "400"},
      {"hello\r\n\r\n", "400"},
  };
  for (const auto& [bytes, status] : cases)
    EXPECT_EQ(StatusOf(server.port(), bytes), "HTTP/1.1 " + status) << bytes;
  EXPECT_EQ(server.server().statistics().requests, 0U);
  EXPECT_EQ(server.server().statistics().requests_refused, std::size(cases));
}

TEST(HttpServer, HttpOneZeroIsAnsweredAndClosed) {
  TestHttpsServer server(Echo);
  RawTlsClient client(server.port());
  ASSERT_TRUE(client.Send("GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  std::string answer = client.ReadToEnd();
  EXPECT_NE(answer.find("GET /old"), std::string::npos);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST(HttpServer, ContinueIsSentBeforeTheBody) {
  TestHttpsServer server(Echo);
  RawTlsClient client(server.port());
  ASSERT_TRUE(client.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.ReadAnswer(), "HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_TRUE(client.Send("ab"));
  EXPECT_NE(client.ReadAnswer().find("POST /\nab"), std::string::npos);
}

TEST(HttpServer, PlainHttpIsToldToUseHttps) {
  TestHttpsServer server(Echo);
  HttpClient client;
  auto response = client.Fetch(To("http://127.0.0.1:" + std::to_string(server.port()) + "/"));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 400);
  EXPECT_EQ(response->body, "This port speaks HTTPS: use an https:// URL\n");
}

TEST(HttpServer, AHandlerThatFailsIsA500) {
  TestHttpsServer server([](ServerRequest request, Responder responder) {
    if (request.path == "/throw") throw std::runtime_error("secret detail");
    if (request.path == "/forget") return;
    if (request.path == "/twice") {
      responder.Send({201, {}, "first", nullptr});
      EXPECT_EQ(responder.StartEventStream(), nullptr);
    }
    responder.Send({200, {}, "second", nullptr});
  });
  HttpClient client(server.ClientOptions());
  for (std::string_view path : {"/throw", "/forget"}) {
    auto response = client.Fetch(To(server.Url(path)));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 500) << path;
    EXPECT_EQ(response->Header("content-type"), "application/problem+json");
    EXPECT_EQ(response->body.find("secret"), std::string::npos);
  }
  EXPECT_EQ(client.Fetch(To(server.Url("/twice")))->body, "first");
  EXPECT_EQ(client.Fetch(To(server.Url("/")))->body, "second");
}

TEST(HttpServer, AnAnswerMayComeLaterFromAnotherThread) {
  std::vector<std::jthread> threads;
  TestHttpsServer server([&](ServerRequest, Responder responder) {
    threads.emplace_back([responder] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      responder.Send({200, {}, "late", nullptr});
    });
  });
  HttpClient client(server.ClientOptions());
  EXPECT_EQ(client.Fetch(To(server.Url("/")))->body, "late");
}

TEST(HttpServer, HeadersOfAnAnswerCannotBeSplit) {
  TestHttpsServer server([](ServerRequest, Responder responder) {
    responder.Send(
        {200, {{"X-Bad", "a\r\nSet-Cookie: b"}, {"Content-Length", "9"}, {"X-Good", "1"}}, "ok", nullptr});
  });
  RawTlsClient client(server.port());
  ASSERT_TRUE(client.Send(Get("/")));
  std::string answer = client.ReadAnswer();
  EXPECT_EQ(answer.find("Set-Cookie"), std::string::npos);
  EXPECT_NE(answer.find("X-Good: 1\r\n"), std::string::npos);
  EXPECT_NE(answer.find("Content-Length: 2\r\n"), std::string::npos);
}

TEST(HttpServer, RequestBodiesAreUnpacked) {
  TestHttpsServer server(Echo);
  HttpClient client(server.ClientOptions());
  std::string text(60'000, 'z'), zstd(ZSTD_compressBound(text.size()), '\0');
  zstd.resize(ZSTD_compress(zstd.data(), zstd.size(), text.data(), text.size(), 3));
  HttpRequest request = To(server.Url("/"));
  request.method = "POST";
  for (const auto& [coding, body] : {std::pair{"zstd", zstd}, std::pair{"gzip", GzipContent(text)}}) {
    request.body = body;
    request.headers = {{"Content-Encoding", coding}};
    auto response = client.Fetch(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "POST /\n" + text) << coding;
  }
  request.headers = {{"Content-Encoding", "br"}};
  auto refused = client.Fetch(request);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 415);
  EXPECT_EQ(refused->Header("accept-encoding"), "zstd, gzip");
  request.headers = {{"Content-Encoding", "zstd"}};
  EXPECT_EQ(client.Fetch(request)->status, 400);
}

TEST(HttpServer, AnswersArePackedForThoseWhoTakeIt) {
  auto cached = std::make_shared<const std::string>(5000, 's');
  TestHttpsServer server([&](ServerRequest request, Responder responder) {
    ServerResponse out;
    out.headers = {{"Content-Type", request.path == "/png" ? "image/png" : "application/json"},
                   {"ETag", "\"1\""}};
    out.body.assign(request.path == "/small" ? 1024 : 5000, 'x');
    if (request.path == "/cached") out.shared_body = cached;
    responder.Send(std::move(out));
  });
  HttpClient client(server.ClientOptions());
  auto fetch = [&](std::string_view path, std::string accept) {
    HttpRequest request = To(server.Url(path));
    if (!accept.empty()) request.headers = {{"Accept-Encoding", std::move(accept)}};
    return client.Fetch(request).value();
  };
  HttpResponse packed = fetch("/", "gzip, br");
  EXPECT_EQ(packed.Header("content-encoding"), "gzip");
  EXPECT_EQ(packed.Header("vary"), "Accept-Encoding");
  EXPECT_EQ(packed.Header("etag"), "W/\"1\"");
  EXPECT_LT(packed.body.size(), 200U);
  EXPECT_EQ(DecodeContent("gzip", packed.body, 5000).value_or(""), std::string(5000, 'x'));
  EXPECT_EQ(DecodeContent("gzip", fetch("/cached", "gzip").body, 5000).value_or(""), *cached);
  EXPECT_EQ(fetch("/cached", "").body, *cached);
  for (auto [path, accept] : {std::pair{"/", ""}, std::pair{"/", "gzip;q=0"}, std::pair{"/small", "gzip"},
                              std::pair{"/png", "gzip"}}) {
    HttpResponse plain = fetch(path, accept);
    EXPECT_EQ(plain.Header("content-encoding"), "") << path;
    EXPECT_GE(plain.body.size(), 1024U) << path;
  }
}

TEST(HttpServer, ListensWhereItIsTold) {
  auto start = [](std::vector<std::string> listen) {
    ServerOptions options;
    options.listen = std::move(listen);
    auto made = CertificateAuthority::Create().value().IssueServer({"localhost"}).value();
    options.identities = {{{}, made.certificate_pem, made.key_pem, false, {}}};
    return HttpServer::Start(std::move(options), Echo);
  };
  auto both = start({"127.0.0.1:0", "[::1]:0"});
  ASSERT_TRUE(both) << both.error().message;
  ASSERT_EQ((*both)->addresses().size(), 2U);
  EXPECT_EQ((*both)->addresses()[0], "127.0.0.1:" + std::to_string((*both)->port()));
  EXPECT_TRUE((*both)->addresses()[1].starts_with("[::1]:"));
  EXPECT_FALSE(start({(*both)->addresses()[0]}));
  for (std::string_view bad :
       {"", "x", "127.0.0.1", "127.0.0.1:65536", "::1:80", "host:80", "[127.0.0.1]:80"})
    EXPECT_FALSE(start({std::string(bad)})) << bad;
  EXPECT_FALSE(HttpServer::Start({}, Echo));  // no identity
}

}  // namespace
}  // namespace weir::net
