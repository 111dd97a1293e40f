#include <string>

#include "sbom/dotnet/deps_json.h"
#include "sbom/dotnet/pe_version.h"
#include "sbom/dotnet/project_xml.h"
#include "sbom/program/pe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(data, data + size);
  static_cast<void>(weir::sbom::ParseDepsJson(text));
  static_cast<void>(weir::sbom::ParseNugetLock(text));
  static_cast<void>(weir::sbom::ParseProjectXml(text));
  static_cast<void>(weir::sbom::ParseVersionInfo(text));
  auto file = weir::target::MakeMemorySource(text);
  if (auto image = weir::sbom::ReadPe(*file)) static_cast<void>(weir::sbom::ReadPeVersion(*file, *image));
  return 0;
}
