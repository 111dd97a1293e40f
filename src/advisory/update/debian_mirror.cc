#include "advisory/update/debian_mirror.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>

#include "advisory/feeds/deb822.h"
#include "advisory/feeds/debian_release.h"
#include "advisory/feeds/decompress.h"
#include "base/file.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

constexpr std::uint64_t kMaxReleaseBytes = 8U << 20U;
constexpr std::uint64_t kMaxIndexBytes = 512U << 20U;
constexpr std::uint64_t kMaxBinaryBytes = 16U << 20U;

/// "bookworm-security" and the older "buster/updates" -> "bookworm", "buster"; empty for other suites.
std::string_view SecurityCodename(std::string_view suite) {
  for (std::string_view suffix : {"-security", "/updates"})
    if (suite.ends_with(suffix)) return suite.substr(0, suite.size() - suffix.size());
  return {};
}

/// The SHA-256 of PATH as a release file lists it: " <digest> <size> <path>" below "SHA256:".
std::string DigestInRelease(std::string_view release, std::string_view path) {
  std::size_t at = release.find("\nSHA256:");
  if (at == release.npos) return {};
  std::string_view rest = release.substr(at + 1);
  NextLine(rest);
  while (rest.starts_with(' ')) {
    std::string_view line = Trim(NextLine(rest));
    if (line.size() > 66 && line.ends_with(path) && line[line.size() - path.size() - 1] == ' ')
      return std::string(line.substr(0, 64));
  }
  return {};
}

std::string ListsFolder(const std::string& root) { return root + "/var/lib/apt/lists/"; }

struct Release {
  std::string text;
  bool from_apt = false;
};

Result<Release> ReadRelease(const AptArchive& archive, const std::string& root, bool use_lists,
                            Fetcher& fetcher) {
  if (use_lists) {
    auto local = ReadFile(ListsFolder(root) + AptListPrefix(archive) + "InRelease", kMaxReleaseBytes);
    if (local) return Release{std::move(*local), true};
  }
  WEIR_ASSIGN(std::string text,
              fetcher.FetchText(archive.uri + "/dists/" + archive.suite + "/InRelease", kMaxReleaseBytes));
  return Release{std::move(text), false};
}

Result<std::string> Unpacked(const std::string& path) {
  std::string text;
  WEIR_TRY(DecompressFile(path, kMaxIndexBytes, [&](std::string_view piece) {
    text += piece;
    return true;
  }));
  return text;
}

/// An index like "main/source/Sources", by the digest in RELEASE.
Result<std::string> FetchIndex(const AptArchive& archive, const std::string& stem, const Release& release,
                               const std::string& temporary_dir, Fetcher& fetcher) {
  const std::string base = archive.uri + "/dists/" + archive.suite + "/";
  for (const char* ending : {".xz", ".gz"}) {
    std::string path = stem + ending;
    std::string digest = DigestInRelease(release.text, path);
    if (digest.empty()) continue;
    FetchRequest request;
    request.target = temporary_dir + "/index";
    request.expected_sha256 = digest;
    request.max_bytes = kMaxIndexBytes;
    // By digest first: there the mirror keeps what an older release file names.
    const std::string folder = stem.substr(0, stem.rfind('/'));
    for (const std::string& place : {folder + "/by-hash/SHA256/" + digest, path}) {
      request.url = base + place;
      auto outcome = fetcher.Fetch(request, {});
      if (!outcome && outcome.error().code == Code::kUnavailable) return Err(outcome.error());
      if (!outcome || outcome->kind != FetchOutcome::Kind::kFetched) continue;
      auto text = Unpacked(outcome->path);
      ::unlink(outcome->path.c_str());
      return text;
    }
  }
  return Err(Code::kNotFound, base + stem + ": no index with a known digest");
}

/// The index as apt has fetched it, in whichever compression it keeps lists.
std::string LocalIndex(const AptArchive& archive, const std::string& stem, const std::string& root) {
  std::string path = ListsFolder(root) + AptListPrefix(archive) + ReplaceAll(stem, "/", "_");
  for (const char* ending : {"", ".lz4", ".xz", ".gz", ".zst", ".bz2"}) {
    if (::access((path + ending).c_str(), R_OK) != 0) continue;
    if (auto text = Unpacked(path + ending)) return std::move(*text);
  }
  return {};
}

/// Debian's name for this machine's architecture.
std::string Architecture() {
  utsname name{};
  std::string_view machine = ::uname(&name) == 0 ? name.machine : "";
  if (machine == "x86_64") return "amd64";
  if (machine == "aarch64") return "arm64";
  if (machine == "i686") return "i386";
  if (machine == "armv7l") return "armhf";
  if (machine == "ppc64le") return "ppc64el";
  return std::string(machine);  // "s390x", "riscv64"
}

