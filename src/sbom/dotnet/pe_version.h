// The version resource of a Windows program: names and versions as its author set them.
// Source: Microsoft, "PE Format" (.rsrc) and "VS_VERSIONINFO structure".
#pragma once

#include <string>

#include "sbom/program/image.h"

namespace weir::sbom {

struct PeVersion {
  std::string product_name, product_version, file_version, internal_name, original_name, company;
};

/// kNotFound where the program has no version resource.
Result<PeVersion> ReadPeVersion(target::ByteSource& file, const Image& image);

/// RESOURCE is a VS_VERSIONINFO block.
PeVersion ParseVersionInfo(std::string_view resource);

}  // namespace weir::sbom
