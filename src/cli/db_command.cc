// weir db: update, import, export, status
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "advisory/starter.h"
#include "advisory/updater.h"
#include "base/file.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/installed_sources.h"

namespace weir::cli {

void AddDbCompareCommand(CLI::App& db, Session& session);

namespace {

struct DbArguments {
  advisory::UpdateOptions update;
  std::string data_dir, path, format = "table", packages_of;
  std::vector<std::string> locations;
  std::string osv_url;
};

/// One line on a terminal, overwritten as downloads go on.
class UpdateLine {
 public:
  explicit UpdateLine(bool wanted) : on_(wanted && ::isatty(STDERR_FILENO) == 1) {}
  ~UpdateLine() {
    if (on_) std::fputs("\r\033[K", stderr);
  }
  UpdateLine(const UpdateLine&) = delete;
  UpdateLine& operator=(const UpdateLine&) = delete;
  void Show(const advisory::UpdateProgress& progress) const {
    if (!on_) return;
    std::fprintf(stderr, "\r\033[K%s: %s", progress.source.c_str(), progress.step.c_str());
    if (progress.done_bytes > 0)
      std::fprintf(stderr, " %llu KiB", static_cast<unsigned long long>(progress.done_bytes >> 10U));
    if (progress.total_bytes > 0)
      std::fprintf(stderr, " of %llu", static_cast<unsigned long long>(progress.total_bytes >> 10U));
    std::fflush(stderr);
  }

