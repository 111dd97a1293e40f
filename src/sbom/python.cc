// Installed Python distributions: *.dist-info, *.egg-info, EGG-INFO and *.egg.
//
// What describes one distribution lies in several files of one folder, which come in
// any order; they are put together in Finish, where requirements become edges to the
// distributions of the same site-packages. Source: packaging.python.org/specifications.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/strings.h"
#include "sbom/catalogers.h"
#include "sbom/license_names.h"
#include "sbom/python_text.h"
#include "sbom/url_text.h"
#include "sbom/zip.h"

namespace weir::sbom {
namespace {

constexpr std::string_view kName = "python";
constexpr std::uint64_t kMaxMetadata = 1U << 20U;  // headers come first, the long description after them
constexpr std::uint64_t kMaxSmall = 256 * 1024;
constexpr std::uint64_t kMaxRecord = 64U << 20U;
constexpr std::size_t kMaxModules = 64, kMaxRequirements = 2000;

/// What a note of Visit is about.
enum class NoteKind : std::uint8_t { kDescription, kModules, kRequirements, kSource };

/// One distribution, as far as its files have been seen.
struct Distribution {
  bool described = false;  // its METADATA or PKG-INFO was read
  model::Package package;
  std::string site;                       // the folder that its modules lie in
  std::vector<std::string> requirements;  // normalised names
  std::set<std::string> modules;
  std::vector<std::pair<std::string, std::string>> source;  // from direct_url.json
  std::string origin;
};

std::string_view LastComponent(std::string_view path) { return path.substr(path.rfind('/') + 1); }
std::string_view ParentOf(std::string_view path) {
  std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}
bool IsInfoFolder(std::string_view folder) {
  std::string_view name = LastComponent(folder);
  return name.ends_with(".dist-info") || name.ends_with(".egg-info") || EqualsIgnoreCase(name, "EGG-INFO");
}

/// The first bytes of a file: all that is needed of a long one.
Result<std::string> ReadFront(target::ByteSource& source, std::uint64_t limit) {
  return source.ReadRange(0, std::min(source.size(), limit));
}

/// Name and version from "Foo_Bar-1.2-py3.9.egg-info" or "foo-1.2.dist-info".
std::pair<std::string_view, std::string_view> FromFolderName(std::string_view name) {
  name = name.substr(0, name.rfind('.'));
  std::size_t dash = name.find('-');
  if (dash == std::string_view::npos) return {name, {}};
  std::string_view version = name.substr(dash + 1);
  return {name.substr(0, dash), version.substr(0, version.find("-py"))};
}

void AddLicenses(const Headers& headers, model::Package& package) {
  std::string expression, text;
  std::vector<std::string> classified;
  for (const auto& [key, value] : headers) {
    if (key == "license-expression") expression = value;
    if (key == "license") text = value;
    if (key == "classifier" && value.starts_with("License ::") && classified.size() < 16)
      classified.push_back(NormalizeLicense(value));
  }
  static constexpr std::size_t kLongestName = 100;  // beyond it the field holds the licence's whole text
  bool named = !text.empty() && text.size() <= kLongestName && text.find('\n') == std::string::npos &&
               !EqualsIgnoreCase(text, "UNKNOWN") && !EqualsIgnoreCase(text, "Dual License");
  if (!expression.empty()) {
    package.licenses.push_back(ToValidUtf8(expression.substr(0, 1000)));
  } else if (named) {
    package.licenses.push_back(NormalizeLicense(text));
  } else {
    package.licenses = std::move(classified);
  }
}

std::string Author(const Headers& headers) {
  std::string out;
  for (const auto& [key, value] : headers) {
    bool useful = !value.empty() && !EqualsIgnoreCase(value, "UNKNOWN") && value.size() < 500;
    if (useful && (key == "author" || (key == "author-email" && out.empty()))) out = ToValidUtf8(value);
  }
  return out;
}

/// The top-level names that RECORD's paths install, without compiled suffixes.
void AddModule(std::string_view path, std::set<std::string>& modules) {
  if (path.empty() || path[0] == '.' || path[0] == '/' || path[0] == '"' || modules.size() >= kMaxModules)
    return;
  std::size_t slash = path.find('/');
  std::string_view top = path.substr(0, slash);
  if (slash == std::string_view::npos) {
    if (!top.ends_with(".py") && !top.ends_with(".so") && !top.ends_with(".pyd")) return;
    top = top.substr(0, top.find('.'));
  } else if (top.find('.') != std::string_view::npos || top == "__pycache__") {
    return;  // foo-1.0.dist-info, foo-1.0.data, foo.libs
  }
  if (!top.empty() && top.size() <= 100 && !modules.contains(std::string(top)))
    modules.insert(ToValidUtf8(top));
}

class PythonCataloger final : public Cataloger {
 public:
  explicit PythonCataloger(const CatalogOptions& options) : limits_(options.limits) {}
  std::string_view name() const override { return kName; }
  std::span<const Interest> interests() const override { return interests_; }
  bool Wants(const target::Entry& entry) const override {
    return entry.name.ends_with(".egg-info") || entry.name.ends_with(".egg") || IsInfoFolder(entry.parent);
  }

