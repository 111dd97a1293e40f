// Reads one layer: what in it is wanted, and the contents thereof.
// Threading: one thread a pass.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "target/layer_view.h"
#include "target/layer_walker.h"
#include "target/spool.h"
#include "target/tar_reader.h"
#include "target/visitor_set.h"
#include "target/walk_control.h"

namespace weir::target {

/// PATH in LAYER; REMOVED_BY is the layer that hides it, if any.
inline Entry EntryInLayer(std::string_view path, const std::vector<std::string>& layer_names,
                          std::size_t layer, std::optional<std::size_t> removed_by) {
  Entry entry = EntryOf(path, layer_names[layer]);
  if (removed_by && *removed_by < layer_names.size()) {
    entry.origin = model::Origin::kRemovedFile;
    entry.removed_in = layer_names[*removed_by];
  }
  return entry;
}

/// A file that somebody asked for.
struct WantedFile {
  std::string path;
  std::uint64_t mask = 0;     // visitors that want it
  std::uint64_t ordinal = 0;  // of its entry in the layer, from 1
  std::uint32_t mode = 0, owner = 0;
  bool known = false;      // also asked for by LayerWalkExtras::known
  bool for_links = false;  // also asked for by hard links in layers above
  bool git = false;        // an object file of a git repository, put aside
  bool complete = false;   // payload is set
  std::string link;        // where not complete: the path whose data it shares
  std::size_t layer = 0;
  std::optional<std::size_t> removed_by;  // the layer above that hides it
  Payload payload;
};

/// What all passes of one walk share.
struct PassContext {
  const VisitorSet& visitors;
  WalkControl& control;
  const LayerWalkExtras& extras;
  LayerView& view;
  const std::set<std::string, std::less<>>& link_targets;  // of hard links in layers above
  const std::vector<std::string>& layer_names;             // diff ids, as far as they are known
  bool git = false;                                        // object files of git repositories are wanted
};

class LayerPass {
 public:
  LayerPass(PassContext& context, BlobRange blob, std::size_t layer);

  /// Reads the layer once. What was read before an error counts. DIGESTS of the whole are set where they were
  /// computed.
  struct Digests {
    std::string blob, diff_id;
  };
  Result<Digests> Read(bool digests);
  /// Reads it again for hard links whose data the first reading passed over.
  void ReadAgain();

  /// Unpacked bytes that were read.
  std::uint64_t bytes() const { return bytes_; }
  std::vector<WantedFile>& wanted() { return wanted_; }
  struct Link {
    std::string path, text;
    std::uint64_t ordinal;
  };
  std::vector<Link>& links() { return links_; }

 private:
  Result<void> Handle(const TarMember& member, TarReader& reader);
  /// The member's path; empty and reported where it cannot be used.
  std::string CleanName(std::string_view name, bool report);
  bool HandleWhiteout(std::string_view path);
  Result<void> HandleFile(const TarMember& member, std::string path, bool hidden, TarReader& reader);
  void HandleHardLink(const TarMember& member, std::string path, bool hidden);
  /// What is wanted of PATH; false where nobody asks for it.
  bool Ask(WantedFile& file, bool hidden);
  Result<bool> Capture(const TarMember& member, std::string_view path, TarReader& reader, Payload& out);
  Result<void> CopyData(const TarMember& member, TarReader& reader);
  void Count(bool always);

  PassContext& context_;
  const BlobRange blob_;
  const std::size_t layer_;
  bool in_place_ = false;
  Spool spool_;
  std::uint64_t ordinal_ = 0, bytes_ = 0;
  std::vector<WantedFile> wanted_;
  std::vector<Link> links_;
  std::vector<std::size_t> again_;                           // places in wanted_
  std::unordered_map<std::uint64_t, std::size_t> complete_;  // path to place in wanted_, of present contents
  std::unordered_map<std::uint64_t, std::string> hard_links_;
  std::vector<std::byte> buffer_;
  model::WalkStats stats_;
};

}  // namespace weir::target
