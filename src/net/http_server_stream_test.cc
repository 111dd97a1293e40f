// Event streams, and how the server stops.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <thread>

#include "net/event_reader.h"
#include "net/server_testing.h"

namespace weir::net {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

bool Within(milliseconds time, const std::function<bool()>& condition) {
  for (auto until = Clock::now() + time; Clock::now() < until;) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return condition();
}

/// A server whose every request opens a stream.
struct StreamServer {
  explicit StreamServer(ServerOptions options = {})
      : server([this](ServerRequest,
                      Responder responder) { opened.set_value(responder.StartEventStream({{"X-A", "b"}})); },
               std::move(options)) {}
  std::promise<std::shared_ptr<EventStream>> opened;
  TestHttpsServer server;
  std::shared_ptr<EventStream> Stream() { return opened.get_future().get(); }
};

TEST(EventStream, EventsArrive) {
  StreamServer test;
  RawTlsClient client(test.server.port());
  ASSERT_TRUE(client.Send(kGet));
  auto stream = test.Stream();
  ASSERT_TRUE(stream);
  std::string head = client.ReadUntil("\r\n\r\n");
  EXPECT_NE(head.find("Content-Type: text/event-stream\r\n"), std::string::npos);
  EXPECT_NE(head.find("X-A: b\r\n"), std::string::npos);
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  EXPECT_EQ(test.server.server().statistics().open_streams, 1U);
  EXPECT_TRUE(stream->Send(FormatEvent("scan", "1", "first")));
  EXPECT_NE(client.ReadUntil("first\n\n").find("id: 1\nevent: scan\ndata: first\n\n"), std::string::npos);
  EXPECT_TRUE(stream->Send(FormatEvent("", "2", "second")));
  stream->Close();
  EXPECT_NE(client.ReadToEnd().find("second"), std::string::npos);
  EXPECT_FALSE(stream->Send("x"));
}

TEST(EventStream, ManySendersLoseNothing) {
  StreamServer test;
  std::vector<ServerEvent> events;
  std::jthread reader([&] {
    HttpClient client(test.server.ClientOptions());
    HttpRequest request;
    request.url = test.server.Url("/events");
    EventReader parser;
    auto response =
        client.Fetch(request, [&](std::string_view bytes) { return parser.Feed(bytes, events).has_value(); });
    EXPECT_TRUE(response) << response.error().message;
  });
  auto stream = test.Stream();
  std::vector<std::jthread> senders;
  for (int sender = 0; sender < 4; ++sender)
    senders.emplace_back([&, sender] {
      for (int i = 0; i < 1000; ++i)
        EXPECT_TRUE(stream->Send(FormatEvent("e", std::to_string(sender) + "-" + std::to_string(i), "data")));
    });
  senders.clear();
  stream->Close();
  reader.join();
  EXPECT_EQ(events.size(), 4000U);
}

TEST(EventStream, ASlowReaderIsDisconnected) {
  ServerOptions options;
  options.limits.stream_buffer_bytes = 100'000;
  StreamServer test(options);
  RawTlsClient client(test.server.port(), {.receive_buffer = 4096});
  ASSERT_TRUE(client.Send(kGet));
  auto stream = test.Stream();
  std::atomic<bool> closed = false;
  stream->OnClose([&] { closed = true; });
  const std::string event = FormatEvent("e", "1", std::string(10'000, 'x'));
  int sent = 0;
  while (sent < 10'000 && stream->Send(event)) ++sent;
  EXPECT_LT(sent, 10'000);  // socket buffers took some, then it was over
  EXPECT_TRUE(Within(milliseconds(3000), [&] { return closed.load(); }));
  EXPECT_EQ(test.server.server().statistics().streams_dropped, 1U);
  EXPECT_TRUE(
      Within(milliseconds(3000), [&] { return test.server.server().statistics().open_connections == 0; }));
}

TEST(EventStream, AClientThatLeavesIsNoticed) {
  StreamServer test;
  auto client = std::make_unique<RawTlsClient>(test.server.port());
  ASSERT_TRUE(client->Send(kGet));
  auto stream = test.Stream();
  std::atomic<int> closed = 0;
  stream->OnClose([&] { ++closed; });
  client->ReadUntil("\r\n\r\n");
  EXPECT_EQ(closed, 0);
  client.reset();
  EXPECT_TRUE(Within(milliseconds(3000), [&] { return closed == 1; }));
  EXPECT_FALSE(stream->Send("x"));
  stream->OnClose([&] { ++closed; });  // at once, as it is closed
  EXPECT_EQ(closed, 2);
}

TEST(EventStream, SilenceIsFilledWithComments) {
  ServerOptions options;
  options.limits.stream_comment_interval = milliseconds(100);
  options.limits.idle_time = milliseconds(200);  // is not meant for streams
  options.limits.header_time = milliseconds(200);
  StreamServer test(options);
  RawTlsClient client(test.server.port());
  ASSERT_TRUE(client.Send(kGet));
  auto stream = test.Stream();
  std::string got = client.ReadUntil(": keep-alive\n\n: keep-alive\n\n: keep-alive\n\n: keep-alive\n\n");
  EXPECT_NE(got.find(": keep-alive\n\n: keep-alive\n\n: keep-alive\n\n: keep-alive\n\n"), std::string::npos);
  EXPECT_TRUE(stream->Send("data: x\n\n"));
}

TEST(EventStream, OutlivesItsServer) {
  std::shared_ptr<EventStream> stream;
  std::atomic<int> closed = 0;
  {
    StreamServer test;
    RawTlsClient client(test.server.port());
    ASSERT_TRUE(client.Send(kGet));
    stream = test.Stream();
    stream->OnClose([&] { ++closed; });
  }
  EXPECT_EQ(closed, 1);
  EXPECT_FALSE(stream->Send("x"));
  stream->Close();
}

TEST(HttpServerStop, RunningRequestsEndFirst) {
  std::latch entered(1);
  TestHttpsServer server([&](ServerRequest, Responder responder) {
    entered.count_down();
    std::this_thread::sleep_for(milliseconds(300));
    responder.Send({200, {}, "done", nullptr});
  });
  RawTlsClient busy(server.port()), idle(server.port());
  ASSERT_TRUE(busy.Send(kGet));
  entered.wait();
  std::jthread stopper([&] { server.server().Stop(); });
  EXPECT_TRUE(idle.WaitForEnd(milliseconds(250)));
  std::string answer = busy.ReadAnswer();
  EXPECT_NE(answer.find("done"), std::string::npos);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  busy.WaitForEnd(milliseconds(3000));
  stopper.join();
  EXPECT_FALSE(RawTlsClient(server.port()).ok());
  server.server().Stop();  // again is no harm
}

TEST(HttpServerStop, StreamsAreClosedAfterTheirLastEvents) {
  StreamServer test;
  RawTlsClient client(test.server.port());
  ASSERT_TRUE(client.Send(kGet));
  auto stream = test.Stream();
  stream->Send("data: last words\n\n");
  std::jthread stopper([&] { test.server.server().Stop(); });
  EXPECT_NE(client.ReadToEnd().find("last words"), std::string::npos);
}

TEST(HttpServerStop, DoesNotWaitForThoseWhoDawdle) {
  ServerOptions options;
  options.limits.stop_time = milliseconds(200);
  TestHttpsServer server([](ServerRequest, Responder responder) { responder.Send({}); }, options);
  RawTlsClient half(server.port());
  ASSERT_TRUE(half.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab"));
  std::this_thread::sleep_for(milliseconds(50));
  auto start = Clock::now();
  server.server().Stop();
  EXPECT_LT(Clock::now() - start, milliseconds(2000));
}

TEST(HttpServerStop, AnAnswerAfterTheEndIsDropped) {
  std::promise<Responder> kept;
  ServerOptions options;
  options.limits.stop_time = milliseconds(100);
  auto server = std::make_unique<TestHttpsServer>(
      [&](ServerRequest, Responder responder) { kept.set_value(responder); }, options);
  RawTlsClient client(server->port());
  ASSERT_TRUE(client.Send(kGet));
  Responder responder = kept.get_future().get();
  server.reset();
  responder.Send({200, {}, "too late", nullptr});
  EXPECT_EQ(client.ReadToEnd().find("too late"), std::string::npos);
}

TEST(HttpServerStop, StopUnderLoad) {
  for (int round = 0; round < 5; ++round) {
    ServerOptions options;
    options.io_threads = 2;
    auto server = std::make_unique<TestHttpsServer>(
        [](ServerRequest request, Responder responder) {
          if (request.path == "/stream") {
            auto stream = responder.StartEventStream();
            for (int i = 0; i < 5; ++i) stream->Send("data: x\n\n");
            return;
          }
          responder.Send({200, {}, "ok", nullptr});
        },
        options);
    std::vector<std::jthread> clients;
    const HttpOptions client_options = server->ClientOptions();
    const std::string url = server->Url("");
    for (int i = 0; i < 8; ++i)
      clients.emplace_back([&, i] {
        HttpClient client(client_options);
        HttpRequest request;
        request.url = url + (i % 2 == 0 ? "/stream" : "/x");
        while (client.Fetch(request)) {
        }
      });
    std::this_thread::sleep_for(milliseconds(100));
    server.reset();
  }
}

TEST(HttpClientCancel, EndsAFetchAtOnce) {
  StreamServer test;
  HttpClient client(test.server.ClientOptions());
  HttpRequest request;
  request.url = test.server.Url("/");
  std::jthread canceller([&] {
    test.Stream();
    std::this_thread::sleep_for(milliseconds(100));
    client.Cancel();
  });
  auto start = Clock::now();
  auto response = client.Fetch(request, [](std::string_view) { return true; });
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kCancelled);
  EXPECT_LT(Clock::now() - start, milliseconds(900));
  auto later = client.Fetch(request);
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().code, Code::kCancelled);
}

TEST(HttpClientRedirects, MayBeLeftToTheCaller) {
  TestHttpsServer server([](ServerRequest, Responder responder) {
    responder.Send({302, {{"Location", "https://elsewhere.example/"}}, "moved", nullptr});
  });
  HttpOptions options = server.ClientOptions();
  options.follow_redirects = false;
  HttpClient client(options);
  HttpRequest request;
  request.url = server.Url("/");
  auto response = client.Fetch(request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(response->body, "moved");
}

}  // namespace
}  // namespace weir::net
