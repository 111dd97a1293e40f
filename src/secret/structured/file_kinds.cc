// Which files are read for their structure, by the names that they have.
#include <algorithm>
#include <array>
#include <string>

#include "base/strings.h"
#include "secret/structured/finder.h"

namespace weir::secret {
namespace {

struct Named {
  std::string_view name;    // whole name, lower case
  std::string_view parent;  // end of the folder; empty: any
  FileKind kind;
};

constexpr FileKind Credentials(Format format, std::string_view name, std::string_view rule,
                               unsigned field = 0) {
  return {.format = format, .name = name, .rule = rule, .field = field, .any_value = true};
}
constexpr FileKind Settings(Format format, std::string_view name) {
  return {.format = format, .name = name, .rule = {}, .field = 0, .any_value = false};
}

// Sorted by name: looked up for every file there is.
constexpr std::array kNamed = {
    Named{".bash_history", "", Settings(Format::kAssignments, "shell history")},
    Named{".bash_profile", "", Settings(Format::kAssignments, "shell")},
    Named{".bashrc", "", Settings(Format::kAssignments, "shell")},
    Named{".boto", "", Credentials(Format::kAssignments, "boto", "rclone-credential")},
    Named{".cifs", "", Credentials(Format::kAssignments, "share credentials", "share-credentials-file")},
    Named{".dockercfg", "", Credentials(Format::kJson, "docker config", "docker-config-login")},
    Named{".dockerconfigjson", "", Credentials(Format::kJson, "docker config", "docker-config-login")},
    Named{".env", "", Settings(Format::kAssignments, "dotenv")},
    Named{".envrc", "", Settings(Format::kAssignments, "dotenv")},
    Named{".git-credentials", "", Credentials(Format::kUrls, "git credentials", "git-credentials")},
    Named{".htpasswd", "", Credentials(Format::kColons, "htpasswd", "htpasswd-hash", 1)},
    Named{".msmtprc", "", Credentials(Format::kPairs, "msmtp", "mail-relay-password", 1)},
    Named{".my.cnf", "", Credentials(Format::kAssignments, "mysql options", "mysql-option-password")},
    Named{".mylogin.cnf", "", Settings(Format::kNone, "")},
    Named{".netrc", "", Credentials(Format::kNetrc, "netrc", "netrc-password")},
    Named{".npmrc", "", Credentials(Format::kAssignments, "npmrc", "npmrc-credential")},
    Named{".passwd-s3fs", "", Credentials(Format::kColons, "s3fs", "rclone-credential", 1)},
    Named{".pgpass", "", Credentials(Format::kColons, "pgpass", "pgpass-password", 4)},
    Named{".profile", "", Settings(Format::kAssignments, "shell")},
    Named{".pypirc", "", Credentials(Format::kAssignments, "pypirc", "pypirc-password")},
    Named{".s3cfg", "", Credentials(Format::kAssignments, "s3cmd", "rclone-credential")},
    Named{".smbcredentials", "",
          Credentials(Format::kAssignments, "share credentials", "share-credentials-file")},
    Named{".terraformrc", "", Credentials(Format::kAssignments, "terraform", "terraform-credentials-file")},
    Named{".vault-token", "", Credentials(Format::kWhole, "vault token", "token-file")},
    Named{".yarnrc.yml", "", Credentials(Format::kYaml, "yarnrc", "npmrc-credential")},
    Named{".zsh_history", "", Settings(Format::kAssignments, "shell history")},
    Named{".zshenv", "", Settings(Format::kAssignments, "shell")},
    Named{".zshrc", "", Settings(Format::kAssignments, "shell")},
    Named{"_netrc", "", Credentials(Format::kNetrc, "netrc", "netrc-password")},
    Named{"accesstokens.json", ".azure", Credentials(Format::kJson, "azure", "azure-credentials-file")},
    Named{"application_default_credentials.json", "",
          Credentials(Format::kJson, "gcloud", "gcloud-credentials-file")},
    Named{"auth.json", "composer", Credentials(Format::kJson, "composer auth", "package-manager-credential")},
    Named{"auth.json", "containers", Credentials(Format::kJson, "docker config", "docker-config-login")},
    Named{"azureprofile.json", ".azure", Credentials(Format::kJson, "azure", "azure-credentials-file")},
    Named{"chap-secrets", "", Credentials(Format::kPairs, "ppp secrets", "ppp-secret", 2)},
    Named{"config", ".aws", Credentials(Format::kAssignments, "aws credentials", "aws-credentials-file")},
    Named{"config", ".git", Settings(Format::kAssignments, "git config")},
    Named{"config", ".kube", Credentials(Format::kYaml, "kubeconfig", "kubeconfig-credential")},
    Named{"config.json", ".docker", Credentials(Format::kJson, "docker config", "docker-config-login")},
    Named{"credentials", ".aws",
          Credentials(Format::kAssignments, "aws credentials", "aws-credentials-file")},
    Named{"credentials", ".cargo",
          Credentials(Format::kAssignments, "cargo credentials", "package-manager-credential")},
    Named{"credentials", ".gem", Credentials(Format::kYaml, "gem credentials", "package-manager-credential")},
    Named{"credentials.tfrc.json", "", Credentials(Format::kJson, "terraform", "terraform-credentials-file")},
    Named{"credentials.toml", ".cargo",
          Credentials(Format::kAssignments, "cargo credentials", "package-manager-credential")},
    Named{"debian.cnf", "mysql", Credentials(Format::kAssignments, "mysql options", "mysql-option-password")},
    Named{"environ", "", Settings(Format::kEnvironment, "environment")},
    Named{"environment", "etc", Settings(Format::kAssignments, "shell")},
    Named{"gshadow", "etc", Credentials(Format::kColons, "shadow", "shadow-password-hash", 1)},
    Named{"hosts", "ansible",
          Credentials(Format::kAssignments, "ansible inventory", "ansible-inventory-password")},
    Named{"hosts.yml", "gh", Credentials(Format::kYaml, "gh", "command-line-tool-credential")},
    Named{"htpasswd", "", Credentials(Format::kColons, "htpasswd", "htpasswd-hash", 1)},
    Named{"inventory", "",
          Credentials(Format::kAssignments, "ansible inventory", "ansible-inventory-password")},
    Named{"inventory.ini", "",
          Credentials(Format::kAssignments, "ansible inventory", "ansible-inventory-password")},
    Named{"jenkins.yaml", "", Settings(Format::kYaml, "yaml")},
    Named{"kubeconfig", "", Credentials(Format::kYaml, "kubeconfig", "kubeconfig-credential")},
    Named{"ldap.conf", "", Credentials(Format::kPairs, "ldap settings", "ldap-bind-password", 1)},
    Named{"master.key", "config", Credentials(Format::kWhole, "rails master key", "rails-master-key-file")},
    Named{"msal_token_cache.json", "", Credentials(Format::kJson, "azure", "azure-credentials-file")},
    Named{"my.cnf", "", Credentials(Format::kAssignments, "mysql options", "mysql-option-password")},
    Named{"nslcd.conf", "", Credentials(Format::kPairs, "ldap settings", "ldap-bind-password", 1)},
    Named{"nuget.config", "", Credentials(Format::kXml, "nuget", "package-manager-credential")},
    Named{"pap-secrets", "", Credentials(Format::kPairs, "ppp secrets", "ppp-secret", 2)},
    Named{"passwd.client", "exim4", Credentials(Format::kColons, "exim", "mail-relay-password", 2)},
    Named{"pip.conf", "", Settings(Format::kAssignments, "pip")},
    Named{"pip.ini", "", Settings(Format::kAssignments, "pip")},
    Named{"production.key", "credentials",
          Credentials(Format::kWhole, "rails master key", "rails-master-key-file")},
    Named{"rclone.conf", "", Credentials(Format::kAssignments, "rclone", "rclone-credential")},
    Named{"recentservers.xml", "", Credentials(Format::kXml, "filezilla", "file-transfer-client-password")},
    Named{"sasl_passwd", "", Credentials(Format::kPairs, "postfix", "mail-relay-password", 1)},
    Named{"secrets.tdb", "", Settings(Format::kNone, "")},
    Named{"settings.xml", "", Credentials(Format::kXml, "maven settings", "maven-settings-password")},
    Named{"shadow", "etc", Credentials(Format::kColons, "shadow", "shadow-password-hash", 1)},
    Named{"shadow-", "etc", Credentials(Format::kColons, "shadow", "shadow-password-hash", 1)},
    Named{"sitemanager.xml", "", Credentials(Format::kXml, "filezilla", "file-transfer-client-password")},
    Named{"smbcredentials", "",
          Credentials(Format::kAssignments, "share credentials", "share-credentials-file")},
    Named{"sssd.conf", "", Credentials(Format::kAssignments, "sssd", "ldap-bind-password")},
    Named{"tomcat-users.xml", "", Credentials(Format::kXml, "tomcat users", "tomcat-user-password")},
};
static_assert(std::is_sorted(kNamed.begin(), kNamed.end(),
                             [](const Named& a, const Named& b) { return a.name < b.name; }));

struct Ending {
  std::string_view ending;  // with the dot, lower case
  FileKind kind;
};
constexpr std::array kEndings = {
    Ending{".cfg", Settings(Format::kAssignments, "settings")},
    Ending{".cnf", Settings(Format::kAssignments, "settings")},
    Ending{".conf", Settings(Format::kAssignments, "settings")},
    Ending{".config", Settings(Format::kXml, "xml")},
    Ending{".env", Settings(Format::kAssignments, "dotenv")},
    Ending{".ini", Settings(Format::kAssignments, "settings")},
    Ending{".json", Settings(Format::kJson, "json")},
    Ending{".kubeconfig", Credentials(Format::kYaml, "kubeconfig", "kubeconfig-credential")},
    Ending{".properties", Settings(Format::kAssignments, "properties")},
    Ending{".service", Settings(Format::kAssignments, "systemd unit")},
    Ending{".sh", Settings(Format::kAssignments, "shell")},
    Ending{".tfstate",
           {.format = Format::kJson,
            .name = "terraform state",
            .rule = "terraform-state-secret",
            .field = 0,
            .any_value = false}},
    Ending{".tfvars",
           {.format = Format::kAssignments,
            .name = "terraform variables",
            .rule = "terraform-variable-secret",
            .field = 0,
            .any_value = false}},
    Ending{".toml", Settings(Format::kAssignments, "toml")},
    Ending{".yaml", Settings(Format::kYaml, "yaml")},
    Ending{".yml", Settings(Format::kYaml, "yaml")},
};

// Large, and never with a secret of their own: what package managers write down, and texts in other tongues.
bool IsListing(std::string_view path, std::string_view name) {
  constexpr std::array<std::string_view, 8> kLists = {
      "package-lock.json", "composer.lock", "npm-shrinkwrap.json", "pnpm-lock.yaml",
      "metadata.json",     "package.json",  "tsconfig.json",       "cargo.toml"};
  if (std::find(kLists.begin(), kLists.end(), name) != kLists.end()) return true;
  for (const std::string_view folder :
       {"/locale/", "/locales/", "/i18n/", "/lang/", "/translations/", "/nls/"}) {
    if (path.find(folder) != path.npos) return true;
  }
  return false;
}

bool IsKubeconfigText(std::string_view header) {
  return header.find("kind: Config") != header.npos && header.find("\n") != header.npos &&
         (header.find("clusters:") != header.npos || header.find("current-context:") != header.npos ||
          header.find("certificate-authority-data:") != header.npos);
}

FileKind OfProcess(std::string_view path) {
  // As the walk names them: "proc/<pid>/environ", and texts of an image's config.
  const std::size_t at = path.rfind("proc/");
  if (at != path.npos) {
    if (path.ends_with("/environ")) return Settings(Format::kEnvironment, "environment");
    if (path.ends_with("/cmdline")) return Settings(Format::kCommandLine, "command line");
  }
  if (path.starts_with("image-config:")) {
    return path.starts_with("image-config:Env") || path.starts_with("image-config:Label")
               ? Settings(Format::kEnvironment, "environment")
               : Settings(Format::kCommandLine, "command line");
  }
  return {};
}

}  // namespace

FileKind KindOfFile(std::string_view path, std::string_view header) {
  const std::size_t slash = path.find_last_of("/!");
  const std::string_view folder = slash == path.npos ? std::string_view() : path.substr(0, slash);
  const std::string_view base = slash == path.npos ? path : path.substr(slash + 1);
  if (base.empty() || base.size() > 255) return {};
  if (base == "environ" || base == "cmdline" || path.starts_with("image-config:")) return OfProcess(path);
  const std::string name = ToLower(base);
  const auto* found = std::lower_bound(kNamed.begin(), kNamed.end(), std::string_view(name),
                                       [](const Named& a, std::string_view b) { return a.name < b; });
  for (; found != kNamed.end() && found->name == name; ++found) {
    if (found->parent.empty() || ToLower(folder).ends_with(found->parent)) return found->kind;
  }
  // ".env.production", "app.env.local"
  if (name.starts_with(".env.") || name.find(".env.") != name.npos)
    return Settings(Format::kAssignments, "dotenv");
  const std::size_t dot = name.rfind('.');
  if (dot == name.npos) {
    return IsKubeconfigText(header) ? Credentials(Format::kYaml, "kubeconfig", "kubeconfig-credential")
                                    : FileKind{};
  }
  const std::string_view ending = std::string_view(name).substr(dot);
  const auto* by_ending = std::lower_bound(kEndings.begin(), kEndings.end(), ending,
                                           [](const Ending& a, std::string_view b) { return a.ending < b; });
  if (by_ending == kEndings.end() || by_ending->ending != ending) {
    return IsKubeconfigText(header) ? Credentials(Format::kYaml, "kubeconfig", "kubeconfig-credential")
                                    : FileKind{};
  }
  if (by_ending->kind.rule.empty() && IsListing(path, name)) return {};
  if (IsKubeconfigText(header)) return Credentials(Format::kYaml, "kubeconfig", "kubeconfig-credential");
  return by_ending->kind;
}

}  // namespace weir::secret
