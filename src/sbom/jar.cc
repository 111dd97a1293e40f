// Java archives: jar, war, ear and their kin, nested in each other, read in place.
//
// One pass over an archive's directory keeps only the manifest, the poms, the inner
// archives and the two log4j classes that tell a vulnerable copy; nothing is unpacked
// to disk. What cannot be read is a problem with the inner path.
#include <algorithm>
#include <array>

#include "base/hash.h"
#include "base/strings.h"
#include "sbom/catalogers.h"
#include "sbom/jar_identity.h"
#include "sbom/pom.h"
#include "sbom/zip.h"

namespace weir::sbom {
namespace {

constexpr std::string_view kName = "jar";
constexpr std::uint64_t kMaxManifest = 16U << 20U, kMaxPom = 8U << 20U, kMaxClass = 1U << 20U;
constexpr std::uint64_t kMaxDigested =
    32U << 20U;  // larger unidentified archives are applications, not published libraries
constexpr std::size_t kMaxPoms = 5000;

// The first three must be archives; the others share their suffix with other formats.
constexpr std::string_view kSuffixes[] = {".jar", ".war", ".ear", ".par",  ".sar", ".nar", ".jpi",
                                          ".hpi", ".kar", ".far", ".lpkg", ".rar", ".zap"};
constexpr std::size_t kSure = 3;

constexpr std::string_view kJndiLookup = "/core/lookup/JndiLookup.class",
                           kJndiManager = "/core/net/JndiManager.class";

std::size_t SuffixIndex(std::string_view name) {
  std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::size(kSuffixes);
  std::string suffix = ToLower(name.substr(dot));
  return static_cast<std::size_t>(std::find(std::begin(kSuffixes), std::end(kSuffixes), suffix) -
                                  std::begin(kSuffixes));
}
bool IsArchiveName(std::string_view name) { return SuffixIndex(name) < std::size(kSuffixes); }
bool MustBeArchive(std::string_view name) { return SuffixIndex(name) < kSure; }

bool IsManifest(std::string_view name) { return EqualsIgnoreCase(name, "META-INF/MANIFEST.MF"); }
bool IsPom(std::string_view name) {
  return name.find("META-INF/maven/") != std::string_view::npos &&
         (name.ends_with("/pom.properties") || name.ends_with("/pom.xml"));
}
bool Wanted(std::string_view name) {
  return name.ends_with(".class") ? name.ends_with(kJndiLookup) || name.ends_with(kJndiManager)
                                  : IsArchiveName(name) || IsManifest(name) || IsPom(name);
}

std::string_view Folder(std::string_view path) {
  std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

/// What the JNDI classes of a log4j-core without its metadata tell about its version. The
/// guards that each repair brought in are method names in JndiManager.
struct Log4jCopy {
  std::string version;  // the last release of that state; empty where the state is safe
  std::string_view state;
};
Log4jCopy JudgeLog4j(std::string_view manager_class) {
  if (manager_class.find("isJndiLookupEnabled") != std::string_view::npos)
    return {"", "2.17.0 or later (JNDI off)"};
  if (manager_class.find("isJndiEnabled") != std::string_view::npos)
    return {"2.16.0", "2.16.0 (JNDI off by default)"};
  if (manager_class.find("allowedJndiProtocols") != std::string_view::npos)
    return {"2.15.0", "2.15.0 (JNDI restricted)"};
  return {"2.14.1", "before 2.15.0 (JNDI unrestricted)"};
}

std::string Sha1(target::ByteSource& source) {
  Digester digester(DigestKind::kSha1);
  std::vector<std::byte> chunk(64 * 1024);
  for (std::uint64_t at = 0; at < source.size();) {
    Result<std::size_t> got = source.ReadAt(at, chunk);
    if (!got || *got == 0) return {};
    digester.Update(Bytes(chunk).first(*got));
    at += *got;
  }
  return digester.FinishHex();
}

/// One outermost file: its budget and limits, and where results go.
class Scanner {
 public:
  Scanner(const target::Limits& limits, target::File& file, Emitter& out)
      : limits_(limits),
        layer_(file.entry().layer),
        budget_(ArchiveBudget::For(file.size(), limits)),
        out_(out) {}

  /// Emits everything in SOURCE. PARENT is the id of the enclosing archive's package, or empty.
  void Scan(target::ByteSource& source, const std::string& path, const std::string& parent,
            std::uint32_t depth) {
    Result<ZipArchive> archive = ZipArchive::Open(source, budget_);
    if (!archive) {
      // A ".rar" that is no ZIP is no resource adapter: not ours, and not broken.
      if (MustBeArchive(path) || HasZipMagic(source)) out_.Problem(archive.error(), path);
      return;
    }
    ZipSelection selection = archive->Select(Wanted);
    for (const Error& problem : selection.problems) out_.Problem(problem, path);
    JarEvidence evidence = ReadEvidence(*archive, selection, path);
    JarIdentity identity = IdentifyJar(std::move(evidence));
    std::string id = EmitMain(identity, source, selection, path);
    for (const JarCoordinates& shaded : identity.shaded) {
      std::string shaded_id =
          out_.Add(MakePackage(shaded, path, shaded.from_xml ? "pom.xml" : "pom.properties"));
      if (!id.empty()) out_.Relate(id, shaded_id, model::RelationKind::kContains);
    }
    EmitLog4jCopy(*archive, selection, identity, path, id);
    const std::string& enclosing = id.empty() ? parent : id;
    if (!parent.empty() && !id.empty()) out_.Relate(parent, id, model::RelationKind::kContains);
    ScanNested(*archive, selection, path, enclosing, depth);
  }

 private:
  Result<std::string> ReadSmall(ZipArchive& archive, const ZipMember& member, std::uint64_t limit,
                                const std::string& path) {
    Result<std::string> text = archive.Read(member, limit);
    if (!text) out_.Problem(text.error(), path + "!/" + ToValidUtf8(member.name));
    return text;
  }

  JarEvidence ReadEvidence(ZipArchive& archive, const ZipSelection& selection, const std::string& path) {
    JarEvidence out;
    out.file_name = path.substr(path.rfind('/') + 1);
    std::map<std::string, JarCoordinates, std::less<>>
        poms;  // by folder: pom.properties and pom.xml lie side by side
    for (const ZipMember& member : selection.members) {
      if (IsManifest(member.name)) {
        if (Result<std::string> text = ReadSmall(archive, member, kMaxManifest, path);
            text && out.manifest.empty())
          out.manifest = ParseManifest(*text);
      } else if (IsPom(member.name)) {
        if (poms.size() >= kMaxPoms && !poms.contains(Folder(member.name))) continue;
        Result<std::string> text = ReadSmall(archive, member, kMaxPom, path);
        if (!text) continue;
        JarCoordinates& pom =
            poms.try_emplace(std::string(Folder(member.name)), JarCoordinates{{}, {}, {}, {}, true})
                .first->second;
        ReadPom(member.name, *text, pom, path);
      }
    }
    for (auto& [folder, pom] : poms)
      if (IsMavenToken(pom.group) && IsMavenToken(pom.artifact) && IsMavenToken(pom.version))
        out.poms.push_back(std::move(pom));
    return out;
  }

  void ReadPom(std::string_view name, std::string_view text, JarCoordinates& pom, const std::string& path) {
    if (name.ends_with(".properties")) {
      TextMap properties = ParseProperties(text);
      if (!IsMavenToken(Get(properties, "version")) || !IsMavenToken(Get(properties, "artifactId"))) return;
      pom.group = Get(properties, "groupId");
      pom.artifact = Get(properties, "artifactId");
      pom.version = Get(properties, "version");
      pom.from_xml = false;
      return;
    }
    Result<Pom> parsed = ParsePom(text);
    if (!parsed) {
      out_.Problem(parsed.error(), path + "!/" + ToValidUtf8(name));
      return;
    }
    pom.licenses = std::move(parsed->licenses);
    if (!pom.from_xml) return;
    pom.group = std::move(parsed->group);
    pom.artifact = std::move(parsed->artifact);
    pom.version = std::move(parsed->version);
  }

  model::Package MakePackage(const JarCoordinates& jar, const std::string& path,
                             std::string_view identity) const {
    model::Package package;
    package.type = model::PackageType::kMaven;
    package.name = ToValidUtf8(jar.group.empty() ? jar.artifact : jar.group + ":" + jar.artifact);
    package.version = ToValidUtf8(jar.version);
    package.licenses = jar.licenses;
    package.locations.push_back({path, layer_});
    package.found_by = kName;
    package.properties.emplace_back("java:identity", identity);
    return package;
  }

  std::string EmitMain(const JarIdentity& identity, target::ByteSource& source, const ZipSelection& selection,
                       const std::string& path) {
    if (!identity.has_main) return {};
    model::Package package = MakePackage(identity.main, path, JarSourceName(identity.source));
    bool sure = identity.source == JarSource::kPomProperties || identity.source == JarSource::kPomXml;
    if (!sure && source.size() <= kMaxDigested)
      if (std::string digest = Sha1(source); !digest.empty()) package.digests.push_back({"sha1", digest});
    if (identity.main.artifact == "log4j-core" && !HasMember(selection, kJndiLookup))
      package.properties.emplace_back("java:log4j-jndi-lookup", "removed");
    return out_.Add(std::move(package));
  }

  static bool HasMember(const ZipSelection& selection, std::string_view suffix) {
    return std::any_of(selection.members.begin(), selection.members.end(),
                       [&](const ZipMember& member) { return member.name.ends_with(suffix); });
  }

  /// log4j-core merged in with its metadata stripped, relocated or not.
  void EmitLog4jCopy(ZipArchive& archive, const ZipSelection& selection, const JarIdentity& identity,
                     const std::string& path, const std::string& id) {
    if (!HasMember(selection, kJndiLookup) || (identity.has_main && identity.main.artifact == "log4j-core"))
      return;
    for (const JarCoordinates& shaded : identity.shaded)
      if (shaded.artifact == "log4j-core") return;
    std::string manager;
    for (const ZipMember& member : selection.members)
      if (member.name.ends_with(kJndiManager))
        manager = ReadSmall(archive, member, kMaxClass, path).value_or(std::string());
    Log4jCopy copy = JudgeLog4j(manager);
    model::Package package = MakePackage({"org.apache.logging.log4j", "log4j-core", copy.version, {}, false},
                                         path, "class-fingerprint");
    package.properties.emplace_back("confidence", "low");
    package.properties.emplace_back("java:version-estimated-from-classes", copy.state);
    std::string copy_id = out_.Add(std::move(package));
    if (!id.empty()) out_.Relate(id, copy_id, model::RelationKind::kContains);
  }

  void ScanNested(ZipArchive& archive, const ZipSelection& selection, const std::string& path,
                  const std::string& enclosing, std::uint32_t depth) {
    for (const ZipMember& member : selection.members) {
      if (!IsArchiveName(member.name)) continue;
      std::string inner_path = path + "!/" + ToValidUtf8(member.name);
      if (depth + 1 > limits_.max_archive_depth) {
        out_.Problem(Code::kLimitExceeded, inner_path,
                     "archives are nested too deep, the inner one was not read");
        continue;
      }
      Result<std::unique_ptr<target::ByteSource>> inner =
          archive.OpenMember(member, std::min(limits_.max_memory_file_bytes, MemoryLeft()));
      if (!inner) {
        out_.Problem(inner.error(), inner_path);
        continue;
      }
      bool in_place = member.size == member.compressed_size;  // stored: a slice of what is there
      std::uint64_t held = in_place ? 0 : (*inner)->size();
      unpacked_ += held;
      Scan(**inner, inner_path, enclosing, depth + 1);
      unpacked_ -= held;
    }
  }

  /// Archives that wrap each other are all in memory at once.
  std::uint64_t MemoryLeft() const {
    std::uint64_t most = 2 * limits_.max_memory_file_bytes;
    return most - std::min(most, unpacked_);
  }

  const target::Limits& limits_;
  std::uint64_t unpacked_ = 0;
  std::string layer_;
  ArchiveBudget budget_;
  Emitter& out_;
};

class JarCataloger final : public Cataloger {
 public:
  explicit JarCataloger(const CatalogOptions& options) : limits_(options.limits) {
    for (std::string_view suffix : kSuffixes) {
      interests_.push_back({Interest::Kind::kSuffix, std::string(suffix)});
      std::string upper(suffix);
      std::transform(upper.begin(), upper.end(), upper.begin(),
                     [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
      interests_.push_back({Interest::Kind::kSuffix, std::move(upper)});
    }
  }
  std::string_view name() const override { return kName; }
  std::span<const Interest> interests() const override { return interests_; }
  void Visit(target::File& file, Emitter& out) override {
    std::string path(file.entry().path);
    if (file.size() > limits_.max_file_bytes) {
      out.Problem(Code::kLimitExceeded, path, "archive is larger than the limit, it was not read");
      return;
    }
    Scanner(limits_, file, out).Scan(file.content(), path, "", 0);
  }

 private:
  target::Limits limits_;
  std::vector<Interest> interests_;
};

}  // namespace

std::unique_ptr<Cataloger> MakeJarCataloger(const CatalogOptions& options) {
  return std::make_unique<JarCataloger>(options);
}

}  // namespace weir::sbom
