// The texts in an image's config and manifest in which people leave secrets.
//
// Each has a path of its own, for example "image-config:Env[3]",
// "image-config:Labels[maintainer]", "image-config:history[7].created_by",
// "image-config:Annotations[key]". A label or an annotation is given as "key=value",
// because what a value is good for is told by its key; words of a command are
// joined with spaces. Format: OCI image-spec 1.1, docker image-spec 1.2.
// Threading: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::target {

struct ConfigText {
  std::string path, text;
  std::optional<std::size_t> layer;  // history: the layer that the step made, from 0 at the base
};

struct ConfigTexts {
  std::vector<ConfigText> texts;
  bool cut = false;  // there was more than the bounds allow
};

/// Of a config's JSON text; nothing where it is none.
ConfigTexts ReadConfigTexts(std::string_view json);
/// Of the annotations of a manifest.
void AddAnnotations(const std::vector<std::pair<std::string, std::string>>& annotations, ConfigTexts& out);

}  // namespace weir::target
