// The table of catalogers. One Make function each; catalogers.cc lists them all.
#pragma once

#include <memory>
#include <vector>

#include "sbom/cataloger.h"

namespace weir::sbom {

std::vector<std::unique_ptr<Cataloger>> MakeCatalogers(const CatalogOptions& options);

// OS packages
std::unique_ptr<Cataloger> MakeDpkgCataloger(const CatalogOptions& options);
std::unique_ptr<Cataloger> MakeApkCataloger(const CatalogOptions& options);
std::unique_ptr<Cataloger> MakeRpmCataloger(const CatalogOptions& options);
std::unique_ptr<Cataloger> MakeBitnamiCataloger(const CatalogOptions& options);
std::unique_ptr<Cataloger> MakeCondaCataloger(const CatalogOptions& options);
// programs
std::unique_ptr<Cataloger> MakeProgramCataloger(
    const CatalogOptions& options);  // ELF/PE: Go, Rust, notes, version strings
std::unique_ptr<Cataloger> MakeKernelCataloger(const CatalogOptions& options);
// languages, installed and declared
std::unique_ptr<Cataloger> MakeJarCataloger(const CatalogOptions& options);
std::unique_ptr<Cataloger> MakeMavenManifestCataloger(
    const CatalogOptions& options);  // pom.xml, gradle.lockfile
std::unique_ptr<Cataloger> MakePythonCataloger(const CatalogOptions& options);
std::unique_ptr<Cataloger> MakePythonLockCataloger(const CatalogOptions& options);
std::unique_ptr<Cataloger> MakeNodeCataloger(const CatalogOptions& options);
std::unique_ptr<Cataloger> MakeNodeLockCataloger(const CatalogOptions& options);
std::unique_ptr<Cataloger> MakeGoModCataloger(const CatalogOptions& options);
std::unique_ptr<Cataloger> MakeCargoLockCataloger(const CatalogOptions& options);
std::unique_ptr<Cataloger> MakeGemCataloger(const CatalogOptions& options);  // gemspecs and Gemfile.lock
std::unique_ptr<Cataloger> MakeComposerCataloger(
    const CatalogOptions& options);  // installed.json and composer.lock
std::unique_ptr<Cataloger> MakeDotnetCataloger(
    const CatalogOptions& options);  // deps.json, PE, packages.lock.json
std::unique_ptr<Cataloger> MakeWordpressCataloger(const CatalogOptions& options);

}  // namespace weir::sbom
