// CSAF 2.0, VEX profile. Source: docs.oasis-open.org/csaf/csaf/v2.0 §3.2 and §4.5.
#include <algorithm>
#include <map>
#include <set>

#include "advisory/vex_parse.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

constexpr std::size_t kMaxProducts = 500'000;

struct Product {
  std::vector<std::string> names;  // id, name, purl, CPE: any of them identifies it
  std::string part;                // product id of the component, where this is one inside another product
  std::string whole;               // ... of that other product
};

class CsafReader {
 public:
  explicit CsafReader(JsonValue document) : document_(document) {}

  Result<std::vector<VexStatement>> Read() {
    JsonValue tree = document_["product_tree"];
    ReadBranches(tree["branches"]);
    for (JsonValue product : tree["full_product_names"].items()) AddProduct(product);
    for (JsonValue relation : tree["relationships"].items()) AddRelation(relation);
    for (JsonValue group : tree["product_groups"].items())
      for (JsonValue id : group["product_ids"].items())
        groups_[group["group_id"].String()].push_back(id.String());
    if (products_.size() > kMaxProducts) return Err(Code::kLimitExceeded, "CSAF: too many products");
    for (JsonValue vulnerability : document_["vulnerabilities"].items())
      WEIR_TRY(ReadVulnerability(vulnerability));
    return std::move(out_);
  }

 private:
  /// The parser bounds the nesting; a list of open branches needs no recursion all the same.
  void ReadBranches(JsonValue top) {
    std::vector<JsonValue> open = top.items();
    while (!open.empty() && products_.size() <= kMaxProducts) {
      JsonValue branch = open.back();
      open.pop_back();
      if (branch["product"].IsObject()) AddProduct(branch["product"]);
      for (JsonValue inner : branch["branches"].items()) open.push_back(inner);
    }
  }

  Product& AddProduct(JsonValue value) {
    std::string id = value["product_id"].String();
    Product& product = products_[id];
    JsonValue helper = value["product_identification_helper"];
    for (std::string_view name :
         {std::string_view(id), value["name"].text(), helper["purl"].text(), helper["cpe"].text()})
      if (!name.empty()) product.names.push_back(ToValidUtf8(name));
    for (JsonValue purl : helper["purls"].items())
      if (!purl.text().empty()) product.names.push_back(ToValidUtf8(purl.text()));
    return product;
  }

  void AddRelation(JsonValue relation) {
    if (products_.size() > kMaxProducts) return;
    Product& product = AddProduct(relation["full_product_name"]);
    product.part = relation["product_reference"].String();
    product.whole = relation["relates_to_product_reference"].String();
  }

  const std::vector<std::string>& NamesOf(const std::string& id) const {
    static const std::vector<std::string> kNone;
    auto product = products_.find(id);
    return product == products_.end() ? kNone : product->second.names;
  }

  /// Ids of "product_ids" and of the groups in "group_ids".
  std::set<std::string> ProductsOf(JsonValue value) const {
    std::set<std::string> out;
    for (JsonValue id : value["product_ids"].items()) out.insert(id.String());
    for (JsonValue group : value["group_ids"].items())
      if (auto known = groups_.find(group.String()); known != groups_.end())
        out.insert(known->second.begin(), known->second.end());
    return out;
  }

  /// The value of KEY of the entries that speak of each product; entries without products speak of all.
  std::map<std::string, std::string> ByProduct(JsonValue entries, const char* key,
                                               std::string_view category) const {
    std::map<std::string, std::string> out;
    for (JsonValue entry : entries.items()) {
      if (!category.empty() && entry["category"].text() != category) continue;
      std::set<std::string> ids = ProductsOf(entry);
      if (ids.empty()) ids.insert("");
      for (const std::string& id : ids) out.emplace(id, ToValidUtf8(entry[key].text()));
    }
    return out;
  }

  Result<void> ReadVulnerability(JsonValue value) {
    static constexpr std::pair<const char*, const char*> kStatus[] = {
        {"known_not_affected", "not_affected"},
        {"fixed", "fixed"},
        {"first_fixed", "fixed"},
        {"known_affected", "affected"},
        {"first_affected", "affected"},
        {"last_affected", "affected"},
        {"under_investigation", "under_investigation"}};
    VexStatement base;
    base.vulnerability = ToValidUtf8(value["cve"].text());
    for (JsonValue id : value["ids"].items()) {
      std::string name = ToValidUtf8(id["text"].text());
      if (name.empty()) continue;
      (base.vulnerability.empty() ? base.vulnerability : base.aliases.emplace_back()) = name;
    }
    if (base.vulnerability.empty())
      return Err(Code::kMalformed, "CSAF: a vulnerability has neither CVE nor id");
    auto flags = ByProduct(value["flags"], "label", "");
    auto impacts = ByProduct(value["threats"], "details", "impact");
    for (const auto& [key, status] : kStatus) {
      for (JsonValue id : value["product_status"][key].items()) {
        VexStatement statement = base;
        statement.status = status;
        for (const std::string& about : {id.String(), std::string()}) {
          if (statement.justification.empty() && flags.contains(about))
            statement.justification = flags[about];
          if (statement.statement.empty() && impacts.contains(about)) statement.statement = impacts[about];
        }
        WEIR_TRY(Emit(id.String(), std::move(statement)));
      }
    }
    return {};
  }

  Result<void> Emit(const std::string& id, VexStatement statement) {
    auto product = products_.find(id);
    if (product == products_.end())
      return Err(Code::kMalformed, "CSAF: " + statement.vulnerability + ": product \"" + ToValidUtf8(id) +
                                       "\" is not in the product tree");
    if (out_.size() == kMaxVexStatements) return Err(Code::kLimitExceeded, "CSAF: too many statements");
    if (product->second.part.empty()) {
      statement.products = product->second.names;
    } else {
      statement.products = NamesOf(product->second.whole);
      statement.subcomponents = NamesOf(product->second.part);
    }
    out_.push_back(std::move(statement));
    return {};
  }

  JsonValue document_;
  std::map<std::string, Product> products_;
  std::map<std::string, std::vector<std::string>> groups_;
  std::vector<VexStatement> out_;
};

}  // namespace

Result<std::vector<VexStatement>> ReadCsaf(JsonValue document) { return CsafReader(document).Read(); }

}  // namespace weir::advisory
