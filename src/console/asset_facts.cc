#include "console/asset_facts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace weir::console {
namespace {

/// From near to far; kAny is not known to be public.
int Distance(std::string_view reach) {
  constexpr std::string_view kOrder[] = {"none", "loopback", "link-local", "private", "any", "public"};
  return static_cast<int>(std::find(std::begin(kOrder), std::end(kOrder), reach) - std::begin(kOrder));
}

/// Where a socket on all addresses is reached: as far as the farthest address of the host leads.
std::string_view ReachOfAll(const std::vector<std::string>& addresses) {
  std::string_view reach = "any";
  for (const std::string& address : addresses) {
    model::AddressScope scope = model::ScopeOfAddress(address);
    if (scope == model::AddressScope::kPublic) return "public";
    if (scope == model::AddressScope::kPrivate) reach = "private";
  }
  return reach;
}

}  // namespace

Json ReadFacts(const std::string& facts) {
  Json json = Json::parse(facts, nullptr, false);
  return json.is_object() ? json : Json::object();
}

std::string WriteFacts(const Json& facts) {
  return facts.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string MergeFacts(const std::string& facts, const Json& changes) {
  Json json = ReadFacts(facts);
  json.update(changes);
  return WriteFacts(json);
}

std::string_view ReachWord(model::AddressScope scope) {
  switch (scope) {
    case model::AddressScope::kLoopback:
      return "loopback";
    case model::AddressScope::kLinkLocal:
      return "link-local";
    case model::AddressScope::kPrivate:
      return "private";
    case model::AddressScope::kPublic:
      return "public";
    case model::AddressScope::kAny:
      break;
  }
  return "any";
}

std::string_view ExposureOf(const std::vector<model::ListeningSocket>& listeners,
                            const std::vector<std::string>& addresses, bool is_container, bool is_published) {
  std::string_view farthest = "none";
  for (const model::ListeningSocket& listener : listeners) {
    std::string_view reach = ReachWord(listener.scope);
    if (listener.scope == model::AddressScope::kAny)
      reach = is_container && !is_published ? "private" : ReachOfAll(addresses);
    if (Distance(reach) > Distance(farthest)) farthest = reach;
  }
  return farthest;
}

}  // namespace weir::console
