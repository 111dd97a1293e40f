#include <cstddef>
#include <cstdint>

#include "advisory/ignore.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(static_cast<const char*>(static_cast<const void*>(data)), size);
  auto statements = weir::advisory::ParseVex(text);
  if (!statements || statements->empty()) return 0;
  weir::model::ScanResult result;
  weir::model::Package package;
  package.type = weir::model::PackageType::kDeb;
  package.id = "1";
  package.name = "openssl";
  package.version = "1:3.0-1";
  package.cpes = {"cpe:2.3:a:openssl:openssl:3.0:*:*:*:*:*:*:*"};
  result.sbom.packages = {package};
  result.sbom.asset.name = "registry.example/app:1@sha256:00";
  result.sbom.asset.kind = weir::model::AssetKind::kImage;
  weir::model::Finding finding;
  finding.vulnerability.id = statements->front().vulnerability;
  finding.package_id = "1";
  result.findings = {finding};
  weir::advisory::ApplyVex(*statements, result);
  return 0;
}
