#include "target/git_history.h"

#include <fcntl.h>
#include <git2.h>

#include <cstdlib>
#include <filesystem>

#include "target/git_collector.h"
#include "target/git_objects.h"
#include "target/git_parse.h"
#include "target/image_test_support.h"

namespace weir::target {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;
using Tree = std::map<std::string, std::string>;  // path to content

std::string HexOf(const git_oid& id) {
  char text[GIT_OID_HEXSZ + 1] = {};
  ::git_oid_tostr(text, sizeof text, &id);
  return text;
}

/// A repository made by git's own library.
class Repository {
 public:
  explicit Repository(const std::string& path) : path_(path) {
    ::git_libgit2_init();
    EXPECT_EQ(::git_repository_init(&repository_, path.c_str(), 1), 0);
  }
  ~Repository() {
    ::git_repository_free(repository_);
    ::git_libgit2_shutdown();
  }
  Repository(const Repository&) = delete;
  Repository& operator=(const Repository&) = delete;

  git_oid Blob(const std::string& content) {
    git_oid id{};
    EXPECT_EQ(::git_blob_create_from_buffer(&id, repository_, content.data(), content.size()), 0);
    return id;
  }
  git_oid WriteTree(const Tree& files) {
    std::map<std::string, Tree> folders;
    git_treebuilder* builder = nullptr;
    EXPECT_EQ(::git_treebuilder_new(&builder, repository_, nullptr), 0);
    for (const auto& [path, content] : files) {
      std::size_t slash = path.find('/');
      if (slash != std::string::npos) {
        folders[path.substr(0, slash)][path.substr(slash + 1)] = content;
        continue;
      }
      git_oid id = Blob(content);
      ::git_treebuilder_insert(nullptr, builder, path.c_str(), &id, GIT_FILEMODE_BLOB);
    }
    for (const auto& [name, inner] : folders) {
      git_oid id = WriteTree(inner);
      ::git_treebuilder_insert(nullptr, builder, name.c_str(), &id, GIT_FILEMODE_TREE);
    }
    git_oid id{};
    EXPECT_EQ(::git_treebuilder_write(&id, builder), 0);
    ::git_treebuilder_free(builder);
    return id;
  }
  /// The id in hexadecimal digits. REF may be null: then nothing names the commit.
  std::string Commit(const Tree& files, std::int64_t time, const char* ref = "refs/heads/main",
                     const std::string& message = "a change") {
    git_oid tree_id = WriteTree(files), id{};
    git_tree* tree = nullptr;
    EXPECT_EQ(::git_tree_lookup(&tree, repository_, &tree_id), 0);
    git_signature* who = nullptr;
    EXPECT_EQ(::git_signature_new(&who, "A B", "a@example.org", time, 0), 0);
    EXPECT_EQ(
        ::git_commit_create(&id, repository_, nullptr, who, who, nullptr, message.c_str(), tree, 0, nullptr),
        0);
    if (ref != nullptr) {
      git_reference* made = nullptr;
      ::git_reference_create(&made, repository_, ref, &id, 1, nullptr);
      ::git_reference_free(made);
    }
    ::git_signature_free(who);
    ::git_tree_free(tree);
    return HexOf(id);
  }
  /// All objects in one pack, with deltas; loose ones are removed.
  void PackAll() {
    git_packbuilder* builder = nullptr;
    EXPECT_EQ(::git_packbuilder_new(&builder, repository_), 0);
    git_odb* objects = nullptr;
    EXPECT_EQ(::git_repository_odb(&objects, repository_), 0);
    ::git_odb_foreach(
        objects,
        [](const git_oid* id, void* to) {
          return ::git_packbuilder_insert(static_cast<git_packbuilder*>(to), id, nullptr);
        },
        builder);
    ::git_odb_free(objects);
    EXPECT_EQ(::git_packbuilder_write(builder, (path_ + "/objects/pack").c_str(), 0, nullptr, nullptr), 0);
    ::git_packbuilder_free(builder);
    for (const auto& item : fs::directory_iterator(path_ + "/objects"))
      if (item.path().filename().string().size() == 2) fs::remove_all(item.path());
  }
  git_repository* get() { return repository_; }

