// go.mod: the modules that a Go project asks for. go.sum is not read: it lists
// hashes of every version ever considered, not what is used.
// Source: go.dev/ref/mod, "go.mod files".
#include "sbom/go_mod.h"

#include <array>
#include <map>

#include "base/strings.h"
#include "sbom/catalogers.h"

namespace weir::sbom {
namespace {

constexpr std::uint64_t kMaxBytes = 4U << 20U;
constexpr std::size_t kMaxModules = 50'000;

/// Takes the next word off LINE; quoted words lose their quotes.
std::string_view NextWord(std::string_view& line) {
  line = Trim(line);
  if (line.empty()) return {};
  char quote = line.front();
  if (quote == '"' || quote == '`') {
    std::size_t end = line.find(quote, 1);
    if (end == std::string_view::npos) end = line.size();
    std::string_view word = line.substr(1, end - 1);
    line.remove_prefix(std::min(end + 1, line.size()));
    return word;
  }
  std::size_t end = line.find_first_of(" \t");
  std::string_view word = line.substr(0, end);
  line.remove_prefix(word.size());
  return word;
}

/// Cuts a comment off LINE and returns it.
std::string_view TakeComment(std::string_view& line) {
  for (std::size_t at = line.find("//"); at != std::string_view::npos; at = line.find("//", at + 1)) {
    if (at != 0 && line[at - 1] != ' ' && line[at - 1] != '\t') continue;
    std::string_view comment = Trim(line.substr(at + 2));
    line = line.substr(0, at);
    return comment;
  }
  return {};
}

struct Replacement {
  std::string path, version;
};

class Reader {
 public:
  explicit Reader(GoModFile& out) : out_(out) {}

  void Line(std::string_view line) {
    std::string_view comment = TakeComment(line);
    line = Trim(line);
    if (line.empty()) return;
    if (!block_.empty()) {
      if (line == ")") {
        block_ = {};
      } else {
        Directive(block_, line, comment);
      }
      return;
    }
    std::string_view word = NextWord(line);
    line = Trim(line);
    if (line == "(") {
      block_ = word;
    } else {
      Directive(word, line, comment);
    }
  }

  void ApplyReplacements() {
    for (GoModRequirement& module : out_.requirements) {
      // A replacement of one version goes before that of all versions.
      auto found = replacements_.find({module.path, module.version});
      if (found == replacements_.end()) found = replacements_.find({module.path, ""});
      if (found == replacements_.end()) continue;
      const Replacement& with = found->second;
      module.replaced = true;
      if (with.version.empty()) {
        module.replaced_by_folder = with.path;
        continue;
      }
      module.replaces = module.path + "@" + module.version;
      module.path = with.path;
      module.version = with.version;
    }
  }

 private:
  void Directive(std::string_view kind, std::string_view line, std::string_view comment) {
    if (kind == "module") {
      out_.module = NextWord(line);
    } else if (kind == "require" && out_.requirements.size() < kMaxModules) {
      GoModRequirement module;
      module.path = NextWord(line);
      module.version = NextWord(line);
      module.indirect = comment == "indirect" || comment.starts_with("indirect;");
      if (!module.path.empty()) out_.requirements.push_back(std::move(module));
    } else if (kind == "replace" && replacements_.size() < kMaxModules) {
      std::string path(NextWord(line)), version(NextWord(line));
      if (version == "=>") {
        version.clear();
      } else if (NextWord(line) != "=>") {
        return;
      }
      Replacement with;
      with.path = NextWord(line);
      with.version = NextWord(line);
      if (!with.path.empty()) replacements_[{path, version}] = std::move(with);
    }
  }

  GoModFile& out_;
  std::string_view block_;
  std::map<std::pair<std::string, std::string>, Replacement> replacements_;
};

class GoModCataloger final : public Cataloger {
 public:
  std::string_view name() const override { return "go-mod"; }
  std::span<const Interest> interests() const override { return kInterests; }
  bool Wants(const target::Entry& entry) const override {
    // The module cache and test data hold the files of other projects.
    std::string path = "/" + std::string(entry.path);
    return path.find("/pkg/mod/") == std::string::npos && path.find("/testdata/") == std::string::npos &&
           path.find("/vendor/") == std::string::npos;
  }
  void Visit(target::File& file, Emitter& out) override {
    Result<std::string> text = file.content().ReadAll(kMaxBytes);
    if (!text) {
      out.Problem(text.error(), file.entry().path);
      return;
    }
    for (const GoModRequirement& module : ParseGoMod(*text).requirements) {
      model::Package package;
      package.type = model::PackageType::kGolang;
      package.name = ToValidUtf8(module.path);
      package.version = ToValidUtf8(module.version);
      package.scope = model::Scope::kDeclared;
      package.found_by = name();
      package.locations.push_back(file.location());
      if (module.indirect) package.properties.emplace_back("go:indirect", "true");
      if (!module.replaces.empty())
        package.properties.emplace_back("go:replaces", ToValidUtf8(module.replaces));
      if (!module.replaced_by_folder.empty())
        package.properties.emplace_back("go:replaced-by", ToValidUtf8(module.replaced_by_folder));
      out.Add(std::move(package));
    }
  }

 private:
  static const std::array<Interest, 1> kInterests;
};

const std::array<Interest, 1> GoModCataloger::kInterests = {Interest{Interest::Kind::kName, "go.mod"}};

}  // namespace

GoModFile ParseGoMod(std::string_view text) {
  GoModFile file;
  Reader reader(file);
  while (!text.empty()) reader.Line(NextLine(text));
  reader.ApplyReplacements();
  return file;
}

std::unique_ptr<Cataloger> MakeGoModCataloger(const CatalogOptions& options) {
  static_cast<void>(options);
  return std::make_unique<GoModCataloger>();
}

}  // namespace weir::sbom
