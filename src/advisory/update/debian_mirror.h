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

/// A file of a source package that holds its changelog.
struct SourceFile {
  std::string source, version;  // of the source package
  std::string ecosystem;        // "Debian:12"
  std::string url, sha256;
  std::uint64_t bytes = 0;
};

struct SourceIndex {
  std::vector<SourceFile> files;
  bool signature_checked = false;  // apt fetched the release file, and it checks signatures
};

/// The archives that are a security suite of a Debian release.
std::vector<AptArchive> SecuritySuites(const std::vector<AptArchive>& archives);
/// Reads ROOT's apt lists, or the mirror, for the index of every component. TEMPORARY_DIR is for the
/// download.
Result<SourceIndex> ReadSourceIndex(const AptArchive& archive, const std::string& root,
                                    const std::string& temporary_dir, Fetcher& fetcher);
/// The files of one index; those without a usable one are left out.
std::vector<SourceFile> ParseSourcesIndex(std::string_view text, const std::string& archive_uri,
                                          const std::string& ecosystem);

}  // namespace weir::advisory