 private:
  std::string path_;
  git_repository* repository_ = nullptr;
};

struct GitScan {
  BeyondVisitor visitor;
  WalkResult result;
  explicit GitScan(const std::string& path, WalkOptions options = {}) {
    Result<std::unique_ptr<Target>> target = OpenTarget("git:" + path, {});
    EXPECT_TRUE(target) << (target ? "" : target.error().message);
    if (target) result = WalkWith(**target, visitor, options);
  }
  /// Without messages.
  Lines Files() const {
    Lines out = visitor.Of(model::Origin::kCommit);
    std::erase_if(
        out, [](const std::string& line) { return line.starts_with("commit:") || line.starts_with("tag:"); });
    return out;
  }
  const BeyondFile* Find(std::string_view path) const { return visitor.Find(path, model::Origin::kCommit); }
};

TEST(GitHistory, EveryBlobOnceAtTheCommitThatHadItFirst) {
  ScratchFolder scratch;
  Repository repository(scratch.path());
  std::string first = repository.Commit({{"a", "1"}, {"conf/key", "secret"}, {"conf/x/y", "same"}}, 1000);
  std::string second = repository.Commit({{"a", "2"}, {"conf/x/y", "same"}, {"moved/y", "same"}}, 2000);
  std::string third = repository.Commit({{"a", "1"}, {"new", "3"}}, 3000, "refs/remotes/origin/side");
  for (int packed = 0; packed < 2; ++packed) {
    SCOPED_TRACE(packed);
    GitScan scan(scratch.path());
    EXPECT_EQ(scan.Files(), (Lines{"a=1", "a=2", "conf/key=secret", "conf/x/y=same", "new=3"}));
    EXPECT_EQ(scan.Find("conf/key")->commit, first);
    EXPECT_EQ(scan.Find("conf/x/y")->commit, first);
    EXPECT_EQ(scan.Find("new")->commit, third);
    EXPECT_TRUE(scan.result.problems.empty());
    EXPECT_NE(scan.Find("commit:" + second), nullptr);
    EXPECT_EQ(scan.Find("commit:" + second)->content, "a change");
    repository.PackAll();
  }
}

TEST(GitHistory, WhatNothingNamesAnyMoreIsFound) {
  ScratchFolder scratch;
  Repository repository(scratch.path());
  repository.Commit({{"a", "1"}}, 1000);
  std::string lost = repository.Commit({{"a", "forced away"}}, 500, nullptr);
  std::string staged = HexOf(repository.Blob("staged, never committed"));
  repository.Commit({{"1234", "a note"}}, 3000, "refs/notes/commits");
  git_oid tag{}, commit_id{};
  git_signature* who = nullptr;
  git_object* commit = nullptr;
  ::git_signature_new(&who, "A", "a@example.org", 7000, 0);
  ::git_reference_name_to_id(&commit_id, repository.get(), "refs/heads/main");
  ::git_object_lookup(&commit, repository.get(), &commit_id, GIT_OBJECT_COMMIT);
  ::git_tag_create(&tag, repository.get(), "v1", commit, who, "tagged with care", 0);
  ::git_object_free(commit);
  ::git_signature_free(who);
  for (int packed = 0; packed < 2; ++packed) {
    GitScan scan(scratch.path());
    EXPECT_EQ(scan.Files(),
              (Lines{"1234=a note", "a=1", "a=forced away", "blob:" + staged + "=staged, never committed"}));
    EXPECT_EQ(scan.Find("blob:" + staged)->commit, "");
    EXPECT_EQ(scan.Find("tag:" + HexOf(tag))->content, "tagged with care");
    bool found = false;
    for (const BeyondFile& file : scan.visitor.files)
      found = found || (file.path == "a" && file.commit == lost);
    EXPECT_TRUE(found);
    repository.PackAll();
  }
}

TEST(GitHistory, DeltasAreResolved) {
  ScratchFolder scratch;
  Repository repository(scratch.path());
  std::set<std::string> contents;
  std::string text;
  for (int i = 0; i < 400; ++i) text += "line " + std::to_string(i * 7919) + "\n";
  for (int i = 0; i < 60; ++i) {
    text.replace(static_cast<std::size_t>(i) * 40, 5, "EDIT" + std::to_string(i % 10));
    contents.insert(text);
    repository.Commit({{"big/file", text}}, 1000 + i);
  }
  repository.PackAll();
  for (unsigned threads : {1U, 4U}) {
    WalkOptions options;
    options.threads = threads;
    GitScan scan(scratch.path(), options);
    std::set<std::string> found;
    for (const BeyondFile& file : scan.visitor.files)
      if (file.path == "big/file") found.insert(file.content);
    EXPECT_EQ(found, contents);
    EXPECT_EQ(scan.Files().size(), contents.size());
    EXPECT_TRUE(scan.result.problems.empty());
  }
  std::uintmax_t pack_bytes = 0;
  for (const auto& item : fs::directory_iterator(scratch.Sub("objects/pack")))
    if (item.path().extension() == ".pack") pack_bytes = fs::file_size(item.path());
  EXPECT_LT(pack_bytes, text.size() * 20) << "the test has no deltas";
}

TEST(GitHistory, PacksOfGitItself) {
  if (std::system("git --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "no git";
  ScratchFolder scratch;
  scratch.File("run.sh", R"(set -e
export GIT_CONFIG_NOSYSTEM=1 HOME="$PWD" GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
git init -q $1 work; cd work
for i in $(seq 1 40); do seq 1 300 | sed "s/^$i\$/edit $i/" > f; git add f
  GIT_COMMITTER_DATE="@$((1000000 + i)) +0000" git commit -q -m "change $i"; done
echo stashed > f; git stash -q 2>/dev/null; git gc -q --aggressive --prune=now
git worktree add -q ../linked HEAD 2>/dev/null)");
  for (const char* format : {"", "--object-format=sha256"}) {
    SCOPED_TRACE(format);
    fs::remove_all(scratch.Sub("work"));
    fs::remove_all(scratch.Sub("linked"));
    std::string command = "cd " + scratch.path() + " && sh run.sh '" + format + "' >/dev/null 2>&1";
    ASSERT_EQ(std::system(command.c_str()), 0);
    for (const char* path : {"work", "work/.git", "linked"}) {
      GitScan scan(scratch.Sub(path));
      EXPECT_EQ(scan.Files().size(), 41U);
      EXPECT_EQ(scan.Files().back(), "f=stashed\n");
      EXPECT_TRUE(scan.result.problems.empty());
    }
  }
}

TEST(GitHistory, RepositoriesInATreeAreWalkedWhereAskedFor) {
  ScratchFolder scratch;
  Repository repository(scratch.Sub("srv/app/.git"));
  repository.Commit({{"key", "secret"}}, 1000);
  repository.PackAll();
  scratch.File("srv/app/main.c", "int main;");
  Result<std::unique_ptr<Target>> target = OpenTarget("dir:" + scratch.path(), {});
  ASSERT_TRUE(target);
  BeyondVisitor plain, deep;
  WalkOptions options;
  WalkWith(**target, plain, options);
  EXPECT_TRUE(plain.Of(model::Origin::kCommit).empty());
  options.git_history = true;
  WalkWith(**target, deep, options);
  EXPECT_NE(deep.Find("srv/app/.git!key", model::Origin::kCommit), nullptr);
  EXPECT_EQ(deep.Of(model::Origin::kFile), plain.Of(model::Origin::kFile));
  RecordingVisitor unasked;
  WalkWith(**target, unasked, options);
  EXPECT_EQ(unasked.contents.size(), plain.Of(model::Origin::kFile).size());
}

TEST(GitHistory, RepositoriesInImagesAreWalkedEvenRemovedOnes) {
  ScratchFolder scratch;
  Repository repository(scratch.Sub("repo"));
  repository.Commit({{"key", "secret"}}, 1000);
  repository.PackAll();
  repository.Commit({{"loose", "too"}}, 2000);
  TarWriter base;
  for (const auto& item : fs::recursive_directory_iterator(scratch.Sub("repo"))) {
    if (!item.is_regular_file()) continue;
    std::ifstream file(item.path(), std::ios::binary);
    std::string content((std::istreambuf_iterator<char>(file)), {});
    base.File("app/.git/" + fs::relative(item.path(), scratch.Sub("repo")).string(), content);
  }
  TestImage image{{base.Bytes(), TarWriter().File("app/.wh..git", "").Bytes()}, {}};
  for (const std::string& stored : {image.layers[0], Gzip(image.layers[0])}) {
    image.stored = {stored, image.layers[1]};
    scratch.File("image.tar", image.DockerArchive());
    Result<std::unique_ptr<Target>> target = OpenTarget("docker-archive:" + scratch.Sub("image.tar"), {});
    ASSERT_TRUE(target);
    BeyondVisitor visitor;
    WalkOptions options;
    WalkWith(**target, visitor, options);
    EXPECT_TRUE(visitor.Of(model::Origin::kCommit).empty());
    options.git_history = true;
    EXPECT_TRUE(WalkWith(**target, visitor, options).problems.empty());
    const BeyondFile* key = visitor.Find("app/.git!key", model::Origin::kCommit);
    ASSERT_NE(key, nullptr);
    EXPECT_EQ(key->content, "secret");
    EXPECT_EQ(key->layer, "sha256:" + Sha256(image.layers[0]));
    EXPECT_EQ(key->removed_in, "sha256:" + Sha256(image.layers[1]));
    EXPECT_NE(visitor.Find("app/.git!loose", model::Origin::kCommit), nullptr);
  }
  EXPECT_EQ(GitRepositoryOf("a/.git/objects/pack/pack-1.idx"), "a/.git");
  EXPECT_EQ(GitRepositoryOf("a/objects/ab/" + std::string(38, 'c')), "a");
  EXPECT_EQ(GitRepositoryOf("objects/ab/" + std::string(38, 'c')), "");
  EXPECT_EQ(GitRepositoryOf("a/b/" + std::string(38, 'c')), "");
}

TEST(GitHistory, VisitorsThatDoNotAskGetNothing) {
  ScratchFolder scratch;
  Repository repository(scratch.path());
  repository.Commit({{"a", "1"}}, 1000);
  Result<std::unique_ptr<Target>> target = OpenTarget("git:" + scratch.path(), {});
  ASSERT_TRUE(target);
  EXPECT_EQ((*target)->asset().kind, model::AssetKind::kDirectory);
  EXPECT_EQ((*target)->asset().name, "git:" + scratch.path());
  RecordingVisitor visitor;
  WalkWith(**target, visitor);
  EXPECT_TRUE(visitor.seen.empty());
  EXPECT_FALSE(OpenTarget("git:" + scratch.Sub("objects/info"), {}));
  EXPECT_EQ(ParseTargetName("git:/srv/x").scheme, "git");
}

TEST(GitHistory, AlternatesStayInTheRepository) {
  EXPECT_EQ(ResolveAlternate("objects", "../../../etc"), "");
  EXPECT_EQ(ResolveAlternate("objects", "/etc"), "");
  EXPECT_EQ(ResolveAlternate("objects", "../other/objects"), "other/objects");
  ScratchFolder scratch;
  Repository inner(scratch.Sub("repo/other")), outer(scratch.Sub("outside"));
  inner.Commit({{"a", "inner"}}, 1000);
  outer.Commit({{"a", "outer"}}, 1000);
  Repository repository(scratch.Sub("repo"));
  repository.Commit({{"a", "own"}}, 1000);
  scratch.File("repo/objects/info/alternates",
               "../other/objects\n../../outside/objects\n" + scratch.Sub("outside/objects") + "\n");
  GitScan scan(scratch.Sub("repo"));
  EXPECT_EQ(scan.Files(), (Lines{"a=inner", "a=own"}));
  EXPECT_EQ(scan.result.problems.size(), 2U);
  EXPECT_TRUE(scan.result.HasProblem("git", "outside the repository"));

  // Nor do links lead out.
  fs::remove_all(scratch.Sub("repo/objects"));
  scratch.Link("repo/objects", scratch.Sub("outside/objects"));
  Result<std::unique_ptr<Target>> target = OpenTarget("git:" + scratch.Sub("repo"), {});
  ASSERT_TRUE(target);
  BeyondVisitor visitor;
  ProblemLog log;
  Visitor* visitors[] = {&visitor};
  EXPECT_FALSE((*target)->Walk(visitors, {}, log));
}

TEST(GitHistory, DamageGivesProblemsAndTheRest) {
  ScratchFolder scratch;
  Repository repository(scratch.path());
  for (int i = 0; i < 30; ++i)
    repository.Commit(
        {{"f" + std::to_string(i), std::string(3000, static_cast<char>('a' + i % 26)) + std::to_string(i)}},
        1000 + i);
  GitScan whole(scratch.path());
  repository.PackAll();
  std::string pack;
  for (const auto& item : fs::directory_iterator(scratch.Sub("objects/pack")))
    if (item.path().extension() == ".pack") pack = item.path();
  fs::permissions(pack, fs::perms::owner_all);
  std::fstream file(pack, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(fs::file_size(pack) / 2));
  file << "XXXXXXXXXXXXXXXX";
  file.close();
  GitScan damaged(scratch.path());
  EXPECT_FALSE(damaged.result.problems.empty());
  EXPECT_LE(damaged.visitor.files.size(), whole.visitor.files.size());
  EXPECT_GT(damaged.visitor.files.size(), 0U);
  fs::resize_file(pack, fs::file_size(pack) / 3);
  GitScan cut(scratch.path());
  EXPECT_FALSE(cut.result.problems.empty());
  EXPECT_LT(cut.visitor.files.size(), whole.visitor.files.size());
}

TEST(GitHistory, TreesThatMultiplyAreBounded) {
  ScratchFolder scratch;
  Repository repository(scratch.path());
  // Ten times ten times ... the same tree: few objects, 10^12 paths.
  git_oid id = repository.WriteTree({{"f", "content"}});
  for (int level = 0; level < 12; ++level) {
    git_treebuilder* builder = nullptr;
    ASSERT_EQ(::git_treebuilder_new(&builder, repository.get(), nullptr), 0);
    for (int i = 0; i < 10; ++i)
      ::git_treebuilder_insert(nullptr, builder, ("d" + std::to_string(i)).c_str(), &id, GIT_FILEMODE_TREE);
    ::git_treebuilder_write(&id, builder);
    ::git_treebuilder_free(builder);
  }
  git_tree* tree = nullptr;
  ASSERT_EQ(::git_tree_lookup(&tree, repository.get(), &id), 0);
  git_signature* who = nullptr;
  ::git_signature_new(&who, "A", "a@example.org", 1, 0);
  git_oid commit{};
  ::git_commit_create(&commit, repository.get(), "refs/heads/main", who, who, nullptr, "m", tree, 0, nullptr);
  ::git_signature_free(who);
  ::git_tree_free(tree);
  GitScan scan(scratch.path());
  EXPECT_EQ(scan.Files(), (Lines{"d0/d0/d0/d0/d0/d0/d0/d0/d0/d0/d0/d0/f=content"}));
}

TEST(GitParse, HostileTexts) {
  EXPECT_EQ(ParseGitText("tree zz\ncommitter x\n\nm").tree, "");
  EXPECT_EQ(ParseGitText("committer A > B <a@b> 17 +0100\n\nhello\nworld").message, "hello\nworld");
  EXPECT_EQ(ParseGitText("committer A > B <a@b> 17 +0100\n\nhello").time, 17);
  std::string_view rest("100644 \0", 8);
  GitTreeEntry entry;
  EXPECT_FALSE(NextGitTreeEntry(rest, 20, entry));
  EXPECT_FALSE(ApplyGitDelta("abc", std::string("\x03\x7f\x90\x7f", 4), 1000));
  EXPECT_FALSE(PackIndex::Parse(std::string(100, 'x'), 20));
  std::string index("\xfftOc\0\0\0\2", 8);
  index += std::string(1020, '\0') + std::string("\xff\xff\xff\xff", 4);
  EXPECT_FALSE(PackIndex::Parse(index, 20));
}

}  // namespace
}  // namespace weir::target