bool IsPoolName(std::string_view name) {
  return !name.empty() && name.size() < 256 && name.find('/') == name.npos && name.find("..") == name.npos;
}

/// The file that the changelog is in: "x.debian.tar.xz", or the only tar of a native package.
bool HoldsChangelog(std::string_view name) {
  if (name.find(".tar.") == name.npos || name.ends_with(".asc")) return false;
  return name.find(".orig") == name.npos;
}

}  // namespace

std::vector<AptArchive> SecuritySuites(const std::vector<AptArchive>& archives) {
  std::vector<AptArchive> out;
  for (const AptArchive& archive : archives)
    if (!DebianEcosystem(SecurityCodename(archive.suite)).empty()) out.push_back(archive);
  return out;
}

std::vector<SourceFile> ParseSourcesIndex(std::string_view text, const std::string& archive_uri,
                                          const std::string& ecosystem) {
  std::vector<SourceFile> out;
  Paragraph paragraph;
  while (NextParagraph(text, paragraph)) {
    // Kept for its licence's sake beside something that was built with it; no update of its own.
    if (Field(paragraph, "extra-source-only") == "yes") continue;
    SourceFile file;
    file.source = Field(paragraph, "package");
    file.version = Field(paragraph, "version");
    file.ecosystem = ecosystem;
    std::string_view directory = Field(paragraph, "directory"), list = Field(paragraph, "checksums-sha256");
    if (file.source.empty() || file.version.empty() || directory.find("..") != directory.npos) continue;
    while (!list.empty()) {
      std::string_view line = Trim(NextLine(list));
      std::string_view digest = NextPiece(line, ' '), size = NextPiece(line, ' '), name = line;
      if (digest.size() != 64 || !IsPoolName(name) || !HoldsChangelog(name)) continue;
      bool better = file.url.empty() || name.find(".debian.tar.") != name.npos;
      if (!better) continue;
      file.sha256 = digest;
      file.bytes = ParseUint(size).value_or(0);
      file.url = archive_uri + "/" + EncodePath(directory) + "/" + EncodePath(name);
    }
    if (!file.url.empty()) out.push_back(std::move(file));
  }
  return out;
}

std::vector<SourceFile> ParsePackagesIndex(std::string_view text, const std::string& archive_uri,
                                           const std::string& ecosystem) {
  std::vector<SourceFile> out;
  Paragraph paragraph;
  while (NextParagraph(text, paragraph)) {
    SourceFile file;
    file.is_binary = true;
    file.ecosystem = ecosystem;
    file.version = Field(paragraph, "version");
    std::string_view source = Field(paragraph, "source");  // "name (version)", "name", or not there
    if (source.empty()) source = Field(paragraph, "package");
    file.source = NextPiece(source, ' ');
    if (source.size() > 2 && source.front() == '(' && source.back() == ')')
      file.version = source.substr(1, source.size() - 2);
    file.sha256 = Field(paragraph, "sha256");
    file.bytes = ParseUint(Field(paragraph, "size")).value_or(0);
    std::string_view path = Field(paragraph, "filename");
    bool usable = !file.source.empty() && file.sha256.size() == 64 && path.ends_with(".deb") &&
                  path.find("..") == path.npos && file.bytes > 0 && file.bytes <= kMaxBinaryBytes;
    if (!usable) continue;
    file.url = archive_uri + "/" + EncodePath(path);
    out.push_back(std::move(file));
  }
  return out;
}

Result<SourceIndex> ReadSourceIndex(const AptArchive& archive, const std::string& root,
                                    const std::string& temporary_dir, Fetcher& fetcher) {
  const std::string ecosystem = DebianEcosystem(SecurityCodename(archive.suite));
  Result<SourceIndex> out = Err(Code::kNotFound, archive.suite + ": no components");
  for (bool use_lists :
       {true, false}) {  // a mirror that moved on since apt looked may have dropped what it names
    SourceIndex index;
    auto release = ReadRelease(archive, root, use_lists, fetcher);
    if (!release) return Err(release.error());
    index.signature_checked = release->from_apt;
    for (const std::string& component : archive.components) {
      for (bool binary : {false, true}) {
        std::string stem =
            component + (binary ? "/binary-" + Architecture() + "/Packages" : "/source/Sources");
        std::string text = use_lists ? LocalIndex(archive, stem, root) : "";
        if (text.empty()) {
          auto fetched = FetchIndex(archive, stem, *release, temporary_dir, fetcher);
          if (!fetched) out = Err(fetched.error());
          if (fetched) text = std::move(*fetched);
        }
        auto files = binary ? ParsePackagesIndex(text, archive.uri, ecosystem)
                            : ParseSourcesIndex(text, archive.uri, ecosystem);
        std::move(files.begin(), files.end(), std::back_inserter(index.files));
      }
    }
    if (!index.files.empty()) return index;
    if (!release->from_apt) break;
  }
  return out;
}

}  // namespace weir::advisory
