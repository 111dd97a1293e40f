// Build step: compiles data/advisories/*.yaml into the index that is built into
// the program.  make_starter_index OUT.idx FILE.yaml...
#include <cstdio>

#include "advisory/feed.h"
#include "advisory/index.h"
#include "base/file.h"

// This program makes what others embed; it has none itself.
std::string_view weir::advisory::EmbeddedIndexBytes() { return {}; }

namespace {

class ToBuilder final : public weir::advisory::RecordSink {
 public:
  explicit ToBuilder(weir::advisory::IndexBuilder& builder) : builder_(builder) {}
  void OnAdvisory(weir::advisory::Advisory advisory) override {
    if (advisory.modified > newest) newest = advisory.modified;
    if (advisory.published > newest) newest = advisory.published;
    builder_.Add(advisory);
  }
  void OnKev(weir::advisory::KevEntry entry) override { builder_.Add(entry); }
  void OnEpss(weir::advisory::EpssEntry entry) override { builder_.Add(entry); }
  std::string newest;

 private:
  weir::advisory::IndexBuilder& builder_;
};

int Fail(const std::string& message) {
  std::fprintf(stderr, "make_starter_index: %s\n", message.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return Fail("usage: make_starter_index OUT.idx FILE.yaml...");
  weir::advisory::IndexBuilder builder;
  ToBuilder sink(builder);
  std::uint64_t records = 0;
  for (int i = 2; i < argc; ++i) {
    auto text = weir::ReadFile(argv[i], 16U << 20U);
    if (!text) return Fail(text.error().message);
    auto stats = weir::advisory::ReadStarter(*text, sink);
    if (!stats) return Fail(std::string(argv[i]) + ": " + stats.error().message);
    // Our own data must be right to the last record; a user's file may be wrong in parts.
    if (stats->malformed > 0) return Fail(std::string(argv[i]) + ": " + stats->first_error);
    records += stats->used;
  }
  weir::model::SourceInfo source;
  source.name = "starter";
  source.records = records;
  source.data_date = sink.newest;
  builder.AddSource(source);
  if (builder.unreadable_versions() > 0) return Fail("versions that their scheme cannot read");
  auto bytes = builder.Finish();
  if (!bytes) return Fail(bytes.error().message);
  auto written = weir::WriteFileAtomically(argv[1], *bytes);
  return written ? 0 : Fail(written.error().message);
}
