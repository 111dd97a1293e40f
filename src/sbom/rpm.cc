// rpm: the database of installed packages in any of its containers, and the
// manifest that CBL-Mariner and Azure Linux leave in images without a database.
// Source: rpm's lib/rpmtag.h and lib/backend/.

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <tuple>
#include <unordered_map>

#include "base/strings.h"
#include "sbom/catalogers.h"
#include "sbom/file_list.h"
#include "sbom/provides_index.h"
#include "sbom/rpm_database.h"
#include "sbom/rpm_header.h"

namespace weir::sbom {
namespace {

enum class FileKind : std::uint8_t { kNone, kBerkeley, kNdb, kSqlite, kWriteAheadLog, kManifest };

struct Place {
  FileKind kind = FileKind::kNone;
  std::string_view root;  // of the system that the database describes: "" or "chroot/"
};

Place Classify(const target::Entry& entry) {
  struct Row {
    std::string_view name;
    FileKind kind;
  };
  static constexpr Row kDatabases[] = {
      {"Packages", FileKind::kBerkeley},
      {"Packages.db", FileKind::kNdb},
      {"rpmdb.sqlite", FileKind::kSqlite},
      {"rpmdb.sqlite-wal", FileKind::kWriteAheadLog},
  };
  bool found = false;
  if (entry.name == "container-manifest-2") {
    std::string_view root = SystemRoot(entry.parent, "var/lib/rpmmanifest", found);
    return found ? Place{FileKind::kManifest, root} : Place{};
  }
  for (const Row& row : kDatabases) {
    if (entry.name != row.name) continue;
    for (std::string_view folder : {"var/lib/rpm", "usr/share/rpm", "usr/lib/sysimage/rpm"}) {
      std::string_view root = SystemRoot(entry.parent, folder, found);
      if (found) return {row.kind, root};
    }
  }
  return {};
}

struct Record {
  model::Package package;
  std::vector<std::string> provides, depends;
  std::vector<std::uint64_t> files;
};

/// "bash-5.1.8-6.el9.src.rpm": name, and version with release.
void SetSource(model::Package& package, std::string_view source_rpm) {
  for (std::string_view ending : {".rpm", ".src", ".nosrc"})
    if (source_rpm.ends_with(ending)) source_rpm.remove_suffix(ending.size());
  std::size_t release = source_rpm.rfind('-');
  if (release == std::string_view::npos || release == 0) return;
  std::size_t version = source_rpm.rfind('-', release - 1);
  if (version == std::string_view::npos || version == 0) return;
  package.source_name = source_rpm.substr(0, version);
  package.source_version = source_rpm.substr(version + 1);
}

std::string FullVersion(std::optional<std::uint32_t> epoch, std::string_view version,
                        std::string_view release) {
  std::string full = epoch ? std::to_string(*epoch) + ":" : std::string();
  full += version;
  if (!release.empty()) full.append("-").append(release);
  return full;
}

std::vector<std::uint64_t> HashFiles(const RpmHeader& header, std::string_view root) {
  constexpr std::uint16_t kTypeBits = 0170000, kFolder = 0040000;
  PathHasher hash(root);
  std::vector<std::uint64_t> files;
  std::string path;
  std::size_t count = header.base_names.empty() ? header.old_file_names.size() : header.base_names.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (i < header.file_modes.size() && (header.file_modes[i] & kTypeBits) == kFolder) continue;
    if (header.base_names.empty()) {
      path = header.old_file_names[i];
    } else {
      if (i >= header.folder_of.size() || header.folder_of[i] >= header.folders.size()) continue;
      path = header.folders[header.folder_of[i]];
      path += header.base_names[i];
    }
    if (std::uint64_t value = hash(path); value != 0) files.push_back(value);
  }
  files.shrink_to_fit();
  return files;
}

Record MakeRecord(const RpmHeader& header, std::string_view root, const model::Location& location) {
  Record record;
  model::Package& package = record.package;
  package.type = model::PackageType::kRpm;
  package.name = header.name;
  package.version = FullVersion(header.epoch, header.version, header.release);
  package.arch = header.arch;
  package.vendor = package.origin = header.vendor;
  if (!header.license.empty()) package.licenses.emplace_back(header.license);
  SetSource(package, header.source_rpm);
  package.module_known = header.modularity.has_value();
  package.module = header.modularity.value_or("");
  package.locations = {location};
  package.found_by = "rpm";
  record.provides.assign(header.provides.begin(), header.provides.end());
  for (std::string_view name : header.requires_names) {
    // "rpmlib(...)" is a feature of rpm itself, "(a if b)" a condition.
    if (!name.starts_with("rpmlib(") && !name.starts_with('(')) record.depends.emplace_back(name);
  }
  record.files = HashFiles(header, root);
  return record;
}

/// One line of container-manifest-2: name, version-release, install time, build time,
/// vendor, (unused), size, arch, epoch, source rpm; tab-separated.
std::optional<Record> ParseManifestLine(std::string_view line, const model::Location& location) {
  std::vector<std::string_view> fields = Split(line, '\t');
  if (fields.size() < 10 || fields[0].empty()) return std::nullopt;
  Record record;
  model::Package& package = record.package;
  package.type = model::PackageType::kRpm;
  package.name = fields[0];
  package.version = fields[1];
  package.vendor = package.origin = fields[4] == "(none)" ? "" : fields[4];
  package.arch = fields[7] == "(none)" ? "" : fields[7];
  // The manifest writes 0 for "no epoch" too.
  if (std::optional<std::uint64_t> epoch = ParseUint(fields[8]); epoch && *epoch != 0)
    package.version = std::to_string(*epoch) + ":" + package.version;
  SetSource(package, fields[9]);
  package.locations = {location};
  package.found_by = "rpm";
  return record;
}

void RelateRecords(const std::vector<Record>& records, const std::vector<std::string>& ids,
                   std::string_view root, Emitter& out) {
  ProvidesIndex index;
  PathHasher hash(root);
  // Packages may need a file by its path: found among all owned files, of which few are asked for.
  std::unordered_map<std::uint64_t, std::optional<std::uint32_t>> needed_files;
  for (std::uint32_t i = 0; i < records.size(); ++i) {
    index.AddName(records[i].package.name, i);
    for (const std::string& name : records[i].provides) index.AddProvided(name, i);
    for (const std::string& name : records[i].depends)
      if (name.starts_with('/')) needed_files.emplace(hash(name), std::nullopt);
  }
  for (std::uint32_t i = 0; i < records.size() && !needed_files.empty(); ++i)
    for (std::uint64_t file : records[i].files)
      if (auto at = needed_files.find(file); at != needed_files.end() && !at->second) at->second = i;
  for (std::uint32_t i = 0; i < records.size(); ++i) {
    for (const std::string& name : records[i].depends) {
      std::optional<std::uint32_t> to = index.Find(name);
      if (!to && name.starts_with('/')) to = needed_files[hash(name)];
      if (to && *to != i) out.Relate(ids[i], ids[*to], model::RelationKind::kDependsOn);
    }
  }
}

class RpmCataloger final : public Cataloger {
 public:
  explicit RpmCataloger(const CatalogOptions& options) {
    max_bytes_ = options.limits.max_memory_file_bytes;
    limits_.max_blob_bytes = options.limits.max_memory_file_bytes;
  }

