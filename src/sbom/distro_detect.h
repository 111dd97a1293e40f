// The distribution of a target: os-release, and for older or cut-down systems
// the files that came before it.
// Threading: as target::Target.
#pragma once

#include <string_view>

#include "model/distro.h"
#include "target/target.h"

namespace weir::sbom {

/// Empty where the target is no system (a folder, a "scratch" image).
model::Distro DetectDistro(target::Target& target);

/// "CentOS Linux release 7.9.2009 (Core)" and its like: /etc/redhat-release and siblings.
model::Distro ParseReleaseLine(std::string_view text);
/// /etc/lsb-release.
model::Distro ParseLsbRelease(std::string_view text);
/// /etc/debian_version: "12.5" or "trixie/sid".
model::Distro ParseDebianVersion(std::string_view text);

}  // namespace weir::sbom
