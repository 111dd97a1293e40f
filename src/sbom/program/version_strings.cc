#include "sbom/program/version_strings.h"

#include <algorithm>

#include "base/strings.h"
#include "sbom/program/version_pattern.h"

namespace weir::sbom {
namespace {

constexpr std::uint64_t kChunk = 256U << 10U, kMaxSearched = 512ULL << 20U;

/// What is searched: data of the program that is loaded but not run, else the whole file.
std::vector<Region> SearchedRegions(const target::ByteSource& file, const Image& image) {
  std::vector<Region> regions;
  if (image.format == ImageFormat::kElf)
    for (const Region& section : image.sections)
      if (section.loaded && !section.executable && section.size >= 16) regions.push_back(section);
  if (regions.empty()) {
    Region whole;
    whole.size = file.size();
    regions.push_back(std::move(whole));
  }
  return regions;
}

class Search {
 public:
  Search(const VersionRule& rule, std::string_view file_name)
      : patterns_(Split(rule.patterns, '\n')), file_version_(VersionInName(file_name)) {
    for (std::size_t i = 0; i < patterns_.size(); ++i)
      if (patterns_[i] == "@name") Found(i, LibraryVersionInName(file_name));
  }
  bool done() const { return best_ == 0; }
  std::string Take() { return std::move(version_); }

  void Look(std::string_view text) {
    for (std::size_t i = 0; i < std::min(best_, patterns_.size()); ++i)
      if (patterns_[i] != "@name") Found(i, FindVersion(patterns_[i], text, file_version_));
  }

 private:
  void Found(std::size_t pattern, std::string_view version) {
    if (version.empty() || pattern >= best_) return;
    best_ = pattern;
    version_ = version;
  }
  std::vector<std::string_view> patterns_;
  std::string_view file_version_;
  std::size_t best_ = std::string_view::npos;
  std::string version_;
};

}  // namespace

const VersionRule* FindVersionRule(std::string_view file_name) {
  for (const VersionRule& rule : VersionRules()) {
    std::string_view names = rule.names;
    while (!names.empty()) {
      std::string_view glob = NextPiece(names, '|');
      if (file_name.empty() || (glob.front() != '*' && glob.front() != file_name.front())) continue;
      if (GlobMatch(glob, file_name)) return &rule;
    }
  }
  return nullptr;
}

Result<std::string> SearchVersion(const VersionRule& rule, std::string_view file_name,
                                  target::ByteSource& file, const Image& image) {
  Search search(rule, file_name);
  std::uint64_t searched = 0;
  std::string buffer;
  for (const Region& region : SearchedRegions(file, image)) {
    // Each chunk goes on from the end of the one before, so that a match across the seam is whole in one of
    // them.
    for (std::uint64_t at = 0; at < region.size && !search.done();) {
      std::uint64_t want = std::min(kChunk, region.size - at);
      if (searched += want; searched > kMaxSearched) return search.Take();
      WEIR_ASSIGN(buffer, file.ReadRange(region.offset + at, want));
      search.Look(buffer);
      if (at + want >= region.size) break;
      at += want - kMaxMatchBytes;
    }
  }
  return search.Take();
}

std::string MakeCpe(std::string_view vendor_product, std::string_view version) {
  // NVD keeps a patch level apart: OpenSSH 9.2p1 is version 9.2, update p1.
  std::string_view update = "*";
  std::size_t p = version.rfind('p');
  if (p != std::string_view::npos && p > 0 && IsDigit(version[p - 1]) && ParseUint(version.substr(p + 1))) {
    update = version.substr(p);
    version = version.substr(0, p);
  }
  std::string escaped;
  for (char c : version) {
    if (!IsDigit(c) && !IsAlpha(c) && c != '.' && c != '-' && c != '_') escaped += '\\';
    escaped += c;
  }
  return "cpe:2.3:a:" + std::string(vendor_product) + ":" + (escaped.empty() ? "*" : escaped) + ":" +
         std::string(update) + ":*:*:*:*:*:*";
}

}  // namespace weir::sbom
