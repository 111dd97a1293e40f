// The embedded page: declared in console/web_assets.h.
#include "console/web_assets.h"

#include <algorithm>
#include <cstddef>
#include <vector>

extern "C" {
extern const char weir_web_blob[];
}

namespace weir::console {
namespace {

struct Row {
  std::string_view path, content_type, etag, gzip_etag;
  std::size_t identity, identity_size, gzip, gzip_size;
  bool immutable;
};

// The empty last row keeps the array legal in a build without the page.
constexpr Row kRows[] = {
#include "web_assets.inc"
    {}};

std::vector<WebAsset> MakeTable() {
  std::vector<WebAsset> table;
  for (const Row& row : kRows) {
    if (row.path.empty()) continue;
    table.push_back({row.path,
                     row.content_type,
                     row.etag,
                     row.gzip_etag,
                     {weir_web_blob + row.identity, row.identity_size},
                     {weir_web_blob + row.gzip, row.gzip_size},
                     row.immutable});
  }
  return table;
}

}  // namespace

std::span<const WebAsset> WebAssets() {
  static const std::vector<WebAsset> table = MakeTable();
  return table;
}

const WebAsset* FindWebAsset(std::string_view path) {
  if (path == "/") path = "/index.html";
  const std::span<const WebAsset> table = WebAssets();
  const auto found =
      std::lower_bound(table.begin(), table.end(), path,
                       [](const WebAsset& asset, std::string_view key) { return asset.path < key; });
  return found != table.end() && found->path == path ? &*found : nullptr;
}

}  // namespace weir::console
