#include "target/registry_client.h"

#include "net/testing.h"
#include "target/image_test_support.h"

namespace weir::target {
namespace {

TEST(ImageReference, DefaultsAndParts) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  struct {
    std::string text, full;
  } cases[] = {
      {"alpine", "docker.io/library/alpine:latest"},
      {"alpine:3.19", "docker.io/library/alpine:3.19"},
      {"user/app", "docker.io/user/app:latest"},
      {"index.docker.io/alpine", "docker.io/library/alpine:latest"},
      {"docker://ghcr.io/a/b/c:v1", "ghcr.io/a/b/c:v1"},
      {"localhost/app", "localhost/app:latest"},
      {"localhost:5000/app:1", "localhost:5000/app:1"},
      {"127.0.0.1:5000/lab/bb:1@" + digest, "127.0.0.1:5000/lab/bb:1@" + digest},
      {"[::1]:5000/app", "[::1]:5000/app:latest"},
      {"r.example/app@" + digest, "r.example/app@" + digest},
      {"a__b/c-d.e---f", "docker.io/a__b/c-d.e---f:latest"},
      {"host.example:443/x:T_1.2-3", "host.example:443/x:T_1.2-3"},
  };
  for (const auto& c : cases) {
    Result<ImageReference> reference = ParseImageReference(c.text);
    ASSERT_TRUE(reference) << c.text << ": " << reference.error().message;
    EXPECT_EQ(reference->ToString(), c.full);
  }
  for (std::string_view bad :
       {"", "UPPER", "a//b", "a/", "/a", "a:b:c", "a@sha256:00", "a@md5:0", "-a", "a..b", "a___b", "host:0/x",
        "host:99999/x", "a b", "../x", "x:", "[zz]/x", "a/b?x=y", "a%2fb"})
    EXPECT_FALSE(ParseImageReference(bad)) << bad;
  EXPECT_EQ(ParseImageReference("alpine")->ApiHost(), "registry-1.docker.io");
  EXPECT_TRUE(ParseImageReference("127.0.0.1:5000/x")->IsLocal());
  EXPECT_FALSE(ParseImageReference("127.0.0.1.evil.example/x")->IsLocal());
}

TEST(RegistryCredentials, ChallengesAndBase64) {
  auto list =
      ParseChallenges(R"(Bearer realm="https://a/token?x=1,2",service="s \"q\"",scope=pull, Basic realm=x)");
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].scheme, "bearer");
  EXPECT_EQ(list[0].parameters["realm"], "https://a/token?x=1,2");
  EXPECT_EQ(list[0].parameters["service"], "s \"q\"");
  EXPECT_EQ(list[1].parameters["realm"], "x");
  EXPECT_TRUE(ParseChallenges("").empty());
  EXPECT_TRUE(ParseChallenges("=x").empty());
  for (std::string text : {"", "u", "us", "use", "user:p\xc3\xa4ss"})
    EXPECT_EQ(DecodeBase64(EncodeBase64(text)).value_or("?"), text);
  EXPECT_EQ(EncodeBase64("user:pass"), "dXNlcjpwYXNz");
  EXPECT_FALSE(DecodeBase64("a*b"));
}

TEST(RegistryCredentials, AuthFiles) {
  std::string file =
      R"({"auths":{"https://index.docker.io/v1/":{"auth":"dTE6cDE="},"r.example":{"auth":"dTI6cDI="},)"
      R"("r.example/team":{"auth":"dTM6cDM="},"empty.example":{}},"credHelpers":{"gcr.io":"gcloud"},"credsStore":"desktop"})";
  auto user = [&](std::string_view name) {
    return ParseAuthFile(file, *ParseImageReference(name))->username;
  };
  EXPECT_EQ(user("alpine"), "u1");
  EXPECT_EQ(user("r.example/x"), "u2");
  EXPECT_EQ(user("r.example/team/x"), "u3");
  EXPECT_EQ(user("r.example/teams/x"), "u2");
  EXPECT_EQ(ParseAuthFile(file, *ParseImageReference("gcr.io/x"))->helper, "docker-credential-gcloud");
  EXPECT_EQ(ParseAuthFile(file, *ParseImageReference("empty.example/x"))->helper,
            "docker-credential-desktop");
  EXPECT_FALSE(ParseAuthFile("[", *ParseImageReference("x")));
  EXPECT_FALSE(ParseAuthFile(R"({"auths":{"r.example":{"auth":"!"}}})", *ParseImageReference("r.example/x")));
}

