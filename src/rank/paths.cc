#include "rank/paths.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace weir::rank {
namespace {

using Kind = Neighbourhood::Kind;

struct Word {
  std::string_view word;
  Kind kind;
};

// Sorted by word: looked up for each part of each path.
constexpr std::array kFolders = {
    Word{".cache", Kind::kCache},
    Word{".gem", Kind::kLibrary},
    Word{".npm", Kind::kCache},
    Word{".nuget", Kind::kLibrary},
    Word{"__mocks__", Kind::kSample},
    Word{"__pycache__", Kind::kCache},
    Word{"__tests__", Kind::kSample},
    Word{"_cacache", Kind::kCache},
    Word{"bower_components", Kind::kLibrary},
    Word{"cache", Kind::kCache},
    Word{"caches", Kind::kCache},
    Word{"demo", Kind::kSample},
    Word{"demos", Kind::kSample},
    Word{"dist-packages", Kind::kLibrary},
    Word{"doc", Kind::kSample},
    Word{"docs", Kind::kSample},
    Word{"documentation", Kind::kSample},
    Word{"example", Kind::kSample},
    Word{"examples", Kind::kSample},
    Word{"fixture", Kind::kSample},
    Word{"fixtures", Kind::kSample},
    Word{"gems", Kind::kLibrary},
    Word{"javadoc", Kind::kSample},
    Word{"man", Kind::kSample},
    Word{"mock", Kind::kSample},
    Word{"mocks", Kind::kSample},
    Word{"node_modules", Kind::kLibrary},
    Word{"sample", Kind::kSample},
    Word{"samples", Kind::kSample},
    Word{"site-packages", Kind::kLibrary},
    Word{"spec", Kind::kSample},
    Word{"specs", Kind::kSample},
    Word{"test", Kind::kSample},
    Word{"test-data", Kind::kSample},
    Word{"test_data", Kind::kSample},
    Word{"testcases", Kind::kSample},
    Word{"testdata", Kind::kSample},
    Word{"testing", Kind::kSample},
    Word{"tests", Kind::kSample},
    Word{"testsuite", Kind::kSample},
    Word{"tutorial", Kind::kSample},
    Word{"tutorials", Kind::kSample},
    Word{"vendor", Kind::kLibrary},
};
static_assert(std::is_sorted(kFolders.begin(), kFolders.end(),
                             [](const Word& a, const Word& b) { return a.word < b.word; }));

constexpr std::string_view kSampleStarts[] = {"test_", "readme", "changelog"};
constexpr std::string_view kSampleParts[] = {"_test.", ".test.", "_spec.", ".spec.", ".example", ".sample"};

constexpr std::string_view kWebFolders[] = {
    "var/www/", "srv/www/", "srv/http/", "usr/share/nginx/html/", "usr/share/caddy/", "var/lib/tomcat"};
constexpr std::string_view kWebWords[] = {"htdocs",     "httpdocs",    "public_html", "wwwroot",
                                          "wp-content", "wp-includes", "webapps",     "www"};
constexpr std::string_view kTempFolders[] = {"tmp/",     "var/tmp/",  "dev/shm/",
                                             "run/shm/", "run/user/", "run/lock/"};

/// The next part of REST: between slashes, and between an archive and what is in it.
std::string_view NextPart(std::string_view& rest) {
  std::size_t end = rest.find_first_of("/!");
  std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return part;
}

Kind KindOfFolder(std::string_view folder) {
  std::string lower = ToLower(folder);
  auto at = std::lower_bound(kFolders.begin(), kFolders.end(), lower,
                             [](const Word& word, const std::string& name) { return word.word < name; });
  return at != kFolders.end() && at->word == lower ? at->kind : Kind::kPlain;
}

bool IsSampleName(std::string_view name) {
  std::string lower = ToLower(name);
  return std::any_of(std::begin(kSampleStarts), std::end(kSampleStarts),
                     [&](std::string_view start) { return lower.starts_with(start); }) ||
         std::any_of(std::begin(kSampleParts), std::end(kSampleParts),
                     [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

}  // namespace

std::string OtherSpelling(std::string_view path) {
  constexpr std::string_view kUsr = "usr/";
  auto merged = [](std::string_view p) {
    for (std::string_view folder : {"lib/", "lib64/", "lib32/", "libx32/", "bin/", "sbin/"})
      if (p.starts_with(folder)) return true;
    return false;
  };
  if (path.starts_with(kUsr) && merged(path.substr(kUsr.size())))
    return std::string(path.substr(kUsr.size()));
  return merged(path) ? std::string(kUsr) + std::string(path) : std::string();
}

std::string_view OuterFile(std::string_view path) { return path.substr(0, path.find('!')); }

Neighbourhood NeighbourhoodOf(std::string_view path) {
  Neighbourhood out;
  while (!path.empty()) {
    std::string_view part = NextPart(path);
    constexpr std::size_t kLongest = 20;  // of the words above
    Kind kind = path.empty()              ? (IsSampleName(part) ? Kind::kSample : Kind::kPlain)
                : part.size() <= kLongest ? KindOfFolder(part)
                                          : Kind::kPlain;
    if (kind > out.kind) out = {kind, part};
  }
  return out;
}

std::string_view WebRoot(std::string_view path) {
  for (std::string_view folder : kWebFolders)
    if (path.starts_with(folder)) return path.substr(0, folder.size());
  std::string_view rest = path;
  while (!rest.empty()) {
    std::string_view part = NextPart(rest);
    if (rest.empty()) break;  // the file itself
    if (std::find(std::begin(kWebWords), std::end(kWebWords), part) != std::end(kWebWords))
      return path.substr(0, path.size() - rest.size());
  }
  return {};
}

std::string_view TempFolder(std::string_view path) {
  for (std::string_view folder : kTempFolders)
    if (path.starts_with(folder)) return folder;
  return {};
}

bool InRootsHome(std::string_view path) { return path.starts_with("root/"); }

}  // namespace weir::rank
