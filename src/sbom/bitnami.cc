// Bitnami components: the SPDX documents that its images carry beside each one,
// /opt/bitnami/COMPONENT/.spdx-COMPONENT.spdx.
// Source: the SPDX 2.3 JSON schema; github.com/package-url/purl-spec for "bitnami".

#include <map>

#include "base/strings.h"
#include "model/purl.h"
#include "sbom/catalogers.h"
#include "sbom/json_walk.h"

namespace weir::sbom {
namespace {

constexpr std::size_t kMaxElements = 100'000;

struct Element {
  std::string id, license_declared, license_concluded, supplier, purl;
  std::vector<std::string> cpes;
};
struct Edge {
  std::string from, type, to;
};

class Document final : public JsonHandler {
 public:
  void Enter(JsonPath path) override {
    if (path.size() == 2 && path[0] == "packages" && elements.size() < kMaxElements) elements.emplace_back();
    if (path.size() == 2 && path[0] == "relationships" && edges.size() < kMaxElements) edges.emplace_back();
    if (path.size() == 4 && path[2] == "externalRefs") reference_type_ = locator_ = {};
  }
  void Leave(JsonPath path) override {
    if (path.size() != 4 || path[0] != "packages" || path[2] != "externalRefs" || elements.empty()) return;
    if (reference_type_ == "purl") elements.back().purl = locator_;
    if (reference_type_ == "cpe23Type" && elements.back().cpes.size() < 16)
      elements.back().cpes.push_back(locator_);
  }
  void String(JsonPath path, std::string_view value) override {
    if (path.size() == 1 && path[0] == "spdxVersion") version = value;
    if (path.size() == 3 && path[0] == "packages" && !elements.empty()) {
      Element& element = elements.back();
      if (path[2] == "SPDXID") element.id = value;
      if (path[2] == "licenseDeclared") element.license_declared = value;
      if (path[2] == "licenseConcluded") element.license_concluded = value;
      if (path[2] == "supplier") element.supplier = value;
    } else if (path.size() == 5 && path[0] == "packages" && path[2] == "externalRefs") {
      if (path[4] == "referenceType") reference_type_ = value;
      if (path[4] == "referenceLocator") locator_ = value;
    } else if (path.size() == 3 && path[0] == "relationships" && !edges.empty()) {
      if (path[2] == "spdxElementId") edges.back().from = value;
      if (path[2] == "relationshipType") edges.back().type = value;
      if (path[2] == "relatedSpdxElement") edges.back().to = value;
    }
  }

  std::string version;
  std::vector<Element> elements;
  std::vector<Edge> edges;

 private:
  std::string reference_type_, locator_;
};

bool IsLicense(std::string_view text) { return !text.empty() && text != "NOASSERTION" && text != "NONE"; }

class BitnamiCataloger final : public Cataloger {
 public:
  std::string_view name() const override { return "bitnami"; }
  std::span<const Interest> interests() const override {
    static const Interest kInterests[] = {{Interest::Kind::kSuffix, ".spdx"}};
    return kInterests;
  }
  bool Wants(const target::Entry& entry) const override {
    return entry.name.starts_with(".spdx-") && GlobMatch("**/opt/bitnami/**", "/" + std::string(entry.path));
  }
  void Visit(target::File& file, Emitter& out) override;
};

void BitnamiCataloger::Visit(target::File& file, Emitter& out) {
  Document document;
  Result<void> read = WalkJson(file.content(), {}, document);
  if (!read) return out.Problem(read.error(), file.entry().path);
  if (!document.version.starts_with("SPDX-2"))
    return out.Problem(Code::kUnsupported, file.entry().path, "not an SPDX 2 document");
  std::map<std::string, std::string, std::less<>> ids;  // SPDX id to package id
  for (const Element& element : document.elements) {
    // What a component bundles (Java, Python ...) has its own evidence and cataloger.
    if (!element.purl.starts_with("pkg:bitnami/")) continue;
    Result<model::Package> parsed = model::PackageFromPurl(element.purl);
    if (!parsed) {
      out.Problem(parsed.error(), file.entry().path);
      continue;
    }
    model::Package& package = *parsed;
    package.vendor =
        element.supplier.starts_with("Organization: ") ? element.supplier.substr(14) : element.supplier;
    for (const std::string* license : {&element.license_declared, &element.license_concluded})
      if (IsLicense(*license) && package.licenses.empty()) package.licenses = {*license};
    package.cpes = element.cpes;
    package.locations = {file.location()};
    package.found_by = name();
    ids.emplace(element.id, out.Add(std::move(package)));
  }
  for (const Edge& edge : document.edges) {
    auto from = ids.find(edge.from), to = ids.find(edge.to);
    if (from == ids.end() || to == ids.end() || from == to) continue;
    if (edge.type == "CONTAINS") out.Relate(from->second, to->second, model::RelationKind::kContains);
    if (edge.type == "DEPENDS_ON") out.Relate(from->second, to->second, model::RelationKind::kDependsOn);
  }
}

}  // namespace

std::unique_ptr<Cataloger> MakeBitnamiCataloger(const CatalogOptions& options) {
  static_cast<void>(options);
  return std::make_unique<BitnamiCataloger>();
}

}  // namespace weir::sbom
