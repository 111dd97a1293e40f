#include "target/git_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <functional>

#include "base/strings.h"
#include "target/file_content.h"
#include "target/rooted_open.h"

namespace weir::target {
namespace {

constexpr std::uint64_t kMaxSmallFile = 1U << 20U;
constexpr std::size_t kMaxObjectFolders = 16, kMaxPacks = 10'000;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

bool IsHexDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

class OpenFileSource final : public ByteSource {
 public:
  OpenFileSource(UniqueFd fd, std::uint64_t size) : fd_(std::move(fd)), size_(size) {}
  std::uint64_t size() const override { return size_; }
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset >= size_) return std::size_t{0};
    std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_ - offset));
    return ReadFully(fd_.get(), offset, out.first(count));
  }

 private:
  UniqueFd fd_;
  std::uint64_t size_;
};

class FolderStore final : public GitStore {
 public:
  FolderStore(UniqueFd root, std::string_view where, const Limits& limits, ProblemLog& problems)
      : root_(std::move(root)), where_(where), limits_(limits), problems_(problems) {}

  Result<void> Load() {
    struct stat info{};
    UniqueFd objects = OpenBeneath(root_.get(), "objects", O_PATH | O_DIRECTORY);
    if (!objects || ::fstat(objects.get(), &info) != 0)
      return Err(ErrnoError(errno, std::string(where_) + ": no folder of git objects"));
    if (ReadSmall("config").find("objectformat = sha256") != std::string::npos) id_bytes_ = 32;
    AddFolder("objects");
    return {};
  }
  std::size_t id_bytes() const override { return id_bytes_; }
  const std::vector<std::string>& packs() const override { return packs_; }
  const std::vector<std::string>& loose() const override { return loose_; }
  Result<std::unique_ptr<ByteSource>> Open(const std::string& path) const override {
    return OpenStoredFile(root_.get(), path);
  }

 private:
  std::string ReadSmall(const std::string& path) const {
    Result<std::unique_ptr<ByteSource>> source = Open(path);
    return source ? (*source)->ReadAll(kMaxSmallFile).value_or(std::string()) : std::string();
  }
  void ForEachName(const std::string& folder, const std::function<void(std::string_view)>& visit) const {
    UniqueFd fd = OpenBeneath(root_.get(), folder, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    std::unique_ptr<DIR, CloseFolder> stream(fd ? ::fdopendir(fd.get()) : nullptr);
    if (!stream) {
      if (errno != ENOENT) problems_.Add(ErrnoError(errno, "listing git objects"), where_);
      return;
    }
    static_cast<void>(fd.Release());  // the stream closes it
    while (const dirent* record = ::readdir(stream.get())) visit(record->d_name);
  }
  void AddFolder(const std::string& folder) {
    if (std::find(folders_.begin(), folders_.end(), folder) != folders_.end()) return;
    if (folders_.size() >= kMaxObjectFolders)
      return problems_.Add(Code::kLimitExceeded, where_, "too many alternates; not all were read");
    folders_.push_back(folder);
    ForEachName(folder, [&](std::string_view name) {
      if (name.size() != 2 || !IsHexDigits(name)) return;
      std::string below = folder + "/" + std::string(name);
      ForEachName(below, [&](std::string_view rest) {
        if (rest.size() == 2 * id_bytes_ - 2 && IsHexDigits(rest) && loose_.size() < limits_.max_entries)
          loose_.push_back(below + "/" + std::string(rest));
      });
    });
    ForEachName(folder + "/pack", [&](std::string_view name) {
      if (name.ends_with(".idx") && packs_.size() < kMaxPacks)
        packs_.push_back(folder + "/pack/" + std::string(name.substr(0, name.size() - 4)));
    });
    std::string alternates = ReadSmall(folder + "/info/alternates");
    for (std::string_view rest = alternates; !rest.empty();) {
      std::string_view line = NextLine(rest);
      if (line.empty() || line[0] == '#') continue;
      std::string at = ResolveAlternate(folder, line);
      if (!at.empty()) {
        AddFolder(at);
      } else {
        problems_.Add(Code::kPermissionDenied, where_,
                      "objects in " + ToValidUtf8(line.substr(0, 200)) +
                          " are outside the repository and were not read");
      }
    }
  }

  UniqueFd root_;
  const std::string where_;
  const Limits& limits_;
  ProblemLog& problems_;
  std::size_t id_bytes_ = 20;
  std::vector<std::string> folders_, packs_, loose_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> OpenStoredFile(int root, const std::string& path) {
  UniqueFd fd = OpenBeneath(root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0) return Err(ErrnoError(errno, "opening"));
  if (!S_ISREG(info.st_mode)) return Err(Code::kMalformed, "not a regular file");
  return std::make_unique<OpenFileSource>(std::move(fd), static_cast<std::uint64_t>(info.st_size));
}

std::string ResolveAlternate(std::string_view objects, std::string_view line) {
  if (line.starts_with('/')) return {};
  // One step up from "objects" is the repository itself, and no further.
  std::optional<std::string> path = NormalizePath(std::string(objects) + "/" + std::string(line));
  return path.value_or(std::string());
}

Result<std::unique_ptr<GitStore>> OpenGitFolder(UniqueFd repository, std::string_view where,
                                                const Limits& limits, ProblemLog& problems) {
  auto store = std::make_unique<FolderStore>(std::move(repository), where, limits, problems);
  WEIR_TRY(store->Load());
  return store;
}

}  // namespace weir::target
