#include "sbom/program/rust_auditable.h"

#include <simdjson.h>

#include "sbom/program/inflate.h"

namespace weir::sbom {
namespace {

constexpr std::uint64_t kMaxJsonBytes = 16U << 20U;
constexpr std::size_t kMaxCrates = 20'000, kMaxDependencies = 5'000;

std::string Text(const simdjson::dom::element& object, const char* key) {
  std::string_view text;
  if (object[key].get(text) != simdjson::SUCCESS) return {};
  return std::string(text);
}

}  // namespace

Result<std::vector<RustCrate>> ParseRustAuditable(std::string_view section) {
  WEIR_ASSIGN(std::string json, InflateZlib(section, kMaxJsonBytes));
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  simdjson::dom::array packages;
  if (parser.parse(json.data(), json.size()).get(document) != simdjson::SUCCESS ||
      document["packages"].get(packages) != simdjson::SUCCESS)
    return Err(Code::kMalformed, "Rust crate list: not the JSON of cargo-auditable");
  std::vector<RustCrate> crates;
  for (simdjson::dom::element item : packages) {
    if (crates.size() == kMaxCrates) return Err(Code::kLimitExceeded, "Rust crate list: too many crates");
    RustCrate crate;
    crate.name = Text(item, "name");
    crate.version = Text(item, "version");
    crate.source = Text(item, "source");
    crate.build_only = Text(item, "kind") == "build";
    bool root = false;
    crate.root = item["root"].get(root) == simdjson::SUCCESS && root;
    simdjson::dom::array dependencies;
    if (item["dependencies"].get(dependencies) == simdjson::SUCCESS) {
      for (simdjson::dom::element index : dependencies) {
        std::uint64_t value = 0;
        if (index.get(value) == simdjson::SUCCESS && value < kMaxCrates &&
            crate.dependencies.size() < kMaxDependencies)
          crate.dependencies.push_back(static_cast<std::uint32_t>(value));
      }
    }
    if (crate.name.empty()) return Err(Code::kMalformed, "Rust crate list: a crate without a name");
    crates.push_back(std::move(crate));
  }
  return crates;
}

}  // namespace weir::sbom
