// Databases of bbolt: bytes as they are, and behind a meta page that is right.
#include <string>
#include <vector>

#include "base/bolt_file.h"

namespace {

using weir::BoltFile;

void Walk(const BoltFile& file, const std::vector<std::string_view>& path, std::size_t& budget) {
  auto items = file.List(path);
  if (!items) return;
  for (const BoltFile::Item& item : *items) {
    if (budget == 0 || path.size() > 6) return;
    --budget;
    if (!item.bucket) continue;
    std::vector<std::string_view> below = path;
    below.push_back(item.key);
    Walk(file, below, budget);
  }
}

void Look(std::string bytes) {
  auto file = BoltFile::Parse(std::move(bytes));
  std::size_t budget = 2000;
  if (file) Walk(*file, {}, budget);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(data, data + size);
  Look(text);

  constexpr std::size_t kPage = 512;
  weir::ByteWriter meta;
  for (std::uint64_t value :
       {std::uint64_t{0xED0CDAED} | std::uint64_t{2} << 32U, std::uint64_t{kPage}, std::uint64_t{1},
        std::uint64_t{0}, std::uint64_t{0}, std::uint64_t{9}, std::uint64_t{1}})
    meta.Le64(value);
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (char c : meta.text()) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  meta.Le64(hash);
  std::string whole = std::string(16, '\0') + meta.Take();
  whole.resize(kPage, '\0');
  Look(whole + text);
  return 0;
}
