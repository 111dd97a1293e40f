// Targets that are live file trees: a folder, the host, a process, a container.
// Threading: as Target.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "target/target.h"

namespace weir::target {

Result<std::unique_ptr<Target>> OpenDirectory(const std::string& path);
/// The machine's own tree. ROOT is "/" but in tests.
Result<std::unique_ptr<Target>> OpenHost(const std::string& root = "/");
Result<std::unique_ptr<Target>> OpenProcess(std::uint32_t pid);

}  // namespace weir::target
