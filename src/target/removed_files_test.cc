// What an image still ships beyond the tree that its layers make.
#include "target/image_config.h"
#include "target/image_test_support.h"

namespace weir::target {
namespace {

using Lines = std::vector<std::string>;

struct BeyondScan {
  BeyondVisitor visitor;
  WalkResult result;
  explicit BeyondScan(const TestImage& image, WalkOptions options = {}) {
    ScratchFolder scratch;
    scratch.File("image.tar", image.DockerArchive());
    Result<std::unique_ptr<Target>> target = OpenTarget("docker-archive:" + scratch.Sub("image.tar"), {});
    EXPECT_TRUE(target) << (target ? "" : target.error().message);
    if (target) result = WalkWith(**target, visitor, options);
  }
  Lines Removed() const { return visitor.Of(model::Origin::kRemovedFile); }
  Lines Files() const { return visitor.Of(model::Origin::kFile); }
};

std::string Id(const std::string& layer) { return "sha256:" + Sha256(layer); }

TEST(RemovedFiles, WhiteoutsOpaqueFoldersAndReplacements) {
  TestImage image{{TarWriter()
                       .File("etc/key", "secret")
                       .File("etc/conf", "old")
                       .File("opt/app/a", "1")
                       .File("srv/x/y", "2")
                       .File("lib/z", "3")
                       .File("was_file", "4")
                       .File("kept", "5")
                       .Bytes(),
                   TarWriter()
                       .File("etc/.wh.key", "")
                       .File("etc/conf", "new")
                       .File("opt/app/.wh..wh..opq", "")
                       .File(".wh.srv", "")
                       .Link("lib", "usr/lib")
                       .File("was_file/inner", "6")
                       .Bytes()},
                  {}};
  for (const std::string& stored : {image.layers[0], Gzip(image.layers[0]), Zstd(image.layers[0])}) {
    image.stored = {stored, image.layers[1]};
    BeyondScan scan(image);
    EXPECT_EQ(scan.Removed(),
              (Lines{"etc/conf=old", "etc/key=secret", "lib/z=3", "opt/app/a=1", "srv/x/y=2", "was_file=4"}));
    EXPECT_EQ(scan.Files(), (Lines{"etc/conf=new", "kept=5", "was_file/inner=6"}));
    const BeyondFile* key = scan.visitor.Find("etc/key", model::Origin::kRemovedFile);
    ASSERT_NE(key, nullptr);
    EXPECT_EQ(key->layer, Id(image.layers[0]));
    EXPECT_EQ(key->removed_in, Id(image.layers[1]));
    EXPECT_EQ(scan.visitor.Find("kept", model::Origin::kFile)->removed_in, "");
    EXPECT_TRUE(scan.result.problems.empty());
  }
}

TEST(RemovedFiles, EachVersionNamesTheLayerThatHidIt) {
  TestImage image{{TarWriter().File("a", "1").File("d/f", "1").Bytes(), TarWriter().File("a", "2").Bytes(),
                   TarWriter().File(".wh.a", "").File(".wh.d", "").Bytes(),
                   TarWriter().File("a", "4").File("d/f", "4").Bytes()},
                  {}};
  BeyondScan scan(image);
  EXPECT_EQ(scan.Removed(), (Lines{"a=1", "a=2", "d/f=1"}));
  std::map<std::string, std::string> hiders;
  for (const BeyondFile& file : scan.visitor.files)
    if (file.origin == model::Origin::kRemovedFile) hiders[file.path + file.content] = file.removed_in;
  EXPECT_EQ(hiders,
            (std::map<std::string, std::string>{
                {"a1", Id(image.layers[1])}, {"a2", Id(image.layers[2])}, {"d/f1", Id(image.layers[2])}}));
}

TEST(RemovedFiles, HardLinksAndEarlierEntriesOfTheSameLayer) {
  TestImage image{
      {TarWriter().File("base", "data").Bytes(),
       TarWriter().HardLink("link", "base").File("f", "first").File("f", "second").HardLink("g", "f").Bytes(),
       TarWriter().File(".wh.link", "").File(".wh.f", "").File(".wh.g", "").Bytes()},
      {}};
  BeyondScan scan(image);
  EXPECT_EQ(scan.Removed(), (Lines{"f=second", "g=second", "link=data"}));
  EXPECT_EQ(scan.Files(), (Lines{"base=data"}));
  EXPECT_TRUE(scan.result.problems.empty());
}

TEST(RemovedFiles, OnlyWhoAsksIsOfferedThem) {
  TestImage image{{TarWriter().File("a", "1").Bytes(), TarWriter().File(".wh.a", "").File("b", "2").Bytes()},
                  {}};
  ScratchFolder scratch;
  scratch.File("image.tar", image.DockerArchive());
  Result<std::unique_ptr<Target>> target = OpenTarget("docker-archive:" + scratch.Sub("image.tar"), {});
  ASSERT_TRUE(target);
  RecordingVisitor plain;
  BeyondVisitor beyond;
  Visitor* visitors[] = {&plain, &beyond};
  ProblemLog log;
  ASSERT_TRUE((*target)->Walk(visitors, {}, log));
  EXPECT_EQ(plain.seen, (std::map<std::string, int>{{"b", 1}}));
  EXPECT_EQ(plain.contents, (std::map<std::string, std::string>{{"b", "2"}}));
  EXPECT_EQ(beyond.Of(model::Origin::kRemovedFile), (Lines{"a=1"}));
  EXPECT_EQ(beyond.Of(model::Origin::kFile), (Lines{"b=2"}));
}

TEST(RemovedFiles, ExcludedPathsAreNotOffered) {
  TestImage image{{TarWriter().File("a/x", "1").File("b", "1").Bytes(),
                   TarWriter().File(".wh.a", "").File(".wh.b", "").Bytes()},
                  {}};
  WalkOptions options;
  options.exclude = {"a"};
  EXPECT_EQ(BeyondScan(image, options).Removed(), (Lines{"b=1"}));
}

TEST(ImageConfig, TextsHavePathsOfTheirOwn) {
  ConfigTexts texts = ReadConfigTexts(R"({
    "author": "someone",
    "config": {
      "Env": ["PATH=/bin", "TOKEN=abc"], "Labels": {"key": "value", "none": ""},
      "Cmd": ["serve", "--password", "x"], "Entrypoint": ["/bin/sh", "-c"], "User": "root",
      "Healthcheck": {"Test": ["CMD-SHELL", "curl -u a:b localhost"]}, "OnBuild": ["ARG K=1"]},
    "history": [
      {"created_by": "ADD file"}, {"created_by": "ENV A=1", "empty_layer": true},
      {"created_by": "RUN |1 SECRET=x /bin/sh -c make", "comment": "buildkit"}]})");
  Lines lines;
  for (const ConfigText& text : texts.texts)
    lines.push_back(text.path + ": " + text.text + (text.layer ? " @" + std::to_string(*text.layer) : ""));
  EXPECT_EQ(lines, (Lines{"image-config:Env[0]: PATH=/bin", "image-config:Env[1]: TOKEN=abc",
                          "image-config:Labels[key]: key=value", "image-config:Entrypoint: /bin/sh -c",
                          "image-config:Cmd: serve --password x",
                          "image-config:Healthcheck: CMD-SHELL curl -u a:b localhost",
                          "image-config:OnBuild[0]: ARG K=1", "image-config:User: root",
                          "image-config:author: someone", "image-config:history[0].created_by: ADD file @0",
                          "image-config:history[1].created_by: ENV A=1",
                          "image-config:history[2].created_by: RUN |1 SECRET=x /bin/sh -c make @1",
                          "image-config:history[2].comment: buildkit @1"}));
  EXPECT_FALSE(texts.cut);
  AddAnnotations({{"org.example.note", "hush"}}, texts);
  EXPECT_EQ(texts.texts.back().path, "image-config:Annotations[org.example.note]");
  EXPECT_EQ(texts.texts.back().text, "org.example.note=hush");
}

TEST(ImageConfig, HostileOnesAreBounded) {
  EXPECT_TRUE(ReadConfigTexts("[").texts.empty());
  EXPECT_TRUE(ReadConfigTexts(R"({"config": [1], "history": {"a": 1}})").texts.empty());
  std::string many = R"({"config":{"Env":[)";
  for (int i = 0; i < 30'000; ++i) many += "\"A=1\",";
  ConfigTexts texts = ReadConfigTexts(many + "\"B=2\"]}}");
  EXPECT_TRUE(texts.cut);
  EXPECT_EQ(texts.texts.size(), 20'000U);
  texts = ReadConfigTexts(R"({"config":{"User":")" + std::string(3U << 20U, 'x') + "\"}}");
  EXPECT_TRUE(texts.cut);
  EXPECT_EQ(texts.texts[0].text.size(), 1U << 20U);
}

TEST(ImageConfig, AWalkOffersThemToWhoAsks) {
  TestImage image{{TarWriter().File("a", "1").Bytes()}, {}};
  BeyondScan scan(image);
  EXPECT_EQ(scan.visitor.Of(model::Origin::kImageConfig),
            (Lines{"image-config:Labels[a]=a=1", "image-config:Labels[b]=b=2",
                   "image-config:history[0].created_by=step 1", "image-config:history[1].created_by=ENV"}));
  EXPECT_EQ(scan.visitor.Find("image-config:history[0].created_by", model::Origin::kImageConfig)->layer,
            Id(image.layers[0]));
}

}  // namespace
}  // namespace weir::target
