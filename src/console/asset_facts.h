// What is known of an asset besides its columns: a JSON object in the store, each
// record of a sensor changes some of its members. Threading: pure functions.
#pragma once

#include <string>
#include <vector>

#include "console/answer.h"
#include "model/runtime.h"
#include "store/assets.h"

namespace weir::console {

/// Never fails: what cannot be read is an empty object.
Json ReadFacts(const std::string& facts);
std::string WriteFacts(const Json& facts);
/// Adds or replaces the members of CHANGES.
std::string MergeFacts(const std::string& facts, const Json& changes);

/// "public", "any", "private", "link-local", "loopback"; as Reach of the interface.
std::string_view ReachWord(model::AddressScope scope);
/// How far the farthest of LISTENERS leads, ADDRESSES being the host's; "none" for none. A container's own
/// port leads no farther than "private" unless it is PUBLISHED.
std::string_view ExposureOf(const std::vector<model::ListeningSocket>& listeners,
                            const std::vector<std::string>& addresses, bool is_container, bool is_published);

}  // namespace weir::console
