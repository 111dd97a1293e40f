// Everything that handlers work with, put together by the Console.
// Threading: each service is safe from every thread; the struct does not change
// while requests are served.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "console/console.h"

namespace weir::net {
class CertificateAuthority;
}

namespace weir::console {

class Accounts;
class AdvisoryService;
class EventHub;
class Gate;
class Ingest;
class MatchService;
class OverviewCache;
class RuleService;
class SensorHub;
class Settings;
class WebhookSender;

struct Services {
  const ConsoleOptions& options;
  store::Store& store;
  Settings& settings;
  Accounts& accounts;
  MatchService& match;
  EventHub& events;
  SensorHub& sensors;
  Ingest& ingest;
  AdvisoryService& advisories;
  WebhookSender& webhooks;
  OverviewCache& overview;
  RuleService& rules;
  const net::CertificateAuthority& authority;
  /// Names and addresses under which this host is known, lower case.
  const std::vector<std::string>& host_names;
  std::function<std::string()> metrics;  // of the server itself, Prometheus text
};

}  // namespace weir::console
