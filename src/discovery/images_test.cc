#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "discovery/containers.h"
#include "discovery/testing.h"

namespace weir::discovery {
namespace {

namespace fs = std::filesystem;

const std::string kData = WEIR_SOURCE_DIR "/tests/data/images";
const std::string kImage = "sha256:afc6f1381ca18097f4e31bf20345b5847cff878372cd7a38713b22d6ec756d64";

void AddPodman(const FakeHost& host, const std::string& storage) {
  for (const char* part : {"overlay-images", "overlay-layers"}) {
    fs::create_directories(host.root() / storage);
    fs::copy(kData + "/podman/" + part, host.root() / storage / part, fs::copy_options::recursive);
  }
}
void AddContainerd(const FakeHost& host, const std::string& store) {
  fs::create_directories(host.root() / store / "io.containerd.metadata.v1.bolt");
  fs::copy(kData + "/containerd/meta.db", host.root() / store / "io.containerd.metadata.v1.bolt/meta.db");
  fs::create_directories(host.root() / store / "io.containerd.content.v1.content");
  fs::copy(kData + "/containerd/blobs", host.root() / store / "io.containerd.content.v1.content/blobs",
           fs::copy_options::recursive);
}

TEST(Images, PodmanAndContainerdAreReadFromTheirState) {
  FakeHost host;
  AddPodman(host, "var/lib/containers/storage");
  AddContainerd(host, "var/lib/rancher/k3s/agent/containerd");
  std::vector<Error> errors;
  std::vector<model::ImageInfo> images = ListImages(host.options(), &errors);
  EXPECT_TRUE(errors.empty());
  ASSERT_EQ(images.size(), 2U);
  EXPECT_EQ(images[0].runtime, "containerd");
  EXPECT_EQ(images[0].driver, "k8s.io");
  EXPECT_EQ(images[0].manifest_digest,
            "sha256:e874a1604b4f45afc956f00c0f3a0c72a49c5416504f4737d6b5aa7140aeae36");
  EXPECT_EQ(images[1].runtime, "podman");
  EXPECT_EQ(images[1].driver, "overlay");
  for (const model::ImageInfo& image : images) {
    EXPECT_EQ(image.id, kImage);
    EXPECT_EQ(image.names, std::vector<std::string>{"docker.io/library/sample:1"});
    EXPECT_EQ(image.created.substr(0, 2), "20");
    EXPECT_GT(image.size_bytes, 10'000U);
  }
  EXPECT_EQ(ImageStateFiles(host.options()).size(), 3U);
}

TEST(Images, AreFoundByNameAndId) {
  FakeHost host;
  AddPodman(host, "var/lib/containers/storage");
  AddPodman(host, "home/ann/.local/share/containers/storage");
  EXPECT_EQ(ListImages(host.options(), nullptr).size(), 2U);
  for (const std::string& name : {std::string("sample:1"), std::string("library/sample:1"), kImage,
                                  kImage.substr(7, 12), std::string("docker.io/library/sample:1")}) {
    auto image = FindImage(host.options(), "podman", name);
    ASSERT_TRUE(image.has_value()) << name;
    EXPECT_EQ(image->id, kImage);
  }
  EXPECT_EQ(FindImage(host.options(), "podman", "sample").error().code, Code::kNotFound);
  EXPECT_EQ(FindImage(host.options(), "podman", "ample:1").error().code, Code::kNotFound);
  EXPECT_EQ(FindImage(host.options(), "docker", "sample:1").error().code, Code::kNotFound);
  EXPECT_EQ(FindImage(host.options(), "", "").error().code, Code::kInvalidArgument);
}

TEST(Images, AUsersStorageBehindALinkIsNotRead) {
  FakeHost host;
  AddPodman(host, "private/share/containers/storage");
  FakeHost::Link(host.root() / "home/eve/.local/share", host.root() / "private/share");
  FakeHost::Link(host.root() / "home/mallory", host.root() / "private");
  EXPECT_TRUE(ListImages(host.options(), nullptr).empty());
}

TEST(Images, GraphRootOfTheConfigurationIsLookedAt) {
  FakeHost host;
  FakeHost::Write(host.root() / "etc/containers/storage.conf",
                  "[storage]\ndriver = \"overlay\"\n# graphroot = \"/wrong\"\ngraphroot = \"/srv/images\"\n");
  AddPodman(host, "srv/images");
  EXPECT_EQ(ListImages(host.options(), nullptr).size(), 1U);
}

TEST(Images, OneBrokenRuntimeDoesNotHideTheOthers) {
  FakeHost host;
  AddPodman(host, "var/lib/containers/storage");
  FakeHost::Write(host.root() / "var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db", "nonsense");
  FakeHost::Write(host.root() / "home/bob/.local/share/containers/storage/overlay-images/images.json", "{");
  std::vector<Error> errors;
  EXPECT_EQ(ListImages(host.options(), &errors).size(), 1U);
  EXPECT_EQ(errors.size(), 2U);
  EXPECT_EQ(FindImage(host.options(), "", "other").error().code, Code::kUnavailable);
}

TEST(Images, DockersListIsRead) {
  auto images = ParseDockerImages(R"([{"Id":")" + kImage +
                                  R"(","RepoTags":["li:d"],"Created":1700000000,"Size":323},
          {"Id":")" + kImage + R"(","RepoTags":["<none>:<none>"],"Created":-5,"Size":-1},
          {"Id":")" + kImage + R"(","RepoTags":null}])");
  ASSERT_TRUE(images.has_value());
  ASSERT_EQ(images->size(), 3U);
  EXPECT_EQ((*images)[0].names, std::vector<std::string>{"li:d"});
  EXPECT_EQ((*images)[0].created, "2023-11-14T22:13:20Z");
  EXPECT_EQ((*images)[0].size_bytes, 323U);
  EXPECT_TRUE((*images)[1].names.empty());
  EXPECT_TRUE((*images)[2].names.empty());
  for (const char* text : {"", "{}", "[1]", R"([{"Id":"sha256:../../x"}])", R"([{"Id":"x"}])"})
    EXPECT_FALSE(ParseDockerImages(text).has_value()) << text;
}

}  // namespace
}  // namespace weir::discovery
