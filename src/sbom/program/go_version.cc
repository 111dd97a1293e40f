// Versions that a Go program states about itself.
#include <algorithm>
#include <array>

#include "base/strings.h"
#include "sbom/program/go_buildinfo.h"

namespace weir::sbom {
namespace {

bool LooksLikeVersion(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  std::size_t digits = text.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos || text[digits] != '.') return false;
  if (digits + 1 >= text.size() || !IsDigit(text[digits + 1]) || text.size() > 64) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return IsDigit(c) || IsAlpha(c) || c == '.' || c == '-' || c == '+' || c == '~' || c == '_';
  });
}

/// Words of a command line; quotes group, and are dropped.
std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool inside = false;
  char quote = 0;
  for (char c : text) {
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      inside = true;
    } else if (c == ' ' || c == '\t' || c == '\n') {
      if (inside) words.push_back(std::move(word));
      word.clear();
      inside = false;
    } else {
      word += c;
      inside = true;
    }
  }
  if (inside) words.push_back(std::move(word));
  return words;
}

bool NamesVersion(std::string_view variable) {
  static constexpr std::array<std::string_view, 11> kNames = {
      "version", "gitversion", "buildversion", "ver",    "gitver",         "buildver",
      "tag",     "gittag",     "appversion",   "semver", "releaseversion",
  };
  return std::find(kNames.begin(), kNames.end(), ToLower(variable)) != kNames.end();
}

/// How surely the variable PACKAGE.name speaks of the main module: 3 surest.
int Nearness(std::string_view package, const GoBuildInfo& info) {
  if (package == "main" || package == info.main_package) return 3;
  if (!info.main.path.empty() && package.starts_with(info.main.path)) return 2;
  for (const GoModule& dependency : info.dependencies)
    if (package == dependency.path || package.starts_with(dependency.path + "/")) return 0;
  return 1;
}

std::string VersionFromLinkerFlags(const GoBuildInfo& info) {
  std::vector<std::string> words = Words(info.Setting("-ldflags"));
  std::string best;
  int best_nearness = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string_view assignment = words[i];
    if (assignment == "-X" || assignment == "--X") {
      if (i + 1 == words.size()) break;
      assignment = words[++i];
    } else if (assignment.starts_with("-X=")) {
      assignment.remove_prefix(3);
    } else {
      continue;
    }
    std::size_t equals = assignment.find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view variable = assignment.substr(0, equals), value = assignment.substr(equals + 1);
    std::size_t dot = variable.rfind('.');
    if (dot == std::string_view::npos || !NamesVersion(variable.substr(dot + 1))) continue;
    if (!LooksLikeVersion(value)) continue;
    int nearness = Nearness(variable.substr(0, dot), info);
    if (nearness <= best_nearness) continue;
    best_nearness = nearness;
    best = value.starts_with('v') ? std::string(value) : "v" + std::string(value);
  }
  return best;
}

/// "v0.0.0-20240102030405-0123456789ab" from the recorded commit.
std::string PseudoVersion(const GoBuildInfo& info) {
  std::string_view revision = info.Setting("vcs.revision"), time = info.Setting("vcs.time");
  if (revision.size() < 12) return {};
  std::string digits;
  for (char c : time.substr(0, std::min<std::size_t>(time.size(), 19)))
    if (IsDigit(c)) digits += c;
  if (digits.size() != 14) return {};
  std::string version = "v0.0.0-" + digits + "-" + std::string(revision.substr(0, 12));
  if (info.Setting("vcs.modified") == "true") version += "+dirty";
  return version;
}

/// A version made by the go command from a commit rather than a tag.
bool IsPseudoVersion(std::string_view version) {
  version = version.substr(0, version.find('+'));
  if (version.size() < 28) return false;
  std::string_view revision = version.substr(version.size() - 12);
  std::string_view time = version.substr(version.size() - 27, 14);
  return version[version.size() - 13] == '-' && std::all_of(time.begin(), time.end(), IsDigit) &&
         revision.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string GoToolchainVersion(std::string_view go_version) {
  // "go1.22.3", "go1.21.0 X:nocoverageredesign", "devel go1.23-0123abcd Tue Jan ..."
  if (go_version.starts_with("devel ")) go_version.remove_prefix(6);
  go_version = go_version.substr(0, go_version.find(' '));
  if (!go_version.starts_with("go")) return {};
  go_version.remove_prefix(2);
  if (go_version.empty() || !IsDigit(go_version.front())) return {};
  return std::string(go_version);
}

std::string MainModuleVersion(const GoBuildInfo& info) {
  std::string version = info.main.version == "(devel)" ? std::string() : info.main.version;
  if (version.empty() || IsPseudoVersion(version)) {
    std::string told = VersionFromLinkerFlags(info);
    if (!told.empty()) return told;
    if (version.empty()) version = PseudoVersion(info);
  }
  // Semantic versions have one '+': "+incompatible+dirty" says the same as "+incompatible.dirty".
  std::size_t plus = version.find('+');
  if (plus == std::string::npos) return version;
  for (std::size_t i = plus + 1; i < version.size(); ++i)
    if (version[i] == '+') version[i] = '.';
  return version;
}

}  // namespace weir::sbom
