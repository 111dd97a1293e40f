// The security suite of one Debian mirror: its index of source packages.
// Threading: one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "advisory/feeds/apt_sources.h"
#include "advisory/update/fetch.h"
#include "base/result.h"

namespace weir::advisory {

/// A file that holds the changelog of a source package: a part of the source itself, or a binary package.
struct SourceFile {
  std::string source, version;  // of the source package
  std::string ecosystem;        // "Debian:12"
  std::string url, sha256;
  std::uint64_t bytes = 0;
  bool is_binary = false;  // a .deb
};

struct SourceIndex {
  std::vector<SourceFile> files;
  bool signature_checked = false;  // apt fetched the release file, and it checks signatures
};

/// The archives that are a security suite of a Debian release.
std::vector<AptArchive> SecuritySuites(const std::vector<AptArchive>& archives);
/// Reads ROOT's apt lists, or the mirror, for the indexes of every component: of source packages, and of
/// binary ones (a mirror may be without sources). TEMPORARY_DIR is for the
/// download.
Result<SourceIndex> ReadSourceIndex(const AptArchive& archive, const std::string& root,
                                    const std::string& temporary_dir, Fetcher& fetcher);
/// Binary packages by their source, from an index of binary packages; large ones are left out.
std::vector<SourceFile> ParsePackagesIndex(std::string_view text, const std::string& archive_uri,
                                           const std::string& ecosystem);
/// The files of one index; those without a usable one are left out.
std::vector<SourceFile> ParseSourcesIndex(std::string_view text, const std::string& archive_uri,
                                          const std::string& ecosystem);

}  // namespace weir::advisory
