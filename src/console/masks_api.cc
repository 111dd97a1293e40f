// Masks: weaknesses that people have decided to live with.
#include <array>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "console/event_hub.h"
#include "console/handlers.h"
#include "console/masks_view.h"
#include "console/request_fields.h"
#include "console/services.h"
#include "console/time_text.h"
#include "store/views.h"

namespace weir::console {
namespace {

constexpr std::array<std::string_view, 3> kScopes = {"finding", "image", "everywhere"};
constexpr std::array<std::string_view, 2> kKinds = {"secret", "malware"};

/// What it hides, for the audit log.
std::string NameOf(const store::Mask& mask) {
  return mask.kind ? mask.title + " " + mask.fingerprint : mask.vulnerability;
}

/// What a mask is to be made of, as the caller said it.
struct Wanted {
  std::string scope, finding, content, asset;
  store::Mask mask;
};

/// Fills in from the finding, or from the asset, what the scope needs.
tl::expected<void, Problem> Complete(store::Reader& r, Wanted& wanted) {
  store::Mask& mask = wanted.mask;
  mask.scope = wanted.scope == "image"        ? store::MaskScope::kImage
               : wanted.scope == "everywhere" ? store::MaskScope::kEverywhere
                                              : store::MaskScope::kFinding;
  store::AssetId asset_id = ParseId(wanted.asset).value_or(0);
  if (!wanted.finding.empty()) {
    std::optional<FindingName> name = ParseFindingName(wanted.finding);
    if (!name) return BadField("finding", "there is no such finding");
    auto detail = store::GetFinding(r, name->asset, name->match);
    if (!detail && detail.error().code == Code::kNotFound)
      return BadField("finding", "there is no such finding");
    WEIR_TRY(detail);
    mask.vulnerability = detail->row.vulnerability_name;
    if (mask.package.empty()) mask.package = detail->row.package_name;
    asset_id = name->asset;
  }
  if (!wanted.content.empty()) {
    auto row = store::GetContent(r, static_cast<store::ContentId>(ParseUint(wanted.content).value_or(0)));
    if (!row && row.error().code == Code::kNotFound)
      return BadField("content_finding", "there is no such secret or malware");
    WEIR_TRY(row);
    mask.kind = row->kind;
    mask.fingerprint = row->fingerprint;
    mask.rule = row->rule;
    mask.title = row->title;
    asset_id = row->asset;
  }
  if (mask.vulnerability.empty() == mask.fingerprint.empty())
    return BadField("vulnerability", "give finding, content_finding, vulnerability, or kind and fingerprint");
  if (!mask.fingerprint.empty() && (!mask.kind || !mask.package.empty()))
    return BadField("kind", "a fingerprint needs its kind, and no package");
  if (mask.scope == store::MaskScope::kEverywhere) {
    mask.image.clear();
    return {};
  }
  if (mask.scope == store::MaskScope::kImage && !mask.image.empty()) return {};
  if (asset_id == 0) return BadField("asset_id", "this scope needs an asset or an image");
  auto asset = store::GetAsset(r, asset_id);
  if (!asset && asset.error().code == Code::kNotFound) return BadField("asset_id", "there is no such asset");
  WEIR_TRY(asset);
  if (mask.scope == store::MaskScope::kFinding) {
    mask.image.clear();
    mask.asset_key = asset->key;
    return {};
  }
  mask.image = asset->image;
  if (mask.image.empty()) return BadField("scope", "this asset has no image");
  return {};
}

}  // namespace

Result<Json> MaskJson(store::Reader& r, const store::Mask& mask, Names& names) {
  store::AssetId asset = 0;
  if (!mask.asset_key.empty())
    for (auto kind : {model::AssetKind::kHost, model::AssetKind::kContainer, model::AssetKind::kImage}) {
      WEIR_ASSIGN(auto found, store::FindAsset(r, kind, mask.asset_key));
      if (found) asset = *found;
    }
  return Json{{"id", std::to_string(mask.id)},
              {"kind", mask.kind ? model::ContentKindName(*mask.kind) : "vulnerability"},
              {"scope", store::MaskScopeName(mask.scope)},
              {"vulnerability", mask.vulnerability},
              {"fingerprint", mask.fingerprint},
              {"rule", mask.rule},
              {"title", mask.title},
              {"package", mask.package},
              {"asset_id", IdOrNull(asset)},
              {"asset_name", asset == 0 ? std::string() : names.AssetOf(asset).name},
              {"image", mask.image},
              {"reason", mask.reason},
              {"created_by", mask.author},
              {"created_at", TimeText(mask.created_at)},
              {"expires_at", TimeOrNull(mask.expires_at)},
              {"expired", !mask.active},
              {"findings", mask.findings}};
}

Result<Json> MaskOrNull(store::Reader& r, std::int64_t id, Names& names) {
  if (id == 0) return Json(nullptr);
  auto mask = store::GetMask(r, id);
  if (!mask && mask.error().code == Code::kNotFound) return Json(nullptr);
  WEIR_TRY(mask);
  return MaskJson(r, *mask, names);
}

Answer ListMasks(Services& services, Call& call) {
  QueryFields query(call.request);
  store::PageRequest wanted = query.Page();
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    WEIR_ASSIGN(store::Page<store::Mask> page, store::ListMasks(r, wanted));
    Names names(r);
    Json items = Json::array();
    for (const store::Mask& mask : page.items) {
      WEIR_ASSIGN(Json item, MaskJson(r, mask, names));
      items.push_back(std::move(item));
    }
    return JsonAnswer(PageJson(page, std::move(items)));
  });
}

