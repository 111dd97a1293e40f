#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <set>

#include "target/containerd_image.h"
#include "target/image_test_support.h"
#include "target/podman_storage.h"
#include "target/stored_layers.h"

namespace weir::target {
namespace {

namespace fs = std::filesystem;

// What podman 4.3 and containerd 1.6 keep of one image of two layers: the second replaces one module, adds
// one and removes one.
const std::string kData = WEIR_SOURCE_DIR "/tests/data/images";
const std::string kImage = "sha256:afc6f1381ca18097f4e31bf20345b5847cff878372cd7a38713b22d6ec756d64";
const std::string kManifest = "sha256:e874a1604b4f45afc956f00c0f3a0c72a49c5416504f4737d6b5aa7140aeae36";
const std::string kLayers[] = {"533308af4b0edd4205c46bd65c26136ce62a48f60107b06848f459f63a030527",
                               "cd2d3c64d6e49c5b7f569a6a530662d40aa19079e96d2f61ee1fffc4f8d80da0"};
const std::string kModules = "/app/node_modules/";

std::string Module(const std::string& name, const std::string& version) {
  return "{\"name\":\"" + name + "\",\"version\":\"" + version + "\"}\n";
}

void WriteBase(const ScratchFolder& scratch, const std::string& folder) {
  scratch.File(folder + "/etc/os-release", "ID=alpine\nVERSION_ID=3.18.4\n");
  for (const char* name : {"old", "kept", "gone"})
    scratch.File(folder + kModules + name + "/package.json", Module(name, "1.0.0"));
}
void WriteTop(const ScratchFolder& scratch, const std::string& folder) {
  scratch.File(folder + kModules + "old/package.json", Module("old", "2.0.0"));
  scratch.File(folder + kModules + "added/package.json", Module("added", "1.0.0"));
}
/// As overlay has it, where that is allowed, else as fuse-overlayfs does.
void Remove(const ScratchFolder& scratch, const std::string& folder, const std::string& name) {
  if (::mknod(scratch.Sub(folder + "/" + name).c_str(), S_IFCHR, ::makedev(0, 0)) != 0)
    scratch.File(folder + "/.wh." + name, "");
}

model::ImageInfo Info(const std::string& runtime, const std::string& store, const std::string& driver) {
  model::ImageInfo info;
  info.id = kImage;
  info.names = {"docker.io/library/sample:1"};
  info.runtime = runtime;
  info.store = store;
  info.driver = driver;
  info.manifest_digest = kManifest;
  return info;
}

/// The storage of podman with the image in it.
std::string PodmanStore(const ScratchFolder& scratch, const std::string& driver) {
  std::string store = scratch.Sub(driver + "-store");
  fs::create_directories(store);
  fs::copy(kData + "/podman/overlay-images", store + "/" + driver + "-images", fs::copy_options::recursive);
  fs::copy(kData + "/podman/" + driver + "-layers", store + "/" + driver + "-layers",
           fs::copy_options::recursive);
  if (driver == "overlay") {
    WriteBase(scratch, "overlay-store/overlay/" + kLayers[0] + "/diff");
    WriteTop(scratch, "overlay-store/overlay/" + kLayers[1] + "/diff");
    Remove(scratch, "overlay-store/overlay/" + kLayers[1] + "/diff/app/node_modules", "gone");
  } else {
    WriteBase(scratch, "vfs-store/vfs/dir/" + kLayers[0]);
    WriteBase(scratch, "vfs-store/vfs/dir/" + kLayers[1]);
    WriteTop(scratch, "vfs-store/vfs/dir/" + kLayers[1]);
    fs::remove_all(scratch.Sub("vfs-store/vfs/dir/" + kLayers[1] + kModules + "gone"));
  }
  return store;
}

std::string ContainerdStore(const ScratchFolder& scratch) {
  std::string store = scratch.Sub("containerd");
  fs::create_directories(store + "/io.containerd.content.v1.content");
  fs::copy(kData + "/containerd/blobs", store + "/io.containerd.content.v1.content/blobs",
           fs::copy_options::recursive);
  fs::create_directories(store + "/io.containerd.metadata.v1.bolt");
  fs::copy(kData + "/containerd/meta.db", store + "/io.containerd.metadata.v1.bolt/meta.db");
  fs::create_directories(store + "/io.containerd.snapshotter.v1.overlayfs");
  fs::copy(kData + "/containerd/snapshots.db", store + "/io.containerd.snapshotter.v1.overlayfs/metadata.db");
  std::string snapshots = "containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/";
  WriteBase(scratch, snapshots + "1/fs");
  WriteTop(scratch, snapshots + "2/fs");
  Remove(scratch, snapshots + "2/fs/app/node_modules", "gone");
  return store;
}

void ExpectTheImage(const model::ImageInfo& info) {
  Result<std::unique_ptr<Target>> target = OpenLocalImage(info, {});
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ((*target)->ReadFile("etc/os-release", 100).value_or(""), "ID=alpine\nVERSION_ID=3.18.4\n");
  RecordingVisitor visitor;
  WalkResult walked = WalkWith(**target, visitor);
  EXPECT_TRUE(walked.problems.empty());
  std::map<std::string, std::string> contents{
      {"app/node_modules/added/package.json", Module("added", "1.0.0")},
      {"app/node_modules/kept/package.json", Module("kept", "1.0.0")},
      {"app/node_modules/old/package.json", Module("old", "2.0.0")},
      {"etc/os-release", "ID=alpine\nVERSION_ID=3.18.4\n"}};
  EXPECT_EQ(visitor.contents, contents);
  const std::string base = "sha256:" + kLayers[0],
                    top = "sha256:315b47e59e19ac6ff72ef46cd77d2f6687cab2c851355d955881dcaccdf01ab0";
  std::map<std::string, std::string> layers{{"app/node_modules/added/package.json", top},
                                            {"app/node_modules/kept/package.json", base},
                                            {"app/node_modules/old/package.json", top},
                                            {"etc/os-release", base}};
  EXPECT_EQ(visitor.layers, layers);
  BeyondVisitor beyond;
  EXPECT_TRUE(WalkWith(**target, beyond).problems.empty());
  EXPECT_EQ(beyond.Of(model::Origin::kRemovedFile),
            (std::vector<std::string>{"app/node_modules/gone/package.json=" + Module("gone", "1.0.0"),
                                      "app/node_modules/old/package.json=" + Module("old", "1.0.0")}));
  for (const BeyondFile& file : beyond.files) {
    if (file.origin != model::Origin::kRemovedFile) continue;
    EXPECT_EQ(file.layer, base);
    EXPECT_EQ(file.removed_in, top);
  }
  EXPECT_EQ(beyond.Of(model::Origin::kFile).size(), contents.size());
  EXPECT_FALSE(beyond.Of(model::Origin::kImageConfig).empty());
  const model::Asset& asset = (*target)->asset();
  EXPECT_EQ(asset.kind, model::AssetKind::kImage);
  EXPECT_EQ(asset.id, kImage);
  EXPECT_EQ(asset.image, "docker.io/library/sample:1");
  ASSERT_EQ(asset.layers.size(), 2U);
  EXPECT_EQ(asset.layers[1].diff_id, top);
  EXPECT_EQ(asset.layers[1].command, "COPY top /");
  EXPECT_EQ(asset.labels, (std::vector<std::pair<std::string, std::string>>{{"team", "shop"}}));
}

TEST(LocalImage, PodmanOverlay) {
  ScratchFolder scratch;
  ExpectTheImage(Info("podman", PodmanStore(scratch, "overlay"), "overlay"));
}

TEST(LocalImage, PodmanWholeTrees) {
  ScratchFolder scratch;
  ExpectTheImage(Info("podman", PodmanStore(scratch, "vfs"), "vfs"));
}

TEST(LocalImage, ContainerdBlobs) {
  ScratchFolder scratch;
  ExpectTheImage(Info("containerd", ContainerdStore(scratch), "k8s.io"));
}

TEST(LocalImage, ContainerdSnapshotsWhereTheBlobsAreGone) {
  ScratchFolder scratch;
  std::string store = ContainerdStore(scratch);
  fs::remove(store + "/io.containerd.content.v1.content/blobs/sha256/" + kLayers[0]);
  ExpectTheImage(Info("containerd", store, "k8s.io"));
  fs::remove_all(store + "/io.containerd.snapshotter.v1.overlayfs");
  EXPECT_EQ(OpenLocalImage(Info("containerd", store, "k8s.io"), {}).error().code, Code::kNotFound);
}

TEST(LocalImage, WhatStateFilesSayLeadsNowhereElse) {
  ScratchFolder scratch;
  scratch.File("secret/etc/os-release", "ID=secret\n");
  std::string store = PodmanStore(scratch, "overlay");
  std::string diff = "overlay-store/overlay/" + kLayers[0] + "/diff";
  // A link in place of a layer's folder is not followed.
  fs::remove_all(scratch.Sub(diff));
  scratch.Link(diff, scratch.Sub("secret"));
  EXPECT_FALSE(OpenLocalImage(Info("podman", store, "overlay"), {}).has_value());
  // Nor one inside a layer.
  fs::remove(scratch.Sub(diff));
  scratch.Folder(diff);
  scratch.Link(diff + "/etc", scratch.Sub("secret/etc"));
  Result<std::unique_ptr<Target>> target = OpenLocalImage(Info("podman", store, "overlay"), {});
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ((*target)->ReadFile("etc/os-release", 100).error().code, Code::kNotFound);
  RecordingVisitor visitor;
  WalkWith(**target, visitor);
  EXPECT_FALSE(visitor.contents.contains("etc/os-release"));
  // Names that are no ids are refused before they become paths.
  for (const char* id : {"sha256:../../../etc", "sha256:", "", "../x"}) {
    for (const char* runtime : {"podman", "docker", "containerd"}) {
      model::ImageInfo info = Info(runtime, store, "overlay");
      info.id = info.manifest_digest = id;
      EXPECT_FALSE(OpenLocalImage(info, {}).has_value()) << runtime << " " << id;
    }
  }
  model::ImageInfo driver = Info("podman", store, "../overlay");
  EXPECT_EQ(OpenLocalImage(driver, {}).error().code, Code::kUnsupported);
  EXPECT_FALSE(ParsePodmanLayers(R"([{"id":"../../x"}])").has_value());
  EXPECT_FALSE(ParsePodmanImages(R"([{"id":")" + kLayers[0] + R"(","layer":"../x"}])").has_value());
  EXPECT_FALSE(ParsePodmanImages("[[[").has_value());
}

TEST(LocalImage, LayersThatAreTheirOwnParentsAreRefused) {
  ScratchFolder scratch;
  std::string store = PodmanStore(scratch, "overlay");
  scratch.File("overlay-store/overlay-layers/layers.json", "[{\"id\":\"" + kLayers[0] + "\",\"parent\":\"" +
                                                               kLayers[1] + "\"},{\"id\":\"" + kLayers[1] +
                                                               "\",\"parent\":\"" + kLayers[0] + "\"}]");
  EXPECT_EQ(OpenLocalImage(Info("podman", store, "overlay"), {}).error().code, Code::kMalformed);
}

TEST(TarSplit, NamesAreRead) {
  EXPECT_EQ(ParseTarSplitLine(R"({"type":1,"name":"./usr/lib/a","size":3,"payload":"AAAA","position":4})"),
            "usr/lib/a");
  EXPECT_EQ(ParseTarSplitLine(R"({"type":2,"payload":"AAAA","position":4})"), "");
  EXPECT_EQ(ParseTarSplitLine(R"({"type":1,"name":7})"), "");
  EXPECT_EQ(ParseTarSplitLine("{\"type\":1"), "");
}

TEST(ChainIds, AreThoseOfTheImageSpecification) {
  EXPECT_EQ(ChainIds({"sha256:5b8a4fccec3f41e357d4203fc45d8717f7162a0053522155a8a0560602e24245",
                      "sha256:9b55ce1e57f2bc4292af109e7d738ee1f5b3c67d100cb1da091906a4f470cd23"})[1],
            "sha256:a3f9929c5f93e22de05e2e13052e4d4106e1bcf2ceff8a8aa101afee67bb48bd");
}

/// A layer in both forms: entries of an archive, and a folder.
void RandomLayer(std::mt19937& random, TarWriter& archive, const ScratchFolder& scratch,
                 const std::string& folder) {
  scratch.Folder(folder);
  const std::string names[] = {"a", "b", "c"};
  auto name = [&] { return names[random() % 3]; };
  std::set<std::string> used;  // a path has one entry in a folder, whatever an archive could have
  auto free = [&](const std::string& path) {
    for (const std::string& other : used)
      if (other == path || other.starts_with(path + "/") || path.starts_with(other + "/")) return false;
    used.insert(path);
    return true;
  };
  for (auto count = random() % 8; count > 0; --count) {
    std::string path = name();
    for (auto depth = random() % 3; depth > 0; --depth) path += "/" + name();
    std::size_t slash = path.rfind('/');
    std::string parent = slash == std::string::npos ? "" : path.substr(0, slash + 1);
    if (!free(path)) continue;
    // An archive of a folder names the folders on the way.
    for (std::size_t at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1))
      archive.Folder(path.substr(0, at));
    switch (random() % 5) {
      case 0: {
        std::string whiteout = parent + ".wh." + path.substr(parent.size());
        archive.File(whiteout, "");
        scratch.File(folder + "/" + whiteout, "");
        break;
      }
      case 1:
        archive.Folder(path);
        archive.File(path + "/.wh..wh..opq", "");
        scratch.File(folder + "/" + path + "/.wh..wh..opq", "");
        break;
      case 2:
        archive.Link(path, "../x");
        scratch.Link(folder + "/" + path, "../x");
        break;
      default: {
        std::string text = folder + path;
        archive.File(path, text);
        scratch.File(folder + "/" + path, text);
      }
    }
  }
}

TEST(StoredLayers, AreMergedAsTheArchiveOfThemIs) {
  std::mt19937 random(11);
  for (int round = 0; round < 150; ++round) {
    ScratchFolder scratch;
    TestImage image;
    std::vector<UniqueFd> roots;
    ImageDescription description;
    for (std::size_t i = 0; i < 1 + random() % 4; ++i) {
      TarWriter archive;
      std::string folder = "l" + std::to_string(i);
      RandomLayer(random, archive, scratch, folder);
      image.layers.push_back(archive.Bytes());
      roots.emplace_back(::open(scratch.Sub(folder).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      ImageLayer layer;
      layer.diff_id = "sha256:" + Sha256(image.layers.back());
      description.layers.push_back(std::move(layer));
    }
    scratch.File("i.tar", image.DockerArchive());
    Result<std::unique_ptr<Target>> archived = OpenTarget(scratch.Sub("i.tar"), {});
    ASSERT_TRUE(archived) << archived.error().message;
    auto stored = MakeImageTarget(MakeOverlayLayers(std::move(roots)), description, "stored", {});
    RecordingVisitor from_archive, from_folders;
    WalkWith(**archived, from_archive);
    WalkWith(*stored, from_folders);
    ASSERT_EQ(from_folders.contents, from_archive.contents) << "round " << round;
    ASSERT_EQ(from_folders.links, from_archive.links) << "round " << round;
    for (const auto& [path, count] : from_folders.visits) ASSERT_EQ(count, 1) << path;
  }
}

}  // namespace
}  // namespace weir::target
