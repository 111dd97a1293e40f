#include <openssl/crypto.h>

#include <algorithm>

#include "secret/scan_state.h"
#include "secret/unwrap.h"

namespace weir::secret {
namespace {

constexpr std::size_t kFlushBytes = 256U << 10U;

}  // namespace

void Scanner::Impl::ScanUnwrapped(std::string_view view, std::size_t own_from, std::size_t own_to) {
  Piece plain;
  plain.text = view;
  plain.offset = view_offset;
  Unwrap(plain, own_from, own_to, 0);
  ScanSegments();
}

/// Collects what PIECE wraps, and what that wraps in turn as deep as is wanted.
void Scanner::Impl::Unwrap(const Piece& piece, std::size_t from, std::size_t to, std::uint32_t depth) {
  std::uint64_t left =
      rules.options.max_decoded_bytes - std::min(rules.options.max_decoded_bytes, decoded_bytes);
  TakeWrapped take = [&](const Wrapped& wrapped) {
    decoded_bytes += wrapped.text.size();
    if (decoded_bytes > rules.options.max_decoded_bytes) {
      decoding_cut = true;
      return;
    }
    Segment segment;
    segment.from = unwrapped.size();
    segment.to = segment.from + wrapped.text.size();
    segment.body_from = wrapped.body_from;
    segment.body_to = wrapped.body_to;
    if (depth == 0) {
      segment.offset = piece.offset + wrapped.from;
      segment.wrapped = wrapped.to - wrapped.from;
      segment.unit = wrapped.unit;
      segment.decoded = wrapped.how;
    } else {
      segment.offset = piece.offset;
      segment.wrapped = piece.wrapped;
      segment.decoded = std::string(piece.decoded) + "+" + std::string(wrapped.how);
    }
    unwrapped += wrapped.text;
    // No expression should go from one to the next.
    unwrapped.append("\n\0\n", 3);
    segments.push_back(segment);
    if (depth + 1 < rules.options.decode_depth) {
      std::string copy(wrapped.text);
      Piece inner;
      inner.text = copy;
      inner.offset = segment.offset;
      inner.wrapped = segment.wrapped;
      inner.decoded = segment.decoded;
      Unwrap(inner, wrapped.body_from, wrapped.body_to, depth + 1);
    }
    if (depth == 0 && unwrapped.size() >= kFlushBytes) ScanSegments();
  };
  FindWrapped(piece.text, from, to, static_cast<std::size_t>(left), take);
}

void Scanner::Impl::ScanSegments() {
  if (segments.empty()) return;
  FindWindows(unwrapped, 0, unwrapped.size());
  for (const Window& window : windows) {
    auto segment = std::upper_bound(segments.begin(), segments.end(), window.from,
                                    [](std::size_t at, const Segment& one) { return at < one.to; });
    for (; segment != segments.end() && segment->from < window.to; ++segment) {
      Piece piece;
      piece.text = std::string_view(unwrapped).substr(segment->from, segment->to - segment->from);
      piece.offset = segment->offset;
      piece.decoded = segment->decoded;
      piece.wrapped = segment->wrapped;
      piece.body_from = segment->body_from;
      piece.body_to = segment->body_to;
      piece.unit = segment->unit;
      Window part = window;
      part.from = std::max(window.from, segment->from) - segment->from;
      part.to = std::min(window.to, segment->to) - segment->from;
      if (part.from < part.to) Confirm(piece, part);
    }
  }
  OPENSSL_cleanse(unwrapped.data(), unwrapped.size());
  unwrapped.clear();
  segments.clear();
}

}  // namespace weir::secret
