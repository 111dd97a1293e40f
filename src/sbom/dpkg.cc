// dpkg (status, distroless status.d) and opkg databases.
// Source: dpkg(1), deb-control(5), dpkg's lib/dpkg/dump.c for the fields of status.

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/strings.h"
#include "sbom/catalogers.h"
#include "sbom/control_file.h"
#include "sbom/debian_copyright.h"
#include "sbom/file_list.h"
#include "sbom/provides_index.h"

namespace weir::sbom {
namespace {

constexpr std::uint64_t kMaxCopyrightBytes = 256 << 10;
constexpr std::size_t kMaxRelationsOfPackage = 4096;
constexpr std::uint32_t kMaxArchitectures = 16;

enum class FileKind : std::uint8_t { kNone, kStatus, kStatusPart, kMd5Sums, kList, kControl, kCopyright };

struct Place {
  FileKind kind = FileKind::kNone;
  std::string_view database;  // the folder that holds status; for copyright files the package's name
  std::string_view root;      // of the system that the database describes: "" or "chroot/"
};

/// Is FOLDER a database's? Gives the root of its system.
std::optional<std::string_view> DatabaseRoot(std::string_view folder) {
  bool found = false;
  for (std::string_view ending : {"var/lib/dpkg", "usr/lib/opkg", "var/lib/opkg", "lib/dpkg", "lib/opkg"}) {
    std::string_view root = SystemRoot(folder, ending, found);
    if (found) return root;
  }
  return std::nullopt;
}

Place Database(FileKind kind, std::string_view folder) {
  std::optional<std::string_view> root = DatabaseRoot(folder);
  return root ? Place{kind, folder, *root} : Place{};
}

Place Classify(const target::Entry& entry) {
  std::string_view parent = entry.parent;
  bool found = false;
  if (entry.name == "copyright") {
    std::size_t slash = parent.rfind('/');
    if (slash == std::string_view::npos) return {};
    std::string_view root = SystemRoot(parent.substr(0, slash), "usr/share/doc", found);
    return found ? Place{FileKind::kCopyright, parent.substr(slash + 1), root} : Place{};
  }
  if (entry.name == "status") return Database(FileKind::kStatus, parent);
  if (parent.ends_with("/status.d"))
    return Database(entry.name.ends_with(".md5sums") ? FileKind::kMd5Sums : FileKind::kStatusPart,
                    parent.substr(0, parent.size() - 9));
  if (!parent.ends_with("/info")) return {};
  std::string_view folder = parent.substr(0, parent.size() - 5);
  if (entry.name.ends_with(".list")) return Database(FileKind::kList, folder);
  if (entry.name.ends_with(".control") && folder.ends_with("/opkg"))
    return Database(FileKind::kControl, folder);
  return {};
}

/// False for packages that are not there (any more): only their configuration is, or nothing.
/// The last of the three words says so; the first is only what the user wants of the package.
bool IsInstalled(std::string_view status) {
  std::string_view state = Trim(status);
  state = state.substr(state.rfind(' ') + 1);
  return state != "config-files" && state != "not-installed";
}

struct Record {
  model::Package package;
  std::string list_name;  // file name of its list, without ".list" and without ":arch"
  std::string depends, provides;
  bool from_control = false;  // opkg: of use only where status does not have it
};

struct DatabaseContent {
  std::string root;
  std::vector<Record> records;
  std::unordered_map<std::string, std::vector<std::uint64_t>> lists;
};

/// "name (version)" or "name:arch (>= 1)" or "name" to the name.
std::string_view BareName(std::string_view text) {
  text = Trim(text);
  return text.substr(0, text.find_first_of(" \t\n\r(:["));
}

/// "gcc-12 (12.2.0-14)": the source's name, and its version where it is not the package's own.
void SetSource(model::Package& package, std::string_view source) {
  package.source_name = BareName(source);
  std::size_t open = source.find('('), close = source.find(')');
  if (open != std::string_view::npos && close != std::string_view::npos && close > open)
    package.source_version = Trim(source.substr(open + 1, close - open - 1));
}

class DpkgCataloger final : public Cataloger {
 public:
  explicit DpkgCataloger(const CatalogOptions& options) : max_bytes_(options.limits.max_memory_file_bytes) {}

