// Files of every known format, of any bytes: what is found lies in the file.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "secret/structured/structured.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr std::array<std::string_view, 20> kPaths = {"app/.env",
                                                              "x.properties",
                                                              "values.yaml",
                                                              "x.json",
                                                              "web.config",
                                                              "root/.netrc",
                                                              "root/.pgpass",
                                                              "root/.my.cnf",
                                                              "etc/shadow",
                                                              "srv/.htpasswd",
                                                              "root/.kube/config",
                                                              "root/.docker/config.json",
                                                              "root/.npmrc",
                                                              "settings.xml",
                                                              "proc/1/environ",
                                                              "proc/1/cmdline",
                                                              "etc/postfix/sasl_passwd",
                                                              "root/.git-credentials",
                                                              "x.tfstate",
                                                              "recentservers.xml"};
  if (size == 0) return 0;
  // Views of bytes as characters need the cast; nothing else reads them.
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string_view path = kPaths[data[0] % kPaths.size()];
  static_cast<void>(weir::secret::WantsStructured(path, text.substr(0, 512)));
  for (const auto& hit : weir::secret::FindStructured(path, text)) {
    if (hit.offset > text.size() || hit.length > text.size() - hit.offset || hit.secret.empty()) std::abort();
  }
  return 0;
}