/// A registry with one image, which asks for a token or for basic authentication.
class FakeRegistry {
 public:
  enum class Kind { kOpen, kToken, kBasic };
  explicit FakeRegistry(Kind kind)
      : kind_(kind), server_([this](const net::TestRequest& request) { return Answer(request); }) {
    for (auto& [name, content] : image.OciFiles()) files_[name] = content;
    blobs_ = std::make_unique<net::TestServer>([this](const net::TestRequest& request) {
      return net::TestResponse{200, {}, files_[request.target.substr(1)]};
    });
    // The registry serves the inner index under the tag.
    std::string index = files_["index.json"];
    std::size_t at = index.find("sha256:") + 7;
    files_["tag"] = files_["blobs/sha256/" + index.substr(at, 64)];
  }
  std::string name() const { return "127.0.0.1:" + std::to_string(server_.port()) + "/lab/app"; }
  Result<std::unique_ptr<Target>> Open(OpenOptions options = {}, const std::string& suffix = ":1") {
    options.plain_http = true;
    if (options.registry_auth.config_path.empty()) {  // never the files of whoever runs the test
      scratch_.File("auth.json", "{}");
      options.registry_auth.config_path = scratch_.Sub("auth.json");
    }
    return OpenTarget("registry:" + name() + suffix, options);
  }
  std::vector<net::TestRequest> blob_requests() const { return blobs_->requests(); }
  std::vector<net::TestRequest> requests() const { return server_.requests(); }

  TestImage image{{TarWriter().File("etc/os-release", "ID=x").Bytes(),
                   TarWriter().File("a", std::string(50'000, 'a')).Bytes()},
                  {}};
  bool corrupt = false, schema1 = false, break_once = false;
  std::string token = "t0ken";

 private:
  net::TestResponse Answer(const net::TestRequest& request) {
    if (request.target.starts_with("/token?")) {
      if (request.target.find("scope=repository%3Alab%2Fapp%3Apull") == std::string::npos)
        return {400, {}, ""};
      return {200, {}, R"({"token":")" + token + "\"}"};
    }
    std::string given = request.Header("authorization");
    if (kind_ == Kind::kToken && given != "Bearer " + token)
      return {
          401, {{"WWW-Authenticate", "Bearer realm=\"" + server_.Url("/token") + "\",service=\"test\""}}, ""};
    if (kind_ == Kind::kBasic && given != "Basic " + EncodeBase64("user:pass"))
      return {401,
              {{"WWW-Authenticate", "Basic realm=\"test\""}},
              R"({"errors":[{"code":"UNAUTHORIZED","message":"log in"}]})"};
    if (request.target == "/v2/") return {200, {}, "{}"};
    const std::string base = "/v2/lab/app/";
    if (schema1) return {200, {}, R"({"schemaVersion":1,"fsLayers":[]})"};
    if (request.target == base + "manifests/1")
      return {200, {{"Content-Type", "application/vnd.oci.image.index.v1+json"}}, files_["tag"]};
    std::size_t digest = request.target.find("sha256:");
    std::string file = digest == std::string::npos ? "" : "blobs/sha256/" + request.target.substr(digest + 7);
    if (!files_.contains(file))
      return {404, {}, R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"none"}]})"};
    if (request.target.starts_with(base + "manifests/")) return {200, {}, files_[file]};
    if (corrupt) return {200, {}, files_[file] + "x"};
    if (break_once && files_[file].size() > 10'000) {
      break_once = false;
      net::TestResponse cut{200, {}, files_[file]};
      cut.send_bytes = 5'000;
      return cut;
    }
    if (!request.Header("range").empty()) return {200, {}, files_[file]};
    return {307, {{"Location", blobs_->Url("/" + file)}}, ""};
  }

  Kind kind_;
  ScratchFolder scratch_;
  std::map<std::string, std::string> files_;
  std::unique_ptr<net::TestServer> blobs_;
  net::TestServer server_;
};

