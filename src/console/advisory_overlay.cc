#include "console/advisory_overlay.h"

#include "advisory/feed.h"

namespace weir::console {
namespace {

class Collected final : public advisory::RecordSink {
 public:
  void OnAdvisory(advisory::Advisory advisory) override { advisories.push_back(std::move(advisory)); }
  void OnKev(advisory::KevEntry) override {}
  void OnEpss(advisory::EpssEntry) override {}
  std::vector<advisory::Advisory> advisories;
};

struct OwnedIndex {
  std::string bytes;
  std::shared_ptr<const advisory::Index> index;
};

}  // namespace

Result<ParsedAdvisories> ParseAdvisories(std::string_view text, bool is_yaml) {
  Collected collected;
  WEIR_ASSIGN(advisory::FeedStats stats,
              is_yaml ? advisory::ReadStarter(text, collected) : advisory::ReadOsvJson(text, collected));
  return ParsedAdvisories{std::move(collected.advisories), stats.malformed, stats.first_error};
}

Result<std::shared_ptr<const advisory::Index>> IndexOf(const std::vector<advisory::Advisory>& advisories) {
  if (advisories.empty()) return std::shared_ptr<const advisory::Index>();
  advisory::IndexBuilder builder;
  for (const advisory::Advisory& advisory : advisories) builder.Add(advisory);
  auto owned = std::make_shared<OwnedIndex>();
  WEIR_ASSIGN(owned->bytes, builder.Finish());
  WEIR_ASSIGN(owned->index, advisory::Index::FromMemory(owned->bytes));
  return std::shared_ptr<const advisory::Index>(owned, owned->index.get());
}

bool Holds(const advisory::Index& index, const advisory::Advisory& advisory) {
  for (std::uint32_t number : index.FindById(advisory.id)) {
    advisory::AdvisoryNames names = index.Names(number);
    if (names.id == advisory.id && names.source == advisory.source)
      return index.GetVulnerability(number).modified >= advisory.modified;
  }
  return false;
}

}  // namespace weir::console
