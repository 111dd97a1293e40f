#include "sbom/java_metadata.h"

#include <algorithm>
#include <vector>

#include "base/strings.h"

namespace weir::sbom {
namespace {

constexpr std::size_t kMaxKeys = 1000;
constexpr std::size_t kMaxValue = 64 * 1024;

bool StartsWithDigit(std::string_view text) { return !text.empty() && IsDigit(text[0]); }

/// Words that may stand inside a version: "2.0-rc-1", "1.0-beta-9", "31.1-jre".
bool IsVersionWord(std::string_view piece) {
  static constexpr std::string_view kWords[] = {
      "rc",    "alpha", "beta",      "b",       "m",        "cr",      "sp",      "ga",
      "final", "build", "jre",       "jdk",     "snapshot", "release", "pre",     "rev",
      "p",     "v",     "milestone", "android", "hotfix",   "patch",   "jenkins", "atlassian"};
  std::string lower = ToLower(piece);
  std::size_t letters = lower.find_first_of("0123456789.");
  std::string_view word = std::string_view(lower).substr(0, letters);
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

/// Is REST, split at '-', a version and perhaps a classifier, without a further artifact name in it?
bool LooksLikeVersion(std::string_view rest) {
  bool name_seen = false;
  for (std::string_view piece : Split(rest, '-')) {
    if (StartsWithDigit(piece)) {
      if (name_seen) return false;
    } else if (!IsVersionWord(piece)) {
      name_seen = true;
    }
  }
  return true;
}

/// Takes "-sources", "-linux-x86_64" and the like off: the archive's variant, not its version.
std::string_view WithoutClassifier(std::string_view version) {
  std::size_t position = 0;
  for (std::string_view piece : Split(version, '-')) {
    bool kept = position == 0 || StartsWithDigit(piece) || IsVersionWord(piece) || piece.empty();
    if (!kept) return version.substr(0, position - 1);
    position += piece.size() + 1;
  }
  return version;
}

}  // namespace

TextMap ParseManifest(std::string_view text) {
  TextMap out;
  std::string key, value;
  auto flush = [&] {
    if (!key.empty() && out.size() < kMaxKeys) out.emplace(key, std::string(Trim(value)));
    key.clear();
  };
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (!text.empty()) {
    std::string_view line = NextLine(text);
    if (line.starts_with(' ') || line.starts_with('\t')) {
      if (!key.empty() && value.size() < kMaxValue) value += line.substr(1);
      continue;
    }
    flush();
    if (Trim(line).empty()) {
      if (out.empty()) continue;
      break;  // what follows describes single entries
    }
    std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    key = Trim(line.substr(0, colon));
    value = line.substr(colon + 1);
  }
  flush();
  return out;
}

TextMap ParseProperties(std::string_view text) {
  TextMap out;
  while (!text.empty() && out.size() < kMaxKeys) {
    std::string_view line = Trim(NextLine(text));
    if (line.empty() || line[0] == '#' || line[0] == '!') continue;
    std::size_t at = line.find_first_of("=:");
    if (at == std::string_view::npos) continue;
    out.emplace(Trim(line.substr(0, at)), Trim(line.substr(at + 1)));
  }
  return out;
}

std::string_view Get(const TextMap& map, std::string_view key) {
  auto at = map.find(key);
  return at == map.end() ? std::string_view() : std::string_view(at->second);
}

ArchiveName ParseArchiveName(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  std::string_view stem = name.substr(0, name.rfind('.'));
  ArchiveName out;
  out.stem = out.artifact = std::string(stem);
  for (std::size_t dash = stem.find('-'); dash != std::string_view::npos; dash = stem.find('-', dash + 1)) {
    std::string_view rest = stem.substr(dash + 1);
    if (dash == 0 || !StartsWithDigit(rest) || !LooksLikeVersion(rest)) continue;
    out.artifact = std::string(stem.substr(0, dash));
    out.version = std::string(WithoutClassifier(rest));
    return out;
  }
  // The form of OSGi bundles: "org.eclipse.core.runtime_3.7.0.v20110110".
  std::size_t underscore = stem.rfind('_');
  if (underscore != std::string_view::npos && underscore > 0) {
    std::string_view rest = stem.substr(underscore + 1);
    if (StartsWithDigit(rest) && std::count(rest.begin(), rest.end(), '.') >= 2) {
      out.artifact = std::string(stem.substr(0, underscore));
      out.version = std::string(rest);
    }
  }
  return out;
}

bool IsMavenToken(std::string_view text) {
  static constexpr std::size_t kMaxBytes = 200;
  if (text.empty() || text.size() > kMaxBytes) return false;
  return std::none_of(text.begin(), text.end(), [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte >= 0x7f ||
           std::string_view("$@{}<>\"'|;,:/\\").find(c) != std::string_view::npos;
  });
}

}  // namespace weir::sbom