  void Visit(target::File& file, Emitter& out) override {
    const target::Entry& entry = file.entry();
    if (entry.name.ends_with(".egg")) return VisitEgg(file, out);
    if (entry.name.ends_with(".egg-info")) {  // distutils: the metadata itself
      if (Result<std::string> text = Read(file, kMaxMetadata, out))
        Describe(file, entry.path, entry.parent, *text, out);
    } else if (entry.name == "METADATA" || entry.name == "PKG-INFO") {
      std::string_view site = ParentOf(entry.parent);
      if (Result<std::string> text = Read(file, kMaxMetadata, out))
        Describe(file, entry.parent, site, *text, out);
    } else if (entry.name == "RECORD") {
      VisitRecord(file, out);
    } else if (Result<std::string> text = Read(file, kMaxSmall, out)) {
      if (entry.name == "top_level.txt") KeepTopLevel(*text, out);
      if (entry.name == "requires.txt") KeepRequires(*text, out);
      if (entry.name == "direct_url.json") KeepDirectUrl(file, *text, out);
    }
  }

  bool Recall(const target::Entry& entry, ByteReader note, Emitter& out) override;
  void Finish(Emitter& out) override {
    std::map<std::string, std::string, std::less<>> ids;  // site + '\0' + name
    auto key = [](const Distribution& d, std::string_view name) { return d.site + '\0' + std::string(name); };
    std::vector<std::pair<std::string, const Distribution*>> emitted;
    for (auto& [folder, distribution] : distributions_) {
      if (!distribution.described) continue;
      Complete(distribution);
      std::string id = out.Add(distribution.package);
      ids.emplace(key(distribution, distribution.package.name), id);
      emitted.emplace_back(std::move(id), &distribution);
    }
    for (const auto& [id, distribution] : emitted)
      for (const std::string& name : distribution->requirements)
        if (auto to = ids.find(key(*distribution, name)); to != ids.end() && to->second != id)
          out.Relate(id, to->second, model::RelationKind::kDependsOn);
    distributions_.clear();
  }

 private:
  static Result<std::string> Read(target::File& file, std::uint64_t limit, Emitter& out) {
    Result<std::string> text = ReadFront(file.content(), limit);
    if (!text) out.Problem(text.error(), file.entry().path);
    return text;
  }

  static ByteWriter NoteOf(NoteKind kind) {
    ByteWriter note;
    note.U8(static_cast<std::uint8_t>(kind));
    return note;
  }

