// A software component that was found, and where.
// Threading: plain values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::model {

enum class PackageType : std::uint8_t {
  kUnknown,
  kDeb,
  kRpm,
  kApk,
  kMaven,
  kNpm,
  kPypi,
  kGolang,
  kCargo,
  kGem,
  kComposer,
  kNuget,
  kConda,
  kBitnami,
  kWordpress,
  kKernel,        // a Linux kernel image; purl type generic, name linux-kernel
  kKernelModule,  // one .ko
  kBinary,        // a program named by a version string or an ELF note; purl type generic
};

/// "deb", "rpm", "maven" ... as `type` in our JSON.
std::string_view PackageTypeName(PackageType type);
PackageType ParsePackageType(std::string_view name);
/// "java", "python", "javascript", "go" ...; empty for OS packages and binaries.
std::string_view PackageLanguage(PackageType type);
inline bool IsOsPackage(PackageType type) {
  return type == PackageType::kDeb || type == PackageType::kRpm || type == PackageType::kApk;
}

/// Installed: its code is there to run. Declared: a lockfile or manifest names it.
enum class Scope : std::uint8_t { kInstalled, kDeclared };

struct Location {
  std::string
      path;  // from the target's root, no leading slash; inside an archive "outer.war!/WEB-INF/lib/a.jar"
  std::string layer;  // "sha256:..." (diff id) of the image layer; empty outside images
  bool operator==(const Location&) const = default;
  auto operator<=>(const Location&) const = default;
};

struct Digest {
  std::string algorithm;  // "sha1", "sha256", "md5", "sha512"
  std::string hex;
};

/// Functions linked into a Go binary, as sorted Hash64("import/path.Symbol"): only for
/// matching advisories that name symbols. Absent where the binary has no symbol table.
using GoSymbols = std::vector<std::uint64_t>;

struct Package {
  std::string id;  // stable within a scan; made by ComputePackageId
  PackageType type = PackageType::kUnknown;
  std::string name;         // as its ecosystem spells it: "group:artifact" for Maven, the module path for Go,
                            // "@scope/name" for npm, PEP 503 normalised for PyPI, "vendor/name" for Composer
  std::string version;      // whole version, deb/rpm epoch included ("1:2.3-4"); empty = unknown
  std::string arch;         // deb, rpm, apk
  std::string source_name;  // deb Source, apk origin, rpm SOURCERPM name; empty = same as name
  std::string source_version;  // deb: Source's own version where it differs; rpm: SRPM version
  std::string module;          // rpm modularity label "name:stream:..."; meaningful only when module_known
  bool module_known = false;   // rpm: the label was recorded (an empty one means "not modular")
  Scope scope = Scope::kInstalled;
  bool development = false;  // lockfiles: a development dependency
  std::string vendor;        // maintainer, vendor or author as recorded
  std::string origin;        // deb Origin / rpm Vendor / registry or URL it was installed from, if recorded
  std::vector<std::string> licenses;  // SPDX expressions where they are, else as written
  std::vector<std::string> cpes;      // CPE 2.3 names; only for types matched by CPE
  std::string purl;                   // made by BuildPurl when the collector finishes, if empty
  std::vector<Location> locations;    // evidence, most direct first; never empty after collection
  std::vector<Digest> digests;
  std::string found_by;  // name of the cataloger
  std::string owned_by;  // id of the OS package that installed its files; then it is not matched itself
  std::vector<std::pair<std::string, std::string>>
      properties;  // further facts, e.g. {"go:build:GOOS","linux"}
  std::shared_ptr<const GoSymbols> go_symbols;
};

/// 16 hexadecimal digits from type, name, version, arch, first location and layer.
std::string ComputePackageId(const Package& package);

enum class RelationKind : std::uint8_t {
  kContains,   // from (an archive or binary) has to inside it
  kDependsOn,  // from needs to
  kOwns,       // from, an OS package, installed the files that to was found in
};
std::string_view RelationName(RelationKind kind);

struct Relation {
  std::string from;  // package id; empty = the scanned asset itself
  std::string to;
  RelationKind kind = RelationKind::kContains;
  bool operator==(const Relation&) const = default;
  auto operator<=>(const Relation&) const = default;
};

}  // namespace weir::model
