#include "report/identity.h"

#include <algorithm>
#include <chrono>

#include "base/hash.h"
#include "base/strings.h"
#include "report/text.h"

namespace weir::report {

std::string DocumentUuid(const model::ScanResult& result) {
  Digester digester(DigestKind::kSha256);
  auto add = [&digester](std::string_view text) {
    digester.Update(AsBytes(text));
    digester.Update(AsBytes(std::string_view("\0", 1)));
  };
  add(result.sbom.asset.id);
  add(result.sbom.asset.name);
  add(result.started_at);
  for (const model::Package& package : result.sbom.packages) add(package.id);
  std::string hex = digester.FinishHex();
  hex[12] = '8';
  hex[16] = "89ab"[static_cast<unsigned char>(hex[16]) % 4];
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20, 12);
}

std::vector<const model::Package*> ListedPackages(const model::ScanResult& result,
                                                  const ReportOptions& options) {
  std::vector<const model::Package*> packages;
  for (const model::Package& package : result.sbom.packages)
    if (package.owned_by.empty() || options.include_owned) packages.push_back(&package);
  return packages;
}

std::vector<model::Digest> ValidDigests(const model::Package& package) {
  constexpr std::pair<std::string_view, std::size_t> kHexDigits[] = {
      {"md5", 32}, {"sha1", 40}, {"sha256", 64}, {"sha512", 128}};
  std::vector<model::Digest> out;
  for (const auto& [algorithm, size] : kHexDigits) {
    for (const model::Digest& digest : package.digests) {
      std::string hex = ToLower(digest.hex);
      if (digest.algorithm != algorithm || hex.size() != size ||
          hex.find_first_not_of("0123456789abcdef") != std::string::npos)
        continue;
      out.push_back({digest.algorithm, std::move(hex)});
      break;
    }
  }
  return out;
}

std::vector<std::string> CoverageGaps(const model::ScanResult& result) {
  std::vector<std::string> out;
  if (!result.packages_listed) {
    out.emplace_back("vulnerabilities: packages were not looked for");
    return out;
  }
  if (!result.matched) {
    out.emplace_back("packages only: no advisories were looked up");
    return out;
  }
  for (const model::Coverage& row : result.coverage) {
    std::string what = Plural(row.packages, "package") + " of " + OneLine(row.ecosystem);
    if (row.sources.empty())
      out.push_back("not checked: " + what + ", no source knows this ecosystem");
    else if (row.starter_only)
      out.push_back("barely checked: " + what +
                    ", only the built-in starter set knows this ecosystem (`weir db update`)");
  }
  return out;
}

std::vector<const model::Process*> ShownProcesses(const model::ScanResult& result) {
  const model::Asset& asset = result.sbom.asset;
  std::vector<const model::Process*> shown;
  for (const model::Process& process : result.runtime.processes)
    if (asset.kind != model::AssetKind::kContainer || process.container_id == asset.id)
      shown.push_back(&process);
  return shown;
}

std::string Timestamp(const model::ScanResult& result) {
  std::string time = AsDateTime(result.started_at);
  if (time.empty()) return "1970-01-01T00:00:00Z";
  // SPDX takes whole seconds of UTC only.
  return time.ends_with('Z') ? time.substr(0, 19) + "Z" : time;
}

namespace {

/// The two digits at AT as a number; 100, which no field allows, where they are none.
unsigned TwoDigits(std::string_view text, std::size_t at) {
  if (at + 2 > text.size() || !IsDigit(text[at]) || !IsDigit(text[at + 1])) return 100;
  return static_cast<unsigned>((text[at] - '0') * 10 + (text[at + 1] - '0'));
}

bool IsDate(std::string_view text) {
  unsigned century = TwoDigits(text, 0), year = TwoDigits(text, 2);
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || century == 100 || year == 100) return false;
  return std::chrono::year_month_day(std::chrono::year(static_cast<int>(century * 100 + year)),
                                     std::chrono::month(TwoDigits(text, 5)),
                                     std::chrono::day(TwoDigits(text, 8)))
      .ok();
}

bool IsTime(std::string_view text) {
  return text.size() == 8 && TwoDigits(text, 0) < 24 && text[2] == ':' && TwoDigits(text, 3) < 60 &&
         text[5] == ':' && TwoDigits(text, 6) < 60;
}

bool IsOffset(std::string_view text) {
  return text.size() == 6 && (text[0] == '+' || text[0] == '-') && TwoDigits(text, 1) < 24 &&
         text[3] == ':' && TwoDigits(text, 4) < 60;
}

}  // namespace

std::string AsDateTime(std::string_view text) {
  std::string_view date = text.substr(0, 10);
  if (!IsDate(date)) return "";
  if (text.size() == 10) return std::string(date) + "T00:00:00Z";
  if (text.size() < 19 || text[10] != 'T' || !IsTime(text.substr(11, 8))) return "";
  std::string_view rest = text.substr(19);
  if (rest.starts_with('.')) {
    std::size_t end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    if (end == 1) return "";
    rest.remove_prefix(end);
  }
  if (rest.empty()) return std::string(text) + "Z";
  return rest == "Z" || IsOffset(rest) ? std::string(text) : "";
}

}  // namespace weir::report
