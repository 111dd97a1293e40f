// The page: what web/ builds to, inside the program.
//
// The build fills the table (cmake/weir_web.cmake); with WEIR_WEB=OFF it is
// empty. All bytes live as long as the program. Threading: constants.
#pragma once

#include <span>
#include <string_view>

namespace weir::console {

struct WebAsset {
  std::string_view path;          // "/index.html", "/assets/index-Dk3b9x_a.js"
  std::string_view content_type;  // with its charset
  std::string_view etag;          // strong, quotes included, of the identity bytes
  std::string_view gzip_etag;     // ... of the gzip bytes: two representations, two tags
  std::string_view identity;      // never missing
  std::string_view gzip;          // empty where it would not be smaller
  bool immutable = false;         // its name changes with its bytes: may be cached for ever
};

/// Sorted by path; empty in a build without the page.
std::span<const WebAsset> WebAssets();

/// The asset of exactly this path ("/" is "/index.html"), or null. The page does its own routing: whoever
/// serves it answers other paths that a person may open (outside /api, /sensor ...) with FindWebAsset("/").
const WebAsset* FindWebAsset(std::string_view path);

}  // namespace weir::console
