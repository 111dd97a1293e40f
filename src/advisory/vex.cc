// OpenVEX 0.2.0 (and the shape of 0.0.x, which is still written), and telling the
// formats apart. Source: github.com/openvex/spec.
#include <algorithm>
#include <array>

#include "advisory/ignore.h"
#include "advisory/vex_parse.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

constexpr std::size_t kMaxBytes = 256U << 20U;

void AddText(std::string_view text, std::vector<std::string>& out) {
  if (!text.empty()) out.push_back(ToValidUtf8(Trim(text)));
}

/// Every name by which a product or subcomponent goes; any of them identifies it.
std::vector<std::string> Identifiers(JsonValue product) {
  std::vector<std::string> out;
  AddText(product.text(), out);
  AddText(product["@id"].text(), out);
  for (const auto& [kind, value] : product["identifiers"].fields()) AddText(value.text(), out);
  return out;
}

/// "CVE-2023-1234" out of a name or a link to one.
std::string VulnerabilityName(JsonValue value) {
  std::string_view name = value.IsObject() ? value["name"].text() : value.text();
  if (name.empty()) name = value["@id"].text();
  std::size_t slash = name.rfind('/');
  if (slash != std::string_view::npos && slash + 1 < name.size()) name = name.substr(slash + 1);
  return ToValidUtf8(Trim(name));
}

bool IsStatus(std::string_view status) {
  return status == "not_affected" || status == "affected" || status == "fixed" ||
         status == "under_investigation";
}

struct Dated {
  std::string when;
  VexStatement statement;
};

/// One product with subcomponents is one statement, since the subcomponents are that product's.
Result<void> TakeStatement(JsonValue value, const std::string& document_time, std::vector<Dated>& out) {
  Dated base;
  VexStatement& statement = base.statement;
  base.when = value["timestamp"].text().empty() ? document_time : value["timestamp"].String();
  statement.vulnerability = VulnerabilityName(value["vulnerability"]);
  statement.status = value["status"].String();
  if (statement.vulnerability.empty())
    return Err(Code::kMalformed, "OpenVEX: a statement names no vulnerability");
  if (!IsStatus(statement.status))
    return Err(Code::kMalformed,
               "OpenVEX: " + statement.vulnerability + ": no such status: " + ToValidUtf8(statement.status));
  for (JsonValue alias : value["vulnerability"]["aliases"].items()) AddText(alias.text(), statement.aliases);
  statement.justification = ToValidUtf8(value["justification"].text());
  for (const char* key : {"impact_statement", "action_statement", "status_notes"})
    if (statement.statement.empty()) statement.statement = ToValidUtf8(value[key].text());
  for (JsonValue part : value["subcomponents"].items())  // 0.0.x
    for (std::string& name : Identifiers(part)) statement.subcomponents.push_back(std::move(name));

  std::vector<JsonValue> products = value["products"].items();
  for (JsonValue product : products) {
    Dated one = base;
    one.statement.products = Identifiers(product);
    for (JsonValue part : product["subcomponents"].items())
      for (std::string& name : Identifiers(part)) one.statement.subcomponents.push_back(std::move(name));
    if (one.statement.products.empty()) continue;
    if (out.size() == kMaxVexStatements) return Err(Code::kLimitExceeded, "OpenVEX: too many statements");
    out.push_back(std::move(one));
  }
  return {};
}

}  // namespace

Result<std::vector<VexStatement>> ReadOpenVex(JsonValue document) {
  std::vector<Dated> dated;
  std::string document_time = document["timestamp"].String();
  for (JsonValue value : document["statements"].items()) WEIR_TRY(TakeStatement(value, document_time, dated));
  // Where two speak of the same, the later one holds.
  std::ranges::stable_sort(dated, {}, &Dated::when);
  std::vector<VexStatement> out;
  out.reserve(dated.size());
  for (Dated& entry : dated) out.push_back(std::move(entry.statement));
  return out;
}

Result<std::vector<VexStatement>> ParseVex(std::string_view json) {
  if (json.size() > kMaxBytes) return Err(Code::kLimitExceeded, "VEX document too long");
  JsonParser parser;
  WEIR_ASSIGN(JsonValue document, parser.Parse(json));
  if (document["statements"].IsArray() &&
      document["@context"].text().find("openvex") != std::string_view::npos)
    return ReadOpenVex(document);
  if (document["document"]["csaf_version"].present()) return ReadCsaf(document);
  if (document["statements"].IsArray()) return ReadOpenVex(document);
  return Err(Code::kUnsupported, "neither an OpenVEX nor a CSAF document");
}

}  // namespace weir::advisory
