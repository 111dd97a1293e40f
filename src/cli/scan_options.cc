#include "cli/scan_options.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "advisory/updater.h"
#include "base/file.h"
#include "base/strings.h"
#include "cli/command.h"

namespace weir::cli {
namespace {

constexpr std::uint64_t kMaxSmallFile = 16ULL << 20U;
constexpr std::uint64_t kMaxVexFile = 256ULL << 20U;

/// --password-file FILE, or the environment; never an argument, which every user of the host can read.
Result<std::string> ReadPassword(const std::string& file) {
  if (file.empty()) {
    const char* value = std::getenv("WEIR_REGISTRY_PASSWORD");
    return std::string(value == nullptr ? "" : value);
  }
  WEIR_ASSIGN(std::string text,
              file == "-" ? ReadAll(STDIN_FILENO, 64 * 1024, "standard input") : ReadFile(file, 64 * 1024));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

Result<void> ReadIgnoreRules(const ScanFlags& flags, scan::ScanOptions& options) {
  for (const std::string& text : flags.ignore) {
    WEIR_ASSIGN(advisory::IgnoreRule rule, advisory::ParseIgnoreRule(text));
    options.ignore.push_back(std::move(rule));
  }
  for (const std::string& path : flags.ignore_files) {
    WEIR_ASSIGN(std::string text, ReadFile(path, kMaxSmallFile));
    Result<std::vector<advisory::IgnoreRule>> rules = advisory::ParseIgnoreFile(text);
    if (!rules) return Err(rules.error().Context(path));
    options.ignore.insert(options.ignore.end(), rules->begin(), rules->end());
  }
  if (flags.only_fixed) {
    for (const char* state : {"not-fixed", "wont-fix", "unknown"}) {
      advisory::IgnoreRule rule;
      rule.fix_state = state;
      rule.reason = "--only-fixed";
      options.ignore.push_back(std::move(rule));
    }
  }
  return {};
}

}  // namespace

void AddTargetFlags(CLI::App& command, ScanFlags& flags) {
  const char* walk = "What to read";
  command
      .add_option("--exclude", flags.exclude,
                  "leave out paths that match this glob ('**' spans folders); repeatable")
      ->group(walk);
  command
      .add_flag("--one-file-system", flags.one_file_system, "stay on the file system of the target's root")
      ->group(walk);
  command.add_flag("--no-declared", flags.no_declared, "only what is installed: no lockfiles and manifests")
      ->group(walk);
  command
      .add_option("--cache", flags.cache,
                  "a file that remembers what was found in each file, for the next scan of this folder, host "
                  "or container")
      ->group(walk);
  command.add_flag("--no-runtime", flags.no_runtime, "do not look at running processes")->group(walk);
  command.add_option("--threads", flags.threads, "how many threads read (default: one a processor)")
      ->group(walk);
  command
      .add_option("--max-seconds", flags.max_seconds,
                  "stop reading after this long and report what was not read")
      ->group(walk);
  command
      .add_option("--temporary-dir", flags.temporary_dir,
                  "where layers and large members go while they are read")
      ->group(walk);
  const char* registry = "Registries";
  command.add_option("--platform", flags.platform, "platform of a multi-platform image")
      ->capture_default_str()
      ->group(registry);
  command
      .add_option("--username", flags.username,
                  "registry user; password from --password-file or WEIR_REGISTRY_PASSWORD")
      ->group(registry);
  command
      .add_option("--password-file", flags.password_file, "file with the password, '-' for standard input")
      ->group(registry);
  command.add_option("--ca-file", flags.ca_file, "also trust the CAs in this PEM file")
      ->check(CLI::ExistingFile)
      ->group(registry);
  command.add_flag("--plain-http", flags.plain_http, "speak http:// to the registry")->group(registry);
  command.add_flag("--insecure-tls", flags.insecure_tls, "do not verify the registry's certificate")
      ->group(registry);
}

void AddStateFlags(CLI::App& command, ScanFlags& flags) {
  command.add_option("--data-dir", flags.data_dir, "where state lives (default: " + DefaultDataDir() + ")")
      ->group("State");
}

void AddMatchFlags(CLI::App& command, ScanFlags& flags) {
  const char* advisories = "Advisories";
  command.add_option("--db", flags.db, "use this advisory index")->group(advisories);
  command.add_flag("--by-cve", flags.by_cve, "name findings by CVE where there is one")->group(advisories);
  command.add_flag("--only-fixed", flags.only_fixed, "close findings that have no fixed version")
      ->group(advisories);
  command
      .add_option("--ignore", flags.ignore,
                  "close findings that match: 'CVE-2023-1234', 'CVE-2023-1234 package=openssl reason=...'; "
                  "repeatable")
      ->group(advisories);
  command.add_option("--ignore-file", flags.ignore_files, "YAML file of such rules; repeatable")
      ->check(CLI::ExistingFile)
      ->group(advisories);
  command.add_option("--vex", flags.vex_files, "OpenVEX or CSAF document; repeatable")
      ->check(CLI::ExistingFile)
      ->group(advisories);
}

Result<scan::ScanOptions> MakeScanOptions(const ScanFlags& flags) {
  scan::ScanOptions options;
  options.now = NowRfc3339();
  options.open.platform = flags.platform;
  options.open.ca_file = flags.ca_file;
  options.open.plain_http = flags.plain_http;
  options.open.insecure_tls = flags.insecure_tls;
  options.open.temporary_dir = flags.temporary_dir;
  options.open.registry_auth.username = flags.username;
  if (!flags.username.empty()) {
    WEIR_ASSIGN(options.open.registry_auth.password, ReadPassword(flags.password_file));
  }
  if (const char* token = std::getenv("WEIR_REGISTRY_TOKEN")) options.open.registry_auth.token = token;
  options.walk.exclude = flags.exclude;
  options.walk.threads = flags.threads;
  options.cache_path = flags.cache;
  options.walk.one_file_system = flags.one_file_system;
  options.walk.limits.max_seconds = flags.max_seconds;
  options.catalog.declared = !flags.no_declared;
  options.runtime = !flags.no_runtime;
  options.match.by_cve = flags.by_cve;
  WEIR_TRY(ReadIgnoreRules(flags, options));
  for (const std::string& path : flags.vex_files) {
    WEIR_ASSIGN(std::string text, ReadFile(path, kMaxVexFile));
    Result<std::vector<advisory::VexStatement>> statements = advisory::ParseVex(text);
    if (!statements) return Err(statements.error().Context(path));
    options.vex.insert(options.vex.end(), statements->begin(), statements->end());
  }
  return options;
}

Result<std::shared_ptr<const advisory::Index>> OpenIndex(const ScanFlags& flags) {
  return advisory::OpenDatabase(flags.db, flags.data_dir.empty() ? DefaultDataDir() : flags.data_dir);
}

}  // namespace weir::cli
