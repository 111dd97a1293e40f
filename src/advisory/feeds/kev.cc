// CISA's catalogue of Known Exploited Vulnerabilities.
#include "advisory/feeds/json.h"
#include "advisory/feeds/reader.h"

namespace weir::advisory {

Result<FeedStats> ReadKev(std::string_view json, RecordSink& sink) {
  JsonParser parser;
  WEIR_ASSIGN(JsonValue root, parser.Parse(json));
  if (!root["vulnerabilities"].IsArray())
    return Err(Code::kMalformed, "not the catalogue of known exploited vulnerabilities");
  FeedStats stats;
  NoteNewest(stats, root["dateReleased"].text());
  for (JsonValue item : root["vulnerabilities"].items()) {
    ++stats.records;
    KevEntry entry;
    entry.cve = CleanId(item["cveID"].text());
    entry.date_added = CleanStamp(item["dateAdded"].text()).substr(0, 10);
    entry.ransomware = item["knownRansomwareCampaignUse"].text() == "Known";
    if (!IsCve(entry.cve) || entry.date_added.empty()) {
      CountMalformed(stats, entry.cve, "no CVE id or no date");
      continue;
    }
    ++stats.used;
    sink.OnKev(std::move(entry));
  }
  return stats;
}

}  // namespace weir::advisory
