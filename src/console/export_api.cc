// Whole lists as files, CSV or JSON, page by page so that no read of the store is long.
#include <array>
#include <functional>
#include <nlohmann/json.hpp>

#include "console/content_view.h"
#include "console/handlers.h"
#include "console/json_views.h"
#include "console/query_words.h"
#include "console/request_fields.h"
#include "console/services.h"
#include "console/time_text.h"
#include "report/report.h"
#include "store/packages.h"

namespace weir::console {
namespace {

constexpr std::size_t kMaxRows = 100'000, kPageRows = 500;
constexpr std::size_t kMaxBytes = 128U << 20U;
constexpr std::size_t kMaxSarifRows = 20'000;  // made as a whole, in memory

/// A page of rows in the form of the interface, its next cursor, and how many there are in all.
struct Rows {
  std::vector<Json> items;
  std::string next;
  std::uint64_t total = 0;
};
using NextRows = std::function<Result<Rows>(store::Reader&, const store::PageRequest&)>;

/// A field as CSV (RFC 4180). What a spreadsheet would take for a formula is kept a text.
std::string CsvField(const Json& value) {
  std::string text;
  if (value.is_string()) {
    text = value.get<std::string>();
  } else if (value.is_array()) {
    for (const Json& item : value)
      text += (text.empty() ? "" : " ") + (item.is_string() ? item.get<std::string>() : item.dump());
  } else if (!value.is_null()) {
    text = value.dump();
  }
  bool is_number = value.is_number();
  if (!is_number && !text.empty() &&
      std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos)
    text.insert(0, 1, '\'');
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

/// Counts by severity become a column each.
Json Flat(const Json& row) {
  Json flat = Json::object();
  for (const auto& member : row.items()) {
    if (!member.value().is_object()) {
      flat[member.key()] = member.value();
      continue;
    }
    for (const auto& inner : member.value().items()) flat[member.key() + "_" + inner.key()] = inner.value();
  }
  return flat;
}

struct File {
  std::string text;
  std::size_t rows = 0;
  std::uint64_t total = 0;
  bool truncated = false;
};

Result<File> Write(store::Store& store, bool csv, const NextRows& next) {
  File file;
  if (!csv) file.text = "[";
  store::PageRequest page{kPageRows, {}};
  while (true) {
    WEIR_ASSIGN(Rows rows, store.Read([&](store::Reader& r) { return next(r, page); }));
    file.total = rows.total;
    for (const Json& row : rows.items) {
      if (csv) {
        Json flat = Flat(row);
        std::string line, head;
        std::string_view comma;
        for (const auto& member : flat.items()) {
          head += std::string(comma) + member.key();
          line += std::string(comma) + CsvField(member.value());
          comma = ",";
        }
        if (file.rows == 0) file.text = head + "\r\n";
        file.text += line + "\r\n";
      } else {
        file.text +=
            (file.rows == 0 ? "\n" : ",\n") + row.dump(-1, ' ', false, Json::error_handler_t::replace);
      }
      ++file.rows;
    }
    if (rows.next.empty()) break;
    if (file.rows >= kMaxRows || file.text.size() > kMaxBytes) {
      file.truncated = true;
      break;
    }
    page.cursor = rows.next;
  }
  if (!csv) file.text += "\n]\n";
  return file;
}

template <class Row>
Rows Begin(const store::Page<Row>& page) {
  return {{}, page.next_cursor, page.total};
}

NextRows FindingRows(store::FindingQuery query, std::string vulnerability) {
  return [query, vulnerability](store::Reader& r, const store::PageRequest& page) mutable -> Result<Rows> {
    query.page = page;
    if (!vulnerability.empty()) {
      WEIR_ASSIGN(auto id, store::FindVulnerability(r, vulnerability));
      if (!id) return Rows{};
      query.vulnerability = *id;
    }
    WEIR_ASSIGN(store::Page<store::FindingRow> found, store::ListFindings(r, query));
    Rows rows = Begin(found);
    Names names(r);
    for (const store::FindingRow& row : found.items) {
      WEIR_ASSIGN(Json json, FindingJson(r, row, names));
      rows.items.push_back(std::move(json));
    }
    return rows;
  };
}

NextRows VulnerabilityRows(store::VulnerabilityQuery query) {
  return [query](store::Reader& r, const store::PageRequest& page) mutable -> Result<Rows> {
    query.page = page;
    WEIR_ASSIGN(store::Page<store::VulnerabilityRow> found, store::ListVulnerabilities(r, query));
    Rows rows = Begin(found);
    for (const store::VulnerabilityRow& row : found.items) {
      WEIR_ASSIGN(Json json, VulnerabilityJson(r, row));
      rows.items.push_back(std::move(json));
    }
    return rows;
  };
}

NextRows AssetRows(store::AssetQuery query) {
  return [query](store::Reader& r, const store::PageRequest& page) mutable -> Result<Rows> {
    query.page = page;
    WEIR_ASSIGN(store::Page<store::Asset> found, store::ListAssets(r, query));
    Rows rows = Begin(found);
    Names names(r);
    for (const store::Asset& asset : found.items) rows.items.push_back(AssetJson(asset, names, false));
    return rows;
  };
}

NextRows PackageRows(std::string q) {
  return [q](store::Reader& r, const store::PageRequest& page) -> Result<Rows> {
    WEIR_ASSIGN(store::Page<store::PackageRow> found, store::SearchPackages(r, q, page));
    Rows rows = Begin(found);
    for (const store::PackageRow& row : found.items) {
      WEIR_ASSIGN(Json json, PackageJson(r, row));
      rows.items.push_back(std::move(json));
    }
    return rows;
  };
}

NextRows ContentRows(store::ContentQuery query) {
  return [query](store::Reader& r, const store::PageRequest& page) mutable -> Result<Rows> {
    query.page = page;
    WEIR_ASSIGN(store::Page<store::ContentRow> found, store::ListContent(r, query));
    Rows rows = Begin(found);
    Names names(r);
    for (const store::ContentRow& row : found.items) {
      WEIR_ASSIGN(Json json, ContentFindingJson(r, row, names));
      rows.items.push_back(std::move(json));
    }
    return rows;
  };
}

Result<File> ContentSarif(Services& services, store::ContentQuery query) {
  File file;
  std::vector<report::AssetContent> all;
  query.page = {kPageRows, {}};
  while (true) {
    WEIR_ASSIGN(auto page,
                services.store.Read([&](store::Reader& r) { return store::ListContent(r, query); }));
    file.total = page.total;
    for (const store::ContentRow& row : page.items)
      all.push_back(
          {row.asset_name, std::string(model::AssetKindName(row.asset_kind)), TimeText(row.first_seen),
           TimeText(row.resolved_at == 0 ? services.store.Now() : row.resolved_at), FindingOf(row)});
    query.page.cursor = page.next_cursor;
    if (page.next_cursor.empty()) break;
    if (all.size() >= kMaxSarifRows) {
      file.truncated = true;
      break;
    }
  }
  file.rows = all.size();
  file.text = report::RenderContentSarif(all, services.options.version, TimeText(services.store.Now()));
  return file;
}

net::ServerResponse Download(const std::string& list, File file, std::string_view extension,
                             std::string_view content_type) {
  net::ServerResponse response = TextAnswer(std::move(file.text), content_type);
  response.headers.emplace_back("content-disposition",
                                "attachment; filename=\"weir-" + list + "." + std::string(extension) + "\"");
  response.headers.emplace_back("x-weir-total", std::to_string(file.total));
  response.headers.emplace_back("x-weir-truncated", file.truncated ? "true" : "false");
  return response;
}

}  // namespace

Answer ExportList(Services& services, Call& call) {
  static constexpr std::array<std::string_view, 3> kFormats = {"csv", "json", "sarif"};
  QueryFields query(call.request);
  const std::string& list = call.id();
  std::string format = query.Word("format", kFormats);
  bool csv = format != "json";
  if (format == "sarif" && list != "content-findings")
    query.Complain("format", "only content-findings can be exported as sarif");
  store::ContentQuery content;
  NextRows next;
  if (list == "findings") {
    std::string vulnerability;
    store::FindingQuery wanted = FindingQueryOf(query, vulnerability);
    next = FindingRows(wanted, vulnerability);
  } else if (list == "vulnerabilities") {
    next = VulnerabilityRows(VulnerabilityQueryOf(query));
  } else if (list == "assets") {
    next = AssetRows(AssetQueryOf(query));
  } else if (list == "packages") {
    next = PackageRows(query.Text("q", 300));
  } else if (list == "content-findings") {
    content = ContentQueryOf(query);
    next = ContentRows(content);
  } else {
    return NoSuch("list", list);
  }
  query.Ignore("sort");
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  if (format == "sarif") {
    WEIR_ASSIGN(File sarif, ContentSarif(services, content));
    return Download(list, std::move(sarif), "sarif", "application/sarif+json");
  }
  WEIR_ASSIGN(File file, Write(services.store, csv, next));
  return csv ? Download(list, std::move(file), "csv", "text/csv; charset=utf-8")
             : Download(list, std::move(file), "json", "application/json");
}

}  // namespace weir::console
