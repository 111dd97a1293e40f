// The stream of live events.
#include <algorithm>
#include <array>

#include "base/strings.h"
#include "console/event_hub.h"
#include "console/handlers.h"
#include "console/request_fields.h"
#include "console/services.h"

namespace weir::console {

void StreamEvents(Services& services, Call& call, net::Responder responder) {
  static constexpr std::array<std::string_view, 12> kTypes = {"finding", "content", "asset",    "inventory",
                                                              "scan",    "job",     "advisory", "mask",
                                                              "rules",   "sensor",  "settings", "reset"};
  QueryFields query(call.request);
  std::string types = query.Text("types", 200);
  std::set<std::string> wanted;
  if (!types.empty()) {
    for (std::string_view type : Split(types, ',')) {
      if (std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end())
        query.Complain("types", "has a type that is not known");
      wanted.emplace(type);
    }
    wanted.insert("reset");
  }
  std::string_view last = call.request.Header("last-event-id");
  std::optional<std::uint64_t> after = ParseUint(last);
  if (auto fault = query.Fault()) {
    responder.Send(ProblemAnswer(*fault));
    return;
  }
  bool known = after && *after < (std::uint64_t{1} << 62U);
  services.events.Open(call.who, std::move(wanted), known ? static_cast<std::int64_t>(*after) : -1,
                       !last.empty() && known, responder);
}

}  // namespace weir::console
