#include "advisory/feeds/apt_sources.h"

#include <algorithm>
#include <filesystem>

#include "advisory/feeds/deb822.h"
#include "base/file.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

constexpr std::uint64_t kMaxListBytes = 1U << 20U;
constexpr std::size_t kMaxFiles = 1000;

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  for (char c : text) {
    if (c != ' ' && c != '\t' && c != '\n') {
      word += c;
    } else if (!word.empty()) {
      out.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) out.push_back(std::move(word));
  return out;
}

void Add(std::string uri, const std::string& suite, std::vector<std::string> components,
         std::vector<AptArchive>& out) {
  while (uri.ends_with('/')) uri.pop_back();
  bool flat = suite.empty() || suite.ends_with('/') || components.empty();
  if (!uri.starts_with("http://") && !uri.starts_with("https://") && !uri.starts_with("file:/")) return;
  AptArchive archive{std::move(uri), suite, std::move(components)};
  if (!flat && std::find(out.begin(), out.end(), archive) == out.end()) out.push_back(std::move(archive));
}

}  // namespace

std::vector<AptArchive> ParseOneLineSources(std::string_view text) {
  std::vector<AptArchive> out;
  while (!text.empty()) {
    std::string_view line = NextLine(text);
    line = line.substr(0, line.find('#'));
    std::size_t open = line.find('['), close = line.find(']');  // "[arch=amd64 signed-by=...]"
    std::string plain(line);
    if (open != line.npos && close != line.npos && close > open) plain.erase(open, close - open + 1);
    std::vector<std::string> words = Words(plain);
    if (words.size() >= 4 && words[0] == "deb")
      Add(words[1], words[2], {words.begin() + 3, words.end()}, out);
  }
  return out;
}

std::vector<AptArchive> ParseDeb822Sources(std::string_view text) {
  std::vector<AptArchive> out;
  Paragraph paragraph;
  while (NextParagraph(text, paragraph)) {
    std::vector<std::string> types = Words(Field(paragraph, "types"));
    if (EqualsIgnoreCase(Field(paragraph, "enabled"), "no")) continue;
    if (std::find(types.begin(), types.end(), "deb") == types.end()) continue;
    for (const std::string& uri : Words(Field(paragraph, "uris")))
      for (const std::string& suite : Words(Field(paragraph, "suites")))
        Add(uri, suite, Words(Field(paragraph, "components")), out);
  }
  return out;
}

std::vector<AptArchive> ReadAptArchives(const std::string& root) {
  namespace fs = std::filesystem;
  std::vector<std::string> files = {root + "/etc/apt/sources.list"};
  std::error_code error;
  for (fs::directory_iterator it(root + "/etc/apt/sources.list.d", error), end; !error && it != end;
       it.increment(error))
    if (files.size() < kMaxFiles) files.push_back(it->path().string());
  std::sort(files.begin(), files.end());
  std::vector<AptArchive> out;
  for (const std::string& path : files) {
    auto text = ReadFile(path, kMaxListBytes);
    if (!text) continue;
    std::vector<AptArchive> found;
    if (path.ends_with(".list")) found = ParseOneLineSources(*text);
    if (path.ends_with(".sources")) found = ParseDeb822Sources(*text);
    for (AptArchive& archive : found)
      if (std::find(out.begin(), out.end(), archive) == out.end()) out.push_back(std::move(archive));
  }
  return out;
}

std::string AptListPrefix(const AptArchive& archive) {
  std::string place = archive.uri.substr(archive.uri.find(':') + 1);
  while (place.starts_with('/')) place.erase(0, 1);
  std::string out;
  for (char c : place + "/dists/" + archive.suite) {
    if (c == '_') {
      out += "%5f";
    } else {
      out += c == '/' ? '_' : c;
    }
  }
  return out + "_";
}

}  // namespace weir::advisory
