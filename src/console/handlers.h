// The handlers that the table of routes names, by the file they are in.
// Threading: safe from every thread.
#pragma once

#include "console/routes.h"

namespace weir::console {

// session_api.cc
Answer Login(Services&, Call&);
Answer GetSession(Services&, Call&);
Answer Logout(Services&, Call&);
Answer ChangePassword(Services&, Call&);

// accounts_api.cc
Answer ListUsers(Services&, Call&);
Answer CreateUser(Services&, Call&);
Answer UpdateUser(Services&, Call&);
Answer DeleteUser(Services&, Call&);
Answer ListTokens(Services&, Call&);
Answer CreateToken(Services&, Call&);
Answer DeleteToken(Services&, Call&);
Answer ListEnrolmentTokens(Services&, Call&);
Answer CreateEnrolmentToken(Services&, Call&);
Answer DeleteEnrolmentToken(Services&, Call&);
Answer ListSensors(Services&, Call&);
Answer RevokeSensor(Services&, Call&);
Answer ListAudit(Services&, Call&);

// overview_api.cc
Answer GetOverview(Services&, Call&);

// assets_api.cc, asset_runtime_api.cc
Answer ListAssets(Services&, Call&);
Answer GetAsset(Services&, Call&);
Answer DeleteAsset(Services&, Call&);
Answer ListAssetPackages(Services&, Call&);
Answer ListAssetProcesses(Services&, Call&);
Answer ListAssetConnections(Services&, Call&);
Answer ListAssetScans(Services&, Call&);
Answer GetAssetSbom(Services&, Call&);
Answer GetTopology(Services&, Call&);

// findings_api.cc, vulnerabilities_api.cc, masks_api.cc, export_api.cc
Answer ListFindings(Services&, Call&);
Answer GetFinding(Services&, Call&);
Answer ListVulnerabilities(Services&, Call&);
Answer GetVulnerability(Services&, Call&);
Answer ListPackages(Services&, Call&);
Answer ListPackageAssets(Services&, Call&);
Answer ExportList(Services&, Call&);
Answer ListMasks(Services&, Call&);
Answer CreateMask(Services&, Call&);
Answer DeleteMask(Services&, Call&);

// content_api.cc, content_rules_api.cc
Answer ListContentFindings(Services&, Call&);
Answer GetContentFinding(Services&, Call&);
Answer ListContentRules(Services&, Call&);
Answer DisableContentRule(Services&, Call&);
Answer EnableContentRule(Services&, Call&);
Answer ListRuleFiles(Services&, Call&);
Answer AddRuleFile(Services&, Call&);
Answer DeleteRuleFile(Services&, Call&);
Answer SensorRules(Services&, Call&);

// scans_api.cc
Answer ListScans(Services&, Call&);
Answer StartScans(Services&, Call&);
Answer GetScan(Services&, Call&);
Answer CompareScans(Services&, Call&);
Answer ListJobs(Services&, Call&);

// advisories_api.cc, settings_api.cc
Answer ListAdvisorySources(Services&, Call&);
Answer ImportAdvisories(Services&, Call&);
Answer UpdateAdvisories(Services&, Call&);
Answer GetSettings(Services&, Call&);
Answer PutSettings(Services&, Call&);
Answer ListWebhooks(Services&, Call&);
Answer CreateWebhook(Services&, Call&);
Answer DeleteWebhook(Services&, Call&);
Answer TestWebhook(Services&, Call&);

// live_api.cc
void StreamEvents(Services&, Call&, net::Responder);

// sensor_api.cc
Answer SensorCa(Services&, Call&);
Answer SensorEnrol(Services&, Call&);
Answer SensorRenew(Services&, Call&);
Answer SensorStatus(Services&, Call&);
void SensorBatch(Services&, Call&, net::Responder);
void SensorCommands(Services&, Call&, net::Responder);

// service_api.cc
Answer Healthz(Services&, Call&);
Answer Readyz(Services&, Call&);
Answer Metrics(Services&, Call&);
Answer OpenApi(Services&, Call&);
/// The page and its files, for paths that no route has.
net::ServerResponse ServePage(Services&, const net::ServerRequest&);

}  // namespace weir::console
