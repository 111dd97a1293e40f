#include "sbom/contribution.h"

#include <iterator>
#include <map>

namespace weir::sbom {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

template <class T>
void MoveInto(std::vector<T>& to, std::vector<T>& from) {
  if (to.empty()) {
    to.swap(from);
  } else {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  }
}

void EncodePairs(const Pairs& pairs, ByteWriter& out) {
  out.Uvarint(pairs.size());
  for (const auto& [key, value] : pairs) {
    out.Text(key);
    out.Text(value);
  }
}

Pairs DecodePairs(ByteReader& in) {
  Pairs pairs;
  for (std::size_t left = in.Count(); left > 0 && in.ok(); --left) {
    std::string key(in.Text());
    pairs.emplace_back(std::move(key), in.Text());
  }
  return pairs;
}

/// The tables of symbols that packages share are written once.
class SymbolTables {
 public:
  void Add(const model::Package& package) {
    if (package.go_symbols && numbers_.emplace(package.go_symbols.get(), tables_.size() + 1).second)
      tables_.push_back(package.go_symbols.get());
  }
  std::uint64_t NumberOf(const model::Package& package) const {
    auto found = numbers_.find(package.go_symbols.get());
    return found == numbers_.end() ? 0 : found->second;
  }
  void Encode(ByteWriter& out) const {
    out.Uvarint(tables_.size());
    for (const model::GoSymbols* table : tables_) EncodeNumbers(*table, out);
  }

 private:
  std::map<const model::GoSymbols*, std::uint64_t> numbers_;  // from 1
  std::vector<const model::GoSymbols*> tables_;
};

constexpr std::uint8_t kModuleKnown = 1, kDevelopment = 2;

}  // namespace

void Contribution::Append(Contribution&& other) {
  MoveInto(packages, other.packages);
  MoveInto(relations, other.relations);
  MoveInto(owned, other.owned);
}

void EncodeTexts(const std::vector<std::string>& texts, ByteWriter& out) {
  out.Uvarint(texts.size());
  for (const std::string& text : texts) out.Text(text);
}

std::vector<std::string> DecodeTexts(ByteReader& in) {
  std::vector<std::string> texts;
  for (std::size_t left = in.Count(); left > 0 && in.ok(); --left) texts.emplace_back(in.Text());
  return texts;
}

void EncodeNumbers(const std::vector<std::uint64_t>& numbers, ByteWriter& out) {
  out.Uvarint(numbers.size());
  for (std::uint64_t number : numbers) out.Le64(number);
}

std::vector<std::uint64_t> DecodeNumbers(ByteReader& in) {
  std::vector<std::uint64_t> numbers;
  std::size_t count = in.Count();
  if (count > in.remaining() / sizeof(std::uint64_t)) {
    in.Skip(in.remaining() + 1);
    return numbers;
  }
  numbers.reserve(count);
  for (std::size_t i = 0; i < count; ++i) numbers.push_back(in.Le64());
  return numbers;
}

void EncodePackage(const model::Package& package, ByteWriter& out) {
  out.Text(package.id);
  out.U8(static_cast<std::uint8_t>(package.type));
  out.U8(static_cast<std::uint8_t>(package.scope));
  out.U8(static_cast<std::uint8_t>((package.module_known ? kModuleKnown : 0) |
                                   (package.development ? kDevelopment : 0)));
  for (const std::string* text : {&package.name, &package.version, &package.arch, &package.source_name,
                                  &package.source_version, &package.module, &package.vendor, &package.origin,
                                  &package.purl, &package.found_by, &package.owned_by})
    out.Text(*text);
  EncodeTexts(package.licenses, out);
  EncodeTexts(package.cpes, out);
  out.Uvarint(package.locations.size());
  for (const model::Location& location : package.locations) {
    out.Text(location.path);
    out.Text(location.layer);
  }
  out.Uvarint(package.digests.size());
  for (const model::Digest& digest : package.digests) {
    out.Text(digest.algorithm);
    out.Text(digest.hex);
  }
  EncodePairs(package.properties, out);
}

