// What a kernel module says about itself: the section .modinfo, zero-separated key=value.
// Source: the kernel's include/linux/module.h (MODULE_INFO).
#pragma once

#include <string>
#include <string_view>

#include "target/target.h"

namespace weir::sbom {

struct ModuleInfo {
  std::string name, version, license, author, description, vermagic, source_version;
  bool in_tree = false;
};

ModuleInfo ParseModuleSection(std::string_view section);

/// FILE is a .ko, plain or compressed; at most LIMIT bytes of it are held in memory.
Result<ModuleInfo> ReadModuleInfo(target::ByteSource& file, std::uint64_t limit);

}  // namespace weir::sbom
