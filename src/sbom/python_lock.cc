// Declared Python packages, from lockfiles and pinned requirements.
#include "base/strings.h"
#include "sbom/catalogers.h"
#include "sbom/json_walk.h"
#include "sbom/python_lock_formats.h"
#include "sbom/python_text.h"

namespace weir::sbom {
namespace {

constexpr std::string_view kName = "python-lock";
constexpr std::uint64_t kMaxText = 16U << 20U;

bool IsRequirements(const target::Entry& entry) {
  if (!entry.name.ends_with(".txt")) return false;
  std::string_view folder = entry.parent.substr(entry.parent.rfind('/') + 1);
  return entry.name.find("requirements") != std::string_view::npos || entry.name.starts_with("constraints") ||
         folder == "requirements";
}
bool IsForDevelopment(std::string_view name) {
  for (std::string_view word : {"dev", "test", "lint", "docs"})
    if (name.find(word) != std::string_view::npos) return true;
  return false;
}

/// TEXT without its comment: a '#' at the front or behind a blank.
std::string_view WithoutComment(std::string_view text) {
  for (std::size_t at = text.find('#'); at != std::string_view::npos; at = text.find('#', at + 1))
    if (at == 0 || text[at - 1] == ' ' || text[at - 1] == '\t') return text.substr(0, at);
  return text;
}

class PipfileHandler final : public JsonHandler {
 public:
  explicit PipfileHandler(LockGraph& graph) : graph_(graph) {}
  void String(JsonPath path, std::string_view value) override {
    if (path.size() == 3 && path[2] == "version" && (path[0] == "default" || path[0] == "develop"))
      version_ = value;
  }
  void Leave(JsonPath path) override {
    if (path.size() != 2 || (path[0] != "default" && path[0] != "develop")) return;
    PythonRequirement pinned = ParseRequirement(path[1] + version_);
    version_.clear();
    if (!pinned.name.empty()) graph_.Add(MakePythonPackage(path[1], pinned.version, path[0] == "develop"));
  }

 private:
  LockGraph& graph_;
  std::string version_;
};

class PythonLockCataloger final : public Cataloger {
 public:
  std::string_view name() const override { return kName; }
  std::span<const Interest> interests() const override { return interests_; }
  // In site-packages such files are test data of what is installed there.
  bool Wants(const target::Entry& entry) const override {
    if (entry.path.find("-packages/") != std::string_view::npos) return false;
    return !entry.name.ends_with(".txt") || IsRequirements(entry);
  }

  void Visit(target::File& file, Emitter& out) override {
    LockGraph graph(file.location(), kName);
    if (Result<void> read = Read(file, graph, out); !read) out.Problem(read.error(), file.entry().path);
    graph.Emit(out);
  }

 private:
  static Result<void> Read(target::File& file, LockGraph& graph, Emitter& out) {
    std::string_view name = file.entry().name;
    if (name == "Pipfile.lock") return ReadPipfileLock(file.content(), graph);
    WEIR_ASSIGN(std::string text, file.content().ReadAll(kMaxText));
    if (name == "setup.py") {
      ReadSetupPy(text, graph);
    } else if (name.ends_with(".txt")) {
      if (std::uint64_t open = ReadRequirements(text, IsForDevelopment(name), graph); open != 0)
        out.Problem(Code::kUnsupported, file.entry().path,
                    std::to_string(open) + " requirements are not pinned to a version and were left out");
    } else {
      return ReadTomlLock(text, graph);
    }
    return {};
  }

  std::vector<Interest> interests_{
      {Interest::Kind::kSuffix, ".txt"},       {Interest::Kind::kName, "poetry.lock"},
      {Interest::Kind::kName, "Pipfile.lock"}, {Interest::Kind::kName, "pdm.lock"},
      {Interest::Kind::kName, "uv.lock"},      {Interest::Kind::kName, "pylock.toml"},
      {Interest::Kind::kName, "setup.py"}};
};

}  // namespace

model::Package MakePythonPackage(std::string_view name, std::string_view version, bool development) {
  model::Package package;
  package.type = model::PackageType::kPypi;
  package.name = ToValidUtf8(NormalizePythonName(name.substr(0, 200)));
  package.version = ToValidUtf8(version.substr(0, 200));
  package.development = development;
  return package;
}

std::uint64_t ReadRequirements(std::string_view text, bool development, LockGraph& graph) {
  std::uint64_t open = 0;
  std::string logical;
  while (!text.empty()) {
    std::string_view line = WithoutComment(NextLine(text));
    if (line.ends_with('\\') && logical.size() < 64 * 1024) {
      logical += line.substr(0, line.size() - 1);
      continue;
    }
    logical += line;
    std::string_view whole = Trim(logical);
    // Options of the requirement ("--hash=sha256:...") follow it.
    std::string_view requirement = Trim(whole.substr(0, whole.find(" --")));
    if (!whole.empty() && whole[0] != '-') {
      PythonRequirement parsed = ParseRequirement(requirement);
      if (parsed.version.empty()) {
        ++open;
      } else {
        model::Package package = MakePythonPackage(parsed.name, parsed.version, development);
        graph.Add(std::move(package));
      }
    }
    logical.clear();
  }
  return open;
}

void ReadSetupPy(std::string_view text, LockGraph& graph) {
  static constexpr std::size_t kLongest = 200;
  for (std::size_t at = text.find("=="); at != std::string_view::npos; at = text.find("==", at + 2)) {
    std::size_t from = at > kLongest ? at - kLongest : 0;
    std::size_t open = text.substr(from, at - from).find_last_of("\"'\n");
    if (open == std::string_view::npos || text[from + open] == '\n') continue;
    open += from;
    std::size_t close = text.substr(at, kLongest).find(text[open]);
    if (close == std::string_view::npos) continue;
    PythonRequirement parsed = ParseRequirement(text.substr(open + 1, at + close - open - 1));
    if (!parsed.name.empty() && !parsed.version.empty())
      graph.Add(MakePythonPackage(parsed.name, parsed.version, false));
  }
}

Result<void> ReadPipfileLock(target::ByteSource& source, LockGraph& graph) {
  PipfileHandler handler(graph);
  return WalkJson(source, {}, handler);
}

std::unique_ptr<Cataloger> MakePythonLockCataloger(const CatalogOptions&) {
  return std::make_unique<PythonLockCataloger>();
}

}  // namespace weir::sbom