void DecodePackage(ByteReader& in, model::Package& package) {
  package.id = in.Text();
  package.type = static_cast<model::PackageType>(in.U8());
  package.scope = static_cast<model::Scope>(in.U8());
  std::uint8_t flags = in.U8();
  package.module_known = (flags & kModuleKnown) != 0;
  package.development = (flags & kDevelopment) != 0;
  for (std::string* text : {&package.name, &package.version, &package.arch, &package.source_name,
                            &package.source_version, &package.module, &package.vendor, &package.origin,
                            &package.purl, &package.found_by, &package.owned_by})
    *text = in.Text();
  package.licenses = DecodeTexts(in);
  package.cpes = DecodeTexts(in);
  for (std::size_t left = in.Count(); left > 0 && in.ok(); --left) {
    std::string path(in.Text());
    package.locations.push_back({std::move(path), std::string(in.Text())});
  }
  for (std::size_t left = in.Count(); left > 0 && in.ok(); --left) {
    std::string algorithm(in.Text());
    package.digests.push_back({std::move(algorithm), std::string(in.Text())});
  }
  package.properties = DecodePairs(in);
  // Whatever wrote this: the rest of the program counts on it.
  bool sound = package.type <= model::PackageType::kBinary && package.scope <= model::Scope::kDeclared &&
               !package.locations.empty();
  if (!sound) in.Skip(in.remaining() + 1);
}

std::string EncodeContribution(const Contribution& contribution) {
  ByteWriter out;
  SymbolTables symbols;
  for (const model::Package& package : contribution.packages) symbols.Add(package);
  symbols.Encode(out);
  out.Uvarint(contribution.packages.size());
  for (const model::Package& package : contribution.packages) {
    EncodePackage(package, out);
    out.Uvarint(symbols.NumberOf(package));
  }
  out.Uvarint(contribution.relations.size());
  for (const model::Relation& relation : contribution.relations) {
    out.Text(relation.from);
    out.Text(relation.to);
    out.U8(static_cast<std::uint8_t>(relation.kind));
  }
  out.Uvarint(contribution.owned.size());
  for (const OwnedFiles& files : contribution.owned) {
    out.Text(files.owner);
    EncodeNumbers(files.path_hashes, out);
  }
  out.Uvarint(contribution.problems.size());
  for (const model::Problem& problem : contribution.problems) {
    out.U8(static_cast<std::uint8_t>(problem.code));
    out.Text(problem.path);
    out.Text(problem.message);
  }
  EncodeTexts(contribution.notes, out);
  return out.Take();
}

bool DecodeContribution(std::string_view text, Contribution& out) {
  ByteReader in(text);
  std::vector<std::shared_ptr<const model::GoSymbols>> tables;
  for (std::size_t left = in.Count(); left > 0 && in.ok(); --left)
    tables.push_back(std::make_shared<const model::GoSymbols>(DecodeNumbers(in)));
  for (std::size_t left = in.Count(); left > 0 && in.ok(); --left) {
    model::Package& package = out.packages.emplace_back();
    DecodePackage(in, package);
    std::uint64_t table = in.Uvarint();
    if (table > tables.size()) return false;
    if (table > 0) package.go_symbols = tables[static_cast<std::size_t>(table) - 1];
  }
  for (std::size_t left = in.Count(); left > 0 && in.ok(); --left) {
    model::Relation& relation = out.relations.emplace_back();
    relation.from = in.Text();
    relation.to = in.Text();
    relation.kind = static_cast<model::RelationKind>(in.U8());
    if (relation.kind > model::RelationKind::kOwns) return false;
  }
  for (std::size_t left = in.Count(); left > 0 && in.ok(); --left) {
    OwnedFiles& files = out.owned.emplace_back();
    files.owner = in.Text();
    files.path_hashes = DecodeNumbers(in);
  }
  for (std::size_t left = in.Count(); left > 0 && in.ok(); --left) {
    model::Problem& problem = out.problems.emplace_back();
    problem.code = static_cast<Code>(in.U8());
    problem.path = in.Text();
    problem.message = in.Text();
    if (problem.code > Code::kInternal) return false;
  }
  out.notes = DecodeTexts(in);
  return IsWhole(in);
}

}  // namespace weir::sbom