void ExpectWhole(Result<std::unique_ptr<Target>> target, const FakeRegistry& registry) {
  ASSERT_TRUE(target) << target.error().message;
  RecordingVisitor visitor;
  WalkResult result = WalkWith(**target, visitor);
  EXPECT_EQ(visitor.contents["etc/os-release"], "ID=x");
  EXPECT_EQ(visitor.contents["a"].size(), 50'000U);
  EXPECT_TRUE(result.problems.empty());
  EXPECT_EQ((*target)->asset().id, "sha256:" + Sha256(registry.image.Config()));
  EXPECT_TRUE((*target)->asset().image.starts_with(registry.name() + ":1@sha256:"))
      << (*target)->asset().image;
}

TEST(Registry, AnonymousTokenAndRedirectedBlobs) {
  FakeRegistry registry(FakeRegistry::Kind::kToken);
  ExpectWhole(registry.Open(), registry);
  ASSERT_FALSE(registry.blob_requests().empty());
  for (const net::TestRequest& request : registry.blob_requests())
    EXPECT_EQ(request.Header("authorization"), "") << "the token must stay with the registry";
}

TEST(Registry, BasicAuthenticationFromFileAndFlags) {
  FakeRegistry registry(FakeRegistry::Kind::kBasic);
  OpenOptions options;
  options.registry_auth.username = "user";
  options.registry_auth.password = "pass";
  ExpectWhole(registry.Open(options), registry);

  ScratchFolder scratch;
  std::string host = registry.name().substr(0, registry.name().find('/'));
  scratch.File("config.json",
               R"({"auths":{")" + host + R"(":{"auth":")" + EncodeBase64("user:pass") + "\"}}}");
  OpenOptions file;
  file.registry_auth.config_path = scratch.Sub("config.json");
  ExpectWhole(registry.Open(file), registry);

  Result<std::unique_ptr<Target>> refused = registry.Open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnauthenticated);
  scratch.File("helper.json", R"({"credsStore":"desktop"})");
  file.registry_auth.config_path = scratch.Sub("helper.json");
  EXPECT_NE(registry.Open(file).error().message.find("docker-credential-desktop"), std::string::npos);
}

TEST(Registry, TokenGivenByTheUser) {
  FakeRegistry registry(FakeRegistry::Kind::kToken);
  OpenOptions options;
  options.registry_auth.token = registry.token;
  ExpectWhole(registry.Open(options), registry);
  options.registry_auth.token = "other";
  EXPECT_EQ(registry.Open(options).error().code, Code::kUnauthenticated);
}

TEST(Registry, BrokenTransfersGoOnAndWrongBytesAreRefused) {
  FakeRegistry registry(FakeRegistry::Kind::kOpen);
  registry.break_once = true;
  ExpectWhole(registry.Open(), registry);
  registry.corrupt = true;
  Result<std::unique_ptr<Target>> target = registry.Open();
  ASSERT_FALSE(target);
  EXPECT_NE(target.error().message.find("came with the digest"), std::string::npos) << target.error().message;
}

TEST(Registry, WhatIsNotThereOrTooOldIsSaid) {
  FakeRegistry registry(FakeRegistry::Kind::kOpen);
  Result<std::unique_ptr<Target>> none = registry.Open({}, ":9");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::kNotFound);
  EXPECT_NE(none.error().message.find("MANIFEST_UNKNOWN"), std::string::npos);
  registry.schema1 = true;
  EXPECT_EQ(registry.Open().error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace weir::target
