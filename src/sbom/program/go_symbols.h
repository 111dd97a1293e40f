// Names of the functions that are linked into a Go program.
//
// Read from .gopclntab, which the runtime needs for stack traces: it is there in
// stripped programs too, and lists inlined functions. Source: Go's
// internal/abi and debug/gosym, layouts of Go 1.2, 1.16, 1.18 and 1.20.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "model/package.h"
#include "sbom/program/image.h"

namespace weir::sbom {

/// Sorted Hash64 of "import/path.Func", "import/path.Type.Method" and, for each package
/// with code in the program, "import/path.*". MAIN_PACKAGE replaces "main".
/// kNotFound where there is no table.
Result<std::shared_ptr<const model::GoSymbols>> ReadGoSymbols(target::ByteSource& file, const Image& image,
                                                              std::string_view main_package);

/// A linker symbol as an advisory writes it: package and "Func" or "Type.Method". Empty
/// package for what the compiler made up ("type:.eq.*", "go:itab.*").
struct GoSymbolName {
  std::string package, name;
};
GoSymbolName NormalizeGoSymbol(std::string_view symbol);

}  // namespace weir::sbom
