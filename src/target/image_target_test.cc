#include "target/image_target.h"

#include "target/image_test_support.h"

namespace weir::target {
namespace {

TestImage SmallImage() {
  return {{TarWriter()
               .File("usr/lib/os-release", "ID=base\n")
               .Link("etc/os-release", "../usr/lib/os-release")
               .Bytes(),
           TarWriter()
               .File("srv/app/data", "text")
               .Link("opt/app", "/srv/app")
               .Link("up", "../../../srv")
               .Bytes()},
          {}};
}

void Store(const ScratchFolder& scratch, const TestImage& image, const std::string& folder) {
  for (const auto& [name, content] : image.OciFiles()) scratch.File(folder + "/" + name, content);
}

TEST(ImageTarget, ReadsFilesBeforeAndAfterTheWalk) {
  ScratchFolder scratch;
  scratch.File("i.tar", SmallImage().DockerArchive());
  for (bool walk_first : {false, true}) {
    Result<std::unique_ptr<Target>> target = OpenTarget(scratch.Sub("i.tar"), {});
    ASSERT_TRUE(target) << target.error().message;
    if (walk_first) {
      RecordingVisitor visitor;
      WalkWith(**target, visitor);
    }
    EXPECT_EQ((*target)->ReadFile("etc/os-release", 100).value_or("none"), "ID=base\n");
    EXPECT_EQ((*target)->ReadFile("/opt/app/data", 100).value_or("none"), "text");
    EXPECT_EQ((*target)->ReadFile("up/app/data", 100).value_or("none"), "text");
    EXPECT_EQ((*target)->ReadFile("etc/os-release", 3).error().code, Code::kLimitExceeded);
    EXPECT_EQ((*target)->ReadFile("etc/nothing", 3).error().code, Code::kNotFound);
    EXPECT_EQ((*target)->root_descriptor(), -1);
  }
}

TEST(ImageTarget, AssetTellsLayersCommandsAndLabels) {
  ScratchFolder scratch;
  TestImage image = SmallImage();
  scratch.File("i.tar", image.DockerArchive());
  Result<std::unique_ptr<Target>> target =
      OpenTarget("docker-archive:" + scratch.Sub("i.tar") + ":example/app:1", {});
  ASSERT_TRUE(target) << target.error().message;
  const model::Asset& asset = (*target)->asset();
  EXPECT_EQ(asset.kind, model::AssetKind::kImage);
  EXPECT_EQ(asset.id, "sha256:" + Sha256(image.Config()));
  EXPECT_EQ(asset.image, "example/app:1");
  ASSERT_EQ(asset.layers.size(), 2U);
  EXPECT_EQ(asset.layers[1].command, "step 2");
  EXPECT_EQ(asset.layers[1].diff_id, "sha256:" + Sha256(image.layers[1]));
  EXPECT_EQ(asset.labels.at(0), (std::pair<std::string, std::string>{"a", "1"}));
  EXPECT_EQ(OpenTarget("docker-archive:" + scratch.Sub("i.tar") + ":example/app:2", {}).error().code,
            Code::kNotFound);
}

TEST(ImageTarget, OciFolderAndArchiveAreTheSameImage) {
  ScratchFolder scratch;
  TestImage image = SmallImage();
  image.stored = {Gzip(image.layers[0]), Zstd(image.layers[1])};
  Store(scratch, image, "layout");
  TarWriter tar;
  for (const auto& [name, content] : image.OciFiles()) tar.File("./" + name, content);
  scratch.File("oci.tar", tar.Bytes());
  scratch.File("oci.tar.gz", Gzip(tar.Bytes()));
  for (const std::string& name :
       {"oci-dir:" + scratch.Sub("layout"), scratch.Sub("layout"), "oci-archive:" + scratch.Sub("oci.tar"),
        scratch.Sub("oci.tar.gz"), scratch.Sub("oci.tar") + ":v1"}) {
    Result<std::unique_ptr<Target>> target = OpenTarget(name, {});
    if (name.ends_with(":v1")) {
      EXPECT_FALSE(target) << "without a scheme that is a registry's name";
      target = OpenTarget("oci-archive:" + name, {});
    }
    ASSERT_TRUE(target) << name << ": " << target.error().message;
    RecordingVisitor visitor;
    WalkResult result = WalkWith(**target, visitor);
    EXPECT_TRUE(result.problems.empty()) << name;
    EXPECT_EQ(visitor.contents.size(), 2U) << name;
    EXPECT_EQ((*target)->asset().id, "sha256:" + Sha256(image.Config()));
    EXPECT_EQ((*target)->asset().layers[0].digest, "sha256:" + Sha256(image.stored[0]));
  }
  OpenOptions other;
  other.platform = "linux/riscv64";
  Result<std::unique_ptr<Target>> none = OpenTarget("oci-dir:" + scratch.Sub("layout"), other);
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("linux/s390x, linux/amd64"), std::string::npos) << none.error().message;
}

TEST(ImageTarget, ChangedDocumentsAreRefused) {
  ScratchFolder scratch;
  TestImage image = SmallImage();
  Store(scratch, image, "layout");
  scratch.File("layout/blobs/sha256/" + Sha256(image.Config()), image.Config() + " ");
  Result<std::unique_ptr<Target>> target = OpenTarget("oci-dir:" + scratch.Sub("layout"), {});
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().code, Code::kMalformed);
}

