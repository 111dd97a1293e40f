#include "store/sbom_codec.h"

#include <zstd.h>

#include <memory>
#include <unordered_map>

#include "base/strings.h"
#include "store/byte_writer.h"
#include "store/problem_codec.h"

namespace weir::store {
namespace {

using model::Package;

constexpr std::uint8_t kFormat = 1;
constexpr std::size_t kMaxSbomBytes = 1U << 30U;
constexpr int kZstdLevel = 3;

tl::unexpected<Error> Damaged() { return Err(Code::kMalformed, "a stored package list is damaged"); }

std::string ReadText(ByteReader& in) {
  std::uint64_t length = in.Uvarint();
  return std::string(in.TakeText(length));
}

/// A count of things of at least one byte each, so that a damaged one cannot ask for more than there is.
std::size_t ReadCount(ByteReader& in) {
  std::uint64_t count = in.Uvarint();
  if (count <= in.remaining()) return count;
  in.Skip(in.remaining() + 1);
  return 0;
}

template <class T, class Fn>
void WriteList(ByteWriter& out, const std::vector<T>& list, const Fn& write) {
  out.Uvarint(list.size());
  for (const T& item : list) write(item);
}

template <class T, class Fn>
void ReadList(ByteReader& in, std::vector<T>& list, const Fn& read) {
  std::size_t count = ReadCount(in);
  list.reserve(count);
  for (std::size_t i = 0; i < count && in.ok(); ++i) list.push_back(read());
}

using TextPairs = std::vector<std::pair<std::string, std::string>>;

void WriteTexts(ByteWriter& out, const std::vector<std::string>& list) {
  WriteList(out, list, [&](const std::string& text) { out.Text(text); });
}
void ReadTexts(ByteReader& in, std::vector<std::string>& list) {
  ReadList(in, list, [&] { return ReadText(in); });
}
void WritePairs(ByteWriter& out, const TextPairs& list) {
  WriteList(out, list, [&](const auto& entry) {
    out.Text(entry.first);
    out.Text(entry.second);
  });
}
void ReadPairs(ByteReader& in, TextPairs& list) {
  ReadList(in, list, [&] {
    std::string key = ReadText(in);
    return std::pair(std::move(key), ReadText(in));
  });
}

void WriteDistro(ByteWriter& out, const model::Distro& distro) {
  out.Text(distro.id);
  out.Text(distro.version_id);
  out.Text(distro.codename);
  out.Text(distro.pretty_name);
  WriteTexts(out, distro.id_like);
}
void ReadDistro(ByteReader& in, model::Distro& distro) {
  distro.id = ReadText(in);
  distro.version_id = ReadText(in);
  distro.codename = ReadText(in);
  distro.pretty_name = ReadText(in);
  ReadTexts(in, distro.id_like);
}

/// An id inside the SBOM: its package's index, or the text where it names none.
class References {
 public:
  explicit References(const std::vector<Package>& packages) {
    for (std::size_t i = 0; i < packages.size(); ++i) by_id_.emplace(packages[i].id, i);
  }
  void Write(ByteWriter& out, std::string_view id) const {
    auto found = by_id_.find(id);
    if (id.empty()) {
      out.Uvarint(0);
    } else if (found == by_id_.end()) {
      out.Uvarint(1);
      out.Text(id);
    } else {
      out.Uvarint(found->second + 2);
    }
  }

