#include "console/routes.h"

#include <array>

#include "base/strings.h"
#include "console/handlers.h"

namespace weir::console {
namespace {

constexpr std::size_t kSmall = 64U << 10U, kLarge = 32U << 20U, kBatch = 128U << 20U, kStatus = 1U << 20U;

constexpr Route kRoutes[] = {
    {"POST", "/api/v1/session", Access::kNone, "login", &Login, nullptr, kSmall},
    {"GET", "/api/v1/session", Access::kSelf, "getSession", &GetSession, nullptr, kSmall},
    {"DELETE", "/api/v1/session", Access::kSelf, "logout", &Logout, nullptr, kSmall},
    {"POST", "/api/v1/session/password", Access::kSelf, "changePassword", &ChangePassword, nullptr, kSmall},
    {"GET", "/api/v1/users", Access::kAdmin, "listUsers", &ListUsers, nullptr, kSmall},
    {"POST", "/api/v1/users", Access::kAdmin, "createUser", &CreateUser, nullptr, kSmall},
    {"PATCH", "/api/v1/users/{id}", Access::kAdmin, "updateUser", &UpdateUser, nullptr, kSmall},
    {"DELETE", "/api/v1/users/{id}", Access::kAdmin, "deleteUser", &DeleteUser, nullptr, kSmall},
    {"GET", "/api/v1/tokens", Access::kSelf, "listTokens", &ListTokens, nullptr, kSmall},
    {"POST", "/api/v1/tokens", Access::kSelf, "createToken", &CreateToken, nullptr, kSmall},
    {"DELETE", "/api/v1/tokens/{id}", Access::kSelf, "deleteToken", &DeleteToken, nullptr, kSmall},
    {"GET", "/api/v1/enrolment-tokens", Access::kAdmin, "listEnrolmentTokens", &ListEnrolmentTokens, nullptr,
     kSmall},
    {"POST", "/api/v1/enrolment-tokens", Access::kAdmin, "createEnrolmentToken", &CreateEnrolmentToken,
     nullptr, kSmall},
    {"DELETE", "/api/v1/enrolment-tokens/{id}", Access::kAdmin, "deleteEnrolmentToken", &DeleteEnrolmentToken,
     nullptr, kSmall},
    {"GET", "/api/v1/sensors", Access::kReadOnly, "listSensors", &ListSensors, nullptr, kSmall},
    {"DELETE", "/api/v1/sensors/{id}", Access::kAdmin, "revokeSensor", &RevokeSensor, nullptr, kSmall},
    {"GET", "/api/v1/audit", Access::kAdmin, "listAudit", &ListAudit, nullptr, kSmall},
    {"GET", "/api/v1/overview", Access::kReadOnly, "getOverview", &GetOverview, nullptr, kSmall},
    {"GET", "/api/v1/assets", Access::kReadOnly, "listAssets", &ListAssets, nullptr, kSmall},
    {"GET", "/api/v1/assets/{id}", Access::kReadOnly, "getAsset", &GetAsset, nullptr, kSmall},
    {"DELETE", "/api/v1/assets/{id}", Access::kAdmin, "deleteAsset", &DeleteAsset, nullptr, kSmall},
    {"GET", "/api/v1/assets/{id}/packages", Access::kReadOnly, "listAssetPackages", &ListAssetPackages,
     nullptr, kSmall},
    {"GET", "/api/v1/assets/{id}/processes", Access::kReadOnly, "listAssetProcesses", &ListAssetProcesses,
     nullptr, kSmall},
    {"GET", "/api/v1/assets/{id}/connections", Access::kReadOnly, "listAssetConnections",
     &ListAssetConnections, nullptr, kSmall},
    {"GET", "/api/v1/assets/{id}/scans", Access::kReadOnly, "listAssetScans", &ListAssetScans, nullptr,
     kSmall},
    {"GET", "/api/v1/assets/{id}/sbom", Access::kReadOnly, "getAssetSbom", &GetAssetSbom, nullptr, kSmall},
    {"GET", "/api/v1/topology", Access::kReadOnly, "getTopology", &GetTopology, nullptr, kSmall},
    {"GET", "/api/v1/findings", Access::kReadOnly, "listFindings", &ListFindings, nullptr, kSmall},
    {"GET", "/api/v1/findings/{id}", Access::kReadOnly, "getFinding", &GetFinding, nullptr, kSmall},
    {"GET", "/api/v1/vulnerabilities", Access::kReadOnly, "listVulnerabilities", &ListVulnerabilities,
     nullptr, kSmall},
    {"GET", "/api/v1/vulnerabilities/{id}", Access::kReadOnly, "getVulnerability", &GetVulnerability, nullptr,
     kSmall},
    {"GET", "/api/v1/packages", Access::kReadOnly, "listPackages", &ListPackages, nullptr, kSmall},
    {"GET", "/api/v1/packages/{id}/assets", Access::kReadOnly, "listPackageAssets", &ListPackageAssets,
     nullptr, kSmall},
    {"GET", "/api/v1/content-findings", Access::kReadOnly, "listContentFindings", &ListContentFindings,
     nullptr, kSmall},
    {"GET", "/api/v1/content-findings/{id}", Access::kReadOnly, "getContentFinding", &GetContentFinding,
     nullptr, kSmall},
    {"GET", "/api/v1/content-rules", Access::kReadOnly, "listContentRules", &ListContentRules, nullptr,
     kSmall},
    {"POST", "/api/v1/content-rules/{kind}/{id}/disable", Access::kUser, "disableContentRule",
     &DisableContentRule, nullptr, kSmall},
    {"POST", "/api/v1/content-rules/{kind}/{id}/enable", Access::kUser, "enableContentRule",
     &EnableContentRule, nullptr, kSmall},
    {"GET", "/api/v1/rule-files", Access::kReadOnly, "listRuleFiles", &ListRuleFiles, nullptr, kSmall},
    {"POST", "/api/v1/rule-files", Access::kAdmin, "addRuleFile", &AddRuleFile, nullptr, kLarge},
    {"DELETE", "/api/v1/rule-files/{id}", Access::kAdmin, "deleteRuleFile", &DeleteRuleFile, nullptr, kSmall},
    {"GET", "/api/v1/export/{list}", Access::kReadOnly, "exportList", &ExportList, nullptr, kSmall},
    {"GET", "/api/v1/masks", Access::kReadOnly, "listMasks", &ListMasks, nullptr, kSmall},
    {"POST", "/api/v1/masks", Access::kUser, "createMask", &CreateMask, nullptr, kSmall},
    {"DELETE", "/api/v1/masks/{id}", Access::kUser, "deleteMask", &DeleteMask, nullptr, kSmall},
    {"GET", "/api/v1/scans", Access::kReadOnly, "listScans", &ListScans, nullptr, kSmall},
    {"POST", "/api/v1/scans", Access::kUser, "startScans", &StartScans, nullptr, kSmall},
    {"GET", "/api/v1/scans/{id}", Access::kReadOnly, "getScan", &GetScan, nullptr, kSmall},
    {"GET", "/api/v1/scans/{id}/compare", Access::kReadOnly, "compareScans", &CompareScans, nullptr, kSmall},
    {"GET", "/api/v1/jobs", Access::kReadOnly, "listJobs", &ListJobs, nullptr, kSmall},
    {"GET", "/api/v1/advisories/sources", Access::kReadOnly, "listAdvisorySources", &ListAdvisorySources,
     nullptr, kSmall},
    {"POST", "/api/v1/advisories", Access::kUser, "importAdvisories", &ImportAdvisories, nullptr, kLarge},
    {"POST", "/api/v1/advisories/update", Access::kUser, "updateAdvisories", &UpdateAdvisories, nullptr,
     kSmall},
    {"GET", "/api/v1/settings", Access::kReadOnly, "getSettings", &GetSettings, nullptr, kSmall},
    {"PUT", "/api/v1/settings", Access::kAdmin, "putSettings", &PutSettings, nullptr, kSmall},
    {"GET", "/api/v1/webhooks", Access::kAdmin, "listWebhooks", &ListWebhooks, nullptr, kSmall},
    {"POST", "/api/v1/webhooks", Access::kAdmin, "createWebhook", &CreateWebhook, nullptr, kSmall},
    {"DELETE", "/api/v1/webhooks/{id}", Access::kAdmin, "deleteWebhook", &DeleteWebhook, nullptr, kSmall},
    {"POST", "/api/v1/webhooks/{id}/test", Access::kAdmin, "testWebhook", &TestWebhook, nullptr, kSmall},
    {"GET", "/api/v1/events", Access::kReadOnly, "streamEvents", nullptr, &StreamEvents, kSmall},
    {"GET", "/sensor/v1/ca", Access::kEnrol, "sensorCa", &SensorCa, nullptr, kSmall},
    {"POST", "/sensor/v1/enrol", Access::kEnrol, "sensorEnrol", &SensorEnrol, nullptr, kSmall},
    {"POST", "/sensor/v1/renew", Access::kSensor, "sensorRenew", &SensorRenew, nullptr, kSmall},
    {"POST", "/sensor/v1/batches", Access::kSensor, "sensorBatch", nullptr, &SensorBatch, kBatch, false},
    {"POST", "/sensor/v1/status", Access::kSensor, "sensorStatus", &SensorStatus, nullptr, kStatus, false},
    {"GET", "/sensor/v1/commands", Access::kSensor, "sensorCommands", nullptr, &SensorCommands, kSmall},
    {"GET", "/sensor/v1/rules", Access::kSensor, "sensorRules", &SensorRules, nullptr, kSmall},
    {"GET", "/healthz", Access::kNone, "healthz", &Healthz, nullptr, kSmall},
    {"GET", "/readyz", Access::kNone, "readyz", &Readyz, nullptr, kSmall},
    {"GET", "/metrics", Access::kReadOnly, "metrics", &Metrics, nullptr, kSmall},
    {"GET", "/api/openapi.yaml", Access::kNone, "openapi", &OpenApi, nullptr, kSmall},
};

/// Whether PATH has the shape of PATTERN; then PARAMS is what stands for its {..}.
bool Matches(std::string_view pattern, std::string_view path, std::vector<std::string>& params) {
  params.clear();
  while (!pattern.empty() && !path.empty()) {
    std::string_view want = NextPiece(pattern, '/'), have = NextPiece(path, '/');
    if (want.starts_with('{')) {
      if (have.empty()) return false;
      params.emplace_back(have);
    } else if (want != have) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

}  // namespace

std::string_view AccessName(Access access) {
  constexpr std::array<std::string_view, 7> kNames = {"none",  "self",   "read-only", "user",
                                                      "admin", "sensor", "enrol"};
  return kNames[static_cast<std::size_t>(access)];
}

std::span<const Route> Routes() { return kRoutes; }

RouteMatch FindRoute(std::string_view method, std::string_view path) {
  RouteMatch match;
  std::vector<std::string> params;
  if (path.size() > 1 && path.ends_with('/')) return match;
  for (const Route& route : kRoutes) {
    if (!Matches(route.pattern, path, params)) continue;
    if (route.method == method) {
      match.route = &route;
      match.params = std::move(params);
      return match;
    }
    match.allowed += (match.allowed.empty() ? "" : ", ") + std::string(route.method);
  }
  return match;
}

}  // namespace weir::console