  /// TEXT describes the distribution whose files lie in FOLDER; its modules lie in SITE.
  static void Describe(const target::File& file, std::string_view folder, std::string_view site,
                       std::string_view text, Emitter& out) {
    Headers headers = ParseHeaders(text);
    model::Package package;
    std::string_view raw_name;
    std::vector<std::string> requirements;
    for (const auto& [key, value] : headers) {
      if (key == "name" && raw_name.empty()) raw_name = value;
      if (key == "version" && package.version.empty()) package.version = ToValidUtf8(value.substr(0, 200));
      if (key != "requires-dist" || requirements.size() >= kMaxRequirements) continue;
      PythonRequirement requirement = ParseRequirement(value);
      if (!requirement.name.empty() && !requirement.for_extra)
        requirements.push_back(std::move(requirement.name));
    }
    auto [folder_name, folder_version] = FromFolderName(LastComponent(folder));
    if (raw_name.empty()) raw_name = folder_name;
    if (package.version.empty()) package.version = ToValidUtf8(folder_version);
    package.type = model::PackageType::kPypi;
    package.name = ToValidUtf8(NormalizePythonName(raw_name.substr(0, 200)));
    package.found_by = kName;
    package.locations.push_back(file.location());
    package.vendor = Author(headers);
    AddLicenses(headers, package);
    if (raw_name != package.name)
      package.properties.emplace_back("python:name", ToValidUtf8(raw_name.substr(0, 200)));

    ByteWriter note = NoteOf(NoteKind::kDescription);
    note.Text(folder);
    note.Text(site);
    EncodePackage(package, note);
    EncodeTexts(requirements, note);
    out.Keep(note.Take());
  }

  /// A zipped egg: its EGG-INFO is inside.
  void VisitEgg(target::File& file, Emitter& out) const {
    ArchiveBudget budget = ArchiveBudget::For(file.size(), limits_);
    Result<ZipArchive> archive = ZipArchive::Open(file.content(), budget);
    if (!archive) {
      if (HasZipMagic(file.content())) out.Problem(archive.error(), file.entry().path);
      return;
    }
    ZipSelection selection =
        archive->Select([](std::string_view name) { return name == "EGG-INFO/PKG-INFO"; });
    for (const Error& problem : selection.problems) out.Problem(problem, file.entry().path);
    for (const ZipMember& member : selection.members) {
      Result<std::string> text = archive->Read(member, kMaxMetadata);
      if (!text) {
        out.Problem(text.error(), file.entry().path);
      } else {
        Describe(file, file.entry().path, file.entry().parent, *text, out);
      }
    }
  }

  static void VisitRecord(target::File& file, Emitter& out) {
    std::set<std::string> modules;
    std::string carry;
    std::string chunk(64 * 1024, '\0');
    for (std::uint64_t at = 0; at < std::min(file.size(), kMaxRecord);) {
      Result<std::size_t> got = file.content().ReadAt(at, std::as_writable_bytes(std::span(chunk)));
      if (!got) return out.Problem(got.error(), file.entry().path);
      if (*got == 0) break;
      at += *got;
      carry += std::string_view(chunk).substr(0, *got);
      std::string_view rest = carry;
      for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
        AddModule(rest.substr(0, std::min(end, rest.find(','))), modules);
        rest.remove_prefix(end + 1);
      }
      carry = rest.size() > chunk.size() ? std::string() : std::string(rest);  // no path is that long
    }
    KeepTexts(NoteKind::kModules, {modules.begin(), modules.end()}, out);
  }

  static void KeepTexts(NoteKind kind, const std::vector<std::string>& texts, Emitter& out) {
    ByteWriter note = NoteOf(kind);
    EncodeTexts(texts, note);
    out.Keep(note.Take());
  }

  static void KeepTopLevel(std::string_view text, Emitter& out) {
    std::vector<std::string> modules;
    while (!text.empty() && modules.size() < kMaxModules)
      if (std::string_view line = Trim(NextLine(text)); !line.empty() && line.size() <= 100)
        modules.push_back(ToValidUtf8(line));
    KeepTexts(NoteKind::kModules, modules, out);
  }

  // Setuptools' requires.txt: plain requirements up to the first [extra] section.
  static void KeepRequires(std::string_view text, Emitter& out) {
    std::vector<std::string> requirements;
    while (!text.empty() && requirements.size() < kMaxRequirements) {
      std::string_view line = Trim(NextLine(text));
      if (line.starts_with('[')) break;
      if (PythonRequirement requirement = ParseRequirement(line); !requirement.name.empty())
        requirements.push_back(std::move(requirement.name));
    }
    KeepTexts(NoteKind::kRequirements, requirements, out);
  }

