#include "net/http_client.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "net/testing.h"

namespace weir::net {
namespace {

HttpRequest Get(const std::string& url) {
  HttpRequest request;
  request.url = url;
  return request;
}

TestResponse RedirectTo(const std::string& location, int status = 302) {
  TestResponse response;
  response.status = status;
  response.headers.emplace_back("Location", location);
  return response;
}

TEST(HttpClient, FetchesBodyAndHeaders) {
  TestServer server([](const TestRequest&) {
    TestResponse response;
    response.body = "hello";
    response.headers.emplace_back("X-Thing", "  a: b ");
    return response;
  });
  HttpClient client;
  auto response = client.Fetch(Get(server.Url("/x")));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "hello");
  EXPECT_EQ(response->Header("x-thing"), "a: b");
  EXPECT_EQ(response->effective_url, server.Url("/x"));
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(server.requests()[0].Header("user-agent"), "weir");
}

TEST(HttpClient, AnErrorStatusIsAResponse) {
  TestServer server(ServeFiles({}));
  HttpClient client;
  auto response = client.Fetch(Get(server.Url("/none")), [](std::string_view) { return true; });
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 404);
}

TEST(HttpClient, SendsMethodBodyAndHeaders) {
  TestServer server([](const TestRequest&) { return TestResponse{}; });
  HttpClient client;
  HttpRequest request = Get(server.Url("/post"));
  request.method = "POST";
  request.body = "a=1";
  request.headers = {{"Content-Type", "text/plain"}, {"X-Empty", ""}};
  ASSERT_TRUE(client.Fetch(request));
  request.method = "DELETE";
  request.body.clear();
  ASSERT_TRUE(client.Fetch(request));
  auto seen = server.requests();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].method, "POST");
  EXPECT_EQ(seen[0].body, "a=1");
  EXPECT_EQ(seen[0].Header("content-type"), "text/plain");
  EXPECT_EQ(seen[1].method, "DELETE");
}

TEST(HttpClient, RefusesHeadersWithLineBreaks) {
  HttpClient client;
  HttpRequest request = Get("http://127.0.0.1:1/");
  request.headers = {{"X", "a\r\nAuthorization: b"}};
  auto response = client.Fetch(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kInvalidArgument);
}

TEST(HttpClient, OnlyHttp) {
  HttpClient client;
  for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "no url at all"}) {
    auto response = client.Fetch(Get(url));
    ASSERT_FALSE(response) << url;
    EXPECT_EQ(response.error().code, Code::kInvalidArgument) << response.error().message;
  }
}

TEST(HttpClient, FollowsRelativeRedirects) {
  TestServer server([](const TestRequest& request) {
    if (request.target == "/a/b") return RedirectTo("../c?x=1", 301);
    TestResponse response;
    response.body = request.target;
    return response;
  });
  HttpClient client;
  auto response = client.Fetch(Get(server.Url("/a/b")));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "/c?x=1");
  EXPECT_EQ(response->effective_url, server.Url("/c?x=1"));
}

TEST(HttpClient, RedirectsEndAtFive) {
  TestServer server([](const TestRequest& request) { return RedirectTo(request.target + "x"); });
  HttpClient client;
  auto response = client.Fetch(Get(server.Url("/")));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kLimitExceeded);
  EXPECT_EQ(server.requests().size(), 6U);
}

TEST(HttpClient, RefusesRedirectsToOtherProtocols) {
  TestServer server([](const TestRequest&) { return RedirectTo("file:///etc/passwd"); });
  HttpClient client;
  auto response = client.Fetch(Get(server.Url("/")));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kPermissionDenied);
}

TEST(HttpClient, CredentialsStayWithTheFirstHost) {
  TestServer other([](const TestRequest&) { return TestResponse{}; });
  TestServer first([&](const TestRequest& request) {
    return request.target == "/here" ? RedirectTo(other.Url("/there")) : RedirectTo("/here");
  });
  HttpClient client;
  HttpRequest request = Get(first.Url("/"));
  request.username = "user";
  request.password = "pass";
  request.headers = {{"Cookie", "a=b"}, {"Accept", "text/plain"}};
  ASSERT_TRUE(client.Fetch(request));
  ASSERT_EQ(first.requests().size(), 2U);
  EXPECT_EQ(first.requests()[1].Header("authorization"), "Basic dXNlcjpwYXNz");
  EXPECT_EQ(first.requests()[1].Header("cookie"), "a=b");
  ASSERT_EQ(other.requests().size(), 1U);
  EXPECT_EQ(other.requests()[0].Header("authorization"), "");
  EXPECT_EQ(other.requests()[0].Header("cookie"), "");
  EXPECT_EQ(other.requests()[0].Header("accept"), "text/plain");

  request.username.clear();
  request.headers = {{"AUTHORIZATION", "Bearer t"}};
  ASSERT_TRUE(client.Fetch(request));
  EXPECT_EQ(first.requests()[3].Header("authorization"), "Bearer t");
  EXPECT_EQ(other.requests()[1].Header("authorization"), "");
}

TEST(HttpClient, BodiesStayWithTheFirstHost) {
  TestServer other([](const TestRequest&) { return TestResponse{}; });
  TestServer server([&](const TestRequest& request) {
    return request.target == "/there" ? TestResponse{}
                                      : RedirectTo(request.target == "/a" ? other.Url("/") : "/there", 307);
  });
  HttpClient client;
  HttpRequest request = Get(server.Url("/a"));
  request.method = "POST";
  request.body = "refresh_token=secret";
  auto away = client.Fetch(request);
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().code, Code::kPermissionDenied);
  EXPECT_TRUE(other.requests().empty());
  request.url = server.Url("/b");
  ASSERT_TRUE(client.Fetch(request));
  EXPECT_EQ(server.requests().back().body, request.body);
}