TEST(ImageTarget, LegacyArchivesAndLinkedLayers) {
  ScratchFolder scratch;
  std::string a(64, 'a'), b(64, 'b');
  std::string base = TarWriter().File("x", "base").Bytes(), top = TarWriter().File("y", "top").Bytes();
  scratch.File("old.tar", TarWriter()
                              .File(a + "/layer.tar", base)
                              .File(a + "/json", R"({"id":"a"})")
                              .Link(b + "/layer.tar", "../shared.tar")
                              .File("shared.tar", top)
                              .File(b + "/json", R"({"parent":")" + a + "\"}")
                              .File("repositories", R"({"old/app":{"latest":")" + b + "\"}}")
                              .Bytes());
  Result<std::unique_ptr<Target>> target = OpenTarget(scratch.Sub("old.tar"), {});
  ASSERT_TRUE(target) << target.error().message;
  RecordingVisitor visitor;
  WalkWith(**target, visitor);
  EXPECT_EQ(visitor.contents, (std::map<std::string, std::string>{{"x", "base"}, {"y", "top"}}));
  EXPECT_EQ(visitor.layers["y"], "sha256:" + Sha256(top));
  EXPECT_EQ((*target)->asset().image, "old/app:latest");
}

TEST(ImageTarget, DamagedArchivesSayWhatIsMissing) {
  ScratchFolder scratch;
  TestImage image = SmallImage();
  TarWriter tar;
  std::string config = image.Config();
  tar.File("c.json", config);
  tar.File("manifest.json", R"([{"Config":"c.json","Layers":["a.tar","b.tar"]}])");
  tar.File("a.tar", image.layers[0]).File("b.tar", image.layers[1]);
  std::string bytes = tar.Bytes(false);
  scratch.File("cut.tar", bytes.substr(0, bytes.size() - image.layers[1].size() + 1300));
  Result<std::unique_ptr<Target>> target = OpenTarget(scratch.Sub("cut.tar"), {});
  ASSERT_TRUE(target) << target.error().message;
  RecordingVisitor visitor;
  WalkResult result = WalkWith(**target, visitor);
  EXPECT_TRUE(result.HasProblem("", "damaged"));
  EXPECT_EQ(visitor.contents.count("usr/lib/os-release"), 1U);
  EXPECT_EQ(visitor.contents.count("srv/app/data"), 1U) << "what stands before the cut is read";

  scratch.File("head.tar", bytes.substr(0, 700));
  EXPECT_EQ(OpenTarget(scratch.Sub("head.tar"), {}).error().code, Code::kMalformed);
  scratch.File("text", "no archive at all");
  EXPECT_EQ(OpenTarget(scratch.Sub("text"), {}).error().code, Code::kUnsupported);
  scratch.File("plain.tar", TarWriter().File("a", "b").Bytes());
  EXPECT_EQ(OpenTarget(scratch.Sub("plain.tar"), {}).error().code, Code::kUnsupported);
}

TEST(ImageJson, HostileDocumentsAreErrors) {
  EXPECT_FALSE(ParseManifest(std::string(100'000, '[')));
  EXPECT_FALSE(ParseManifest("{"));
  EXPECT_FALSE(ParseManifest("[]"));
  EXPECT_EQ(ParseManifest(R"({"schemaVersion":1,"fsLayers":[]})").error().code, Code::kUnsupported);
  EXPECT_EQ(ParseManifest(R"({"layers":[]})", "application/vnd.docker.distribution.manifest.v1+prettyjws")
                .error()
                .code,
            Code::kUnsupported);
  EXPECT_TRUE(ParseManifest(R"({"layers":[]})", "application/vnd.docker.distribution.manifest.v2+json"));
  EXPECT_TRUE(ParseManifest(R"({"layers":[{"digest":5},7,null],"config":"x"})"));
  EXPECT_TRUE(ParseConfig(R"({"rootfs":[],"history":{},"config":null})"));
  EXPECT_FALSE(ParseArchiveManifest("[]"));
  EXPECT_FALSE(ParseArchiveManifest("[1]"));
  EXPECT_FALSE(BlobName("sha256:../../etc/passwd"));
  EXPECT_FALSE(BlobName("md5:00"));
  EXPECT_TRUE(BlobName("sha256:" + std::string(64, 'a')));
}

}  // namespace
}  // namespace weir::target
