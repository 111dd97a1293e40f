#include "cli/content_options.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "base/fd.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/strings.h"
#include "cli/command.h"
#include "net/http_client.h"
#include "secret/rules.h"
#include "secret/validate.h"

namespace weir::cli {
namespace {

constexpr std::uint64_t kMaxIgnoreFile = 16ULL << 20U, kMaxKeyFile = 4096, kMaxRuleFile = 64ULL << 20U;

std::string CacheDir(const std::string& data_dir) { return data_dir + "/rules-cache"; }

/// The key of this installation, made when it is first asked for. Empty where it cannot be kept.
std::string OwnKey(const std::string& data_dir) {
  std::string path = data_dir + "/fingerprint.key";
  if (Result<std::string> text = ReadFile(path, kMaxKeyFile)) {
    std::string key(Trim(*text));
    if (secret::FingerprintKey::Parse(key)) return key;
    Log(LogLevel::kWarn, "fingerprint.key_damaged", {{"path", path}});
    return {};
  }
  std::string key = secret::FingerprintKey::Random().ToString();
  Result<void> kept = MakeDirectories(data_dir);
  if (kept) kept = WriteFileAtomically(path, key + "\n", 0600);
  if (!kept) {
    Log(LogLevel::kWarn, "fingerprint.key_not_kept",
        {{"error", kept.error().message}, {"consequence", "fingerprints differ from run to run"}});
    return {};
  }
  return key;
}

Result<std::string> ChooseKey(const ContentFlags& flags, const scan::ContentIgnore& ignore,
                              const std::string& data_dir) {
  std::string key;
  if (!flags.key_file.empty()) {
    WEIR_ASSIGN(key, ReadFile(flags.key_file, kMaxKeyFile));
  } else if (const char* value = std::getenv("WEIR_FINGERPRINT_KEY"); value != nullptr && *value != '\0') {
    key = value;
  } else if (!ignore.key.empty()) {
    return ignore.key;
  } else {
    return OwnKey(data_dir);
  }
  key = std::string(Trim(key));
  if (!ignore.key.empty() && ignore.key != key)
    return Err(Code::kInvalidArgument,
               "the ignore file names another fingerprint key than the one that is given");
  return key;
}

/// A file that lies in the scanned folder itself: no link is followed to it.
Result<std::string> ReadBeside(const std::string& folder, const char* name) {
  UniqueFd at(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!at) return Err(Code::kNotFound, folder);
  UniqueFd file(::openat(at.get(), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat info{};
  if (!file || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return Err(Code::kNotFound, name);
  return ReadAll(file.get(), kMaxIgnoreFile, folder + "/" + name);
}

/// .weirignore of a folder that is scanned, and gitleaks' file. They may close secrets, never malware:
/// whoever can drop malware into a folder can drop a file beside it.
/// They cannot bring a key (who knows it can try passwords against every report), nor end a scan by being
/// wrong.
void ReadIgnoreOfTarget(const std::string& target, scan::ContentIgnore& ignore) {
  constexpr std::size_t kMaxRules = 1000, kMaxPattern = 512;
  target::TargetName name = target::ParseTargetName(target);
  if (name.scheme != "dir" && name.scheme != "git") return;
  for (const char* file : {".weirignore", ".gitleaksignore"}) {
    Result<std::string> text = ReadBeside(name.rest, file);
    if (!text) continue;
    const std::string path = name.rest + "/" + file;
    Result<scan::ContentIgnore> found =
        Trim(*text).starts_with('{') ? Err(Code::kUnsupported, path + ": a baseline is given with --baseline")
                                     : scan::ParseContentIgnore(*text, path);
    if (found && found->rules.size() > kMaxRules)
      found = Err(Code::kLimitExceeded, path + ": too many lines");
    if (!found) {
      Log(LogLevel::kWarn, "content.ignore_file_not_used", {{"error", found.error().message}});
      continue;
    }
    for (scan::ContentIgnoreRule& rule : found->rules) {
      if (rule.path.size() > kMaxPattern || rule.rule.size() > kMaxPattern) continue;
      rule.secrets_only = true;
      ignore.rules.push_back(std::move(rule));
    }
  }
}

/// PATH as it is; of "https://...#sha256=<digest>", a copy in FOLDER that has this digest.
Result<std::string> FetchRules(const std::string& source, const std::string& folder) {
  if (!source.starts_with("https://") && !source.starts_with("http://")) return source;
  constexpr std::string_view kDigest = "#sha256=";
  std::size_t hash = source.find(kDigest);
  std::string digest = hash == std::string::npos ? "" : ToLower(source.substr(hash + kDigest.size()));
  if (!source.starts_with("https://") || digest.size() != 64 ||
      digest.find_first_not_of("0123456789abcdef") != std::string::npos)
    return Err(Code::kInvalidArgument,
               "rules from the network need https and their digest: https://...#sha256=<64 digits>");
  std::string path = folder + "/" + digest + ".yar";
  if (Result<std::string> kept = ReadFile(path, kMaxRuleFile);
      kept && DigestHex(DigestKind::kSha256, AsBytes(*kept)) == digest)
    return path;
  net::HttpClient client;
  net::HttpRequest request;
  request.url = source.substr(0, hash);
  request.max_body_bytes = kMaxRuleFile;
  request.total_timeout_seconds = 120;
  WEIR_ASSIGN(net::HttpResponse answer, client.Fetch(request));
  if (answer.status != 200)
    return Err(Code::kUnavailable, request.url + ": HTTP status " + std::to_string(answer.status));
  if (std::string got = DigestHex(DigestKind::kSha256, AsBytes(answer.body)); got != digest)
    return Err(Code::kMalformed, request.url + ": its SHA-256 is " + got + ", not the one that is given");
  WEIR_TRY(MakeDirectories(folder));
  WEIR_TRY(WriteFileAtomically(path, answer.body, 0600));
  return path;
}

}  // namespace

Result<Scanners> ParseScanners(const std::string& text) {
  Scanners out;
  for (std::string_view word : Split(text, ',')) {
    word = Trim(word);
    if (word == "vulnerabilities") {
      out.vulnerabilities = true;
    } else if (word == "secrets") {
      out.secrets = true;
    } else if (word == "malware") {
      out.malware = true;
    } else {
      return Err(Code::kInvalidArgument,
                 "--scanners: \"" + std::string(word) + "\" is none of vulnerabilities, secrets, malware");
    }
  }
  return out;
}

void AddContentFlags(CLI::App& command, ContentFlags& flags, ContentCommand kind) {
  bool secrets = kind != ContentCommand::kMalware, malware = kind != ContentCommand::kSecrets;
  const char* rules = "Rules";
  if (kind == ContentCommand::kScan)
    command.add_option("--scanners", flags.scanners, "what to look for")
        ->capture_default_str()
        ->group("What to read");
  if (secrets) {
    const char* name = kind == ContentCommand::kScan ? "--secret-rules" : "--rules";
    const char* extra = kind == ContentCommand::kScan ? "--extra-secret-rules" : "--extra-rules";
    command
        .add_option(
            name, flags.secret_rules,
            "rule files or folders instead of the built-in rules for secrets: gitleaks TOML, Nosey Parker, "
            "Titus, Kingfisher, trivy or SecretScanner YAML; repeatable")
        ->group(rules);
    command.add_option(extra, flags.extra_secret_rules, "the same, besides the built-in rules")->group(rules);
    command
        .add_flag("--git-history", flags.git_history,
                  "also every version of every file in the .git folders that are met")
        ->group("What to read");
    command
        .add_flag(
            "--validate", flags.validate,
            "ask the issuers whether secrets work; each is sent to the host that its built-in rule names")
        ->group("Validation");
    command
        .add_option("--validate-host", flags.validate_hosts,
                    "ask this host and no others; needed for the hosts of people's own rules; repeatable")
        ->group("Validation");
    command.add_flag("--no-decode", flags.no_decode, "do not look into base64, hexadecimal and the like")
        ->group("What to read");
  }
  if (malware) {
    const char* name = kind == ContentCommand::kScan ? "--malware-rules" : "--rules";
    const char* extra = kind == ContentCommand::kScan ? "--extra-malware-rules" : "--extra-rules";
    command
        .add_option(
            name, flags.malware_rules,
            "YARA files or folders, or https://...#sha256=DIGEST, instead of the built-in rules; repeatable")
        ->group(rules);
    command.add_option(extra, flags.extra_malware_rules, "the same, besides the built-in rules")
        ->group(rules);
    CLI::Option* all =
        command
            .add_flag("--all-files", flags.all_files,
                      "malware rules also see the files of this host that are what their package brought, "
                      "by its digest")
            ->group("What to read");
    command
        .add_flag("--known-good", flags.known_good,
                  "pass over such files in folders, images and containers, too: where their package database "
                  "can be trusted")
        ->group("What to read")
        ->excludes(all);
    command
        .add_flag("--process-memory", flags.memory,
                  "hosts and containers: malware rules also see the memory of processes")
        ->group("What to read");
    command.add_option("--clamd", flags.clamd, "also ask the clamd that listens on this socket")
        ->group(rules);
  }
  command
      .add_option("--content-ignore", flags.ignore_files,
                  "file of accepted secrets and malware, as .weirignore of a scanned folder (which is read "
                  "by itself); "
                  "repeatable")
      ->check(CLI::ExistingFile)
      ->group("Accepted findings");
  command.add_option("--baseline", flags.baseline, "close what this file has, from --write-baseline")
      ->check(CLI::ExistingFile)
      ->group("Accepted findings");
  command.add_option("--write-baseline", flags.write_baseline, "write what is open to this file")
      ->group("Accepted findings");
  command
      .add_option("--fingerprint-key-file", flags.key_file,
                  "key of the fingerprints (or WEIR_FINGERPRINT_KEY; else one of this installation)")
      ->check(CLI::ExistingFile)
      ->group("Accepted findings");
  command.add_flag("--no-rules-cache", flags.no_rules_cache, "compile the rules anew")->group(rules);
}

Result<void> SetContentOptions(const ContentFlags& flags, const Scanners& scanners, const std::string& target,
                               const std::string& data_dir, scan::ScanOptions& options) {
  target::TargetName name = target::ParseTargetName(target);
  options.packages = scanners.vulnerabilities && name.scheme != "git";
  options.walk.git_history = flags.git_history;
  if ((!scanners.secrets && !scanners.malware) || target::IsSbomFile(target)) return {};
  ReadIgnoreOfTarget(target, options.content_ignore);
  std::vector<std::string> files = flags.ignore_files;
  if (!flags.baseline.empty()) files.push_back(flags.baseline);
  for (const std::string& path : files) {
    WEIR_ASSIGN(std::string text, ReadFile(path, kMaxIgnoreFile));
    WEIR_ASSIGN(scan::ContentIgnore more, scan::ParseContentIgnore(text, path));
    WEIR_TRY(scan::MergeContentIgnore(options.content_ignore, std::move(more)));
  }

  scan::ContentSetup setup;
  setup.secrets = scanners.secrets;
  setup.malware = scanners.malware;
  setup.built_in_secret_rules = flags.secret_rules.empty();
  setup.secret_rules = flags.secret_rules.empty() ? flags.extra_secret_rules : flags.secret_rules;
  setup.built_in_malware_rules = flags.malware_rules.empty();
  for (const std::string& source :
       flags.malware_rules.empty() ? flags.extra_malware_rules : flags.malware_rules) {
    WEIR_ASSIGN(std::string path, FetchRules(source, CacheDir(data_dir)));
    setup.malware_rules.push_back(std::move(path));
  }
  if (!flags.no_rules_cache && MakeDirectories(CacheDir(data_dir))) setup.cache_dir = CacheDir(data_dir);
  WEIR_ASSIGN(setup.fingerprint_key, ChooseKey(flags, options.content_ignore, data_dir));
  if (setup.fingerprint_key.empty()) setup.fingerprint_key = secret::FingerprintKey::Random().ToString();
  setup.decode_depth = flags.no_decode ? 0 : 1;
  setup.threads = options.walk.threads;
  setup.known_good = flags.known_good  ? scan::KnownGood::kAlways
                     : flags.all_files ? scan::KnownGood::kNever
                                       : scan::KnownGood::kHosts;
  setup.process_memory = flags.memory;
  setup.clamd_socket = flags.clamd;
  setup.own_folder = data_dir;
  if (flags.validate || !flags.validate_hosts.empty()) {
    secret::ValidatorOptions ask;
    ask.hosts = flags.validate_hosts.empty() ? secret::BuiltInHosts(secret::BuiltInRules().rules)
                                             : flags.validate_hosts;
    setup.ask = [validator = std::make_shared<secret::Validator>(std::move(ask))](const secret::Rule& rule,
                                                                                  const std::string& secret) {
      return validator->Ask(rule, secret);
    };
  }
  WEIR_ASSIGN(options.content, scan::ContentEngines::Make(setup));
  if (!options.cache_path.empty()) options.content_cache_path = options.cache_path + ".content";
  if (const std::string& wanted = options.content_ignore.key_id;
      !wanted.empty() && wanted != options.content->key_id())
    return Err(Code::kInvalidArgument, flags.baseline + ": its fingerprints were made with another key (" +
                                           wanted + ", here " + options.content->key_id() +
                                           "); give that key with --fingerprint-key-file");
  return {};
}

Result<void> WriteBaseline(const ContentFlags& flags, const model::ScanResult& result,
                           const scan::ScanOptions& options) {
  if (flags.write_baseline.empty() || !options.content) return {};
  return WriteFileAtomically(flags.write_baseline,
                             scan::MakeBaseline(result.content, options.content->key_id()));
}

}  // namespace weir::cli