Answer CreateMask(Services& services, Call& call) {
  BodyFields body(call.request);
  Wanted wanted;
  wanted.scope = body.OptionalWord("scope", kScopes).value_or("");
  if (!body.Has("scope")) body.Complain("scope", "is missing");
  wanted.finding = body.OptionalText("finding", 1, 50).value_or("");
  wanted.content = body.OptionalText("content_finding", 1, 19).value_or("");
  std::optional<std::string> kind = body.OptionalWord("kind", kKinds);
  if (kind) wanted.mask.kind = *kind == "secret" ? model::ContentKind::kSecret : model::ContentKind::kMalware;
  wanted.mask.fingerprint = body.OptionalText("fingerprint", 32, 32).value_or("");
  if (kind && wanted.mask.fingerprint.empty()) body.Complain("fingerprint", "is missing");
  wanted.mask.vulnerability = body.OptionalText("vulnerability", 1, 200).value_or("");
  wanted.mask.package = body.OptionalText("package", 0, 300).value_or("");
  wanted.asset = body.OptionalText("asset_id", 1, 20).value_or("");
  wanted.mask.image = body.OptionalText("image", 1, 500).value_or("");
  wanted.mask.reason = body.Text("reason", 3, 2000);
  if (std::optional<std::string> expires = body.OptionalText("expires_at", 1, 40)) {
    std::optional<store::TimeMs> at = ParseTime(*expires);
    if (!at) body.Complain("expires_at", "must be a time like 2026-12-31T00:00:00Z");
    if (at && *at <= services.store.Now()) body.Complain("expires_at", "is in the past");
    wanted.mask.expires_at = at.value_or(0);
  }
  if (auto fault = body.Fault()) return tl::unexpected<Problem>(*fault);
  wanted.mask.author = call.who.user;
  tl::expected<void, Problem> complete;
  auto made = services.store.Write([&](store::Transaction& t) -> Result<Json> {
    complete = Complete(t, wanted);
    if (!complete) return Json();
    wanted.mask.created_at = t.now();
    WEIR_ASSIGN(std::int64_t id, store::AddMask(t, wanted.mask));
    WEIR_TRY(services.events.Emit(t, "mask", {{"mask_id", std::to_string(id)}}));
    WEIR_ASSIGN(store::Mask stored, store::GetMask(t, id));
    Names names(t);
    return MaskJson(t, stored, names);
  });
  if (!complete) return tl::unexpected<Problem>(complete.error());
  WEIR_TRY(made);
  call.target = (*made)["id"].get<std::string>();
  call.detail = wanted.scope + " " + NameOf(wanted.mask) + ": " + wanted.mask.reason;
  return JsonAnswer(*made, 201);
}

Answer DeleteMask(Services& services, Call& call) {
  std::optional<std::uint32_t> id = ParseId(call.id());
  if (!id) return NoSuch("mask", call.id());
  auto done = services.store.Write([&](store::Transaction& t) -> Result<void> {
    WEIR_ASSIGN(store::Mask mask, store::GetMask(t, *id));
    call.detail = NameOf(mask);
    WEIR_TRY(store::RemoveMask(t, *id));
    return services.events.Emit(t, "mask", {{"mask_id", call.id()}});
  });
  WEIR_TRY(done);
  return NoContent();
}

}  // namespace weir::console
