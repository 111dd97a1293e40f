#include "secret/structured/structured.h"

#include <algorithm>
#include <array>

#include "secret/checksum.h"
#include "secret/plausible.h"
#include "secret/structured/finder.h"

namespace weir::secret {
namespace {

using model::Confidence;
using model::Severity;

struct Kind {
  std::string_view id, title;
  Severity severity;
  Confidence confidence;
  bool generic = false;
};
// Generic: any key of any file that sounds like it. The others are files that are there to hold credentials.
constexpr std::array<Kind, 35> kKinds = {{
    {"settings-password", "Password in a settings file", Severity::kLow, Confidence::kLow, true},
    {"settings-token", "Token or key in a settings file", Severity::kLow, Confidence::kLow, true},
    {"environment-password", "Password in an environment", Severity::kMedium, Confidence::kMedium, true},
    {"environment-token", "Token or key in an environment", Severity::kMedium, Confidence::kMedium, true},
    {"command-line-password", "Password or token on a command line", Severity::kMedium, Confidence::kMedium,
     true},
    {"netrc-password", "Password in netrc", Severity::kHigh, Confidence::kHigh},
    {"pgpass-password", "Password in pgpass", Severity::kHigh, Confidence::kHigh},
    {"mysql-option-password", "Password in a MySQL option file", Severity::kHigh, Confidence::kHigh},
    {"git-credentials", "Password in Git's credential store", Severity::kHigh, Confidence::kHigh},
    {"kubeconfig-credential", "Credential in a kubeconfig", Severity::kHigh, Confidence::kHigh},
    {"docker-config-login", "Registry login in Docker's configuration", Severity::kHigh, Confidence::kHigh},
    {"kubernetes-secret", "Value of a Kubernetes secret", Severity::kMedium, Confidence::kMedium},
    {"npmrc-credential", "Credential in npmrc", Severity::kHigh, Confidence::kHigh},
    {"pypirc-password", "Password in pypirc", Severity::kHigh, Confidence::kHigh},
    {"package-manager-credential", "Credential of a package manager", Severity::kHigh, Confidence::kHigh},
    {"maven-settings-password", "Password in Maven's settings", Severity::kHigh, Confidence::kHigh},
    {"aws-credentials-file", "Secret in the AWS credentials file", Severity::kCritical, Confidence::kHigh},
    {"gcloud-credentials-file", "Credential of the Google Cloud command line", Severity::kHigh,
     Confidence::kHigh},
    {"azure-credentials-file", "Credential of the Azure command line", Severity::kHigh, Confidence::kHigh},
    {"terraform-state-secret", "Secret in Terraform's state", Severity::kMedium, Confidence::kMedium},
    {"terraform-variable-secret", "Secret in Terraform's variables", Severity::kMedium, Confidence::kMedium},
    {"terraform-credentials-file", "Terraform credential", Severity::kHigh, Confidence::kHigh},
    {"command-line-tool-credential", "Credential of a command-line tool", Severity::kHigh, Confidence::kHigh},
    {"shadow-password-hash", "Password hash in the shadow file", Severity::kMedium, Confidence::kHigh},
    {"htpasswd-hash", "Password hash in htpasswd", Severity::kMedium, Confidence::kHigh},
    {"mail-relay-password", "Password for a mail relay", Severity::kHigh, Confidence::kHigh},
    {"ppp-secret", "Secret for PPP", Severity::kHigh, Confidence::kHigh},
    {"ldap-bind-password", "Password to bind to a directory", Severity::kHigh, Confidence::kMedium},
    {"share-credentials-file", "Password for a file share", Severity::kHigh, Confidence::kHigh},
    {"rclone-credential", "Credential of rclone or s3cmd", Severity::kHigh, Confidence::kHigh},
    {"rails-master-key-file", "Rails master key", Severity::kCritical, Confidence::kHigh},
    {"token-file", "File that holds a token", Severity::kHigh, Confidence::kHigh},
    {"tomcat-user-password", "Password of a Tomcat user", Severity::kHigh, Confidence::kMedium},
    {"ansible-inventory-password", "Password in an Ansible inventory", Severity::kHigh, Confidence::kMedium},
    {"file-transfer-client-password", "Saved password of a file transfer client", Severity::kHigh,
     Confidence::kHigh},
}};

const Kind* FindKind(std::string_view id) {
  const auto* found =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& kind) { return kind.id == id; });
  return found == kKinds.end() ? nullptr : found;
}

