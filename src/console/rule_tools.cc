#include "console/rule_tools.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/bytes.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/strings.h"
#include "console/secrets.h"
#include "console/webhooks.h"
#include "malware/malware.h"
#include "net/http_client.h"
#include "secret/rules.h"
#include "secret/secret.h"
#include "secret/structured/structured.h"

namespace weir::console {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostExamples = 3, kExampleBytes = 200, kShortest = 8;

/// A folder that goes away with the value.
class Scratch {
 public:
  static Result<Scratch> Make(const std::string& parent) {
    std::string path = parent + "/check-" + RandomHex(8);
    WEIR_TRY(MakeDirectories(path));
    return Scratch(path);
  }
  Scratch(Scratch&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  /// The path of a new file in it.
  Result<std::string> Put(const std::string& name, const std::string& text) const {
    std::string path = path_ + "/" + name;
    WEIR_TRY(WriteFileAtomically(path, text, 0600));
    return path;
  }

 private:
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

std::string YaraName(const std::string& name) {
  return name.ends_with(".yar") || name.ends_with(".yara") ? name : name + ".yar";
}

bool IsWordByte(char c) {
  return IsAlpha(c) || IsDigit(c) || std::string_view("_-+/.~$%!#*&^").find(c) != std::string_view::npos ||
         static_cast<unsigned char>(c) >= 0x80;
}

malware::Options MalwareOptions(const RuleTools& tools) {
  malware::Options options;
  options.program = tools.program;
  options.set_slow_aside = false;  // measuring takes a while; the sensors do it
  return options;
}

void AddSecretRules(secret::RuleSet set, const std::string& source, std::vector<KnownRule>& out) {
  for (secret::Rule& rule : set.rules) {
    if (rule.skip_report) continue;
    KnownRule known;
    known.kind = model::ContentKind::kSecret;
    known.id = std::move(rule.id);
    known.title = rule.title.empty() ? known.id : std::move(rule.title);
    known.source = source;
    known.severity = rule.severity;
    known.confidence = rule.confidence;
    known.tags = std::move(rule.tags);
    for (const std::string& example : rule.examples)
      if (known.examples.size() < kMostExamples) known.examples.push_back(MaskExample(example));
    out.push_back(std::move(known));
  }
  for (const secret::RuleRemark& remark : set.remarks) {
    if (!remark.left_out || remark.rule.empty()) continue;
    KnownRule known;
    known.kind = model::ContentKind::kSecret;
    known.id = known.title = remark.rule;
    known.source = source;
    known.set_aside = remark.message;
    out.push_back(std::move(known));
  }
}

Result<std::vector<malware::RuleInfo>> MalwareRules(const RuleTools& tools,
                                                    const std::vector<store::RuleFile>& files) {
  WEIR_ASSIGN(Scratch scratch, Scratch::Make(tools.scratch));
  malware::Options options = MalwareOptions(tools);
  for (const store::RuleFile& file : files) {
    if (file.kind != model::ContentKind::kMalware) continue;
    WEIR_ASSIGN(std::string path, scratch.Put(YaraName(file.name), file.text));
    options.rules.push_back(std::move(path));
  }
  WEIR_ASSIGN(std::unique_ptr<malware::Service> service, malware::Service::Start(options));
  return service->rules();
}

void AddMalwareRules(std::vector<malware::RuleInfo> rules, std::vector<KnownRule>& out) {
  for (malware::RuleInfo& rule : rules) {
    KnownRule known;
    known.kind = model::ContentKind::kMalware;
    known.id = std::move(rule.id);
    known.title = rule.title.empty() ? known.id : std::move(rule.title);
    known.source = rule.source.substr(rule.source.rfind('/') + 1);
    known.reference = std::move(rule.reference);
    known.severity = rule.severity;
    known.tags = std::move(rule.tags);
    known.set_aside = std::move(rule.set_aside);
    out.push_back(std::move(known));
  }
}

/// What is shown is bounded, and valid UTF-8.
void Tidy(KnownRule& rule) {
  auto clip = [](std::string& text, std::size_t bytes) { text = ToValidUtf8(text.substr(0, bytes)); };
  clip(rule.id, 200);
  clip(rule.title, 300);
  clip(rule.source, 200);
  clip(rule.reference, 500);
  clip(rule.set_aside, 1000);
  if (rule.tags.size() > 20) rule.tags.resize(20);
  for (std::string& tag : rule.tags) clip(tag, 100);
}

Result<CheckedRules> CheckSecretRules(const std::string& name, const std::string& text) {
  WEIR_ASSIGN(secret::RuleSet set, secret::ParseRules(text, name));
  CheckedRules checked;
  checked.rules = set.rules.size();
  std::string why;
  for (const secret::RuleRemark& remark : set.remarks) {
    checked.remarks.push_back({remark.rule, remark.message, remark.left_out});
    if (why.empty()) why = ": " + (remark.rule.empty() ? "" : remark.rule + ": ") + remark.message;
  }
  if (checked.rules == 0) return Err(Code::kInvalidArgument, "no rule of it can be used" + why);
  return checked;
}

Result<CheckedRules> CheckMalwareRules(const RuleTools& tools, const std::string& name,
                                       const std::string& text) {
  WEIR_ASSIGN(Scratch scratch, Scratch::Make(tools.scratch));
  malware::Options options = MalwareOptions(tools);
  options.built_in = false;
  options.set_slow_aside = true;
  WEIR_ASSIGN(std::string path, scratch.Put(YaraName(name), text));
  options.rules = {path};
  WEIR_ASSIGN(malware::RulesReport report, malware::CheckRules(options));
  CheckedRules checked;
  checked.rules = report.rules;
  auto shown = [&](const std::string& message) { return ReplaceAll(message, path, name); };
  for (const std::string& error : report.errors) checked.remarks.push_back({"", shown(error), true});
  for (const std::string& aside : report.set_aside) {
    std::size_t colon = aside.find(": ");
    checked.remarks.push_back({aside.substr(0, colon == std::string::npos ? 0 : colon), shown(aside), true});
  }
  if (checked.rules == 0)
    return Err(Code::kInvalidArgument,
               "no rule of it can be used" +
                   (checked.remarks.empty() ? std::string() : ": " + checked.remarks.front().message));
  return checked;
}

}  // namespace

std::string MaskExample(std::string_view example) {
  std::string out;
  for (std::size_t i = 0; i < example.size() && out.size() < kExampleBytes;) {
    if (!IsWordByte(example[i])) {
      out += example[i++] == '\n' ? ' ' : example[i - 1];
      continue;
    }
    std::size_t end = i;
    while (end < example.size() && IsWordByte(example[end])) ++end;
    std::string_view word = example.substr(i, end - i);
    // What stands before "=" or ":" is a name.
    std::size_t next = end;
    while (next < example.size() && (example[next] == '"' || example[next] == '\'' || example[next] == ' '))
      ++next;
    bool is_name = next < example.size() && (example[next] == '=' || example[next] == ':') &&
                   std::none_of(word.begin(), word.end(), [](char c) { return IsDigit(c); });
    bool plain = word.size() < kShortest &&
                 std::all_of(word.begin(), word.end(), [](char c) { return IsAlpha(c) || c == '-'; });
    out += is_name || plain ? std::string(word) : secret::MaskSecret(word);
    i = end;
  }
  return ToValidUtf8(out.substr(0, kExampleBytes));
}

Result<CheckedRules> CheckRuleText(const RuleTools& tools, model::ContentKind kind, const std::string& name,
                                   const std::string& text) {
  return kind == model::ContentKind::kSecret ? CheckSecretRules(name, text)
                                             : CheckMalwareRules(tools, name, text);
}

std::vector<KnownRule> AllRules(const RuleTools& tools, const std::vector<store::RuleFile>& files) {
  std::vector<KnownRule> out;
  secret::RuleSet structured;
  structured.rules = secret::StructuredRules();
  AddSecretRules(std::move(structured), "built-in", out);
  AddSecretRules(secret::BuiltInRules(), "built-in", out);
  for (const store::RuleFile& file : files)
    if (file.kind == model::ContentKind::kSecret)
      if (auto set = secret::ParseRules(file.text, file.name))
        AddSecretRules(std::move(*set), file.name, out);
  auto malware = MalwareRules(tools, files);
  if (malware) {
    AddMalwareRules(std::move(*malware), out);
  } else {
    Log(LogLevel::kError, "rules.failed", {{"error", malware.error().message}});
  }
  for (KnownRule& rule : out) Tidy(rule);
  return out;
}

Result<std::string> FetchRuleText(const std::string& url, const std::string& sha256, bool allow_internal) {
  if (!url.starts_with("https://")) return Err(Code::kInvalidArgument, "the URL must begin with https://");
  WEIR_ASSIGN(WebhookTarget target, ResolveWebhook(url, allow_internal));
  net::HttpOptions options;
  options.connect_to = target.connect_to;  // the address that was looked at, not what the name says next
  options.follow_redirects = false;
  options.user_agent = "weir";
  net::HttpClient client(options);
  net::HttpRequest request;
  request.url = url;
  request.max_body_bytes = kMaxRuleText;
  request.connect_timeout_seconds = 5;
  request.total_timeout_seconds = 30;
  WEIR_ASSIGN(net::HttpResponse response, client.Fetch(request));
  if (response.status != 200)
    return Err(Code::kUnavailable, "the URL answered " + std::to_string(response.status));
  std::string digest = DigestHex(DigestKind::kSha256, AsBytes(response.body));
  if (digest != ToLower(sha256))
    return Err(Code::kMalformed, "what the URL has is not what was expected: its SHA-256 is " + digest);
  return std::move(response.body);
}

}  // namespace weir::console
