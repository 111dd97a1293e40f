// conda environments: conda-meta/NAME-VERSION-BUILD.json, one file a package.
// Source: docs.conda.io, "conda-meta" and the repodata record fields.

#include <algorithm>
#include <map>
#include <mutex>

#include "base/strings.h"
#include "sbom/catalogers.h"
#include "sbom/json_walk.h"
#include "sbom/license_names.h"

namespace weir::sbom {
namespace {

constexpr std::size_t kMaxDepends = 10'000;

struct Record {
  model::Package package;
  std::vector<std::string> depends;  // names
};

class MetaReader final : public JsonHandler {
 public:
  void String(JsonPath path, std::string_view value) override {
    model::Package& package = record.package;
    if (path.size() == 2 && path[0] == "depends" && record.depends.size() < kMaxDepends) {
      std::string_view spec = Trim(value);  // "python >=3.11,<3.12.0a0"
      record.depends.emplace_back(spec.substr(0, spec.find_first_of(" =<>![")));
    }
    if (path.size() != 1) return;
    const std::string& key = path[0];
    if (key == "name") package.name = value;
    if (key == "version") package.version = value;
    if (key == "license" && !value.empty()) package.licenses = {NormalizeLicense(value)};
    if (key == "url") package.origin = value;
    if (key == "build" || key == "channel" || key == "subdir")
      package.properties.emplace_back("conda:" + key, std::string(value));
    if (key == "md5" || key == "sha256") package.digests.push_back({key, ToLower(value)});
  }
  Record record;
};

class CondaCataloger final : public Cataloger {
 public:
  std::string_view name() const override { return "conda"; }
  std::span<const Interest> interests() const override {
    static const Interest kInterests[] = {{Interest::Kind::kParent, "conda-meta"}};
    return kInterests;
  }
  bool Wants(const target::Entry& entry) const override { return entry.name.ends_with(".json"); }

  void Visit(target::File& file, Emitter& out) override {
    MetaReader reader;
    if (Result<void> read = WalkJson(file.content(), {}, reader); !read)
      return out.Problem(read.error(), file.entry().path);
    Record& record = reader.record;
    // Environments keep a few files of other kinds beside the packages.
    if (record.package.name.empty() || record.package.version.empty()) {
      if (!record.package.name.empty() || !record.package.version.empty())
        out.Problem(Code::kMalformed, file.entry().path, "a package without name or version");
      return;
    }
    record.package.type = model::PackageType::kConda;
    record.package.locations = {file.location()};
    record.package.found_by = name();
    ByteWriter note;
    EncodePackage(record.package, note);
    EncodeTexts(record.depends, note);
    out.Keep(note.Take());
  }

  bool Recall(const target::Entry& entry, ByteReader note, Emitter& out) override {
    static_cast<void>(out);
    Record record;
    DecodePackage(note, record.package);
    record.depends = DecodeTexts(note);
    if (!IsWhole(note)) return false;
    std::lock_guard lock(mutex_);
    environments_[std::string(entry.parent)].push_back(std::move(record));
    return true;
  }

  void Finish(Emitter& out) override {
    for (auto& [folder, records] : environments_) {
      // They come in any order; of two of one name the same one counts each time.
      std::sort(records.begin(), records.end(),
                [](const Record& a, const Record& b) { return a.package.locations < b.package.locations; });
      std::map<std::string, std::string, std::less<>> ids;
      for (const Record& record : records) ids.emplace(record.package.name, out.Add(record.package));
      for (const Record& record : records)
        for (const std::string& need : record.depends)
          if (auto to = ids.find(need); to != ids.end() && need != record.package.name)
            out.Relate(ids[record.package.name], to->second, model::RelationKind::kDependsOn);
    }
    environments_.clear();
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<Record>> environments_;
};

}  // namespace

std::unique_ptr<Cataloger> MakeCondaCataloger(const CatalogOptions& options) {
  static_cast<void>(options);
  return std::make_unique<CondaCataloger>();
}

}  // namespace weir::sbom
