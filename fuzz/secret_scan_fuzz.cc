#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "secret/secret.h"

namespace {

using weir::secret::Engine;
using weir::secret::Scanner;

std::shared_ptr<const Engine> MakeEngine() {
  weir::secret::RuleSet set;
  auto add = [&set](const char* id, const char* pattern,
                    std::vector<std::string> keywords) -> weir::secret::Rule& {
    weir::secret::Rule rule;
    rule.id = id;
    rule.pattern = pattern;
    rule.keywords = std::move(keywords);
    set.rules.push_back(rule);
    return set.rules.back();
  };
  add("token", R"(\b(tok_[a-z0-9]{8})\b)", {"tok_"});
  add("key", R"((?i)[\w.-]{0,50}?(?:key|secret)[ \t]{0,5}(?:=|:)[ '"]{0,3}([\w+/=-]{8,40})(?:['"\s;]|$))",
      {"key"})
      .generic = true;
  add("hex", R"(\b[a-f0-9]{16}\b)", {"deploy"});
  add("block", R"(-----BEGIN KEY-----[\s\S]{4,}?-----END KEY-----)", {});
  add("near", R"(id-[0-9]{4})", {}).required = {{"token", 3, std::nullopt}};
  weir::secret::EngineOptions options;
  options.decode_depth = 2;
  options.max_decoded_bytes = 1U << 20U;
  auto engine = Engine::Make(std::move(set), options);
  if (!engine) std::abort();
  return *engine;
}

bool Same(const Scanner::Result& a, const Scanner::Result& b) {
  return a.dropped == b.dropped && a.problem == b.problem &&
         std::equal(a.hits.begin(), a.hits.end(), b.hits.begin(), b.hits.end(),
                    [](const weir::secret::Hit& x, const weir::secret::Hit& y) {
                      return x.rule == y.rule && x.secret == y.secret && x.offset == y.offset &&
                             x.length == y.length && x.line == y.line && x.column == y.column &&
                             x.decoded == y.decoded && x.allowed == y.allowed;
                    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto engine = MakeEngine();
  static Scanner scanner(engine);
  if (size < 2) return 0;
  std::size_t step = 1U + data[0] * 7U;
  // Repeated, so that small inputs reach over the borders of blocks too.
  std::string text(data + 2, data + size);
  std::size_t times = data[1] == 255U ? 1 + (3U << 19U) / std::max<std::size_t>(text.size(), 64) : 1;
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  if (times > 1) step = step * 997 + 1;
  weir::secret::Source source;
  source.path = "dir/file.env";
  Scanner::Result whole = scanner.Scan(source, weir::AsBytes(all));
  scanner.Begin(source);
  for (std::size_t at = 0; at < all.size(); at += step)
    scanner.Feed(weir::AsBytes(std::string_view(all).substr(at, step)));
  if (!Same(whole, scanner.Finish())) std::abort();
  return 0;
}
