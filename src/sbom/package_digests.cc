#include "sbom/package_digests.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <mutex>

#include "base/fd.h"
#include "base/file.h"
#include "base/strings.h"
#include "sbom/rpm_database.h"
#include "sbom/rpm_header.h"
#include "sbom/subresource_integrity.h"
#include "target/rooted_open.h"

namespace weir::sbom {
namespace {

constexpr std::uint64_t kMaxDatabase = 1ULL << 30U;
constexpr std::uint64_t kMaxMd5Sums = 64ULL << 20U;
constexpr std::size_t kMaxEntries = 5'000'000;
constexpr int kMaxLinks = 8;  // followed in one path

// Folders of old that became links when /usr was merged, and a few that always were.
constexpr std::array<std::string_view, 14> kLinkedFolders{
    "bin",      "sbin",      "lib",       "lib32",     "lib64",   "libx32",   "usr/bin",
    "usr/sbin", "usr/lib32", "usr/lib64", "usr/local", "var/run", "var/lock", "usr/libx32"};
constexpr std::array<std::string_view, 2> kApkDatabases{"lib/apk/db/installed", "usr/lib/apk/db/installed"};
constexpr std::array<std::string_view, 3> kRpmFolders{"var/lib/rpm/", "usr/share/rpm/",
                                                      "usr/lib/sysimage/rpm/"};
constexpr std::array<std::string_view, 3> kRpmFiles{"rpmdb.sqlite", "Packages.db", "Packages"};
constexpr std::array<std::string_view, 2> kDpkgFolders{"var/lib/dpkg/info/", "var/lib/dpkg/status.d/"};
constexpr std::string_view kMd5SumsEnding = ".md5sums";

std::size_t SizeOf(DigestKind kind) {
  switch (kind) {
    case DigestKind::kMd5:
      return 16;
    case DigestKind::kSha1:
      return 20;
    case DigestKind::kSha256:
      return 32;
    case DigestKind::kSha512:
      return 64;
  }
  return 0;
}

std::string_view WithoutRoot(std::string_view path) {
  while (path.starts_with('/') || path.starts_with("./")) path.remove_prefix(1);
  return path;
}

/// Bytes of hexadecimal text; empty where it is none.
std::string FromHex(std::string_view text) {
  auto value = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string raw;
  if (text.size() % 2 != 0) return raw;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    int high = value(text[i]), low = value(text[i + 1]);
    if (high < 0 || low < 0) return {};
    raw += static_cast<char>(high * 16 + low);
  }
  return raw;
}

std::optional<DigestKind> RpmAlgorithm(std::uint32_t number) {
  switch (number) {
    case 1:
      return DigestKind::kMd5;
    case 2:
      return DigestKind::kSha1;
    case 8:
      return DigestKind::kSha256;
    case 10:
      return DigestKind::kSha512;
    default:
      return std::nullopt;
  }
}

struct FolderCloser {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

/// Every md5sums file in FOLDER below ROOT, links not followed.
void ReadMd5Folder(int root, std::string_view folder, PackageDigestReader& reader,
                   target::ProblemLog& problems) {
  UniqueFd fd = target::OpenBeneath(root, folder.substr(0, folder.size() - 1),
                                    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (!fd) return;
  UniqueFd listed(::dup(fd.get()));
  std::unique_ptr<DIR, FolderCloser> entries(::fdopendir(listed.get()));
  if (!entries) return;
  static_cast<void>(listed.Release());  // the folder's now
  while (dirent* entry = ::readdir(entries.get())) {
    std::string name(entry->d_name);
    if (!name.ends_with(kMd5SumsEnding)) continue;
    std::string path = std::string(folder) + name;
    UniqueFd file(::openat(fd.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat state{};
    if (!file || ::fstat(file.get(), &state) != 0 || !S_ISREG(state.st_mode)) continue;
    Result<std::string> text = ReadAll(file.get(), kMaxMd5Sums, path);
    if (text)
      reader.AddFile(path, std::move(*text));
    else
      problems.Add(text.error(), path);
  }
}

void ReadLinks(int root, PackageDigestReader& reader) {
  for (std::string_view path : kLinkedFolders) {
    std::size_t slash = path.rfind('/');
    std::string_view parent = slash == std::string_view::npos ? "." : path.substr(0, slash);
    std::string name(slash == std::string_view::npos ? path : path.substr(slash + 1));
    UniqueFd folder = target::OpenBeneath(root, parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (!folder) continue;
    std::array<char, PATH_MAX> text;
    ssize_t size = ::readlinkat(folder.get(), name.c_str(), text.data(), text.size());
    if (size > 0) reader.AddLink(path, std::string_view(text.data(), static_cast<std::size_t>(size)));
  }
}

void ReadFolder(target::Target& target, PackageDigestReader& reader, target::ProblemLog& problems) {
  int root = target.root_descriptor();
  ReadLinks(root, reader);
  for (std::string_view folder : kDpkgFolders) ReadMd5Folder(root, folder, reader, problems);
  auto add = [&](const std::string& path) {
    Result<std::string> content = target.ReadFile(path, kMaxDatabase);
    if (content)
      reader.AddFile(path, std::move(*content));
    else if (content.error().code != Code::kNotFound)
      problems.Add(content.error(), path);
  };
  for (std::string_view path : kApkDatabases) add(std::string(path));
  for (std::string_view folder : kRpmFolders)
    for (std::string_view name : kRpmFiles) add(std::string(folder).append(name));
}

/// An image gives no folder to look into: its databases are picked from a walk of their own.
class DatabaseVisitor final : public target::Visitor {
 public:
  explicit DatabaseVisitor(PackageDigestReader& reader) : reader_(reader) {}
  bool WantsFile(const target::Entry& entry) override { return PackageDigestReader::Wants(entry.path); }
  void VisitFile(target::File& file) override {
    Result<std::string> content = file.content().ReadAll(kMaxDatabase);
    if (!content) return;  // reported by the walk
    std::lock_guard lock(mutex_);
    reader_.AddFile(file.entry().path, std::move(*content));
  }
  void VisitLink(const target::Entry& entry, std::string_view link_target) override {
    if (!PackageDigestReader::WantsLink(entry.path)) return;
    std::lock_guard lock(mutex_);
    reader_.AddLink(entry.path, link_target);
  }

 private:
  std::mutex mutex_;
  PackageDigestReader& reader_;
};

}  // namespace

PackageDigests PackageDigests::Read(target::Target& target, const target::WalkOptions& options,
                                    target::ProblemLog& problems) {
  PackageDigestReader reader(problems);
  if (target.root_descriptor() >= 0) {
    ReadFolder(target, reader, problems);
  } else {
    DatabaseVisitor visitor(reader);
    target::Visitor* visitors[] = {&visitor};
    target::ProblemLog unheard;  // the walk that comes after meets the same ones
    if (auto walked = target.Walk(visitors, options, unheard); !walked) problems.Add(walked.error(), "");
  }
  return reader.Finish();
}

std::string PackageDigests::Resolve(std::string_view path) const {
  std::string resolved(WithoutRoot(path));
  for (int followed = 0; followed < kMaxLinks && !links_.empty(); ++followed) {
    bool changed = false;
    for (std::size_t slash = resolved.find('/'); slash != std::string::npos;
         slash = resolved.find('/', slash + 1)) {
      auto link = links_.find(std::string_view(resolved).substr(0, slash));
      if (link == links_.end()) continue;
      resolved.replace(0, slash, link->second);
      changed = true;
      break;
    }
    if (!changed) break;
  }
  return resolved;
}

std::vector<PackageDigests::Entry>::const_iterator PackageDigests::First(std::uint64_t path) const {
  return std::lower_bound(entries_.begin(), entries_.end(), path,
                          [](const Entry& entry, std::uint64_t wanted) { return entry.path < wanted; });
}

std::string PackageDigests::HexOf(const Entry& entry) const {
  return Hex(AsBytes(std::string_view(digests_).substr(entry.digest, SizeOf(entry.algorithm))));
}

std::optional<PackagedFile> PackageDigests::Lookup(std::string_view path) const {
  std::uint64_t hash = Hash64(Resolve(path));
  auto at = First(hash);
  if (at == entries_.end() || at->path != hash) return std::nullopt;
  return PackagedFile{packages_.at(at->package), at->algorithm, HexOf(*at)};
}

FileVerdict PackageDigests::Verify(std::string_view path, Bytes content) const {
  if (entries_.empty()) return FileVerdict::kUnknown;
  std::uint64_t hash = Hash64(Resolve(path));
  auto at = First(hash);
  if (at == entries_.end() || at->path != hash) return FileVerdict::kUnknown;
  // Packages of several architectures may share a file, and one may have taken it from another.
  std::string digest;
  std::optional<DigestKind> digested;
  for (; at != entries_.end() && at->path == hash; ++at) {
    if (digested != at->algorithm) digest = DigestHex(at->algorithm, content);
    digested = at->algorithm;
    if (digest == HexOf(*at)) return FileVerdict::kUnmodified;
  }
  return FileVerdict::kModified;
}

std::uint64_t PackageDigests::memory_bytes() const {
  std::uint64_t total = entries_.capacity() * sizeof(Entry) + digests_.capacity();
  for (const std::string& name : packages_) total += sizeof(name) + name.capacity();
  return total;
}

bool PackageDigestReader::Wants(std::string_view path) {
  if (path.ends_with(kMd5SumsEnding))
    return std::any_of(kDpkgFolders.begin(), kDpkgFolders.end(), [path](std::string_view folder) {
      return path.starts_with(folder) && path.find('/', folder.size()) == std::string_view::npos;
    });
  if (std::find(kApkDatabases.begin(), kApkDatabases.end(), path) != kApkDatabases.end()) return true;
  for (std::string_view folder : kRpmFolders)
    for (std::string_view name : kRpmFiles)
      if (path.starts_with(folder) && path.substr(folder.size()) == name) return true;
  return false;
}

bool PackageDigestReader::WantsLink(std::string_view path) {
  return std::find(kLinkedFolders.begin(), kLinkedFolders.end(), path) != kLinkedFolders.end();
}

void PackageDigestReader::AddFile(std::string_view path, std::string content) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  if (name.ends_with(kMd5SumsEnding)) return AddMd5Sums(name, content);
  if (name == "installed") return AddApk(content);
  AddRpm(path, std::move(content));
}

void PackageDigestReader::AddLink(std::string_view path, std::string_view link_target) {
  if (!WantsLink(path)) return;
  std::string whole(link_target);
  if (!link_target.starts_with('/')) {
    std::size_t slash = path.rfind('/');
    if (slash != std::string_view::npos) whole = std::string(path.substr(0, slash + 1)).append(link_target);
  }
  std::optional<std::string> normal = NormalizePath(whole);
  if (normal && !normal->empty() && *normal != path) out_.links_.insert_or_assign(std::string(path), *normal);
}

/// "name:arch.md5sums" or "name.md5sums": lines of digest, two blanks, path.
void PackageDigestReader::AddMd5Sums(std::string_view file_name, std::string_view text) {
  file_name.remove_suffix(kMd5SumsEnding.size());
  std::uint32_t package = Package(file_name.substr(0, file_name.find(':')));
  constexpr std::size_t kHexDigits = 32;
  while (!text.empty() && !full_) {
    std::string_view line = NextLine(text);
    if (line.size() <= kHexDigits || line[kHexDigits] != ' ') continue;
    std::string raw = FromHex(line.substr(0, kHexDigits));
    Add(Trim(line.substr(kHexDigits)), DigestKind::kMd5, raw, package);
  }
}

/// "P:" package, "F:" folder, "R:" file, "Z:" its checksum: "Q1" and SHA-1 in base64.
void PackageDigestReader::AddApk(std::string_view text) {
  std::uint32_t package = 0;
  std::string_view folder, file;
  while (!text.empty() && !full_) {
    std::string_view line = NextLine(text);
    if (line.empty()) folder = file = {};
    if (line.size() < 2 || line[1] != ':') continue;
    std::string_view value = line.substr(2);
    if (line[0] == 'P') package = Package(value);
    if (line[0] == 'F') folder = value;
    if (line[0] == 'R') file = value;
    if (line[0] != 'Z' || file.empty()) continue;
    std::string path = folder.empty() ? std::string(file) : std::string(folder).append("/").append(file);
    if (value.starts_with("Q1")) Add(path, DigestKind::kSha1, DecodeBase64(value.substr(2)), package);
    if (value.starts_with("Q2")) Add(path, DigestKind::kSha256, DecodeBase64(value.substr(2)), package);
    file = {};
  }
}

void PackageDigestReader::AddRpm(std::string_view path, std::string content) {
  std::unique_ptr<target::ByteSource> source = target::MakeMemorySource(std::move(content));
  auto blobs = [&](std::string_view blob) { AddRpmHeader(blob, path); };
  auto problem = [&](const Error& error) { problems_.Add(error, path); };
  Result<void> read;
  if (path.ends_with(".sqlite"))
    read = ReadRpmSqlite(*source, {}, blobs, problem);
  else if (path.ends_with(".db"))
    read = ReadNdb(*source, {}, blobs, problem);
  else
    read = ReadBerkeleyHash(*source, {}, blobs, problem);
  if (!read) problems_.Add(read.error(), path);
}

void PackageDigestReader::AddRpmHeader(std::string_view blob, std::string_view path) {
  Result<RpmHeader> header = ParseRpmHeader(blob, true);
  if (!header) return problems_.Add(header.error(), path);
  std::optional<DigestKind> algorithm = RpmAlgorithm(header->digest_algorithm);
  if (!algorithm) return;
  std::uint32_t package = Package(header->name);
  std::string file;
  bool whole_paths = header->base_names.empty();
  std::size_t count = std::min(whole_paths ? header->old_file_names.size() : header->base_names.size(),
                               header->file_digests.size());
  for (std::size_t i = 0; i < count && !full_; ++i) {
    if (header->file_digests[i].empty()) continue;
    if (whole_paths) {
      file = header->old_file_names[i];
    } else {
      if (i >= header->folder_of.size() || header->folder_of[i] >= header->folders.size()) continue;
      file = header->folders[header->folder_of[i]];
      file += header->base_names[i];
    }
    Add(file, *algorithm, FromHex(header->file_digests[i]), package);
  }
}

void PackageDigestReader::Add(std::string_view path, DigestKind algorithm, std::string_view raw,
                              std::uint32_t package) {
  path = WithoutRoot(path);
  if (path.empty() || raw.size() != SizeOf(algorithm)) return;
  if (out_.entries_.size() >= kMaxEntries || out_.digests_.size() > UINT32_MAX - raw.size()) {
    full_ = true;
    return;
  }
  out_.entries_.push_back({0, static_cast<std::uint32_t>(out_.digests_.size()), package, algorithm});
  out_.digests_ += raw;
  paths_.emplace_back(path);
}

std::uint32_t PackageDigestReader::Package(std::string_view name) {
  if (out_.packages_.empty() || out_.packages_.back() != name) out_.packages_.emplace_back(name);
  return static_cast<std::uint32_t>(out_.packages_.size() - 1);
}

PackageDigests PackageDigestReader::Finish() {
  if (full_)
    problems_.Add(Code::kLimitExceeded, "", "too many digests of packaged files; the rest is unknown");
  for (std::size_t i = 0; i < paths_.size(); ++i) out_.entries_[i].path = Hash64(out_.Resolve(paths_[i]));
  std::sort(out_.entries_.begin(), out_.entries_.end(), [](const auto& a, const auto& b) {
    return std::tie(a.path, a.digest) < std::tie(b.path, b.digest);
  });
  out_.entries_.shrink_to_fit();
  out_.digests_.shrink_to_fit();
  return std::move(out_);
}

}  // namespace weir::sbom