  std::string_view name() const override { return "rpm"; }
  std::span<const Interest> interests() const override {
    static const Interest kInterests[] = {
        {Interest::Kind::kName, "Packages"},
        {Interest::Kind::kName, "Packages.db"},
        {Interest::Kind::kName, "rpmdb.sqlite"},
        {Interest::Kind::kName, "rpmdb.sqlite-wal"},
        {Interest::Kind::kName, "container-manifest-2"},
    };
    return kInterests;
  }
  bool Wants(const target::Entry& entry) const override { return Classify(entry).kind != FileKind::kNone; }
  void Visit(target::File& file, Emitter& out) override;
  bool Recall(const target::Entry& entry, ByteReader note, Emitter& out) override;
  void Finish(Emitter& out) override;

 private:
  std::vector<Record> ReadDatabase(target::File& file, const Place& place, Emitter& out) const;
  std::vector<Record> ReadManifest(target::File& file, Emitter& out) const;

  std::uint64_t max_bytes_;
  RpmDatabaseLimits limits_;
  std::mutex mutex_;
  std::map<std::string, std::vector<Record>> systems_;  // by root
};

void RpmCataloger::Visit(target::File& file, Emitter& out) {
  Place place = Classify(file.entry());
  if (place.kind == FileKind::kWriteAheadLog) {
    if (file.size() > 0)
      out.Problem(Code::kUnsupported, file.entry().path,
                  "recent changes to the rpm database lie in its write-ahead log, which is not read");
    return;
  }
  ByteWriter note;
  for (const Record& record :
       place.kind == FileKind::kManifest ? ReadManifest(file, out) : ReadDatabase(file, place, out)) {
    EncodePackage(record.package, note);
    EncodeTexts(record.provides, note);
    EncodeTexts(record.depends, note);
    EncodeNumbers(record.files, note);
  }
  out.Keep(note.Take());
}

bool RpmCataloger::Recall(const target::Entry& entry, ByteReader note, Emitter& out) {
  static_cast<void>(out);
  Place place = Classify(entry);
  std::vector<Record> records;
  while (!note.empty()) {
    Record& record = records.emplace_back();
    DecodePackage(note, record.package);
    record.provides = DecodeTexts(note);
    record.depends = DecodeTexts(note);
    record.files = DecodeNumbers(note);
    if (!note.ok()) return false;
  }
  std::lock_guard lock(mutex_);
  std::vector<Record>& system = systems_[std::string(place.root)];
  std::move(records.begin(), records.end(), std::back_inserter(system));
  return true;
}

std::vector<Record> RpmCataloger::ReadDatabase(target::File& file, const Place& place, Emitter& out) const {
  std::vector<Record> records;
  model::Location location = file.location();
  auto problem = [&](const Error& error) { out.Problem(error, location.path); };
  auto add = [&](std::string_view blob) {
    Result<RpmHeader> header = ParseRpmHeader(blob);
    if (!header) return problem(header.error());
    // Keys that signatures are checked with are kept as if they were packages.
    if (header->name == "gpg-pubkey") return;
    records.push_back(MakeRecord(*header, place.root, location));
  };
  auto read = place.kind == FileKind::kBerkeley ? ReadBerkeleyHash
              : place.kind == FileKind::kNdb    ? ReadNdb
                                                : ReadRpmSqlite;
  if (Result<void> done = read(file.content(), limits_, add, problem); !done) problem(done.error());
  return records;
}

std::vector<Record> RpmCataloger::ReadManifest(target::File& file, Emitter& out) const {
  std::vector<Record> records;
  Result<std::string> text = file.content().ReadAll(max_bytes_);
  if (!text) {
    out.Problem(text.error(), file.entry().path);
    return records;
  }
  std::uint64_t bad_lines = 0;
  std::string_view rest = *text;
  while (!rest.empty()) {
    std::string_view line = NextLine(rest);
    if (Trim(line).empty()) continue;
    if (records.size() >= out.limits().packages) {
      out.Problem(Code::kLimitExceeded, file.entry().path, "too many packages; the rest was left out");
      break;
    }
    std::optional<Record> record = ParseManifestLine(line, file.location());
    if (record)
      records.push_back(std::move(*record));
    else
      ++bad_lines;
  }
  if (bad_lines > 0)
    out.Problem(Code::kMalformed, file.entry().path,
                std::to_string(bad_lines) + " lines do not have ten fields");
  return records;
}

void RpmCataloger::Finish(Emitter& out) {
  auto identity = [](const Record& r) { return std::tie(r.package.name, r.package.version, r.package.arch); };
  for (auto& [root, records] : systems_) {
    std::sort(records.begin(), records.end(), [&](const Record& a, const Record& b) {
      return std::tuple_cat(identity(a), std::tie(a.package.locations)) <
             std::tuple_cat(identity(b), std::tie(b.package.locations));
    });
    // A system that was moved from one container or folder to another may have both.
    std::vector<Record> once;
    for (Record& record : records) {
      if (once.empty() || identity(once.back()) != identity(record))
        once.push_back(std::move(record));
      else if (once.back().package.locations.back() != record.package.locations.front())
        once.back().package.locations.push_back(record.package.locations.front());
    }
    std::vector<std::string> ids;
    for (const Record& record : once) ids.push_back(out.Add(record.package));
    RelateRecords(once, ids, root, out);
    for (std::size_t i = 0; i < once.size(); ++i) out.OwnMany(ids[i], std::move(once[i].files));
  }
  systems_.clear();
}

}  // namespace

std::unique_ptr<Cataloger> MakeRpmCataloger(const CatalogOptions& options) {
  return std::make_unique<RpmCataloger>(options);
}

}  // namespace weir::sbom
