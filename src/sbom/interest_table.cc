#include "sbom/interest_table.h"

#include <bit>

#include "base/hash.h"
#include "base/result.h"
#include "base/strings.h"

namespace weir::sbom {

std::size_t InterestTable::TextTable::Hash::operator()(std::string_view text) const {
  return static_cast<std::size_t>(Hash64(text));
}

std::size_t InterestTable::TextTable::FilterBit(std::string_view text) {
  if (text.empty()) return 0;
  auto byte = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(text[at])); };
  return (text.size() * 37 + byte(0) * 5 + byte(text.size() / 2) * 67 + byte(text.size() - 1) * 257) %
         kFilterBits;
}

void InterestTable::TextTable::Add(const std::string& text, std::uint64_t bit) {
  filter_.set(FilterBit(text));
  map_[text] |= bit;
}

std::uint64_t InterestTable::TextTable::Find(std::string_view text) const {
  if (!filter_[FilterBit(text)]) return 0;
  auto found = map_.find(text);
  return found == map_.end() ? 0 : found->second;
}

bool LooksLikeProgram(std::string_view name) {
  std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return true;
  if (name.find(".so.") != std::string_view::npos) return true;
  std::string_view suffix = name.substr(name.rfind('.'));
  if (suffix == ".so" || suffix == ".ko" || suffix == ".node" || suffix == ".exe" || suffix == ".dll" ||
      suffix == ".bin" || suffix == ".elf" || suffix == ".cgi")
    return true;
  // "python3.11", "php8.2", "app-1.2": digits after the last dot, not a library's or document's suffix.
  return suffix.size() > 1 && suffix.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

InterestTable::InterestTable(std::span<const std::unique_ptr<Cataloger>> catalogers) {
  WEIR_CHECK(catalogers.size() <= kMaxCatalogers);
  for (std::size_t i = 0; i < catalogers.size(); ++i) {
    catalogers_.push_back(catalogers[i].get());
    std::uint64_t bit = 1ULL << i;
    for (const Interest& interest : catalogers[i]->interests()) {
      switch (interest.kind) {
        case Interest::Kind::kName:
          names_.Add(interest.text, bit);
          break;
        case Interest::Kind::kSuffix:
          suffixes_.Add(interest.text, bit);
          break;
        case Interest::Kind::kParent:
          parents_.Add(interest.text, bit);
          break;
        case Interest::Kind::kProgram:
          programs_ |= bit;
          break;
      }
    }
  }
}

std::uint64_t InterestTable::Find(const target::Entry& entry) const {
  std::uint64_t found = 0;
  found |= names_.Find(entry.name);
  // Every suffix that begins at a dot, the last three only: longer ones are nobody's interest.
  std::size_t dot = entry.name.rfind('.');
  for (int i = 0; i < 3 && dot != std::string_view::npos; ++i) {
    found |= suffixes_.Find(entry.name.substr(dot));
    if (dot == 0) break;
    dot = entry.name.rfind('.', dot - 1);
  }
  if (!parents_.empty()) found |= parents_.Find(entry.parent.substr(entry.parent.rfind('/') + 1));
  if (programs_ != 0 && LooksLikeProgram(entry.name)) found |= programs_;

  for (std::uint64_t rest = found; rest != 0; rest &= rest - 1) {
    int i = std::countr_zero(rest);
    if (!catalogers_[static_cast<std::size_t>(i)]->Wants(entry)) found &= ~(1ULL << i);
  }
  return found;
}

}  // namespace weir::sbom
