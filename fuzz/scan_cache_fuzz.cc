// The scan cache: whole files, files whose checksums are right, and what is kept of one file.
#include <iterator>

#include "base/hash.h"
#include "sbom/catalogers.h"
#include "sbom/scan_cache.h"
#include "sbom/testing.h"

namespace {

using weir::ByteReader;
using weir::ByteWriter;
namespace sbom = weir::sbom;

void Look(std::string bytes) {
  sbom::ScanCacheOptions options;
  options.path = "/nonexistent/weir-fuzz/cache";
  auto cache = sbom::ScanCache::OpenBytes(std::move(options), std::move(bytes));
  for (const char* path : {"a", "b", ""}) static_cast<void>(cache->Find(path, {}));
  static_cast<void>(cache->Save(true));
}

void RecallAll(std::string_view text) {
  constexpr std::string_view kPaths[] = {"var/lib/dpkg/status",
                                         "var/lib/dpkg/info/a.list",
                                         "usr/share/doc/a/copyright",
                                         "node_modules/a/package.json",
                                         "conda-meta/a.json",
                                         "var/lib/rpm/Packages",
                                         "x/app.deps.json",
                                         "x/app.dll",
                                         "boot/vmlinuz",
                                         "lib/modules/6.1/modules.dep",
                                         "usr/bin/tool",
                                         "site/a.dist-info/METADATA"};
  weir::target::ProblemLog problems;
  sbom::EmitterTotals totals(problems, {1000, 1000, 1000});
  for (const auto& cataloger : sbom::MakeCatalogers({})) {
    sbom::Emitter out(totals);
    for (std::string_view path : kPaths) {
      std::size_t slash = path.rfind('/');
      weir::target::Entry entry{path, path.substr(slash + 1), path.substr(0, slash), {}};
      static_cast<void>(cataloger->Recall(entry, ByteReader(text), out));
    }
    cataloger->Finish(out);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(data, data + size);
  Look(text);
  Look("weir scan cache\n" + text);

  ByteWriter whole;
  whole.Raw("weir scan cache\n");
  whole.Text("");
  std::uint64_t count = 0;
  ByteReader in(text);
  for (; !in.empty() && in.ok(); ++count) {
    std::string_view record = in.TakeText(std::min<std::size_t>(in.remaining(), in.U8()));
    if (record.empty()) continue;
    whole.Le64(record.size());
    whole.Le64(weir::Hash64(record));
    whole.Raw(record);
  }
  whole.Le64(0);
  whole.Le64(count);
  Look(whole.Take());

  sbom::Contribution contribution;
  if (sbom::DecodeContribution(text, contribution)) {
    // What was understood is written the same way again, and understood again.
    sbom::Contribution again;
    if (!sbom::DecodeContribution(sbom::EncodeContribution(contribution), again)) __builtin_trap();
    if (sbom::EncodeContribution(again) != sbom::EncodeContribution(contribution)) __builtin_trap();
  }
  RecallAll(text);
  return 0;
}
