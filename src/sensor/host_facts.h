// What a host is, for people and for telling hosts apart. Read from /proc, os-release
// and uname; never fails: what is not there stays empty.
// Threading: pure but for its reads.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "discovery/discovery.h"
#include "wire/messages.h"

namespace weir::sensor {

/// NAME: empty for the host's own. Addresses are the caller's to fill in.
wire::HostFacts ReadHostFacts(const discovery::DiscoveryOptions& options, const std::string& name,
                              const std::vector<std::pair<std::string, std::string>>& labels,
                              const std::string& sensor_version);

/// Not loopback, not link-local.
std::vector<std::string> ShownAddresses(const std::vector<std::string>& all);

}  // namespace weir::sensor