TEST(HttpClient, QueriesAreNotShown) {
  HttpClient client;
  auto response = client.Fetch(Get("http://127.0.0.1:1/x?signature=secret"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().message.find("secret"), std::string::npos) << response.error().message;
  EXPECT_NE(response.error().message.find("127.0.0.1:1/x"), std::string::npos);
}

TEST(HttpClient, CredentialsInTheUrlAreUsedButNeverShown) {
  TestServer server(ServeFiles({}));
  HttpClient client;
  std::string url = server.Url("/x");
  url.insert(7, "user:secret@");
  auto response = client.Fetch(Get(url));
  ASSERT_TRUE(response);
  EXPECT_EQ(server.requests()[0].Header("authorization"), "Basic dXNlcjpzZWNyZXQ=");
  EXPECT_EQ(response->effective_url.find("secret"), std::string::npos);
}

TEST(HttpClient, ResumesWhereTheServerCan) {
  TestServer server(ServeFiles({{"/f", "0123456789"}}));
  HttpClient client;
  HttpRequest request = Get(server.Url("/f"));
  request.resume_from = 4;
  bool resumed_in_time = false;
  request.on_headers = [&](const HttpResponse& response) { return resumed_in_time = response.resumed; };
  std::string got;
  auto response = client.Fetch(request, [&](std::string_view bytes) {
    got += bytes;
    return true;
  });
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_TRUE(response->resumed);
  EXPECT_TRUE(resumed_in_time);
  EXPECT_EQ(got, "456789");
}

TEST(HttpClient, AServerWithoutRangesStartsAnew) {
  TestServer server([](const TestRequest&) {
    TestResponse response;
    response.body = "0123456789";
    return response;
  });
  HttpClient client;
  HttpRequest request = Get(server.Url("/f"));
  request.resume_from = 4;
  auto response = client.Fetch(request);
  ASSERT_TRUE(response);
  EXPECT_FALSE(response->resumed);
  EXPECT_EQ(response->body, "0123456789");
}

TEST(HttpClient, RefusesAnotherRange) {
  TestServer server([](const TestRequest&) {
    TestResponse response;
    response.status = 206;
    response.headers.emplace_back("Content-Range", "bytes 0-9/10");
    response.body = "0123456789";
    return response;
  });
  HttpClient client;
  HttpRequest request = Get(server.Url("/f"));
  request.resume_from = 4;
  auto response = client.Fetch(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kMalformed);
}

TEST(HttpClient, BoundsTheBody) {
  TestServer server(ServeFiles({{"/f", std::string(100'000, 'x')}}));
  HttpClient client;
  HttpRequest request = Get(server.Url("/f"));
  request.max_body_bytes = 100'000;
  EXPECT_TRUE(client.Fetch(request));
  request.max_body_bytes = 99'999;
  auto response = client.Fetch(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kLimitExceeded);
  request.resume_from = 50'000;  // the part that is there already counts
  EXPECT_FALSE(client.Fetch(request));
}

TEST(HttpClient, BoundsTheHeaders) {
  TestServer server([](const TestRequest&) {
    TestResponse response;
    for (int i = 0; i < 400; ++i) response.headers.emplace_back("X-Fill", std::string(1000, 'x'));
    return response;
  });
  HttpClient client;
  auto response = client.Fetch(Get(server.Url("/")));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kLimitExceeded);
}

TEST(HttpClient, ATruncatedBodyIsAnError) {
  TestServer server([](const TestRequest&) {
    TestResponse response;
    response.body = "0123456789";
    response.send_bytes = 5;
    return response;
  });
  HttpClient client;
  std::string got;
  auto response = client.Fetch(Get(server.Url("/")), [&](std::string_view bytes) {
    got += bytes;
    return true;
  });
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kUnavailable);
  EXPECT_EQ(got, "01234");
}

TEST(HttpClient, GivesUpOnAStalledAnswer) {
  TestServer server([](const TestRequest&) {
    TestResponse response;
    response.body = "0123456789";
    response.send_bytes = 5;
    response.hang = true;
    return response;
  });
  HttpClient client;
  HttpRequest request = Get(server.Url("/"));
  request.stall_timeout_seconds = 1;
  auto response = client.Fetch(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kDeadlineExceeded);
}

TEST(HttpClient, TheTotalTimeIsBounded) {
  TestServer server([](const TestRequest&) {
    TestResponse response;
    response.body = "x";
    response.send_bytes = 0;
    response.hang = true;
    return response;
  });
  HttpClient client;
  HttpRequest request = Get(server.Url("/"));
  request.total_timeout_seconds = 1;
  auto response = client.Fetch(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kDeadlineExceeded);
}

TEST(HttpClient, TheSinkCanStop) {
  TestServer server(ServeFiles({{"/f", std::string(100'000, 'x')}}));
  HttpClient client;
  auto response = client.Fetch(Get(server.Url("/f")), [](std::string_view) { return false; });
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kCancelled);
}

TEST(HttpClient, SpeaksThroughAUnixSocket) {
  std::string path = testing::TempDir() + "weir_http_" + std::to_string(::getpid()) + ".sock";
  {
    TestServer server(ServeFiles({{"/v1/info", "ok"}}), path);
    HttpClient client;
    HttpRequest request = Get("http://daemon/v1/info");
    request.unix_socket = path;
    auto response = client.Fetch(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "ok");
    EXPECT_EQ(server.requests()[0].Header("host"), "daemon");
  }
  ::unlink(path.c_str());
}

TEST(HttpClient, AnUnreachableServerIsUnavailable) {
  HttpClient client;
  HttpRequest request = Get("http://daemon/");
  request.unix_socket = "/nonexistent.sock";
  auto response = client.Fetch(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace weir::net
