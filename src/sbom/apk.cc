// apk: Alpine's, Wolfi's and Chainguard's installed database.
// Source: wiki.alpinelinux.org/wiki/Apk_spec, "Installed Database V2".

#include <optional>

#include "base/strings.h"
#include "sbom/catalogers.h"
#include "sbom/file_list.h"
#include "sbom/provides_index.h"

namespace weir::sbom {
namespace {

constexpr std::size_t kMaxRelationsOfPackage = 4096;

/// The root of the system whose database lies in FOLDER.
std::string_view RootOf(std::string_view folder, bool& found) {
  for (std::string_view ending : {"usr/lib/apk/db", "lib/apk/db"}) {
    std::string_view root = SystemRoot(folder, ending, found);
    if (found) return root;
  }
  return {};
}

struct Record {
  model::Package package;
  std::string depends, provides;
  std::vector<std::uint64_t> files;
};

/// "so:libc.musl-x86_64.so.1=1", "busybox>=1.36", "foo@edge" to the name.
std::string_view BareName(std::string_view word) { return word.substr(0, word.find_first_of("=<>~@")); }

/// Reads one database. Lines are "L:value"; a package ends at an empty line.
class DatabaseReader {
 public:
  DatabaseReader(std::string_view root, model::Location location, std::size_t max_packages)
      : hash_(root), location_(std::move(location)), max_packages_(max_packages) {}

  void Read(std::string_view text) {
    while (!text.empty()) {
      if (records_.size() >= max_packages_) {
        cut_ = true;
        return;
      }
      std::string_view line = NextLine(text);
      if (line.empty()) {
        EndPackage();
      } else if (line.size() < 2 || line[1] != ':') {
        ++bad_lines_;
      } else {
        AddField(line[0], line.substr(2));
      }
    }
    EndPackage();
  }
  std::vector<Record>& records() { return records_; }
  bool cut() const { return cut_; }
  std::uint64_t bad_lines() const { return bad_lines_; }
  std::uint64_t nameless() const { return nameless_; }

 private:
  void AddField(char field, std::string_view value) {
    model::Package& package = record_.package;
    started_ = true;
    switch (field) {
      case 'P':
        package.name = value;
        break;
      case 'V':
        package.version = value;
        break;
      case 'A':
        package.arch = value;
        break;
      case 'L':
        if (!value.empty()) package.licenses = {std::string(value)};
        break;
      case 'o':
        package.source_name = value;
        break;
      case 'm':
        package.vendor = value;
        break;
      case 'D':
        record_.depends = value;
        break;
      case 'p':
        record_.provides = value;
        break;
      case 'F':
        folder_ = value;
        break;
      case 'R':
        AddFile(value);
        break;
      default:
        break;
    }
  }

  void AddFile(std::string_view name) {
    path_ = folder_;
    if (!path_.empty()) path_ += '/';
    path_ += name;
    if (std::uint64_t value = hash_(path_); value != 0) record_.files.push_back(value);
  }

  void EndPackage() {
    if (started_) {
      if (record_.package.name.empty() || record_.package.version.empty()) ++nameless_;
      if (!record_.package.name.empty()) {
        record_.package.type = model::PackageType::kApk;
        record_.package.locations = {location_};
        record_.package.found_by = "apk";
        record_.files.shrink_to_fit();
        records_.push_back(std::move(record_));
      }
    }
    record_ = {};
    folder_.clear();
    started_ = false;
  }

  PathHasher hash_;
  model::Location location_;
  Record record_;
  std::string folder_, path_;
  bool started_ = false, cut_ = false;
  std::size_t max_packages_;
  std::vector<Record> records_;
  std::uint64_t bad_lines_ = 0, nameless_ = 0;
};

void RelateRecords(const std::vector<Record>& records, const std::vector<std::string>& ids, Emitter& out) {
  ProvidesIndex index;
  for (std::uint32_t i = 0; i < records.size(); ++i) {
    index.AddName(records[i].package.name, i);
    std::string_view provides = records[i].provides;
    for (std::size_t n = 0; n < kMaxRelationsOfPackage && !provides.empty(); ++n)
      index.AddProvided(BareName(NextPiece(provides, ' ')), i);
  }
  for (std::uint32_t i = 0; i < records.size(); ++i) {
    std::string_view depends = records[i].depends;
    for (std::size_t n = 0; n < kMaxRelationsOfPackage && !depends.empty(); ++n) {
      std::string_view name = BareName(NextPiece(depends, ' '));
      if (name.empty() || name.front() == '!') continue;  // "!name" is a conflict
      std::optional<std::uint32_t> to = index.Find(name);
      if (to && *to != i) out.Relate(ids[i], ids[*to], model::RelationKind::kDependsOn);
    }
  }
}

class ApkCataloger final : public Cataloger {
 public:
  explicit ApkCataloger(const CatalogOptions& options) : max_bytes_(options.limits.max_memory_file_bytes) {}

  std::string_view name() const override { return "apk"; }
  std::span<const Interest> interests() const override {
    static const Interest kInterests[] = {{Interest::Kind::kName, "installed"}};
    return kInterests;
  }
  bool Wants(const target::Entry& entry) const override {
    bool found = false;
    RootOf(entry.parent, found);
    return found;
  }

  void Visit(target::File& file, Emitter& out) override {
    Result<std::string> text = file.content().ReadAll(max_bytes_);
    if (!text) return out.Problem(text.error(), file.entry().path);
    bool found = false;
    DatabaseReader reader(RootOf(file.entry().parent, found), file.location(), out.limits().packages);
    reader.Read(*text);
    if (reader.cut())
      out.Problem(Code::kLimitExceeded, file.entry().path, "too many packages; the rest was left out");
    auto report = [&](std::uint64_t count, std::string_view what) {
      if (count > 0)
        out.Problem(Code::kMalformed, file.entry().path, std::to_string(count) + std::string(what));
    };
    report(reader.bad_lines(), " lines are not of the form \"letter:value\"");
    report(reader.nameless(), " packages have no name or no version");
    Emit(reader.records(), out);
  }

 private:
  static void Emit(std::vector<Record>& records, Emitter& out) {
    std::vector<std::string> ids;
    for (Record& record : records) {
      ids.push_back(out.Add(record.package));
      out.OwnMany(ids.back(), std::move(record.files));
    }
    RelateRecords(records, ids, out);
  }

  std::uint64_t max_bytes_;
};

}  // namespace

std::unique_ptr<Cataloger> MakeApkCataloger(const CatalogOptions& options) {
  return std::make_unique<ApkCataloger>(options);
}

}  // namespace weir::sbom