  // PEP 610.
  static void KeepDirectUrl(const target::File& file, const std::string& text, Emitter& out) {
    nlohmann::json root = nlohmann::json::parse(text, nullptr, false);
    if (!root.is_object())
      return out.Problem(Code::kMalformed, file.entry().path, "direct_url.json: not a JSON object");
    auto text_of = [](const nlohmann::json& object, const char* key) {
      auto at = object.find(key);
      return at != object.end() && at->is_string() ? at->get<std::string>().substr(0, 1000) : std::string();
    };
    std::vector<std::string> source;  // key, value, key, value ...
    if (auto vcs = root.find("vcs_info"); vcs != root.end() && vcs->is_object()) {
      source.insert(source.end(), {"python:vcs", ToValidUtf8(text_of(*vcs, "vcs")), "python:vcs-commit",
                                   ToValidUtf8(text_of(*vcs, "commit_id"))});
    }
    if (auto dir = root.find("dir_info"); dir != root.end() && dir->is_object())
      if (auto editable = dir->find("editable"); editable != dir->end() && *editable == true)
        source.insert(source.end(), {"python:editable", "true"});
    ByteWriter note = NoteOf(NoteKind::kSource);
    note.Text(PublicUrl(text_of(root, "url")));
    EncodeTexts(source, note);
    out.Keep(note.Take());
  }

  bool RecallDescription(ByteReader note);

  static void Complete(Distribution& distribution) {
    model::Package& package = distribution.package;
    package.origin = distribution.origin;
    std::string modules;
    std::size_t count = 0;
    for (const std::string& module : distribution.modules)
      if (count++ < kMaxModules) modules += (modules.empty() ? "" : ",") + module;
    if (!modules.empty()) package.properties.emplace_back("python:modules", std::move(modules));
    for (auto& fact : distribution.source)
      if (!fact.second.empty()) package.properties.push_back(std::move(fact));
  }

  target::Limits limits_;
  std::vector<Interest> interests_{
      {Interest::Kind::kName, "METADATA"},     {Interest::Kind::kName, "PKG-INFO"},
      {Interest::Kind::kName, "RECORD"},       {Interest::Kind::kName, "top_level.txt"},
      {Interest::Kind::kName, "requires.txt"}, {Interest::Kind::kName, "direct_url.json"},
      {Interest::Kind::kSuffix, ".egg-info"},  {Interest::Kind::kSuffix, ".egg"}};
  std::mutex mutex_;
  std::map<std::string, Distribution, std::less<>> distributions_;  // by folder; guarded by mutex_
};

bool PythonCataloger::RecallDescription(ByteReader note) {
  std::string folder(note.Text()), site(note.Text());
  model::Package package;
  DecodePackage(note, package);
  std::vector<std::string> requirements = DecodeTexts(note);
  if (!IsWhole(note)) return false;
  std::lock_guard lock(mutex_);
  Distribution& at = distributions_[folder];
  at.requirements.insert(at.requirements.end(), requirements.begin(), requirements.end());
  // METADATA and PKG-INFO side by side come in any order: the first by name counts.
  if (!at.package.locations.empty() && at.package.locations < package.locations) return true;
  at.described = !package.name.empty();
  at.package = std::move(package);
  at.site = std::move(site);
  return true;
}

bool PythonCataloger::Recall(const target::Entry& entry, ByteReader note, Emitter& out) {
  static_cast<void>(out);
  auto kind = static_cast<NoteKind>(note.U8());
  if (kind == NoteKind::kDescription) return RecallDescription(note);
  std::string origin(kind == NoteKind::kSource ? note.Text() : std::string_view());
  std::vector<std::string> texts = DecodeTexts(note);
  if (!IsWhole(note) || kind > NoteKind::kSource) return false;
  std::lock_guard lock(mutex_);
  Distribution& at = distributions_[std::string(entry.parent)];
  if (kind == NoteKind::kModules) at.modules.insert(texts.begin(), texts.end());
  if (kind == NoteKind::kRequirements)
    at.requirements.insert(at.requirements.end(), texts.begin(), texts.end());
  if (kind == NoteKind::kSource) {
    at.origin = std::move(origin);
    at.source.clear();
    for (std::size_t i = 1; i < texts.size(); i += 2) at.source.emplace_back(texts[i - 1], texts[i]);
  }
  return true;
}

}  // namespace

std::unique_ptr<Cataloger> MakePythonCataloger(const CatalogOptions& options) {
  return std::make_unique<PythonCataloger>(options);
}

}  // namespace weir::sbom
