#include "discovery/mask.h"

#include <gtest/gtest.h>

#include "base/strings.h"

namespace weir::discovery {
namespace {

/// ARGUMENTS separated by '|' through the mask, joined by ' '.
std::string Masked(std::string_view arguments, std::size_t limit = 512) {
  return Join(MaskedArguments(ReplaceAll(arguments, "|", std::string_view("\0", 1)), limit), " ");
}

struct Case {
  const char* in;
  const char* out;
};

TEST(Mask, HidesSecretsAndNothingElse) {
  const Case cases[] = {
      {"app|--password=hunter2", "app --password=***"},
      {"app|--password=two words", "app --password=***"},
      {"app|--password|hunter2|--port|80", "app --password *** --port 80"},
      {"app|--db-token|abc", "app --db-token ***"},
      {"app|--password-file=/run/secrets/x", "app --password-file=/run/secrets/x"},
      {"psql|postgres://joe:s3cr3t@db:5432/x", "psql postgres://joe:***@db:5432/x"},
      {"git|https://ghs@host/x?a=b@c", "git https://***@host/x?a=b@c"},
      {"curl|-H|Authorization: Bearer abc.def", "curl -H Authorization: ***"},
      {"curl|-u|joe:pw|http://x/", "curl -u *** http://x/"},
      {"sh|-c|DB_PASSWORD=abc exec app", "sh -c DB_PASSWORD=***"},  // it might be one value with spaces
      {"sh|-c|exec env DB_PASSWORD=abc app", "sh -c exec env DB_PASSWORD=*** app"},
      {"app|{\"API_TOKEN\": \"abc\", \"port\": 80}", "app {\"API_TOKEN\": \"***\", \"port\": 80}"},
      {"env|AWS_SECRET_ACCESS_KEY=abc", "env AWS_SECRET_ACCESS_KEY=***"},
      {"app|AKIAIOSFODNN7EXAMPLE", "app ***"},
      {"app|--id=ghp_0123456789abcdefghij", "app --id=***"},
      {"mysql|-uroot|-phunter2", "mysql -uroot -p***"},
      {"sshpass|-p|hunter2|ssh|h", "sshpass -p *** ssh h"},
      {"java|-Djavax.net.ssl.keyStorePassword=abc|-jar|a.jar",
       "java -Djavax.net.ssl.keyStorePassword=*** -jar a.jar"},
      {"redis-server|--requirepass|hunter2", "redis-server --requirepass ***"},
      {"redis-cli|-h|db|-a|hunter2|ping", "redis-cli -h db -a *** ping"},
      {"nginx|-p|/etc/nginx", "nginx -p /etc/nginx"},
      {"app|--listen=0.0.0.0:80|http://host:80/path", "app --listen=0.0.0.0:80 http://host:80/path"},
  };
  for (const Case& c : cases) EXPECT_EQ(Masked(c.in), c.out);
}

TEST(Mask, CutsAfterMasking) {
  std::string text = Masked("app|" + std::string(100, 'x') + "|--password=hunter2", 110);
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  EXPECT_LE(Masked("app|" + std::string(10'000, 'x'), 64).size(), 80U);
}

TEST(Mask, EmptyCommandLineHasNoArguments) { EXPECT_TRUE(MaskedArguments("").empty()); }

}  // namespace
}  // namespace weir::discovery
