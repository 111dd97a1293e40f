#include "advisory/update/sources.h"

#include <algorithm>
#include <array>

#include "advisory/update/fetch.h"

namespace weir::advisory {
namespace {

struct SourceRow {
  std::string_view name, what, url;
};

constexpr std::array kSources = std::to_array<SourceRow>({
    {"osv", "OSV records, one archive an ecosystem", "https://osv-vulnerabilities.storage.googleapis.com"},
    {"debian-tracker", "the Debian security tracker",
     "https://security-tracker.debian.org/tracker/data/json"},
    {"alpine-secdb", "Alpine's security database", "https://secdb.alpinelinux.org"},
    {"debian-archive", "package indexes and changelogs of the host's own Debian mirror",
     "the host's apt sources"},
    {"nvd", "NVD 2.0, for programs that no package manager knows", "https://nvd.nist.gov/feeds/json/cve/2.0"},
    {"kev", "CISA's catalogue of exploited weaknesses",
     "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"},
    {"epss", "FIRST's probabilities of exploitation",
     "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz"},
});

// Those that packages we find can belong to. What only Alpine's own database has is read from there.
constexpr std::array<std::string_view, 25> kOsvEcosystems = {
    "PyPI",      "npm",       "Maven",  "Go",        "crates.io",   "RubyGems",  "NuGet",
    "Packagist", "Debian",    "Ubuntu", "Alpine",    "Red Hat",     "AlmaLinux", "Rocky Linux",
    "SUSE",      "openSUSE",  "Mageia", "openEuler", "Azure Linux", "Wolfi",     "Chainguard",
    "MinimOS",   "Alpaquita", "Echo",   "Bitnami"};

constexpr int kFirstNvdYear = 2002;
constexpr int kFirstAlpineMinor = 10,
              kLastAlpineMinor = 26;  // those not yet made are absent, which is no failure

std::string LocationOf(const UpdateOptions& options, const SourceRow& row) {
  for (const auto& [name, place] : options.locations)
    if (name == row.name) return place.ends_with('/') ? place.substr(0, place.size() - 1) : place;
  return std::string(row.url);
}

bool IsFile(std::string_view place) { return !LocalPathOf(place).empty(); }

/// BASE/PATH, percent-encoded where it is a URL.
std::string Below(const std::string& base, const std::string& path) {
  return base + "/" + (IsFile(base) ? path : EncodePath(path));
}

PlannedFile Plan(std::string source, FeedKind kind, std::string local, std::string url, bool may_be_absent) {
  PlannedFile out;
  out.file.source = std::move(source);
  out.file.kind = kind;
  out.file.local = std::move(local);
  out.file.url = std::move(url);
  out.may_be_absent = may_be_absent;
  return out;
}

void PlanOsv(const UpdateOptions& options, const std::string& base, bool custom,
             std::vector<PlannedFile>& out) {
  auto names = options.osv_ecosystems.empty() ? DefaultOsvEcosystems() : options.osv_ecosystems;
  for (const std::string& ecosystem : names) {
    std::string path = ecosystem + "/all.zip";
    out.push_back(Plan("osv:" + ecosystem, FeedKind::kOsvZip, "osv/" + path, Below(base, path), true));
    // Mirrors may keep sha256sum's output beside the file; OSV's own bucket sends digests as headers.
    if (custom) out.back().digest_url = out.back().file.url + ".sha256";
  }
}

void PlanAlpine(const std::string& base, std::vector<PlannedFile>& out) {
  std::vector<std::string> releases = {"edge"};
  for (int minor = kLastAlpineMinor; minor >= kFirstAlpineMinor; --minor)
    releases.push_back("v3." + std::to_string(minor));
  for (const std::string& release : releases) {
    for (const char* repository : {"main", "community"}) {
      std::string path = release + "/" + repository + ".json";
      out.push_back(
          Plan("alpine-secdb", FeedKind::kAlpineSecdb, "alpine-secdb/" + path, Below(base, path), true));
    }
  }
}

void PlanNvd(const std::string& base, int year, std::vector<PlannedFile>& out) {
  for (int y = kFirstNvdYear; y <= year; ++y) {
    std::string name = "nvdcve-2.0-" + std::to_string(y) + ".json.gz";
    out.push_back(Plan("nvd", FeedKind::kNvd, "nvd/" + name, Below(base, name), true));
  }
}

}  // namespace

std::vector<SourceDescription> KnownSources() {
  std::vector<SourceDescription> out;
  for (const SourceRow& row : kSources)
    out.push_back({std::string(row.name), std::string(row.what), std::string(row.url)});
  return out;
}

std::vector<std::string> DefaultOsvEcosystems() { return {kOsvEcosystems.begin(), kOsvEcosystems.end()}; }

bool IsWanted(const UpdateOptions& options, std::string_view name) {
  auto has = [&](const std::vector<std::string>& list) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  return (options.sources.empty() || has(options.sources)) && !has(options.skip_sources);
}

Result<std::vector<PlannedFile>> PlanFetches(const UpdateOptions& options, int year) {
  auto check = [](const std::string& name) {
    return std::any_of(kSources.begin(), kSources.end(),
                       [&](const SourceRow& row) { return row.name == name; });
  };
  for (const auto* list : {&options.sources, &options.skip_sources})
    for (const std::string& name : *list)
      if (!check(name)) return Err(Code::kInvalidArgument, "there is no source \"" + name + "\"");
  for (const auto& [name, place] : options.locations)
    if (!check(name)) return Err(Code::kInvalidArgument, "there is no source \"" + name + "\"");
  for (const std::string& ecosystem : options.osv_ecosystems)
    if (!IsSafeLocalPath(ecosystem) || ecosystem.find('/') != std::string::npos)
      return Err(Code::kInvalidArgument, "not the name of an ecosystem: \"" + ecosystem + "\"");

  std::vector<PlannedFile> out;
  for (const SourceRow& row : kSources) {
    if (!IsWanted(options, row.name)) continue;
    std::string place = LocationOf(options, row);
    if (row.name == "osv") PlanOsv(options, place, place != row.url, out);
    if (row.name == "alpine-secdb") PlanAlpine(place, out);
    if (row.name == "nvd") PlanNvd(place, year, out);
    if (row.name == "debian-tracker")
      out.push_back(Plan("debian-tracker", FeedKind::kDebianTracker, "debian-tracker.json", place, false));
    if (row.name == "kev")
      out.push_back(Plan("kev", FeedKind::kKev, "kev/known_exploited_vulnerabilities.json", place, false));
    if (row.name == "epss")
      out.push_back(Plan("epss", FeedKind::kEpss, "epss/epss_scores-current.csv.gz", place, false));
  }
  return out;
}

}  // namespace weir::advisory