 private:
  std::unordered_map<std::string_view, std::size_t> by_id_;
};

/// "#12" for an index, "=text" for a text.
std::string ReadReference(ByteReader& in) {
  std::uint64_t value = in.Uvarint();
  if (value == 0) return "";
  if (value == 1) return "=" + ReadText(in);
  return "#" + std::to_string(value - 2);
}

void WriteInstance(ByteWriter& out, const Package& p, const References& references) {
  bool computed = p.id == model::ComputePackageId(p);
  out.U8(static_cast<std::uint8_t>((computed ? 1 : 0) | (p.scope == model::Scope::kDeclared ? 2 : 0) |
                                   (p.development ? 4 : 0)));
  if (!computed) out.Text(p.id);
  out.Text(p.vendor);
  out.Text(p.origin);
  WriteTexts(out, p.licenses);
  WriteList(out, p.locations, [&](const model::Location& location) {
    out.Text(location.path);
    out.Text(location.layer);
  });
  WriteList(out, p.digests, [&](const model::Digest& digest) {
    out.Text(digest.algorithm);
    out.Text(digest.hex);
  });
  out.Text(p.found_by);
  references.Write(out, p.owned_by);
  WritePairs(out, p.properties);
}

bool ReadInstance(ByteReader& in, Package& p) {
  std::uint8_t flags = in.U8();
  if ((flags & 1U) == 0) p.id = ReadText(in);
  p.scope = (flags & 2U) != 0 ? model::Scope::kDeclared : model::Scope::kInstalled;
  p.development = (flags & 4U) != 0;
  p.vendor = ReadText(in);
  p.origin = ReadText(in);
  ReadTexts(in, p.licenses);
  ReadList(in, p.locations, [&] {
    std::string path = ReadText(in);
    return model::Location{std::move(path), ReadText(in)};
  });
  ReadList(in, p.digests, [&] {
    std::string algorithm = ReadText(in);
    return model::Digest{std::move(algorithm), ReadText(in)};
  });
  p.found_by = ReadText(in);
  p.owned_by = ReadReference(in);
  ReadPairs(in, p.properties);
  return (flags & 1U) != 0;
}

void WriteAsset(ByteWriter& out, const model::Sbom& sbom) {
  const model::Asset& asset = sbom.asset;
  out.U8(static_cast<std::uint8_t>(asset.kind));
  out.Text(asset.id);
  out.Text(asset.name);
  out.Text(asset.image);
  WriteList(out, asset.layers, [&](const model::Layer& layer) {
    out.Text(layer.diff_id);
    out.Text(layer.digest);
    out.Text(layer.command);
  });
  WritePairs(out, asset.labels);
  WriteDistro(out, sbom.distro);
}

void ReadAsset(ByteReader& in, model::Sbom& sbom) {
  model::Asset& asset = sbom.asset;
  std::uint8_t kind = in.U8();
  asset.kind = kind <= static_cast<std::uint8_t>(model::AssetKind::kSbom) ? model::AssetKind{kind}
                                                                          : model::AssetKind::kDirectory;
  asset.id = ReadText(in);
  asset.name = ReadText(in);
  asset.image = ReadText(in);
  ReadList(in, asset.layers, [&] {
    model::Layer layer;
    layer.diff_id = ReadText(in);
    layer.digest = ReadText(in);
    layer.command = ReadText(in);
    return layer;
  });
  ReadPairs(in, asset.labels);
  ReadDistro(in, sbom.distro);
}

void WriteStats(ByteWriter& out, const model::WalkStats& stats) {
  for (std::uint64_t value : {stats.files, stats.directories, stats.symlinks, stats.other, stats.files_read,
                              stats.bytes_read, stats.elapsed_us})
    out.Uvarint(value);
}

void ReadStats(ByteReader& in, model::WalkStats& stats) {
  for (std::uint64_t* value : {&stats.files, &stats.directories, &stats.symlinks, &stats.other,
                               &stats.files_read, &stats.bytes_read, &stats.elapsed_us})
    *value = in.Uvarint();
}

}  // namespace

std::string EncodeDistinct(const DistinctPackage& value) {
  const Package& p = value.package;
  ByteWriter out;
  out.U8(kFormat);
  out.U8(static_cast<std::uint8_t>(p.type));
  out.U8(static_cast<std::uint8_t>((p.module_known ? 1 : 0) | (value.answered_by_owner ? 2 : 0)));
  for (const std::string* text : {&p.name, &p.version, &p.arch, &p.source_name, &p.source_version, &p.module,
                                  &p.vendor, &p.origin, &p.purl})
    out.Text(*text);
  WriteTexts(out, p.cpes);
  WritePairs(out, p.properties);
  WriteDistro(out, value.distro);
  return out.Take();
}

Result<DistinctPackage> DecodeDistinct(Bytes bytes) {
  DistinctPackage out;
  Package& p = out.package;
  ByteReader in(bytes);
  if (in.U8() != kFormat) return Damaged();
  std::uint8_t type = in.U8(), flags = in.U8();
  if (type > static_cast<std::uint8_t>(model::PackageType::kBinary)) return Damaged();
  p.type = model::PackageType{type};
  p.module_known = (flags & 1U) != 0;
  out.answered_by_owner = (flags & 2U) != 0;
  for (std::string* text : {&p.name, &p.version, &p.arch, &p.source_name, &p.source_version, &p.module,
                            &p.vendor, &p.origin, &p.purl})
    *text = ReadText(in);
  ReadTexts(in, p.cpes);
  ReadPairs(in, p.properties);
  ReadDistro(in, out.distro);
  if (!in.ok()) return Damaged();
  return out;
}

std::string EncodeSbom(const model::Sbom& sbom, std::span<const PackageId> ids) {
  ByteWriter out;
  out.U8(kFormat);
  WriteAsset(out, sbom);
  References references(sbom.packages);
  out.Uvarint(sbom.packages.size());
  for (std::size_t i = 0; i < sbom.packages.size(); ++i) {
    out.Uvarint(ids[i]);
    WriteInstance(out, sbom.packages[i], references);
  }
  WriteList(out, sbom.relations, [&](const model::Relation& relation) {
    out.U8(static_cast<std::uint8_t>(relation.kind));
    references.Write(out, relation.from);
    references.Write(out, relation.to);
  });
  out.Text(EncodeProblems(sbom.problems));
  WriteStats(out, sbom.stats);
  WriteTexts(out, sbom.catalogers);
  return Compress(out.bytes());
}

Result<StoredSbom> DecodeSbom(Bytes bytes) {
  WEIR_ASSIGN(std::string raw, Decompress(bytes, kMaxSbomBytes));
  ByteReader in(raw);
  if (in.U8() != kFormat) return Damaged();
  StoredSbom out;
  ReadAsset(in, out.sbom);
  std::size_t count = ReadCount(in);
  out.sbom.packages.resize(count);
  out.ids.reserve(count);
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    out.ids.push_back(static_cast<PackageId>(in.Uvarint()));
    out.computed_id.push_back(ReadInstance(in, out.sbom.packages[i]));
  }
  ReadList(in, out.sbom.relations, [&] {
    model::Relation relation;
    std::uint8_t kind = in.U8();
    relation.kind = kind <= static_cast<std::uint8_t>(model::RelationKind::kOwns)
                        ? model::RelationKind{kind}
                        : model::RelationKind::kContains;
    relation.from = ReadReference(in);
    relation.to = ReadReference(in);
    return relation;
  });
  WEIR_TRY(DecodeProblems(AsBytes(in.TakeText(in.Uvarint())), out.sbom.problems));
  ReadStats(in, out.sbom.stats);
  ReadTexts(in, out.sbom.catalogers);
  if (!in.ok()) return Damaged();
  return out;
}

