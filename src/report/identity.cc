#include "report/identity.h"

#include "base/hash.h"
#include "base/strings.h"

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

std::string Timestamp(const model::ScanResult& result) {
  std::string time = AsDateTime(result.started_at);
  return time.empty() ? "1970-01-01T00:00:00Z" : time;
}

std::string AsDateTime(std::string_view text) {
  auto digits = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i)
      if (!IsDigit(text[i])) return false;
    return true;
  };
  if (text.size() < 10 || text[4] != '-' || text[7] != '-' || !digits(0, 4) || !digits(5, 7) ||
      !digits(8, 10))
    return "";
  if (text.size() == 10) return std::string(text) + "T00:00:00Z";
  if (text.size() < 19 || text[10] != 'T' || text[13] != ':' || text[16] != ':' || !digits(11, 13) ||
      !digits(14, 16) || !digits(17, 19))
    return "";
  std::string_view zone = text.substr(19);
  bool has_zone = zone.ends_with('Z') || zone.find_first_of("+-") != std::string_view::npos;
  return ToValidUtf8(text) + (has_zone ? "" : "Z");
}

}  // namespace weir::report
