// Python: import statements resolved along a guess of sys.path. Source: the
// Python reference, "The import system"; PEP 405 for virtual environments; the
// recorded installation formats of PEP 376 and 627.

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "base/strings.h"
#include "discovery/imports.h"

namespace weir::discovery {
namespace {

bool IsIdentifier(char c) {
  return IsAlpha(c) || IsDigit(c) || c == '_' || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

/// Takes a dotted name off REST; leading dots belong to it.
std::string_view NextDotted(std::string_view& rest) {
  rest = Trim(rest);
  std::size_t end = 0;
  while (end < rest.size() && (IsIdentifier(rest[end]) || rest[end] == '.')) ++end;
  std::string_view name = rest.substr(0, end);
  rest.remove_prefix(end);
  return name;
}

/// Adds "module.name" for each NAME of "from module import (name as x, name)".
void AddImportedNames(std::string_view module, std::string_view names, std::vector<std::string>& out) {
  std::string prefix(module);
  if (!prefix.empty() && prefix.back() != '.') prefix += '.';
  while (!names.empty()) {
    std::string_view piece = NextPiece(names, ',');
    while (!piece.empty() && (piece.front() == '(' || piece.front() == ' ' || piece.front() == '\t'))
      piece.remove_prefix(1);
    std::string_view name = NextDotted(piece);
    if (!name.empty()) out.push_back(prefix + std::string(name));
  }
}

class PythonFollower {
 public:
  PythonFollower(ImportFollower& follower, const RootedFs& root, const ScriptRun& run)
      : follower_(follower), root_(root), run_(run) {}

  ImportResult Run() {
    FindMain();
    FindSearchPath();
    if (!script_.empty()) Enqueue(script_);
    for (const std::string& module : main_modules_) Import(module, {});
    while (!queue_.empty()) {
      std::string file = std::move(queue_.front());
      queue_.pop_front();
      ReadOne(file);
    }
    // What is mapped is imported, even where the statement was not seen.
    for (const std::string& file : run_.mapped_files)
      for (const std::string& site : sites_)
        if (file.starts_with(site + "/")) AddInstalledPackage(file);
    result_.cut = result_.cut || follower_.exhausted();
    return std::move(result_);
  }

 private:
  /// The script, or the module of -m; also "package.module:app" as given to WSGI and ASGI servers.
  void FindMain() {
    const auto& arguments = run_.arguments;
    std::size_t i = 1;
    for (; i < arguments.size(); ++i) {
      const std::string& argument = arguments[i];
      if (argument == "-m" && i + 1 < arguments.size()) {
        main_modules_.push_back(arguments[i + 1]);
        main_modules_.push_back(arguments[i + 1] + ".__main__");
        break;
      }
      if (argument == "-c") break;
      if (argument == "-W" || argument == "-X") {
        ++i;
      } else if (!argument.starts_with('-')) {
        script_ = ResolveFrom(run_.working_folder, argument);
        break;
      }
    }
    for (++i; i < arguments.size(); ++i) {
      std::string_view argument = arguments[i];
      std::string_view module = NextPiece(argument, ':');
      bool plain = !module.empty() && std::all_of(module.begin(), module.end(),
                                                  [](char c) { return IsIdentifier(c) || c == '.'; });
      bool called = !argument.empty() && IsIdentifier(argument.front()) && !IsDigit(argument.front());
      if (plain && called && !IsDigit(module.front())) main_modules_.emplace_back(module);
    }
  }

  bool AddPath(const std::string& folder, bool site) {
    auto& list = site ? sites_ : local_;
    if (std::find(list.begin(), list.end(), folder) != list.end()) return false;
    list.push_back(folder);
    return true;
  }

  /// "3.11", from the program's name, its library or its mapped modules.
  std::string Version() const {
    auto after = [](std::string_view text, std::string_view mark) -> std::string {
      std::size_t at = text.rfind(mark);
      if (at == std::string_view::npos) return {};
      std::string_view rest = text.substr(at + mark.size());
      std::size_t end = 0;
      while (end < rest.size() && (IsDigit(rest[end]) || rest[end] == '.')) ++end;
      rest = rest.substr(0, end);
      while (rest.ends_with('.')) rest.remove_suffix(1);
      return rest.find('.') == std::string_view::npos ? std::string() : std::string(rest);
    };
    if (std::string version = after(BaseName(run_.executable), "python"); !version.empty()) return version;
    for (const std::string& file : run_.mapped_files)
      for (std::string_view mark : {"/libpython", "/python"})
        if (std::string version = after(file, mark); !version.empty()) return version;
    return {};
  }

  /// The folder of the virtual environment that PROGRAM (path of a bin/ file) belongs to.
  std::optional<std::string> VirtualEnvironment(const std::string& program) {
    std::string bin = ParentFolder(program);
    if (BaseName(bin) != "bin") return std::nullopt;
    std::string home = ParentFolder(bin);
    if (!follower_.Exists(root_, run_.root_id, JoinPath(home, "pyvenv.cfg"))) return std::nullopt;
    return home;
  }

  void AddPrefix(const std::string& prefix, const std::string& version) {
    for (const char* lib : {"lib", "lib64"}) {
      std::string folder = JoinPath(JoinPath(prefix, lib), "python" + version);
      for (const char* site : {"site-packages", "dist-packages"})
        if (follower_.Exists(root_, run_.root_id, JoinPath(folder, site)))
          AddPath(JoinPath(folder, site), true);
    }
  }

  void FindSearchPath() {
    if (!script_.empty()) AddPath(ParentFolder(script_), false);
    if (script_.empty() || !main_modules_.empty()) AddPath(run_.working_folder, false);
    for (const std::string& folder : run_.search_path)
      if (!folder.empty()) AddPath(ResolveFrom(run_.working_folder, folder), false);
    std::string version = Version();
    std::optional<std::string> environment;
    if (!run_.arguments.empty() && run_.arguments[0].find('/') != std::string::npos)
      environment = VirtualEnvironment(ResolveFrom(run_.working_folder, run_.arguments[0]));
    if (!environment && !script_.empty()) environment = VirtualEnvironment(script_);
    bool system = true;
    if (environment) {
      AddPrefix(*environment, version);
      const std::string* config = follower_.Text(root_, run_.root_id, JoinPath(*environment, "pyvenv.cfg"));
      system = config != nullptr &&
               ToLower(*config).find("include-system-site-packages = true") != std::string::npos;
    }
    if (!system) return;
    std::string bin = ParentFolder(run_.executable);
    std::string prefix = BaseName(bin) == "bin" ? ParentFolder(bin) : std::string("usr");
    AddPrefix("usr/local", version);
    AddPrefix(prefix, version);
    if (prefix == "usr") AddPath("usr/lib/python3/dist-packages", true);
  }

  void Enqueue(const std::string& file) {
    if (!seen_.insert(file).second) return;
    if (seen_.size() > follower_.bounds().max_files) {
      result_.cut = true;
      return;
    }
    result_.files.insert(file);
    queue_.push_back(file);
  }

  void ReadOne(const std::string& file) {
    const std::string* text = follower_.Text(root_, run_.root_id, file);
    if (text == nullptr) return;
    std::string folder = ParentFolder(file);
    for (const std::string& module : ParsePythonImports(*text)) Import(module, folder);
  }

  /// FOLDER is the importing file's, from which relative imports start.
  void Import(std::string_view module, const std::string& folder) {
    if (!follower_.CountImport()) return;
    std::size_t dots = 0;
    while (dots < module.size() && module[dots] == '.') ++dots;
    std::vector<std::string_view> parts;
    if (module.size() > dots) parts = Split(module.substr(dots), '.');
    constexpr std::size_t kMaxParts = 32;
    if (parts.size() > kMaxParts) return;
    if (dots > 0) {
      std::string base = folder;
      for (std::size_t i = 1; i < dots && !base.empty(); ++i) base = ParentFolder(base);
      ImportBelow(base, parts);
      return;
    }
    if (!tried_.insert(std::string(module)).second) return;
    for (const auto* list : {&local_, &sites_})
      for (const std::string& base : *list)
        if (ImportBelow(base, parts)) return;
  }

  /// Loads each package on the way to PARTS, starting in FOLDER; false where its first part is not there.
  bool ImportBelow(std::string folder, const std::vector<std::string_view>& parts) {
    bool first = true;
    for (std::string_view part : parts) {
      if (part.empty()) return !first;
      const auto& names = follower_.Names(root_, run_.root_id, folder);
      std::string here = JoinPath(folder, part);
      bool is_package = names.contains(part) && root_.IsFolder(here);
      if (is_package && follower_.Names(root_, run_.root_id, here).contains("__init__.py")) {
        Loaded(JoinPath(here, "__init__.py"));
      } else if (names.contains(std::string(part) + ".py")) {
        Loaded(here + ".py");
        return true;
      } else if (std::string native = NativeModule(names, part); !native.empty()) {
        result_.files.insert(JoinPath(folder, native));
        AddInstalledPackage(JoinPath(folder, native));
        return true;
      } else if (!is_package) {
        return !first;  // "from a import b" where b is a name in a, not a module
      }
      folder = here;
      first = false;
    }
    return true;
  }

  static std::string NativeModule(const std::set<std::string, std::less<>>& names, std::string_view part) {
    std::string prefix = std::string(part) + ".";
    for (auto at = names.lower_bound(prefix); at != names.end() && at->starts_with(prefix); ++at)
      if (at->ends_with(".so")) return *at;
    return {};
  }

  void Loaded(const std::string& file) {
    Enqueue(file);
    AddInstalledPackage(file);
  }

  /// Adds the metadata file of the installed distribution that FILE belongs to.
  void AddInstalledPackage(const std::string& file) {
    for (const std::string& site : sites_) {
      if (!file.starts_with(site + "/")) continue;
      std::string_view rest = std::string_view(file).substr(site.size() + 1);
      std::string_view top = rest.substr(0, rest.find('/'));
      const auto& distributions = Distributions(site);
      std::string key(top.substr(0, top.find('.')));
      for (auto [at, end] = distributions.equal_range(key); at != end; ++at) result_.files.insert(at->second);
      return;
    }
  }

  using TopLevels = std::multimap<std::string, std::string>;  // importable name -> metadata file

  const TopLevels& Distributions(const std::string& site) {
    auto [at, is_new] = distributions_.try_emplace(site);
    if (!is_new) return at->second;
    for (const std::string& name : follower_.Names(root_, run_.root_id, site)) {
      if (name.ends_with(".dist-info"))
        AddDistribution(JoinPath(site, name), "METADATA", at->second);
      else if (name.ends_with(".egg-info"))
        AddDistribution(JoinPath(site, name), "PKG-INFO", at->second);
    }
    return at->second;
  }

  void AddDistribution(const std::string& folder, const char* metadata, TopLevels& out) {
    const auto& names = follower_.Names(root_, run_.root_id, folder);
    std::string evidence = names.empty() ? folder : JoinPath(folder, metadata);
    std::set<std::string> tops;
    if (names.contains("top_level.txt")) {
      if (const std::string* text = follower_.Text(root_, run_.root_id, JoinPath(folder, "top_level.txt"))) {
        std::string_view rest = *text;
        while (!rest.empty())
          if (std::string_view line = Trim(NextLine(rest)); !line.empty())
            tops.emplace(line.substr(0, line.find('/')));
      }
    } else if (names.contains("RECORD")) {
      if (const std::string* text = follower_.Text(root_, run_.root_id, JoinPath(folder, "RECORD"))) {
        std::string_view rest = *text;
        while (!rest.empty()) {
          std::string_view line = NextLine(rest);
          std::string_view top = line.substr(0, line.find_first_of("/,"));
          if (top.find(".dist-info") == std::string_view::npos && !top.starts_with(".."))
            tops.emplace(top.substr(0, top.find('.')));
        }
      }
    } else {
      std::string_view name = BaseName(folder);
      std::string guess = ToLower(name.substr(0, name.find('-')));
      std::replace(guess.begin(), guess.end(), '-', '_');
      tops.insert(guess);
    }
    for (const std::string& top : tops)
      if (!top.empty()) out.emplace(top, evidence);
  }

  ImportFollower& follower_;
  const RootedFs& root_;
  const ScriptRun& run_;
  std::string script_;
  std::vector<std::string> main_modules_, local_, sites_;
  std::deque<std::string> queue_;
  std::set<std::string> seen_, tried_;
  std::map<std::string, TopLevels> distributions_;
  ImportResult result_;
};

/// Passes over the text of one line that lies inside a triple-quoted string. QUOTE is the open quote or 0.
bool InsideString(std::string_view line, char& quote) {
  bool began_inside = quote != 0;
  for (std::size_t i = 0; i + 2 < line.size(); ++i) {
    char c = line[i];
    bool triple = (c == '"' || c == '\'') && line[i + 1] == c && line[i + 2] == c;
    if (!triple || (quote != 0 && quote != c)) continue;
    quote = quote == 0 ? c : '\0';
    i += 2;
  }
  return began_inside;
}

}  // namespace

std::vector<std::string> ParsePythonImports(std::string_view source) {
  std::vector<std::string> out;
  constexpr std::size_t kMaxImports = 5'000;
  char quote = 0;
  while (!source.empty() && out.size() < kMaxImports) {
    std::string_view whole = NextLine(source);
    if (InsideString(whole, quote)) continue;
    std::string_view line = Trim(whole.substr(0, whole.find('#')));
    if (line.starts_with("import ") || line.starts_with("import\t")) {
      std::string_view names = line.substr(7);
      while (!names.empty()) {
        std::string_view piece = NextPiece(names, ',');
        std::string_view name = NextDotted(piece);
        if (!name.empty() && name.front() != '.') out.emplace_back(name);
      }
    } else if (line.starts_with("from ") || line.starts_with("from\t")) {
      std::string_view rest = line.substr(5);
      std::string_view module = NextDotted(rest);
      rest = Trim(rest);
      if (module.empty() || !rest.starts_with("import")) continue;
      rest.remove_prefix(6);
      out.emplace_back(module);
      // A bracketed list goes on over lines; so does one with a backslash.
      std::string names(rest);
      constexpr std::size_t kMaxNames = 64 * 1024;
      // Only the new piece is searched: searching the whole again is quadratic.
      bool bracket = rest.find('(') != std::string_view::npos && rest.find(')') == std::string_view::npos;
      while (!source.empty() && names.size() < kMaxNames && (bracket || names.ends_with('\\'))) {
        if (names.ends_with('\\')) names.pop_back();
        std::string_view more = NextLine(source);
        more = Trim(more.substr(0, more.find('#')));
        if (more.find(')') != std::string_view::npos) bracket = false;
        names += ' ';
        names += more;
      }
      AddImportedNames(module, names, out);
    }
  }
  return out;
}

ImportResult FollowPython(ImportFollower& follower, const RootedFs& root, const ScriptRun& run) {
  return PythonFollower(follower, root, run).Run();
}

}  // namespace weir::discovery
