// What a Scanner works with. Internal to the room; see secret.h for what it does.
//
// A source is looked at in blocks at fixed offsets, however it is fed: a block owns the
// matches that end in it, and sees a margin on both sides, so that what lies across a
// border is found once and the same.
// Threading: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "secret/engine.h"
#include "secret/filters.h"
#include "secret/secret.h"

namespace weir::secret {

inline constexpr std::size_t kBlockBytes = 1U << 20U;
inline constexpr std::size_t kMarginBytes = 128U << 10U;
inline constexpr std::size_t kMaxStructuredBytes = 4U << 20U;
/// Of expressions' work on one block: what a hostile file can cost.
inline constexpr std::uint64_t kMaxWorkBytes = 16U << 20U;
/// How far from a match gitleaks can see a rule's keyword: its fragments are of 100 KB.
inline constexpr std::size_t kKeywordReach = 100'000;

/// Where stage one saw something, to be looked at closely.
struct Window {
  std::uint32_t rule = 0;
  bool exact = false, grow = false;  // as Reach
  std::size_t from = 0, to = 0;
};

/// A piece of text under a close look: a view of the source, or something that was unwrapped.
struct Piece {
  std::string_view text;
  std::uint64_t offset = 0;                // in the source; of what wraps it, where it is wrapped
  std::string_view decoded;                // how it was wrapped; empty: not at all
  std::uint64_t wrapped = 0;               // length of what wraps it
  std::size_t body_from = 0, body_to = 0;  // what was wrapped; around it is what stood around the wrapping
  std::uint32_t unit = 0;                  // bytes of the source a byte of text, where that is fixed
};

/// A Piece before it is looked at: many are looked at together.
struct Segment {
  std::size_t from = 0, to = 0;  // in the text of all
  std::uint64_t offset = 0, wrapped = 0;
  std::size_t body_from = 0, body_to = 0;
  std::uint32_t unit = 0;
  std::string decoded;
};

struct Found {
  Hit hit;
  std::uint32_t rule = 0;
  std::uint64_t match_offset = 0;
  std::uint32_t match_line = 0, match_column = 0;
};

struct Scanner::Impl {
  explicit Impl(std::shared_ptr<const Engine> owner);

  // scanner.cc
  void Begin(const Source& source);
  void Feed(std::string_view bytes);
  void RunBlocks(std::string_view bytes, std::uint64_t bytes_offset, bool last);
  void RunBlock(std::string_view view, std::size_t own_from, std::size_t own_to, bool last);
  void FindWindows(std::string_view text, std::size_t from, std::size_t to);
  void RunProbes(const hs_database* database, std::string_view text, std::size_t from, std::size_t to);
  void OnProbe(std::string_view text, std::uint32_t id, std::size_t end);
  void FindByPath();
  void FindInStructure(std::string_view whole);
  void PlaceOnLines(std::string_view view, std::size_t first_found);
  void PassLines(std::string_view passed);
  Scanner::Result Finish(std::string_view rest, std::uint64_t rest_offset);

  // confirm.cc
  void Confirm(const Piece& piece, const Window& window);
  void Accept(const Piece& piece, std::uint32_t rule, Group match);
  bool AppliesToFile(std::uint32_t rule);
  const std::vector<char>& PathHits();
  bool HasKeyword(const Piece& piece, std::uint32_t rule, Group match);
  bool IsAllowedByRules(const ReadyRule& rule, const Candidate& candidate) const;
  std::string CommentAt(const Piece& piece, Group match, std::string_view& line);
  void Add(Found found);

  // settle.cc
  void Settle();

  // scan_unwrapped.cc
  void ScanUnwrapped(std::string_view view, std::size_t own_from, std::size_t own_to);
  void Unwrap(const Piece& piece, std::size_t from, std::size_t to, std::uint32_t depth);
  void ScanSegments();

  std::shared_ptr<const Engine> engine;
  const Engine::Impl& rules;
  Scratch scratch;

  // The source at hand.
  std::string path, commit;
  model::Origin origin = model::Origin::kFile;
  std::string buffer;               // fed and still needed
  std::uint64_t buffer_offset = 0;  // of its first byte
  std::uint64_t next_block = 0;     // offset
  bool started = false, binary = false, structured = false;
  std::uint64_t lines_passed = 0, line_start = 0;  // at the view's first byte
  std::uint64_t view_offset = 0;
  std::uint64_t work = 0, candidates_skipped = 0;
  std::uint64_t decoded_bytes = 0;
  bool decoding_cut = false;
  std::uint64_t dropped = 0, secret_bytes = 0;
  std::string problem;
  std::vector<Found> found;
  enum class Applies : std::uint8_t { kUnknown, kYes, kNo };
  std::vector<Applies> applies;  // by rule
  std::vector<std::uint32_t> applies_known;
  Applies file_applies = Applies::kUnknown;
  std::vector<char> path_hits;  // by path test
  bool path_known = false;
  std::uint64_t max_work = kMaxWorkBytes;
  bool exhaustive = false;  // every rule looks closely at everything: to check stage one by
  bool keep_all = false;    // what two specific rules say of the same bytes, and samples: as gitleaks does

  // Reused from block to block.
  std::string unwrapped;  // text of the segments
  std::vector<Segment> segments;
  std::vector<Window> windows;             // of the block or piece at hand
  std::vector<std::uint32_t> last_window;  // by probe: index + 1
  std::vector<std::uint32_t> seen_probes;  // that have a last window
  std::vector<char> gate_open;             // by gated probe
  bool any_gate_open = false;
  std::uint64_t walked = 0;  // bytes, to find the ends of windows in this block
};

}  // namespace weir::secret
