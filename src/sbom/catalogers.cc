#include "sbom/catalogers.h"

namespace weir::sbom {

std::vector<std::unique_ptr<Cataloger>> MakeCatalogers(const CatalogOptions& options) {
  using Make = std::unique_ptr<Cataloger> (*)(const CatalogOptions&);
  // clang-format off
  static constexpr Make kInstalled[] = {
      nullptr,
      MakeDpkgCataloger,
      MakeApkCataloger,
      MakeRpmCataloger,
      MakeGemCataloger,
      MakeWordpressCataloger,
      MakeComposerCataloger,
      MakeCondaCataloger,
      MakeBitnamiCataloger,
      MakeJarCataloger,
      MakePythonCataloger,
      MakeProgramCataloger,
      MakeNodeCataloger,
      MakeKernelCataloger,
      MakeDotnetCataloger,
  };
  static constexpr Make kDeclared[] = {
      nullptr,
      MakeMavenManifestCataloger,
      MakeGoModCataloger,
      MakeCargoLockCataloger,
      MakeNodeLockCataloger,
      MakePythonLockCataloger,
  };
  // clang-format on
  std::vector<std::unique_ptr<Cataloger>> catalogers;
  for (Make make : kInstalled)
    if (make != nullptr) catalogers.push_back(make(options));
  if (options.declared)
    for (Make make : kDeclared)
      if (make != nullptr) catalogers.push_back(make(options));
  return catalogers;
}

}  // namespace weir::sbom