void FillShared(StoredSbom& stored, std::size_t index, const DistinctPackage& shared) {
  Package& p = stored.sbom.packages[index];
  const Package& from = shared.package;
  p.type = from.type;
  p.name = from.name;
  p.version = from.version;
  p.arch = from.arch;
  p.source_name = from.source_name;
  p.source_version = from.source_version;
  p.module = from.module;
  p.module_known = from.module_known;
  p.cpes = from.cpes;
  p.purl = from.purl;
  p.go_symbols = from.go_symbols;
  if (stored.computed_id[index]) p.id = model::ComputePackageId(p);
}

Result<model::Sbom> FinishSbom(StoredSbom stored) {
  std::vector<Package>& packages = stored.sbom.packages;
  bool ok = true;
  auto resolve = [&](std::string& reference) {
    if (reference.empty()) return;
    if (reference.front() == '=') {
      reference.erase(0, 1);
      return;
    }
    std::optional<std::uint64_t> index = ParseUint(std::string_view(reference).substr(1));
    ok = ok && index && *index < packages.size();
    if (ok) reference = packages[*index].id;
  };
  for (Package& package : packages) resolve(package.owned_by);
  for (model::Relation& relation : stored.sbom.relations) {
    resolve(relation.from);
    resolve(relation.to);
  }
  if (!ok) return Damaged();
  return std::move(stored.sbom);
}

std::string Compress(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  std::size_t size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), kZstdLevel);
  WEIR_CHECK(ZSTD_isError(size) == 0);
  out.resize(size);
  return out;
}

Result<std::string> Decompress(Bytes bytes, std::size_t max_bytes) {
  unsigned long long size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > max_bytes)
    return Damaged();
  std::string out(size, '\0');
  std::size_t got = ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(got) != 0 || got != size) return Damaged();
  return out;
}

}  // namespace weir::store
