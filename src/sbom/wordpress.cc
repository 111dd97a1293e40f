// WordPress: its core, and the plugins and themes below wp-content, by the
// header comment that WordPress itself reads.
// Source: developer.wordpress.org, "Header Requirements" of plugins and themes;
// get_file_data() of WordPress reads the first 8 KiB of a file.

#include <algorithm>
#include <optional>

#include "base/strings.h"
#include "sbom/catalogers.h"
#include "sbom/license_names.h"

namespace weir::sbom {
namespace {

constexpr std::uint64_t kHeaderBytes = 8 << 10;

enum class FileKind : std::uint8_t { kNone, kCore, kPlugin, kTheme };

struct Place {
  FileKind kind = FileKind::kNone;
  std::string_view folder;  // the plugin's or theme's; empty for a plugin of one file
  std::string_view slug;
};

/// FOLDER as "…/MIDDLE/SLUG".
std::optional<std::string_view> SlugBelow(std::string_view folder, std::string_view middle) {
  std::size_t slash = folder.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  std::string_view above = folder.substr(0, slash);
  bool found = above.ends_with(middle) &&
               (above.size() == middle.size() || above[above.size() - middle.size() - 1] == '/');
  return found ? std::optional(folder.substr(slash + 1)) : std::nullopt;
}

Place Classify(const target::Entry& entry) {
  if (entry.name == "version.php")
    if (entry.parent == "wp-includes" || entry.parent.ends_with("/wp-includes"))
      return {FileKind::kCore, {}, {}};
  if (entry.name.ends_with(".php")) {
    for (std::string_view middle : {"wp-content/plugins", "wp-content/mu-plugins"}) {
      if (std::optional<std::string_view> slug = SlugBelow(entry.parent, middle))
        return {FileKind::kPlugin, entry.parent, *slug};
      if (entry.parent.ends_with(middle))
        return {FileKind::kPlugin, {}, entry.name.substr(0, entry.name.size() - 4)};
    }
  }
  if (entry.name == "style.css")
    if (std::optional<std::string_view> slug = SlugBelow(entry.parent, "wp-content/themes"))
      return {FileKind::kTheme, entry.parent, *slug};
  return {};
}

/// Value of "Name: value" in a comment: at a line's start, after blanks, '*', '/', '#' and '@'.
std::string HeaderField(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    std::string_view line = NextLine(text);
    std::size_t begin = line.find_first_not_of(" \t/*#@");
    if (begin == std::string_view::npos) continue;
    line.remove_prefix(begin);
    if (line.size() <= name.size() || line[name.size()] != ':' ||
        !EqualsIgnoreCase(line.substr(0, name.size()), name))
      continue;
    line = Trim(line.substr(name.size() + 1));
    for (std::string_view end : {"*/", "?>"}) line = Trim(line.substr(0, line.find(end)));
    return ToValidUtf8(line);
  }
  return {};
}

/// $wp_version = '6.4.2';
std::string CoreVersion(std::string_view text) {
  static constexpr std::string_view kVariable = "$wp_version";
  for (std::size_t at = text.find(kVariable); at != std::string_view::npos;
       at = text.find(kVariable, at + 1)) {
    std::string_view rest = Trim(text.substr(at + kVariable.size()));
    if (!rest.starts_with('=')) continue;
    rest = Trim(rest.substr(1));
    if (!rest.starts_with('\'') && !rest.starts_with('"')) continue;
    std::size_t end = rest.find(rest.front(), 1);
    if (end != std::string_view::npos && end < 64) return std::string(rest.substr(1, end - 1));
  }
  return {};
}

/// Text as a part of a CPE 2.3 formatted string: lower-case; only '-', '.' and '_' need no escape.
std::string CpePart(std::string_view text) {
  std::string out;
  for (char c : ToLower(text)) {
    if (!IsAlpha(c) && !IsDigit(c) && c != '_' && c != '-' && c != '.') out += '\\';
    out += c;
  }
  return out;
}

std::string Cpe(std::string_view vendor, std::string_view product, std::string_view version,
                std::string_view platform) {
  return "cpe:2.3:a:" + CpePart(vendor) + ":" + CpePart(product) + ":" + CpePart(version) +
         ":*:*:*:*:" + std::string(platform) + ":*:*";
}

class WordpressCataloger final : public Cataloger {
 public:
  std::string_view name() const override { return "wordpress"; }
  std::span<const Interest> interests() const override {
    static const Interest kInterests[] = {{Interest::Kind::kSuffix, ".php"},
                                          {Interest::Kind::kName, "style.css"}};
    return kInterests;
  }
  bool Wants(const target::Entry& entry) const override { return Classify(entry).kind != FileKind::kNone; }
  void Visit(target::File& file, Emitter& out) override;
};

void WordpressCataloger::Visit(target::File& file, Emitter& out) {
  Place place = Classify(file.entry());
  Result<std::string> text = file.content().ReadRange(0, std::min(file.content().size(), kHeaderBytes));
  if (!text) return out.Problem(text.error(), file.entry().path);
  model::Package package;
  package.type = model::PackageType::kWordpress;
  package.found_by = name();
  package.locations = {file.location()};
  if (place.kind == FileKind::kCore) {
    package.name = "wordpress";
    package.version = CoreVersion(*text);
    if (package.version.empty())
      return out.Problem(Code::kMalformed, file.entry().path, "no version of WordPress in it");
    package.purl = "pkg:generic/wordpress@" + package.version;
    package.cpes = {Cpe("wordpress", "wordpress", package.version, "*")};
    out.Add(std::move(package));
    return;
  }
  bool plugin = place.kind == FileKind::kPlugin;
  std::string title = HeaderField(*text, plugin ? "Plugin Name" : "Theme Name");
  if (title.empty()) return;  // any other file of the plugin
  package.name = place.slug;
  package.version = HeaderField(*text, "Version");
  package.vendor = HeaderField(*text, "Author");
  if (std::string license = HeaderField(*text, "License"); !license.empty())
    package.licenses = {NormalizeLicense(license)};
  package.origin = HeaderField(*text, plugin ? "Plugin URI" : "Theme URI");
  package.properties = {{"wordpress:kind", plugin ? "plugin" : "theme"}, {"wordpress:title", title}};
  if (!package.version.empty()) {
    // NVD names the vendor after the plugin, or after it with "_project".
    package.cpes = {Cpe(package.name, package.name, package.version, "wordpress"),
                    Cpe(package.name + "_project", package.name, package.version, "wordpress")};
  }
  out.Add(std::move(package));
}

}  // namespace

std::unique_ptr<Cataloger> MakeWordpressCataloger(const CatalogOptions& options) {
  static_cast<void>(options);
  return std::make_unique<WordpressCataloger>();
}

}  // namespace weir::sbom
