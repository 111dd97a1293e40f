#include "cli/installed_sources.h"

#include <set>

#include "scan/scan.h"

namespace weir::cli {

Result<std::vector<std::string>> InstalledDebianSources(const std::string& root) {
  // The same reading of the package database as every scan; only var is walked, without what may be large in
  // it.
  scan::ScanOptions options;
  options.runtime = false;
  options.catalog.declared = false;
  options.walk.exclude = {"cache",   "log",        "mail",           "spool",          "tmp",
                          "www",     "lib/docker", "lib/containers", "lib/containerd", "lib/kubelet",
                          "lib/weir"};
  WEIR_ASSIGN(model::ScanResult result, scan::Scan("dir:" + root + "/var", nullptr, options));
  std::set<std::string> names;
  for (const model::Package& package : result.sbom.packages)
    if (package.type == model::PackageType::kDeb)
      names.insert(package.source_name.empty() ? package.name : package.source_name);
  if (names.empty()) return Err(Code::kNotFound, root + ": no Debian packages are installed there");
  return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace weir::cli