 private:
  bool on_;
};

Result<void> Prepare(DbArguments& arguments) {
  advisory::UpdateOptions& options = arguments.update;
  options.data_dir = arguments.data_dir.empty() ? DefaultDataDir() : arguments.data_dir;
  options.starter_yaml = advisory::EmbeddedStarterYaml();
  for (const std::string& word : arguments.locations) {
    std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
      return Err(Code::kInvalidArgument, "--location " + word + ": not SOURCE=URL");
    options.locations.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  if (!arguments.osv_url.empty()) options.locations.emplace_back("osv", arguments.osv_url);
  if (!arguments.packages_of.empty()) {
    WEIR_ASSIGN(options.debian_archive.source_names, InstalledDebianSources(arguments.packages_of));
  }
  return {};
}

nlohmann::ordered_json ToJson(const advisory::UpdateReport& report) {
  nlohmann::ordered_json json{{"index", report.index_path},
                              {"rebuilt", report.rebuilt},
                              {"advisories", report.advisories},
                              {"index_bytes", report.index_bytes},
                              {"unreadable_versions", report.unreadable_versions},
                              {"sources", nlohmann::ordered_json::array()}};
  for (const advisory::SourceResult& s : report.sources)
    json["sources"].push_back({{"name", s.name},
                               {"url", s.url},
                               {"outcome", advisory::SourceOutcomeName(s.outcome)},
                               {"message", ToValidUtf8(s.message)},
                               {"kept_last_good", s.kept_last_good},
                               {"records", s.records},
                               {"used", s.used},
                               {"malformed", s.malformed},
                               {"data_date", s.data_date}});
  return json;
}

int ShowReport(const advisory::UpdateReport& report, const std::string& format) {
  bool failed = false, any = false;
  for (const advisory::SourceResult& s : report.sources) {
    failed = failed || s.outcome == advisory::SourceOutcome::kFailed;
    any = any || s.outcome == advisory::SourceOutcome::kUpdated ||
          s.outcome == advisory::SourceOutcome::kUnchanged;
  }
  if (format == "json") {
    std::printf("%s\n", ToJson(report).dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else {
    std::size_t alike = 0;
    for (const advisory::SourceResult& s : report.sources) {
      // One line for a host that is out of reach, not one for each of its files.
      if (s.outcome == advisory::SourceOutcome::kFailed && s.message.ends_with("not tried again") &&
          !s.kept_last_good) {
        ++alike;
        continue;
      }
      std::printf("  %-10s %-24s", std::string(advisory::SourceOutcomeName(s.outcome)).c_str(),
                  s.name.c_str());
      if (s.records > 0) std::printf(" %llu records", static_cast<unsigned long long>(s.records));
      if (s.malformed > 0) std::printf(", %llu not readable", static_cast<unsigned long long>(s.malformed));
      std::printf("%s%s%s\n", s.message.empty() ? "" : "  ", ToValidUtf8(s.message).c_str(),
                  s.kept_last_good ? " (the last good copy stays in use)" : "");
    }
    if (alike > 0)
      std::printf("  %-10s %zu more sources at hosts that could not be reached\n", "failed", alike);
    std::printf("%s: %llu advisories, %llu KiB%s\n", report.index_path.c_str(),
                static_cast<unsigned long long>(report.advisories),
                static_cast<unsigned long long>(report.index_bytes >> 10U),
                report.rebuilt ? "" : " (unchanged)");
  }
  return failed && !any ? kError : kDone;
}

int ShowStatus(const DbArguments& arguments) {
  std::string data_dir = arguments.data_dir.empty() ? DefaultDataDir() : arguments.data_dir;
  Result<advisory::DatabaseStatus> status = advisory::ReadDatabaseStatus(data_dir);
  if (!status) return Fail(status.error());
  Result<std::shared_ptr<const advisory::Index>> index = advisory::OpenDatabase("", data_dir);
  if (!index) return Fail(index.error());
  if (arguments.format == "json") {
    nlohmann::ordered_json json{{"index", status->index_path},
                                {"built_at", status->built_at},
                                {"advisories", (*index)->advisory_count()},
                                {"sources", nlohmann::ordered_json::array()},
                                {"ecosystems", nlohmann::ordered_json::array()}};
    for (const advisory::SourceStatus& s : status->sources)
      json["sources"].push_back({{"name", s.name},
                                 {"url", s.url},
                                 {"fetched_at", s.fetched_at},
                                 {"data_date", s.data_date},
                                 {"records", s.records},
                                 {"used", s.used},
                                 {"malformed", s.malformed},
                                 {"last_error", ToValidUtf8(s.last_error)}});
    for (const auto& [ecosystem, sources] : (*index)->ecosystems())
      json["ecosystems"].push_back({{"name", ecosystem}, {"sources", sources}});
    std::printf("%s\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    return kDone;
  }
  if (status->index_path.empty()) {
    std::printf("The built-in starter set is in use: %llu advisories. `weir db update` fetches the rest.\n",
                static_cast<unsigned long long>((*index)->advisory_count()));
  } else {
    std::printf("%s: %llu advisories, built %s\n", status->index_path.c_str(),
                static_cast<unsigned long long>((*index)->advisory_count()), status->built_at.c_str());
  }
  for (const model::SourceInfo& s : (*index)->sources())
    std::printf("  %-24s %9llu records  fetched %-20s newest %s\n", s.name.c_str(),
                static_cast<unsigned long long>(s.records), s.fetched_at.empty() ? "-" : s.fetched_at.c_str(),
                s.data_date.empty() ? "-" : s.data_date.c_str());
  for (const advisory::SourceStatus& s : status->sources)
    if (!s.last_error.empty())
      std::printf("  %-24s the last attempt failed: %s\n", s.name.c_str(), ToValidUtf8(s.last_error).c_str());
  std::printf("  %zu ecosystems\n", (*index)->ecosystems().size());
  return kDone;
}

void AddCommonFlags(CLI::App& command, DbArguments& arguments) {
  command.add_option("--data-dir", arguments.data_dir,
                     "where state lives (default: " + DefaultDataDir() + ")");
  command.add_option("-o,--output", arguments.format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
}

void AddUpdate(CLI::App& db, Session& session) {
  auto arguments = std::make_shared<DbArguments>();
  std::string names;
  for (const advisory::SourceDescription& source : advisory::KnownSources())
    names += (names.empty() ? "" : ", ") + source.name;
  CLI::App& command = AddCommand(db, "update", "Fetch the advisory sources and build the index from them.",
                                 "weir db update\n"
                                 "weir db update --only osv,kev,epss\n"
                                 "weir db update --osv-url https://mirror.example.org/osv\n"
                                 "weir db update --only debian-archive --packages-of /");
  advisory::UpdateOptions& options = arguments->update;
  command.add_option("--only", options.sources, "only these sources: " + names)->delimiter(',');
  command.add_option("--skip", options.skip_sources, "all but these")->delimiter(',');
  command.add_option("--osv-url", arguments->osv_url, "where <ecosystem>/all.zip is; a folder works too");
  command.add_option("--location", arguments->locations,
                     "SOURCE=URL: another place for a source; repeatable");
  command.add_option("--ecosystems", options.osv_ecosystems, "OSV ecosystems to fetch")->delimiter(',');
  command
      .add_option("--apt-root", options.debian_archive.root,
                  "debian-archive: the root whose apt sources are used")
      ->capture_default_str();
  command.add_option("--packages-of", arguments->packages_of,
                     "debian-archive: only what is installed in this root (\"/\" for this host)");
  command.add_option("--ca-file", options.http.ca_file, "also trust the CAs in this PEM file")
      ->check(CLI::ExistingFile);
  command
      .add_option("--stall-timeout", options.stall_timeout_seconds,
                  "give a source up after this many silent seconds")
      ->capture_default_str();
  command.add_flag("--force", options.force, "fetch and build even where nothing changed");
  AddCommonFlags(command, *arguments);
  command.callback([arguments, &session] {
    session.action = [arguments, &session] {
      if (Result<void> ready = Prepare(*arguments); !ready) return Fail(ready.error());
      Result<advisory::UpdateReport> report = [&] {
        UpdateLine line(!session.quiet);
        arguments->update.progress = [&line](const advisory::UpdateProgress& progress) {
          line.Show(progress);
        };
        return advisory::UpdateDatabase(arguments->update);
      }();
      return report ? ShowReport(*report, arguments->format) : Fail(report.error());
    };
  });
}

void AddImport(CLI::App& db, Session& session) {
  auto arguments = std::make_shared<DbArguments>();
  CLI::App& command = AddCommand(db, "import", "Take advisories from a file or folder and build the index.",
                                 "weir db import /media/usb/weir-advisories.tar\n"
                                 "weir db import /srv/feeds\n"
                                 "weir db import my-advisories.yaml");
  command
      .add_option("PATH", arguments->path,
                  "a bundle of `weir db export`, a folder laid out like the feeds, or one feed's file")
      ->required();
  AddCommonFlags(command, *arguments);
  command.callback([arguments, &session] {
    session.action = [arguments] {
      if (Result<void> ready = Prepare(*arguments); !ready) return Fail(ready.error());
      Result<advisory::UpdateReport> report = advisory::ImportDatabase(arguments->path, arguments->update);
      return report ? ShowReport(*report, arguments->format) : Fail(report.error());
    };
  });
}

void AddExport(CLI::App& db, Session& session) {
  auto arguments = std::make_shared<DbArguments>();
  CLI::App& command = AddCommand(
      db, "export", "Write everything that was fetched to one file, for a machine without a network.",
      "weir db export weir-advisories.tar");
  command.add_option("FILE", arguments->path, "the file to write")->required();
  command.add_option("--data-dir", arguments->data_dir,
                     "where state lives (default: " + DefaultDataDir() + ")");
  command.callback([arguments, &session] {
    session.action = [arguments] {
      Result<void> done = advisory::ExportDatabase(
          arguments->data_dir.empty() ? DefaultDataDir() : arguments->data_dir, arguments->path);
      return done ? static_cast<int>(kDone) : Fail(done.error());
    };
  });
}

}  // namespace

void AddDbCommand(CLI::App& app, Session& session) {
  CLI::App& db = AddCommand(app, "db", "Fetch, import, export and inspect the advisory index.",
                            "weir db update\n"
                            "weir db status\n"
                            "weir db export advisories.tar\n"
                            "weir db import advisories.tar\n"
                            "weir db compare --scheme deb 1.0~rc1-1 1.0-1");
  db.require_subcommand(1);
  AddUpdate(db, session);
  AddImport(db, session);
  AddExport(db, session);
  auto arguments = std::make_shared<DbArguments>();
  CLI::App& status = AddCommand(db, "status", "Show each source, its age and its count.",
                                "weir db status\nweir db status -o json");
  AddCommonFlags(status, *arguments);
  status.callback([arguments, &session] { session.action = [arguments] { return ShowStatus(*arguments); }; });
  AddDbCompareCommand(db, session);
}

}  // namespace weir::cli
