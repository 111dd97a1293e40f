// A repository whose pack and index the input makes up.
#include <cstddef>
#include <cstdint>

#include "target/git_history.h"
#include "target/git_pack.h"
#include "target/git_parse.h"

namespace {

using namespace weir;
using namespace weir::target;

class Store final : public GitStore {
 public:
  std::size_t id_bytes() const override { return 20; }
  const std::vector<std::string>& packs() const override { return packs_; }
  const std::vector<std::string>& loose() const override { return loose_; }
  Result<std::unique_ptr<ByteSource>> Open(const std::string& path) const override {
    if (path.ends_with(".idx")) return MakeBorrowedSource(index);
    return MakeBorrowedSource(path.ends_with(".pack") ? pack : object);
  }
  std::string index, pack, object;

 private:
  std::vector<std::string> packs_{"p"}, loose_{"objects/00/" + std::string(38, '1')};
};

class Reader final : public Visitor {
 public:
  bool WantsFile(const Entry&) override { return true; }
  bool WantsBeyondTree() const override { return true; }
  void VisitFile(File& file) override { static_cast<void>(file.content().ReadAll(1U << 20U)); }
};

/// An index of objects at the offsets that the input gives, ids counted up, so that most of it is valid.
std::string MakeIndex(std::string_view offsets) {
  std::size_t count = offsets.size() / 2;
  std::string out("\xfftOc\0\0\0\2", 8), ids, places;
  auto number = [](std::string& to, std::size_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
      to += static_cast<char>(value >> static_cast<unsigned>(shift));
  };
  for (std::size_t i = 0; i < 256; ++i) number(out, count);
  for (std::size_t i = 0; i < count; ++i) {
    ids += std::string(19, '\0') + static_cast<char>(i);
    number(places, static_cast<unsigned char>(offsets[2 * i]) * 256U +
                       static_cast<unsigned char>(offsets[2 * i + 1]));
  }
  return out + ids + std::string(4 * count, '\0') + places + std::string(40, '\0');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  std::string_view text(static_cast<const char*>(static_cast<const void*>(data)), size);
  std::size_t count = std::min<std::size_t>(data[1] % 64U * 2U, size - 2);
  Store store;
  std::string_view rest = text.substr(2);
  store.index = (data[0] & 1U) != 0 ? std::string(rest) : MakeIndex(rest.substr(0, count));
  store.pack = std::string("PACK\0\0\0\2\0\0\0\1", 12) + std::string(rest.substr(count));
  store.object = rest;
  WalkOptions options;
  options.threads = 1;
  options.limits.max_memory_file_bytes = 1U << 20U;
  ProblemLog problems(100);
  WalkControl control(options, problems);
  Reader reader;
  Visitor* visitors[] = {&reader};
  static_cast<void>(WalkGitHistory(store, {}, VisitorSet(visitors), control));
  GitTreeEntry entry;
  for (std::string_view tree = rest; NextGitTreeEntry(tree, 20, entry);) {
  }
  ParseGitText(rest);
  static_cast<void>(ApplyGitDelta(text.substr(0, size / 2), text.substr(size / 2), 1U << 20U));
  return 0;
}
