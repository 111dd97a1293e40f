// Source: docs.docker.com/engine/api, GET /images/json.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "discovery/containers.h"
#include "discovery/json.h"

namespace weir::discovery {
namespace {

constexpr std::size_t kMaxImages = 50'000;

}  // namespace

Result<std::vector<model::ImageInfo>> ParseDockerImages(std::string_view text) {
  WEIR_ASSIGN(Json document, ParseJson(text));
  if (!document.is_array()) return Err(Code::kMalformed, "the list of images is not an array");
  std::vector<model::ImageInfo> out;
  for (const Json& entry : document) {
    model::ImageInfo image;
    image.runtime = "docker";
    // The id becomes part of a URL: only what has the form of one goes on.
    image.id = TextOf(Member(entry, "Id"));
    if (!IsDigestText(image.id)) return Err(Code::kMalformed, "an image without a proper id");
    image.size_bytes = NumberOf(Member(entry, "Size"));
    image.created = TimeText(static_cast<std::int64_t>(NumberOf(Member(entry, "Created")) & INT64_MAX));
    if (const Json& tags = Member(entry, "RepoTags"); tags.is_array())
      for (const Json& tag : tags)
        if (std::string name = TextOf(tag); !name.empty() && name != "<none>:<none>")
          image.names.push_back(ToValidUtf8(name));
    out.push_back(std::move(image));
    if (out.size() > kMaxImages) return Err(Code::kLimitExceeded, "more than 50,000 images");
  }
  return out;
}

void ListDockerImages(const DiscoveryOptions& options, const SocketGet& get,
                      std::vector<model::ImageInfo>& out, std::vector<Error>& errors) {
  std::string socket = UnderRoot(options, "var/run/docker.sock");
  auto text = get(socket, "/images/json");
  auto images = text ? ParseDockerImages(*text) : Result<std::vector<model::ImageInfo>>(Err(text.error()));
  if (!images) {
    if (images.error().code != Code::kNotFound) errors.push_back(images.error().Context("docker: images"));
    return;
  }
  for (model::ImageInfo& image : *images) {
    image.store = socket;
    out.push_back(std::move(image));
  }
}

}  // namespace weir::discovery
