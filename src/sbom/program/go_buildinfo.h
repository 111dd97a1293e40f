// What the Go linker records in every program: toolchain, modules, settings.
//
// Source: Go's debug/buildinfo and runtime/debug.BuildInfo documentation. Two
// layouts: strings in place (Go 1.18 and later) and pointers to string headers.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sbom/program/image.h"

namespace weir::sbom {

struct GoModule {
  std::string path, version, sum;
  // What the module was replaced by; empty path = it was not.
  std::string replace_path, replace_version, replace_sum;
};

struct GoBuildInfo {
  std::string go_version;  // "go1.22.3"
  std::string main_package;
  GoModule main;  // empty path where the program was built without modules
  std::vector<GoModule> dependencies;
  std::vector<std::pair<std::string, std::string>> settings;  // "-ldflags", "GOOS", "vcs.revision" ...

  std::string_view Setting(std::string_view key) const;
};

/// kNotFound where the program is not Go's.
Result<GoBuildInfo> ReadGoBuildInfo(target::ByteSource& file, const Image& image);

/// The text of runtime/debug.BuildInfo without the "go" line. Never fails: unknown lines are skipped.
void ParseModuleInfo(std::string_view text, GoBuildInfo& info);

/// "1.22.3" from "go1.22.3 X:boringcrypto"; empty where it is no Go version.
std::string GoToolchainVersion(std::string_view go_version);

/// The main module's version: as recorded, else from -ldflags "-X ...version=", else a
/// pseudo-version from the revision and its time. Empty = unknown.
std::string MainModuleVersion(const GoBuildInfo& info);

}  // namespace weir::sbom
