#include "target/layer_walker.h"

#include "target/image_test_support.h"

namespace weir::target {
namespace {

using Contents = std::map<std::string, std::string>;

struct ImageScan {
  RecordingVisitor visitor;
  WalkResult result;
  explicit ImageScan(
      const TestImage& image, std::function<bool(const Entry&)> wants = [](const Entry&) { return true; },
      WalkOptions options = {})
      : visitor(std::move(wants)) {
    ScratchFolder scratch;
    scratch.File("image.tar", image.DockerArchive());
    Result<std::unique_ptr<Target>> target = OpenTarget("docker-archive:" + scratch.Sub("image.tar"), {});
    EXPECT_TRUE(target) << (target ? "" : target.error().message);
    if (target) result = WalkWith(**target, visitor, options);
  }
};

std::function<bool(const Entry&)> Only(std::string wanted) {
  return [wanted](const Entry& entry) { return entry.path == wanted; };
}

TEST(LayerWalker, UpperLayersReplaceFilesAndNameTheirLayer) {
  TestImage image{{TarWriter().Folder("etc/").File("etc/a", "old").File("etc/b", "b").Bytes(),
                   TarWriter().File("./etc/a", "new").File("/etc/c", "c").Bytes()},
                  {}};
  ImageScan scan(image);
  EXPECT_EQ(scan.visitor.contents, (Contents{{"etc/a", "new"}, {"etc/b", "b"}, {"etc/c", "c"}}));
  EXPECT_EQ(scan.visitor.layers["etc/a"], "sha256:" + Sha256(image.layers[1]));
  EXPECT_EQ(scan.visitor.layers["etc/b"], "sha256:" + Sha256(image.layers[0]));
  EXPECT_EQ(scan.visitor.visits["etc/a"], 1);
  EXPECT_EQ(scan.result.stats.files, 3U);
  EXPECT_TRUE(scan.result.problems.empty());
}

TEST(LayerWalker, WhiteoutsAndOpaqueFoldersHideWhatIsBelow) {
  TestImage image{{TarWriter()
                       .File("a/x", "1")
                       .File("a/y", "1")
                       .File("b/deep/z", "1")
                       .File("c/one", "1")
                       .File("top", "1")
                       .Bytes(),
                   TarWriter()
                       .File("a/.wh.x", "")
                       .File(".wh.b", "")
                       .File("c/two", "2")
                       .File("c/.wh..wh..opq", "")
                       .File(".wh.top", "")
                       .File("top", "again")
                       .Bytes(),
                   TarWriter().File("b/fresh", "3").Bytes()},
                  {}};
  ImageScan scan(image);
  EXPECT_EQ(scan.visitor.contents,
            (Contents{{"a/y", "1"}, {"c/two", "2"}, {"top", "again"}, {"b/fresh", "3"}}));
}

TEST(LayerWalker, FilesAndLinksInAFoldersPlaceHideItsChildren) {
  TestImage image{
      {TarWriter().File("lib/x", "1").File("opt/y", "1").File("was_file", "1").Bytes(),
       TarWriter().Link("lib", "usr/lib").File("opt", "now a file").File("was_file/inner", "2").Bytes()},
      {}};
  ImageScan scan(image);
  EXPECT_EQ(scan.visitor.contents, (Contents{{"opt", "now a file"}, {"was_file/inner", "2"}}));
  EXPECT_EQ(scan.visitor.links, (Contents{{"lib", "usr/lib"}}));
}

TEST(LayerWalker, OpaqueRootStartsAnew) {
  TestImage image{{TarWriter().File("a", "1").File("d/b", "1").Bytes(),
                   TarWriter().File(".wh..wh..opq", "").File("d/c", "2").Bytes()},
                  {}};
  EXPECT_EQ(ImageScan(image).visitor.contents, (Contents{{"d/c", "2"}}));
}

TEST(LayerWalker, LaterEntriesOfALayerWin) {
  TestImage image{
      {TarWriter().File("f", "first").File("f", "second").File("gone/x", "1").File("gone", "file").Bytes()},
      {}};
  for (const std::string& stored : {image.layers[0], Gzip(image.layers[0])}) {
    image.stored = {stored};
    ImageScan scan(image);
    EXPECT_EQ(scan.visitor.contents, (Contents{{"f", "second"}, {"gone", "file"}}));
    EXPECT_EQ(scan.visitor.visits["f"], 1);
  }
}

TEST(LayerWalker, HardLinksWithinALayer) {
  // As in busybox images: every applet is a link to a name that nobody asks for.
  std::string layer = TarWriter()
                          .File("bin/[", "busybox", 0755)
                          .HardLink("bin/ash", "bin/[")
                          .HardLink("bin/busybox", "bin/ash")
                          .Bytes();
  for (const std::string& stored : {layer, Gzip(layer)}) {
    ImageScan scan({{layer}, {stored}}, Only("bin/busybox"));
    EXPECT_EQ(scan.visitor.contents, (Contents{{"bin/busybox", "busybox"}}));
    EXPECT_EQ(scan.visitor.modes["bin/busybox"], 0755U);
    ImageScan all({{layer}, {stored}});
    EXPECT_EQ(all.visitor.contents.size(), 3U);
  }
}

TEST(LayerWalker, HardLinkKeepsTheDataItWasMadeFrom) {
  std::string layer = TarWriter().File("a", "old").HardLink("b", "a").File("a", "new").Bytes();
  EXPECT_EQ(ImageScan({{layer}, {}}).visitor.contents, (Contents{{"a", "new"}, {"b", "old"}}));
  EXPECT_EQ(ImageScan({{layer}, {}}, Only("b")).visitor.contents, (Contents{{"b", "old"}}));
}

TEST(LayerWalker, HardLinksToLayersBelow) {
  std::string base = TarWriter().File("a", "data").HardLink("alias", "a").Bytes();
  std::string middle = TarWriter().File("other", "").Bytes();
  std::string top = TarWriter().HardLink("b", "alias").File(".wh.a", "").Bytes();
  ImageScan scan({{base, middle, top}, {}}, Only("b"));
  EXPECT_EQ(scan.visitor.contents, (Contents{{"b", "data"}}));
  EXPECT_EQ(scan.visitor.layers["b"], "sha256:" + Sha256(top));

  ImageScan removed({{base, TarWriter().File(".wh.alias", "").Bytes(), top}, {}}, Only("b"));
  EXPECT_TRUE(removed.visitor.contents.empty());
  EXPECT_TRUE(removed.result.HasProblem("b", "hard link to alias"));

  ImageScan missing({{TarWriter().HardLink("b", "nowhere").Bytes()}, {}});
  EXPECT_TRUE(missing.result.HasProblem("b", "nowhere"));
}

TEST(LayerWalker, HostileNamesAreNormalisedOrRefused) {
  ImageScan scan({{TarWriter()
                       .File("../../etc/shadow", "x")
                       .File("/abs/./f", "1")
                       .File("a/../b", "2")
                       .Device("dev/sda")
                       .File(".wh...", "")
                       .HardLink("h", "../../../etc/passwd")
                       .Bytes()},
                  {}});
  EXPECT_EQ(scan.visitor.contents, (Contents{{"abs/f", "1"}, {"b", "2"}}));
  EXPECT_TRUE(scan.result.HasProblem("../../etc/shadow", "leads out of the root"));
  EXPECT_TRUE(scan.result.HasProblem("../../../etc/passwd", "leads out of the root"));
  EXPECT_EQ(scan.result.stats.other, 1U);
}

TEST(LayerWalker, LongNamesPaxAndSparseFiles) {
  std::string long_name = std::string(150, 'd') + "/" + std::string(150, 'f'),
              pax_name = std::string(400, 'p');
  TarWriter tar;
  tar.GnuLongName(long_name).File("cut", "gnu").Pax({{"path", pax_name}, {"size", "3"}}).File("x", "pax");
  std::string header(512, '\0');  // GNU's own sparse kind: 4 bytes at 1000 of 2000
  header.replace(0, 6, "sparse");
  TarWriter::Octal(header, 100, 8, 0644);
  TarWriter::Octal(header, 124, 12, 4);
  header[156] = 'S';
  TarWriter::Octal(header, 386, 12, 1000);
  TarWriter::Octal(header, 398, 12, 4);
  TarWriter::Octal(header, 483, 12, 2000);
  tar.Raw(header, "DATA");
  std::string map = "1\n10\n2\n";
  map.resize(512, '\0');
  tar.Pax({{"GNU.sparse.major", "1"},
           {"GNU.sparse.minor", "0"},
           {"GNU.sparse.name", "sparse1"},
           {"GNU.sparse.realsize", "20"}})
      .File("GNUSparseFile.0/sparse1", map + "AB")
      .File("last", "end");
  for (bool packed : {false, true}) {
    TestImage image{{tar.Bytes()}, {}};
    if (packed) image.stored = {Zstd(image.layers[0])};
    ImageScan scan(image);
    EXPECT_EQ(scan.visitor.contents[long_name], "gnu");
    EXPECT_EQ(scan.visitor.contents[pax_name], "pax");
    EXPECT_EQ(scan.visitor.contents["sparse"], std::string(1000, '\0') + "DATA" + std::string(996, '\0'));
    EXPECT_EQ(scan.visitor.contents["sparse1"], std::string(10, '\0') + "AB" + std::string(8, '\0'));
    EXPECT_EQ(scan.visitor.contents["last"], "end");
    EXPECT_TRUE(scan.result.problems.empty());
  }
}

TEST(LayerWalker, PackedLayersAreTheSameAsPlainOnes) {
  std::string layer = TarWriter().File("a", std::string(300'000, 'a')).File("b", "b").Bytes();
  std::string skippable("\x50\x2a\x4d\x18\x04\x00\x00\x00zzzz", 12);  // as zstd:chunked has at its end
  for (const std::string& stored :
       {Gzip(layer), Gzip(layer.substr(0, 1000)) + Gzip(layer.substr(1000)), Zstd(layer),
        Zstd(layer.substr(0, 700)) + Zstd(layer.substr(700)) + skippable}) {
    ImageScan scan({{layer}, {stored}});
    EXPECT_EQ(scan.visitor.contents["a"].size(), 300'000U);
    EXPECT_EQ(scan.visitor.contents["b"], "b");
    EXPECT_TRUE(scan.result.problems.empty());
  }
}

TEST(LayerWalker, CutOffLayersAreReportedAndTheRestIsRead) {
  std::string noise;
  for (unsigned i = 0, x = 1; i < 400'000; ++i, x = x * 1664525U + 1013904223U)
    noise += static_cast<char>(x >> 24U);
  std::string base = TarWriter().File("below", "1").Bytes();
  std::string top = TarWriter().File("early", "2").File("late", noise).Bytes();
  for (const std::string& whole : {Gzip(top), Zstd(top), top}) {
    ImageScan scan({{base, top}, {base, whole.substr(0, whole.size() / 2)}});
    EXPECT_EQ(scan.visitor.contents["early"], "2");
    EXPECT_EQ(scan.visitor.contents["below"], "1");
    EXPECT_EQ(scan.visitor.contents.count("late"), 0U);
    EXPECT_TRUE(scan.result.HasProblem("1/layer.tar", "layer 2 of 2")) << whole.size();
  }
}

TEST(LayerWalker, BombsStopAtTheirBounds) {
  std::string base = TarWriter().File("below", "1").Bytes();
  std::string bomb = Gzip(TarWriter().File("bomb", std::string(40U << 20U, '\0')).Bytes());
  TestImage image{{base, TarWriter().Bytes()}, {base, bomb}};
  WalkOptions options;
  options.limits.max_ratio = 100;
  ImageScan ratio(image, [](const Entry&) { return true; }, options);
  EXPECT_TRUE(ratio.result.HasProblem("1/layer.tar", "100 times"));
  EXPECT_EQ(ratio.visitor.contents["below"], "1");

  options = {};
  options.limits.max_layer_bytes = 1U << 20U;
  ImageScan bytes(image, [](const Entry&) { return true; }, options);
  EXPECT_TRUE(bytes.result.HasProblem("1/layer.tar", "more than 1048576 bytes"));

  options = {};
  options.limits.max_file_bytes = 1000;
  ImageScan file(image, [](const Entry&) { return true; }, options);
  EXPECT_TRUE(file.result.HasProblem("bomb", "more than the limit"));
}

TEST(LayerWalker, LargeMembersGoThroughATemporaryFile) {
  std::string layer = TarWriter()
                          .File("a", std::string(30'000, 'a'))
                          .File("b", std::string(40'000, 'b'))
                          .File("c", "c")
                          .Bytes();
  WalkOptions options;
  options.limits.max_memory_file_bytes = 35'000;
  ImageScan scan({{layer}, {Gzip(layer)}}, [](const Entry&) { return true; }, options);
  EXPECT_EQ(scan.visitor.contents["a"], std::string(30'000, 'a'));
  EXPECT_EQ(scan.visitor.contents["b"], std::string(40'000, 'b'));
  EXPECT_EQ(scan.visitor.contents["c"], "c");
}

TEST(LayerWalker, WrongDigestsAreReported) {
  TestImage image{{TarWriter().File("a", "1").Bytes()}, {TarWriter().File("a", "tampered").Bytes()}};
  ImageScan scan(image);
  EXPECT_TRUE(scan.result.HasProblem("0/layer.tar", "digest"));
  EXPECT_EQ(scan.visitor.contents["a"], "tampered");
}

TEST(LayerWalker, ExcludedPathsAreNotAskedFor) {
  WalkOptions options;
  options.exclude = {"var/cache"};
  ImageScan scan(
      {{TarWriter().File("var/cache/x/y", "1").File("var/z", "2").Bytes()}, {}},
      [](const Entry&) { return true; }, options);
  EXPECT_EQ(scan.visitor.seen, (std::map<std::string, int>{{"var/z", 1}}));
}

}  // namespace
}  // namespace weir::target