  std::string_view name() const override { return "dpkg"; }
  std::span<const Interest> interests() const override {
    static const Interest kInterests[] = {
        {Interest::Kind::kName, "status"},    {Interest::Kind::kParent, "status.d"},
        {Interest::Kind::kSuffix, ".list"},   {Interest::Kind::kSuffix, ".control"},
        {Interest::Kind::kName, "copyright"},
    };
    return kInterests;
  }
  bool Wants(const target::Entry& entry) const override { return Classify(entry).kind != FileKind::kNone; }
  void Visit(target::File& file, Emitter& out) override;
  bool Recall(const target::Entry& entry, ByteReader note, Emitter& out) override;
  void Finish(Emitter& out) override;

 private:
  void ReadStanzas(std::string_view text, const Place& place, const target::File& file, Emitter& out) const;
  static void ReadCopyright(target::File& file, Emitter& out);
  bool RecallRecords(const target::Entry& entry, const Place& place, ByteReader note, Emitter& out);
  bool RecallList(const target::Entry& entry, const Place& place, ByteReader note, Emitter& out);
  bool RecallLicenses(const Place& place, ByteReader note);
  void FinishDatabase(DatabaseContent& database, Emitter& out);
  void SetLicenses(DatabaseContent& database);

  std::uint64_t max_bytes_;
  std::atomic<std::uint64_t> record_count_{0};  // of all databases
  std::atomic<std::uint64_t> listed_count_{0};  // files in all lists
  std::mutex mutex_;
  std::map<std::string, DatabaseContent, std::less<>> databases_;
  std::unordered_map<std::string, std::vector<std::string>> licenses_;  // root + package name
};

void DpkgCataloger::Visit(target::File& file, Emitter& out) {
  const target::Entry& entry = file.entry();
  Place place = Classify(entry);
  if (place.kind == FileKind::kCopyright) return ReadCopyright(file, out);
  Result<std::string> text = file.content().ReadAll(max_bytes_);
  if (!text) return out.Problem(text.error(), entry.path);
  if (place.kind != FileKind::kList && place.kind != FileKind::kMd5Sums)
    return ReadStanzas(*text, place, file, out);
  ByteWriter note;
  EncodeNumbers(
      place.kind == FileKind::kList ? HashFileList(*text, place.root) : HashMd5Sums(*text, place.root), note);
  out.Keep(note.Take());
}

bool DpkgCataloger::Recall(const target::Entry& entry, ByteReader note, Emitter& out) {
  Place place = Classify(entry);
  if (place.kind == FileKind::kCopyright) return RecallLicenses(place, note);
  if (place.kind == FileKind::kList || place.kind == FileKind::kMd5Sums)
    return RecallList(entry, place, note, out);
  return RecallRecords(entry, place, note, out);
}

/// A licence that cannot be read is no problem of the scan: the package is known without it.
void DpkgCataloger::ReadCopyright(target::File& file, Emitter& out) {
  std::uint64_t size = std::min(file.content().size(), kMaxCopyrightBytes);
  Result<std::string> text = file.content().ReadRange(0, size);
  if (!text) return;
  std::vector<std::string> licenses = LicensesOfCopyright(*text);
  if (licenses.empty()) return;
  ByteWriter note;
  EncodeTexts(licenses, note);
  out.Keep(note.Take());
}

bool DpkgCataloger::RecallLicenses(const Place& place, ByteReader note) {
  std::vector<std::string> licenses = DecodeTexts(note);
  if (!IsWhole(note)) return false;
  std::lock_guard lock(mutex_);
  licenses_[std::string(place.root).append(place.database)] = std::move(licenses);
  return true;
}

bool DpkgCataloger::RecallList(const target::Entry& entry, const Place& place, ByteReader note,
                               Emitter& out) {
  std::vector<std::uint64_t> hashes = DecodeNumbers(note);
  if (!IsWhole(note)) return false;
  std::string_view list_name = entry.name;
  list_name.remove_suffix(place.kind == FileKind::kList ? 5 : 8);  // ".list", ".md5sums"
  if ((listed_count_ += hashes.size()) > out.limits().owned_files) {
    out.Problem(Code::kLimitExceeded, entry.path, "too many files of packages; the list was left out");
    return true;
  }
  std::lock_guard lock(mutex_);
  DatabaseContent& database = databases_[std::string(place.database)];
  database.root = place.root;
  std::vector<std::uint64_t>& list = database.lists[std::string(list_name)];
  if (list.empty())
    list = std::move(hashes);
  else
    list.insert(list.end(), hashes.begin(), hashes.end());
  return true;
}

void DpkgCataloger::ReadStanzas(std::string_view text, const Place& place, const target::File& file,
                                Emitter& out) const {
  ByteWriter note;
  std::size_t installed = 0;
  ControlReader reader(text);
  std::uint64_t bad_lines = 0, nameless = 0, without_version = 0, repeated = 0;
  bool cut = false;
  while (reader.Next()) {
    bad_lines += reader.bad_lines();
    if (!reader.repeated().empty()) ++repeated;
    std::string_view status = reader.Get("Status");
    if (!status.empty() && !IsInstalled(status)) continue;
    if (installed++ >= out.limits().packages) {
      cut = true;
      break;
    }
    model::Package package;
    package.type = model::PackageType::kDeb;
    package.name = Trim(reader.Get("Package"));
    package.version = Trim(reader.Get("Version"));
    if (package.name.empty()) {
      ++nameless;
      continue;
    }
    if (package.version.empty()) ++without_version;
    package.arch = reader.Get("Architecture");
    SetSource(package, reader.Get("Source"));
    package.vendor = reader.Get("Maintainer");
    package.origin = reader.Get("Origin");
    if (std::string_view license = reader.Get("License"); !license.empty())
      package.licenses.emplace_back(license);
    if (EqualsIgnoreCase(reader.Get("Essential"), "yes"))
      package.properties.emplace_back("deb:essential", "yes");
    package.locations.push_back(file.location());
    package.found_by = name();
    EncodePackage(package, note);
    note.Text(std::string(reader.Get("Pre-Depends")) + "," + std::string(reader.Get("Depends")));
    note.Text(reader.Get("Provides"));
    note.Text(place.kind == FileKind::kStatusPart ? file.entry().name : package.name);
  }
  auto report = [&](std::uint64_t count, std::string_view what) {
    if (count > 0)
      out.Problem(Code::kMalformed, file.entry().path, std::to_string(count) + std::string(what));
  };
  if (cut) out.Problem(Code::kLimitExceeded, file.entry().path, "too many packages; the rest was left out");
  report(bad_lines, " lines are neither a field nor part of one");
  report(nameless, " entries have no package name");
  report(without_version, " packages have no version");
  report(repeated, " entries give a field twice; the first counts");
  out.Keep(note.Take());
}

bool DpkgCataloger::RecallRecords(const target::Entry& entry, const Place& place, ByteReader note,
                                  Emitter& out) {
  std::vector<Record> records;
  while (!note.empty()) {
    Record& record = records.emplace_back();
    DecodePackage(note, record.package);
    record.depends = note.Text();
    record.provides = note.Text();
    record.list_name = note.Text();
    record.from_control = place.kind == FileKind::kControl;
    if (!note.ok()) return false;
  }
  std::uint64_t before = record_count_.fetch_add(records.size());
  std::uint64_t room = out.limits().packages - std::min<std::uint64_t>(out.limits().packages, before);
  if (records.size() > room) {
    out.Problem(Code::kLimitExceeded, entry.path, "too many packages; the rest was left out");
    records.resize(static_cast<std::size_t>(room));
  }
  std::lock_guard lock(mutex_);
  DatabaseContent& database = databases_[std::string(place.database)];
  database.root = place.root;
  std::move(records.begin(), records.end(), std::back_inserter(database.records));
  return true;
}

/// A package's doc folder may be a link to that of another one of the same source (Policy 12.5).
void DpkgCataloger::SetLicenses(DatabaseContent& database) {
  auto source_of = [](const model::Package& package) -> const std::string& {
    return package.source_name.empty() ? package.name : package.source_name;
  };
  std::unordered_map<std::string_view, const std::vector<std::string>*> of_source;
  for (Record& record : database.records) {
    auto found = licenses_.find(database.root + record.package.name);
    if (found == licenses_.end()) continue;
    if (record.package.licenses.empty()) record.package.licenses = found->second;
    of_source.emplace(source_of(record.package), &found->second);
  }
  for (Record& record : database.records) {
    auto found = of_source.find(source_of(record.package));
    if (record.package.licenses.empty() && found != of_source.end()) record.package.licenses = *found->second;
  }
}

/// Relates every package to what it depends on: of alternatives the first that is installed.
void RelateRecords(const std::vector<Record>& records, const std::vector<std::string>& ids, Emitter& out) {
  ProvidesIndex index;
  for (std::uint32_t i = 0; i < records.size(); ++i) {
    index.AddName(records[i].package.name, i);
    std::string_view provides = records[i].provides;
    for (std::size_t n = 0; n < kMaxRelationsOfPackage && !provides.empty(); ++n)
      index.AddProvided(BareName(NextPiece(provides, ',')), i);
  }
  auto find = [&](std::string_view clause, const std::string& arch) -> std::optional<std::uint32_t> {
    while (!clause.empty()) {
      std::string_view name = BareName(NextPiece(clause, '|'));
      std::optional<std::uint32_t> at = name.empty() ? std::nullopt : index.Find(name);
      if (!at) continue;
      // Records are sorted by name: the same package of another architecture is a neighbour.
      for (std::uint32_t i = *at; i < records.size() && i < *at + kMaxArchitectures; ++i)
        if (records[i].package.name == records[*at].package.name && records[i].package.arch == arch) return i;
      return at;
    }
    return std::nullopt;
  };
  for (std::uint32_t i = 0; i < records.size(); ++i) {
    std::string_view depends = records[i].depends;
    for (std::size_t n = 0; n < kMaxRelationsOfPackage && !depends.empty(); ++n) {
      std::optional<std::uint32_t> to = find(NextPiece(depends, ','), records[i].package.arch);
      if (to && *to != i) out.Relate(ids[i], ids[*to], model::RelationKind::kDependsOn);
    }
  }
}

void DpkgCataloger::FinishDatabase(DatabaseContent& database, Emitter& out) {
  std::vector<Record>& records = database.records;
  auto key = [](const Record& r) {
    return std::tie(r.package.name, r.package.arch, r.from_control, r.package.version, r.package.locations);
  };
  std::sort(records.begin(), records.end(),
            [&](const Record& a, const Record& b) { return key(a) < key(b); });
  auto doubled = [](const Record& first, const Record& second) {
    return second.from_control && first.package.name == second.package.name &&
           first.package.arch == second.package.arch;
  };
  records.erase(std::unique(records.begin(), records.end(), doubled), records.end());
  SetLicenses(database);
  std::vector<std::string> ids;
  for (Record& record : records) {
    ids.push_back(out.Add(record.package));
    for (const std::string& list_name : {record.list_name + ":" + record.package.arch, record.list_name}) {
      auto list = database.lists.find(list_name);
      if (list == database.lists.end()) continue;
      out.OwnMany(ids.back(), std::move(list->second));
      database.lists.erase(list);
      break;
    }
  }
  RelateRecords(records, ids, out);
}

void DpkgCataloger::Finish(Emitter& out) {
  for (auto& [folder, database] : databases_) FinishDatabase(database, out);
  databases_.clear();
  licenses_.clear();
}

}  // namespace

std::unique_ptr<Cataloger> MakeDpkgCataloger(const CatalogOptions& options) {
  return std::make_unique<DpkgCataloger>(options);
}

}  // namespace weir::sbom
