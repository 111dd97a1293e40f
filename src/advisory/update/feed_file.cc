#include "advisory/update/feed_file.h"

#include <algorithm>
#include <array>

#include "advisory/feeds/decompress.h"
#include "base/file.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

constexpr std::uint64_t kMaxDocumentBytes = 2ULL << 30U;

struct KindRow {
  FeedKind kind;
  std::string_view name;
  Result<FeedStats> (*read)(std::string_view text, RecordSink& sink);  // null: by path
};

/// Gives the collector's records its own name as their source.
class DebianArchiveSink : public RecordSink {
 public:
  explicit DebianArchiveSink(RecordSink& next) : next_(next) {}
  void OnAdvisory(Advisory advisory) override {
    advisory.source = "debian-archive";
    next_.OnAdvisory(std::move(advisory));
  }
  void OnKev(KevEntry) override {}
  void OnEpss(EpssEntry) override {}

 private:
  RecordSink& next_;
};

class OwnSink : public RecordSink {
 public:
  explicit OwnSink(RecordSink& next) : next_(next) {}
  void OnAdvisory(Advisory advisory) override {
    advisory.source = "own";
    next_.OnAdvisory(std::move(advisory));
  }
  void OnKev(KevEntry entry) override { next_.OnKev(std::move(entry)); }
  void OnEpss(EpssEntry) override {}

 private:
  RecordSink& next_;
};

Result<FeedStats> ReadDebianArchive(std::string_view json, RecordSink& sink) {
  DebianArchiveSink named(sink);
  return ReadOsvJson(json, named);
}

Result<FeedStats> ReadOwn(std::string_view yaml, RecordSink& sink) {
  OwnSink named(sink);
  return ReadStarter(yaml, named);
}

// In the order in which an unknown document is tried.
constexpr std::array kKinds = std::to_array<KindRow>({
    {FeedKind::kOsvZip, "osv-zip", nullptr},
    {FeedKind::kKev, "kev", &ReadKev},
    {FeedKind::kNvd, "nvd", &ReadNvd},
    {FeedKind::kAlpineSecdb, "alpine-secdb", &ReadAlpineSecdb},
    {FeedKind::kOsvJson, "osv-json", &ReadOsvJson},
    {FeedKind::kDebianTracker, "debian-tracker", &ReadDebianTracker},
    {FeedKind::kEpss, "epss", &ReadEpss},
    {FeedKind::kOwn, "own", &ReadOwn},
    {FeedKind::kDebianArchive, "debian-archive", &ReadDebianArchive},
});

const KindRow& RowOf(FeedKind kind) {
  for (const KindRow& row : kKinds)
    if (row.kind == kind) return row;
  return kKinds[0];
}

Result<std::string> ReadDocument(const std::string& path) {
  std::string text;
  WEIR_TRY(DecompressFile(path, kMaxDocumentBytes, [&](std::string_view piece) {
    text += piece;
    return true;
  }));
  return text;
}

bool IsPlainCharacter(char c) {
  return IsAlpha(c) || IsDigit(c) || c == ' ' || c == '.' || c == '_' || c == '+' || c == '-';
}

}  // namespace

std::string_view FeedKindName(FeedKind kind) { return RowOf(kind).name; }

Result<FeedKind> ParseFeedKind(std::string_view name) {
  for (const KindRow& row : kKinds)
    if (row.name == name) return row.kind;
  return Err(Code::kMalformed, "unknown kind of feed: " + std::string(name));
}

FeedFile* FeedState::Find(std::string_view local) {
  for (FeedFile& file : files)
    if (file.local == local) return &file;
  return nullptr;
}

bool IsSafeLocalPath(std::string_view path) {
  if (path.empty() || path.size() > 512) return false;
  for (std::string_view piece : Split(path, '/'))
    if (piece.empty() || piece[0] == '.' || !std::all_of(piece.begin(), piece.end(), IsPlainCharacter))
      return false;
  return true;
}

Result<FeedStats> ReadFeedFile(FeedKind kind, const std::string& path, RecordSink& sink) {
  const KindRow& row = RowOf(kind);
  if (row.read == nullptr) return ReadOsvZip(path, sink);
  WEIR_ASSIGN(std::string text, ReadDocument(path));
  auto stats = row.read(text, sink);
  if (!stats) return Err(stats.error().Context(path));
  return stats;
}

Result<FeedKind> RecogniseFeedFile(const std::string& path) {
  NullSink sink;
  if (auto stats = ReadOsvZip(path, sink); stats && stats->used > 0) return FeedKind::kOsvZip;
  WEIR_ASSIGN(std::string text, ReadDocument(path));
  for (const KindRow& row : kKinds) {
    if (row.read == nullptr || row.kind == FeedKind::kDebianArchive) continue;
    auto stats = row.read(text, sink);
    if (stats && stats->used > 0) return row.kind;
  }
  return Err(Code::kUnsupported, path + ": not an advisory feed of a known format");
}

}  // namespace weir::advisory
