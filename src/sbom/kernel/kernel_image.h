// The release that a Linux kernel image names.
// Source: the kernel's Documentation/arch/x86/boot.rst (field kernel_version) and the
// "Linux version" banner that every uncompressed image holds.
#pragma once

#include <string>
#include <string_view>

#include "target/target.h"

namespace weir::sbom {

struct KernelImage {
  std::string release;  // "6.1.0-18-amd64", as uname -r says
  std::string version;  // of the source: "6.1.76" where the distribution tells it, else from the release
  std::string build;    // the rest of the banner
};

/// kUnsupported where FILE is a kernel whose banner is compressed, kNotFound where it is no kernel.
Result<KernelImage> ReadKernelImage(target::ByteSource& file);

/// From "6.1.0-18-amd64 (debian-kernel@...) #1 SMP ... Debian 6.1.76-1 (2024-02-01)".
KernelImage ParseKernelBanner(std::string_view banner);

}  // namespace weir::sbom
