// A Go program's build information as packages: its main module, the modules
// linked in, and the standard library.
#pragma once

#include <memory>

#include "sbom/cataloger.h"
#include "sbom/program/go_buildinfo.h"

namespace weir::sbom {

void EmitGoPackages(const GoBuildInfo& info, std::shared_ptr<const model::GoSymbols> symbols,
                    const model::Location& location, Emitter& out);

}  // namespace weir::sbom
