#include "secret/structured/structured.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace weir::secret {
namespace {

struct Case {
  const char* path;
  const char* text;
  const char* expected;  // "rule=secret", parted by '|'; in the order of the file
};

std::string Found(std::string_view path, std::string_view text) {
  std::string out;
  for (const StructuredHit& hit : FindStructured(path, text)) {
    if (!out.empty()) out += "|";
    out += std::string(hit.rule) + "=" + hit.secret;
  }
  return out;
}

class StructuredTest : public testing::TestWithParam<Case> {};

TEST_P(StructuredTest, Finds) {
  const Case& one = GetParam();
  EXPECT_EQ(Found(one.path, one.text), one.expected) << one.path << "\n" << one.text;
  EXPECT_TRUE(*one.expected == '\0' || WantsStructured(one.path, std::string_view(one.text).substr(0, 512)))
      << one.path;
}

const Case kCases[] = {
    // dotenv and its kin
    {"app/.env", "DB_PASSWORD=Tr0ub4dor&3\n", "environment-password=Tr0ub4dor&3"},
    {"app/.env.production", "export API_TOKEN=\"q7Rt2xLw9Zk4Vb8Nc3Mf\"\n",
     "environment-token=q7Rt2xLw9Zk4Vb8Nc3Mf"},
    {"prod.env", "SECRET_KEY='it''s' # x\nMYSQL_PWD=hunter22x\n", "environment-password=hunter22x"},
    {"app/.env", "# DB_PASSWORD=Tr0ub4dor&3\nDB_PASSWORD=\nDB_PASSWORD=changeme\n", ""},
    {"app/.env", "DB_PASSWORD=${VAULT_DB_PASSWORD}\nDB_PASSWORD=$PASS\nDB_PASSWORD=/run/secrets/db\n", ""},
    {"app/.env", "DB_PASSWORD=<password>\nDB_PASSWORD={{ db_password }}\nDB_PASSWORD=vault:secret/db\n", ""},
    {"app/.env", "DB_PASSWORD=true\nDB_PASSWORD=null\nDB_PASSWORD=db_password\nPASSWORD=********\n", ""},
    {"app/.env",
     "TOKEN_URL=https://id.weir.internal/token\nPASSWORD_FILE=/etc/pw\nMONKEY=q7Rt2xLw9Zk4Vb8Nc3Mf\n", ""},
    {"app/.env", "PASSWORD=a#b!c2 # comment\n", "environment-password=a#b!c2"},
    {"root/.bashrc", "export GITEA_PASSWORD=Xk29!mmQ; echo\nif [ $password = x ]; then\n",
     "environment-password=Xk29!mmQ"},
    {"root/.bash_history", "export PGPASSWORD=Xk29mmQz\nls\n", "environment-password=Xk29mmQz"},
    {"etc/systemd/system/app.service",
     "[Service]\nEnvironment=\"DB_PASSWORD=Xk29mmQz\"\nExecStart=/x password=1\n",
     "environment-password=Xk29mmQz"},
    // settings
    {"app.properties", "spring.datasource.password=Xk29mmQz\nspring.datasource.username=app\n",
     "settings-password=Xk29mmQz"},
    {"app.ini", "[db]\npassword = Xk29mmQz\n; password = Yk29mmQz\n", "settings-password=Xk29mmQz"},
    {"app.toml", "api_key = \"q7Rt2xLw9Zk4Vb8Nc3Mf\"\n", "settings-token=q7Rt2xLw9Zk4Vb8Nc3Mf"},
    {"app.conf", "password: aaaaaaaa\npassword = ask the admin\npassword == x1y2z3a4\n", ""},
    // YAML
    {"values.yaml", "db:\n  password: \"Xk29mmQz\"\n  passwordFile: /x\n", "settings-password=Xk29mmQz"},
    {"values.yml", "password: 'it''s9X'\n", "settings-password=it's9X"},
    {"values.yml",
     "password: {{ .Values.password }}\npassword: *ref\npassword: !vault |\n  6132\npassword: ''\n", ""},
    {"docker-compose.yml", "services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: Xk29mmQz\n",
     "environment-password=Xk29mmQz"},
    {"docker-compose.yml",
     "services:\n  db:\n    environment:\n      - POSTGRES_PASSWORD=Xk29mmQz\n      - A=b\n",
     "environment-password=Xk29mmQz"},
    {"deploy.yaml",
     "spec:\n  containers:\n  - name: app\n    env:\n    - name: DB_PASSWORD\n      value: Xk29mmQz\n",
     "environment-password=Xk29mmQz"},
    {"secret.yaml",
     "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  pw: WGsyOW1tUXo=\n  username: YXBw\n",
     "kubernetes-secret=Xk29mmQz"},
    {"secret.yaml", "kind: Secret\nstringData:\n  pw: Xk29mmQz\n", "kubernetes-secret=Xk29mmQz"},
    {"root/.kube/config",
     "apiVersion: v1\nkind: Config\nclusters: []\nusers:\n- name: admin\n  user:\n    token: "
     "abcdef0123456789xyz\n",
     "kubeconfig-credential=abcdef0123456789xyz"},
    {"home/me/old-cluster",
     "apiVersion: v1\nclusters:\n- name: c\nkind: Config\nusers:\n- name: admin\n  user:\n    password: "
     "Xk29mmQz\n",
     "kubeconfig-credential=Xk29mmQz"},
    {"root/.kube/config",
     "kind: Config\nusers:\n- user:\n    client-key-data: REDACTED\n    token: REDACTED\n", ""},
    {"inventory.yml", "all:\n  hosts:\n    h:\n      ansible_password: Xk29mmQz\n",
     "settings-password=Xk29mmQz"},
    {"etc/ansible/hosts",
     "[db]\ndb1 ansible_host=10.0.0.1 ansible_password=Xk29mmQz\n[db:vars]\nansible_become_pass='Yk29mmQz'\n",
     "ansible-inventory-password=Xk29mmQz|ansible-inventory-password=Yk29mmQz"},
    // JSON
    {"appsettings.json", "{\"Smtp\": {\"Password\": \"Xk29\\\"mmQz\", \"User\": \"u\"}}",
     "settings-password=Xk29\"mmQz"},
    {"task.json",
     "{\"environment\":[{\"name\":\"DB_PASSWORD\",\"value\":\"Xk29mmQz\"},{\"name\":\"A\",\"value\":\"b\"}]}",
     "environment-password=Xk29mmQz"},
    {"x.json", "{\"password\": \"Enter your password here\", \"token\": \"string\", \"secret\": null}", ""},
    {"package-lock.json", "{\"password\": \"Xk29mmQz\"}", ""},
    {"root/.docker/config.json", "{\"auths\":{\"r.weir.internal\":{\"auth\":\"d2VpcjpYazI5bW1Reg==\"}}}",
     "docker-config-login=d2VpcjpYazI5bW1Reg=="},
    {"root/.docker/config.json", "{\"auths\":{\"r\":{\"auth\":\"bm9wZQ==\"}},\"credsStore\":\"pass\"}", ""},
    {"x/terraform.tfstate",
     "{\"resources\":[{\"instances\":[{\"attributes\":{\"password\":\"Xk29mmQz\"}}]}]}",
     "terraform-state-secret=Xk29mmQz"},
    {"prod.tfvars", "db_password = \"Xk29mmQz\"\nregion = \"eu\"\n", "terraform-variable-secret=Xk29mmQz"},
    {"root/.config/gcloud/application_default_credentials.json",
     "{\"client_id\":\"1\",\"refresh_token\":\"1//0abcdefghijklmnop\",\"type\":\"authorized_user\"}",
     "gcloud-credentials-file=1//0abcdefghijklmnop"},
    {"root/.azure/msal_token_cache.json", "{\"RefreshToken\":{\"k\":{\"secret\":\"0.AXoAq7Rt2xLw9Zk4\"}}}",
     "azure-credentials-file=0.AXoAq7Rt2xLw9Zk4"},
    {"root/.composer/auth.json", "{\"github-oauth\":{\"github.com\":\"q7Rt2xLw9Zk4Vb8Nc3Mf\"}}",
     "package-manager-credential=q7Rt2xLw9Zk4Vb8Nc3Mf"},
    {"root/.terraform.d/credentials.tfrc.json",
     "{\"credentials\":{\"app.terraform.io\":{\"token\":\"q7Rt2xLw9Zk4Vb\"}}}",
     "terraform-credentials-file=q7Rt2xLw9Zk4Vb"},
    // files that are there for credentials
    {"root/.netrc", "machine git.weir.internal login me password simple\ndefault login a password Xk29mmQz\n",
     "netrc-password=simple|netrc-password=Xk29mmQz"},
    {"root/.netrc", "machine h\n  login me\n  password \"a b\"\n# password no\n", "netrc-password=a b"},
    {"root/.pgpass", "db:5432:app:app:pa\\:ss9\n#x:1:2:3:4\n*:*:*:*:\n", "pgpass-password=pa:ss9"},
    {"root/.my.cnf", "[client]\nuser=root\npassword=simple\n", "mysql-option-password=simple"},
    {"etc/mysql/debian.cnf", "[client]\nhost = localhost\nuser = debian-sys-maint\npassword = k3yq7Rt2xLw9\n",
     "mysql-option-password=k3yq7Rt2xLw9"},
    {"root/.git-credentials", "https://me:Xk29mmQz@git.weir.internal\nhttps://git.weir.internal\n",
     "git-credentials=Xk29mmQz"},
    {"root/.npmrc", "//registry.weir.internal/:_authToken=q7Rt2xLw9Zk4\n//r/:_authToken=${NPM_TOKEN}\n",
     "npmrc-credential=q7Rt2xLw9Zk4"},
    {"root/.pypirc", "[pypi]\nusername = me\npassword = Xk29mmQz\n", "pypirc-password=Xk29mmQz"},
    {"root/.m2/settings.xml",
     "<servers><server><username>u</username><password>Xk29&amp;Qz</password></server></servers>",
     "maven-settings-password=Xk29&Qz"},
    {"root/.m2/settings.xml",
     "<server><password>{COQLCE6DU6GtcS5P=}</password></server><!-- <password>Xk29mmQz</password> -->", ""},
    {"web.config",
     "<appSettings><add key=\"SmtpPassword\" value=\"Xk29mmQz\"/><add key=\"x\" value=\"y\"/></appSettings>",
     "settings-password=Xk29mmQz"},
    {"tomcat-users.xml", "<user username=\"admin\" password=\"tomcat9x\" roles=\"manager\"/>",
     "tomcat-user-password=tomcat9x"},
    {"root/.aws/credentials",
     "[default]\naws_access_key_id = AKIA\naws_secret_access_key = q7Rt2xLw9Zk4Vb8Nc3Mf\n",
     "aws-credentials-file=q7Rt2xLw9Zk4Vb8Nc3Mf"},
    {"etc/shadow",
     "root:!:1::\napp:$6$abcdefgh12345678$"
     "q7Rt2xLw9Zk4Vb8Nc3Mf6Hd1Js5Gp0Tyq7Rt2xLw9Zk4Vb8Nc3Mf6Hd1Js5Gp0Tyq7Rt2xLw9Zk4Vb8Nc3Mf6H:1:\nx:*:1\n",
     "shadow-password-hash=$6$abcdefgh12345678$"
     "q7Rt2xLw9Zk4Vb8Nc3Mf6Hd1Js5Gp0Tyq7Rt2xLw9Zk4Vb8Nc3Mf6Hd1Js5Gp0Tyq7Rt2xLw9Zk4Vb8Nc3Mf6H"},
    {"srv/.htpasswd", "admin:$apr1$q7Rt2xLw$9Zk4Vb8Nc3Mf6Hd1Js5Gp0\nold:!\n",
     "htpasswd-hash=$apr1$q7Rt2xLw$9Zk4Vb8Nc3Mf6Hd1Js5Gp0"},
    {"etc/postfix/sasl_passwd", "[relay.weir.internal]:587 me:Xk29mmQz\n", "mail-relay-password=Xk29mmQz"},
    {"etc/ppp/chap-secrets", "# client server secret\nme * \"Xk29 mmQz\" *\n", "ppp-secret=Xk29 mmQz"},
    {"etc/ldap.conf", "base dc=weir\nbindpw Xk29mmQz\n", "ldap-bind-password=Xk29mmQz"},
    {"app/config/master.key", "0123456789abcdef0f1e2d3c4b5a6978\n",
     "rails-master-key-file=0123456789abcdef0f1e2d3c4b5a6978"},
    {"root/.vault-token", "hvs.q7Rt2xLw9Zk4Vb8Nc3Mf", "token-file=hvs.q7Rt2xLw9Zk4Vb8Nc3Mf"},
    {"root/.config/gh/hosts.yml", "github.com:\n    user: me\n    oauth_token: q7Rt2xLw9Zk4\n",
     "command-line-tool-credential=q7Rt2xLw9Zk4"},
    {"home/me/.config/filezilla/recentservers.xml",
     "<Server><Host>h</Host><Pass encoding=\"base64\">WGsyOW1tUXo=</Pass></Server>",
     "file-transfer-client-password=Xk29mmQz"},
    // processes and images
    {"proc/17/environ", "PATH=/usr/bin\nDB_PASSWORD=Xk29mmQz\nHOME=/root\n", "environment-password=Xk29mmQz"},
    {"proc/17/cmdline", "app --password=Xk29mmQz --token q7Rt2xLw9Zk4Vb8Nc3Mf --help",
     "command-line-password=Xk29mmQz|command-line-password=q7Rt2xLw9Zk4Vb8Nc3Mf"},
    {"image-config:Env[3]", "API_TOKEN=q7Rt2xLw9Zk4Vb8Nc3Mf", "environment-token=q7Rt2xLw9Zk4Vb8Nc3Mf"},
    {"srv/environ", "DB_PASSWORD=Xk29mmQz", ""},
    // none of ours
    {"src/main.c", "char password[] = \"Xk29mmQz\";", ""},
    {"app/locale/de.json", "{\"password\": \"Xk29mmQz\"}", ""},
};
INSTANTIATE_TEST_SUITE_P(Table, StructuredTest, testing::ValuesIn(kCases));

TEST(StructuredOffsetTest, IsThatOfTheValueAsWritten) {
  const std::string text = "{\"a\":1,\n \"password\" : \"Xk29\\\"mmQz\"}";
  const auto hits = FindStructured("x.json", text);
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(text.substr(hits[0].offset, hits[0].length), "Xk29\\\"mmQz");
  EXPECT_EQ(hits[0].secret, "Xk29\"mmQz");
  const std::vector<std::pair<std::string, std::string>> facts = {{"format", "json"}, {"key", "password"}};
  EXPECT_EQ(hits[0].facts, facts);
}

TEST(StructuredRulesTest, AreWhole) {
  std::set<std::string> ids;
  for (const Rule& rule : StructuredRules()) {
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    EXPECT_FALSE(rule.title.empty()) << rule.id;
    EXPECT_NE(rule.severity, model::Severity::kUnknown) << rule.id;
    EXPECT_TRUE(rule.pattern.empty()) << rule.id;
  }
  for (const Case& one : kCases) {
    for (const StructuredHit& hit : FindStructured(one.path, one.text))
      EXPECT_TRUE(ids.contains(std::string(hit.rule)));
  }
}

// A kubeconfig forgotten on a host opens a cluster.
TEST(StructuredRulesTest, AnOldKubeconfigIsHigh) {
  const auto hits =
      FindStructured("home/me/backup/kubeconfig",
                     "kind: Config\nusers:\n- name: a\n  user:\n    token: q7Rt2xLw9Zk4Vb8Nc3Mf\n");
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].severity, model::Severity::kHigh);
  EXPECT_EQ(hits[0].confidence, model::Confidence::kHigh);
}

TEST(StructuredBoundsTest, NothingOfHostileTextHurts) {
  FindStructured("root/.kube/config", "users:\n  - ");
  for (const char* path : {"x.json", "x.yaml", "web.config", ".env", ".netrc", ".pgpass", "proc/1/cmdline"}) {
    FindStructured(path, std::string(100'000, '['));
    FindStructured(path, std::string(100'000, '"'));
    FindStructured(path, std::string(100'000, '\\'));
    FindStructured(path, std::string(100'000, '<'));
    FindStructured(path, std::string(100'000, '-') + ":");
    std::string many;
    for (int i = 0; i < 5'000; ++i) many += "DB_PASSWORD=Xk29mmQz\n";
    EXPECT_LE(FindStructured(path, many).size(), 1'000U) << path;
  }
  EXPECT_TRUE(FindStructured("x.json", "").empty());
}

}  // namespace
}  // namespace weir::secret
