#include "sbom/gem_formats.h"

#include <optional>

#include "base/strings.h"

namespace weir::sbom {
namespace {

constexpr std::size_t kMaxListItems = 64;
constexpr std::size_t kMaxGems = 100'000;

/// Takes one quoted Ruby string off the front of REST: "x", 'x', %q<x> or %q{x}, with an optional .freeze.
std::optional<std::string> TakeString(std::string_view& rest) {
  rest = Trim(rest);
  char close = 0;
  bool escapes = false;
  if (rest.starts_with('"') || rest.starts_with('\'')) {
    close = rest.front();
    escapes = close == '"';
    rest.remove_prefix(1);
  } else if (rest.starts_with("%q") && rest.size() > 3) {
    static constexpr std::string_view kOpen = "<{[(", kClose = ">}])";
    std::size_t at = kOpen.find(rest[2]);
    if (at == std::string_view::npos) return std::nullopt;
    close = kClose[at];
    rest.remove_prefix(3);
  } else {
    return std::nullopt;
  }
  std::string out;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '\n') return std::nullopt;
    if (rest[i] == close) {
      rest.remove_prefix(i + 1);
      static constexpr std::string_view kFreeze = ".freeze";
      if (rest.starts_with(kFreeze)) rest.remove_prefix(kFreeze.size());
      // "#{...}" would have to be run to be known.
      if (escapes && out.find("#{") != std::string::npos) return std::nullopt;
      return out;
    }
    if (escapes && rest[i] == '\\' && i + 1 < rest.size()) ++i;
    out += rest[i];
  }
  return std::nullopt;
}

/// One string or a list of them: ["MIT".freeze, "Ruby"].
std::vector<std::string> TakeStrings(std::string_view rest) {
  std::vector<std::string> out;
  rest = Trim(rest);
  bool list = rest.starts_with('[');
  if (list) rest.remove_prefix(1);
  while (out.size() < kMaxListItems) {
    std::optional<std::string> text = TakeString(rest);
    if (!text) break;
    out.push_back(std::move(*text));
    rest = Trim(rest);
    if (!list || !rest.starts_with(',')) break;
    rest.remove_prefix(1);
  }
  return out;
}

/// "s.name = ..." or "spec.name=": the text after the sign, where LINE sets ATTRIBUTE.
std::optional<std::string_view> Assigned(std::string_view line, std::string_view attribute) {
  std::size_t dot = line.find('.');
  if (dot == std::string_view::npos || dot > 20) return std::nullopt;
  std::string_view rest = line.substr(dot + 1);
  if (!rest.starts_with(attribute)) return std::nullopt;
  rest = Trim(rest.substr(attribute.size()));
  if (!rest.starts_with('=') || rest.starts_with("==")) return std::nullopt;
  return Trim(rest.substr(1));
}

void SetText(std::string_view line, std::string_view attribute, std::string& out) {
  if (!out.empty()) return;
  std::optional<std::string_view> value = Assigned(line, attribute);
  if (!value) return;
  static constexpr std::string_view kVersionNew = "Gem::Version.new(";
  if (value->starts_with(kVersionNew)) value->remove_prefix(kVersionNew.size());
  if (std::optional<std::string> text = TakeString(*value)) out = std::move(*text);
}

void SetTexts(std::string_view line, std::string_view attribute, std::vector<std::string>& out) {
  if (std::optional<std::string_view> value = Assigned(line, attribute); value && out.empty())
    out = TakeStrings(*value);
}

/// "nokogiri-1.15.4-x86_64-linux": the name ends before the first part that starts with a digit.
void FillFromStem(std::string_view stem, Gemspec& spec) {
  for (std::size_t dash = stem.find('-'); dash != std::string_view::npos; dash = stem.find('-', dash + 1)) {
    if (dash + 1 >= stem.size() || !IsDigit(stem[dash + 1])) continue;
    std::string_view version = stem.substr(dash + 1);
    if (spec.name.empty()) spec.name = stem.substr(0, dash);
    if (spec.version.empty()) spec.version = version.substr(0, version.find('-'));
    return;
  }
}

}  // namespace

Gemspec ParseGemspec(std::string_view text, std::string_view file_stem) {
  Gemspec spec;
  while (!text.empty()) {
    std::string_view line = NextLine(text);
    // Several assignments may share a line: "s.name = ...; s.version = ...".
    while (!line.empty()) {
      std::size_t end = line.find("; ");
      std::string_view part = Trim(line.substr(0, end));
      line = end == std::string_view::npos ? std::string_view() : line.substr(end + 2);
      SetText(part, "name", spec.name);
      SetText(part, "version", spec.version);
      SetText(part, "platform", spec.platform);
      SetTexts(part, "licenses", spec.licenses);
      SetTexts(part, "license", spec.licenses);
      SetTexts(part, "authors", spec.authors);
    }
  }
  if (spec.name.empty() || spec.version.empty()) FillFromStem(file_stem, spec);
  return spec;
}

std::vector<LockedGem> ParseGemfileLock(std::string_view text) {
  std::vector<LockedGem> gems;
  std::string remote;
  bool wanted = false, in_specs = false;
  while (!text.empty() && gems.size() < kMaxGems) {
    std::string_view line = NextLine(text);
    std::size_t indent = line.find_first_not_of(' ');
    if (indent == std::string_view::npos) continue;
    std::string_view word = Trim(line);
    if (indent == 0) {
      wanted = word == "GEM" || word == "GIT" || word == "PLUGIN SOURCE";
      in_specs = false;
      remote.clear();
    } else if (indent == 2) {
      if (word.starts_with("remote:") && remote.empty()) remote = Trim(word.substr(7));
      in_specs = word == "specs:";
    } else if (wanted && in_specs && indent == 4) {
      // name (version[-platform])
      std::size_t open = word.find(" (");
      if (open == std::string_view::npos || !word.ends_with(')')) continue;
      std::string_view version = word.substr(open + 2, word.size() - open - 3);
      std::size_t dash = version.find('-');
      LockedGem& gem = gems.emplace_back();
      gem.name = word.substr(0, open);
      gem.version = version.substr(0, dash);
      if (dash != std::string_view::npos) gem.platform = version.substr(dash + 1);
      gem.remote = remote;
    } else if (wanted && in_specs && indent == 6 && !gems.empty()) {
      std::string_view name = word.substr(0, word.find(" ("));
      if (name.ends_with('!')) name.remove_suffix(1);
      gems.back().dependencies.emplace_back(name);
    }
  }
  return gems;
}

}  // namespace weir::sbom