bool IsHash(std::string_view value) {
  return value.size() > 12 && value.front() == '$' && CheckSecret("crypt", value).passed;
}

}  // namespace

std::vector<Rule> StructuredRules() {
  std::vector<Rule> rules;
  rules.reserve(kKinds.size());
  for (const Kind& kind : kKinds) {
    Rule rule;
    rule.id = kind.id;
    rule.title = kind.title;
    rule.severity = kind.severity;
    rule.confidence = kind.confidence;
    rule.generic = kind.generic;
    rule.source = "built-in";
    rules.push_back(std::move(rule));
  }
  return rules;
}

void Finder::Secret(std::string_view rule, std::string_view key, std::string_view value,
                    std::string_view meant) {
  const Kind* kind = FindKind(rule);
  if (kind == nullptr || full() || value.empty()) return;
  StructuredHit hit;
  hit.rule = kind->id;
  hit.secret = meant;
  hit.offset = static_cast<std::size_t>(value.data() - text_.data());
  hit.length = value.size();
  hit.severity = kind->severity;
  hit.confidence = kind->confidence;
  hit.facts.emplace_back("format", kind_.name);
  if (!key.empty()) hit.facts.emplace_back("key", key.substr(0, 128));
  hits_.push_back(std::move(hit));
}

void Finder::Assignment(std::string_view key, std::string_view value, std::string_view meant,
                        bool in_environment) {
  const KeyMeaning meaning = MeaningOfKey(key);
  if (meaning == KeyMeaning::kNone || meaning == KeyMeaning::kCredential) return;
  if (!kind_.rule.empty()) {
    // Its purpose is to hold credentials: what is no placeholder is one.
    const bool fits =
        kind_.any_value ? !IsPlaceholder(meant) && meant.size() >= 3 : IsPlausiblePassword(meant, key);
    if (fits) Secret(kind_.rule, key, value, meant);
    return;
  }
  const bool token = meaning == KeyMeaning::kToken;
  const bool hash = IsHash(meant);
  if (hash || !(token ? IsPlausibleToken(meant, key) : IsPlausiblePassword(meant, key))) return;
  if (kind_.format == Format::kCommandLine) {
    Secret("command-line-password", key, value, meant);
  } else if (in_environment) {
    Secret(token ? "environment-token" : "environment-password", key, value, meant);
  } else {
    // Files of settings hold texts, names and types beside such keys as well.
    if (meant.size() < 6 || meant.find(' ') != meant.npos || ShannonEntropy(meant) < 2) return;
    Secret(token ? "settings-token" : "settings-password", key, value, meant);
  }
}

bool WantsStructured(std::string_view path, std::string_view header) {
  return KindOfFile(path, header).format != Format::kNone;
}

std::vector<StructuredHit> FindStructured(std::string_view path, std::string_view text) {
  const FileKind kind = KindOfFile(path, text.substr(0, 512));
  Finder finder(kind, text);
  switch (kind.format) {
    case Format::kNone:
      break;
    case Format::kAssignments:
      ReadAssignments(finder);
      break;
    case Format::kEnvironment:
      ReadEnvironment(finder);
      break;
    case Format::kCommandLine:
      ReadCommandLine(finder);
      break;
    case Format::kYaml:
      ReadYaml(finder);
      break;
    case Format::kJson:
      ReadJson(finder);
      break;
    case Format::kXml:
      ReadXml(finder);
      break;
    case Format::kNetrc:
      ReadNetrc(finder);
      break;
    case Format::kColons:
      ReadColons(finder);
      break;
    case Format::kPairs:
      ReadPairs(finder);
      break;
    case Format::kUrls:
      ReadUrls(finder);
      break;
    case Format::kWhole:
      ReadWhole(finder);
      break;
  }
  return finder.Take();
}

}  // namespace weir::secret
