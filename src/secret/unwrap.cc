// What a text wraps: found, unwrapped within bounds, and looked at like the text itself.
#include "secret/unwrap.h"

#include <zlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>

namespace weir::secret {
namespace {

constexpr std::size_t kMinBase64 = 24;                           // characters; 18 bytes
constexpr std::size_t kMinHex = 32;                              // digits
constexpr std::size_t kMinUtf16 = 16;                            // characters
constexpr std::size_t kMinPlain = 12;                            // bytes that must come out
constexpr std::size_t kMinWrappedLine = 48;                      // base64 that goes on in the next line
constexpr std::size_t kMaxTokenBefore = 256, kMaxToken = 2'048;  // around a percent sign
constexpr std::size_t kMaxParted = 512;  // of a run that is no base64: names and paths
constexpr unsigned kGzipMagic = 0x1f8b08U, kByteOrderMark = 0xefbbbfU;
constexpr std::size_t kMaxInflated = 4U << 20U;

enum : std::uint8_t { kBase64 = 1, kHex = 2, kPrintable = 4, kUrlOnly = 8, kStandardOnly = 16 };

constexpr std::array<std::uint8_t, 256> MakeClasses() {
  std::array<std::uint8_t, 256> out{};
  for (unsigned c = 0; c < 256; ++c) {
    std::uint8_t bits = 0;
    bool digit = c >= '0' && c <= '9', lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z';
    if (digit || lower || upper || c == '+' || c == '/' || c == '-' || c == '_') bits |= kBase64;
    if (digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) bits |= kHex;
    if ((c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n' || c == '\r') bits |= kPrintable;
    if (c == '-' || c == '_') bits |= kUrlOnly;
    if (c == '+' || c == '/') bits |= kStandardOnly;
    out.at(c) = bits;
  }
  return out;
}
constexpr std::array<std::uint8_t, 256> kClasses = MakeClasses();

bool Is(char c, std::uint8_t bits) { return (kClasses[static_cast<unsigned char>(c)] & bits) != 0; }

bool IsText(unsigned byte) { return (kClasses.at(byte) & kPrintable) != 0; }

/// A bit for each of the 16 bytes at AT: whether it is one of base64's.
unsigned Base64Mask(const char* at) {
#ifdef __SSE2__
  const __m128i bytes = _mm_loadu_si128(static_cast<const __m128i*>(static_cast<const void*>(at)));
  auto between = [](__m128i value, int low, int high) {
    // Signed comparison does: what is beyond ASCII is negative, and below all bounds.
    return _mm_and_si128(_mm_cmpgt_epi8(value, _mm_set1_epi8(static_cast<char>(low - 1))),
                         _mm_cmplt_epi8(value, _mm_set1_epi8(static_cast<char>(high + 1))));
  };
  auto is = [bytes](char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
  __m128i letters = between(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z');
  __m128i digits = between(bytes, '/', '9');
  __m128i rest = _mm_or_si128(is('+'), _mm_or_si128(is('-'), is('_')));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(letters, _mm_or_si128(digits, rest))));
#else
  unsigned mask = 0;
  for (unsigned i = 0; i < 16; ++i) mask |= Is(at[i], kBase64) ? 1U << i : 0U;
  return mask;
#endif
}

unsigned HexValue(char c) {
  unsigned u = static_cast<unsigned char>(c);
  return u <= '9' ? u - '0' : (u | 32U) - 'a' + 10U;
}

unsigned Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<unsigned>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<unsigned>(c - 'a') + 26U;
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0') + 52U;
  return c == '+' || c == '-' ? 62U : 63U;
}

/// Decodes from FROM on, over line ends where lines are full, up to MAX bytes; END: where it stopped.
void DecodeBase64(std::string_view text, std::size_t from, std::size_t max, std::string& out,
                  std::size_t& end) {
  unsigned bits = 0, count = 0;
  std::size_t line = 0;
  end = from;
  while (end < text.size() && out.size() < max) {
    char c = text[end];
    if (!Is(c, kBase64)) {
      if ((c != '\n' && c != '\r') || count != 0 || line < kMinWrappedLine) break;
      std::size_t next = end;
      while (next < text.size() && next < end + 64 &&
             (text[next] == '\n' || text[next] == '\r' || text[next] == ' ' || text[next] == '\t'))
        ++next;
      if (next >= text.size() || !Is(text[next], kBase64)) break;
      line = 0;
      end = next;
      continue;
    }
    bits = (bits << 6U) | Base64Value(c);
    ++line;
    ++end;
    if (++count < 4) continue;
    out += static_cast<char>(bits >> 16U);
    out += static_cast<char>(bits >> 8U);
    out += static_cast<char>(bits);
    bits = count = 0;
  }
  if (count == 3) {
    out += static_cast<char>(bits >> 10U);
    out += static_cast<char>(bits >> 2U);
  } else if (count == 2) {
    out += static_cast<char>(bits >> 4U);
  }
  for (int i = 0; i < 2 && end < text.size() && text[end] == '='; ++i) ++end;
}

bool IsGzip(std::string_view bytes) { return bytes.starts_with(std::string_view("\x1f\x8b\x08", 3)); }

/// How much of BYTES reads as text.
std::size_t TextLength(std::string_view bytes) {
  std::size_t high = 0, i = 0;
  for (; i < bytes.size(); ++i) {
    if (Is(bytes[i], kPrintable)) continue;
    if (static_cast<unsigned char>(bytes[i]) < 0x80U || ++high > 4 + i / 8) break;
  }
  return i;
}

/// Characters of 16 bits that are one byte wide, as bytes; empty where BYTES are something else.
std::string NarrowUtf16(std::string_view bytes) {
  std::string out;
  std::size_t zero = bytes.size() > 1 && bytes[0] == '\0' ? 0 : 1;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    char c = bytes[i + 1 - zero];
    if (bytes[i + zero] != '\0' || !Is(c, kPrintable)) break;
    out += c;
  }
  return out;
}

std::string Inflate(std::string_view bytes, std::size_t max) {
  std::string out;
  z_stream stream{};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) return out;
  std::array<char, 16'384> room{};
  std::string input(bytes);
  stream.next_in = static_cast<Bytef*>(static_cast<void*>(input.data()));
  stream.avail_in = static_cast<uInt>(input.size());
  int code = Z_OK;
  while (code == Z_OK && out.size() < max) {
    stream.next_out = static_cast<Bytef*>(static_cast<void*>(room.data()));
    stream.avail_out = static_cast<uInt>(room.size());
    code = inflate(&stream, Z_NO_FLUSH);
    if (stream.avail_out == room.size()) break;
    out.append(room.data(), room.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (out.size() > max) out.resize(max);
  return out;
}

class Finder {
 public:
  Finder(std::string_view text, std::size_t from, std::size_t to, std::size_t budget, const TakeWrapped& take)
      : text_(text), from_(from), to_(to), budget_(budget), take_(take) {}

  void Run() {
    FindBase64AndHex();
    FindPercent();
    FindUtf16();
  }

 private:
  /// Runs of base64's characters. One that is long enough has two neighbouring words of eight bytes that are
  /// all of them; most of the text is only looked at for that.
  void FindBase64AndHex() {
    std::size_t done = from_;
    // What began before belongs to whoever looked there.
    if (done > 0 && Is(text_[done - 1], kBase64))
      while (done < to_ && Is(text_[done], kBase64)) ++done;
    bool before = false;
    std::size_t at = done;
    for (; at + 16 <= text_.size() && at < to_ + 16; at += 16) {
      unsigned mask = Base64Mask(text_.data() + at);
      bool low = (mask & 0xffU) == 0xffU, high = mask >> 8U == 0xffU;
      if (low && (before || high)) {
        std::size_t start = at, end = at;
        while (start > done && Is(text_[start - 1], kBase64)) --start;
        if (start >= to_) return;
        end = start;
        if (std::uint8_t kinds = RunFrom(end); end - start >= kMinBase64)
          end = std::max(end, TakeRun(start, end, kinds));
        done = end;
        at = std::max(at + 16, end) - 16;
        before = false;
        continue;
      }
      before = high;
    }
    // A run in the last bytes may not fill words.
    if (at + 16 <= text_.size()) return;
    std::size_t start = std::max(done, at - std::min<std::size_t>(at, 2 * kMinBase64));
    while (start > done && Is(text_[start - 1], kBase64)) --start;
    while (start < to_) {
      std::size_t end = start;
      std::uint8_t kinds = RunFrom(end);
      if (end - start >= kMinBase64) end = std::max(end, TakeRun(start, end, kinds));
      start = end + 1;
    }
  }

  /// Moves END over the run that it is in; what kinds of characters there are.
  std::uint8_t RunFrom(std::size_t& end) const {
    std::uint8_t kinds = 0;
    for (; end < text_.size(); ++end) {
      std::uint8_t bits = kClasses[static_cast<unsigned char>(text_[end])];
      if ((bits & kBase64) == 0) break;
      kinds |= bits;
    }
    return kinds;
  }

  /// Returns where to go on.
  std::size_t TakeRun(std::size_t from, std::size_t to, std::uint8_t kinds) {
    if (to - from >= kMinHex && TakeHex(from, to)) return to;
    if (std::optional<std::size_t> end = TakeBase64(from, to)) return *end;
    if (to - from > kMaxParted) return to;
    // Parts of names and paths may be base64 of the other kind.
    for (std::uint8_t separator : {std::uint8_t{kUrlOnly}, std::uint8_t{kStandardOnly}}) {
      if ((kinds & separator) == 0) continue;
      for (std::size_t start = from; start + kMinBase64 <= to;) {
        std::size_t i = start + kMinBase64;
        while (i > start && !Is(text_[i - 1], separator)) --i;
        if (i > start) {
          start = i;
          continue;
        }
        std::size_t end = start + kMinBase64;
        while (end < to && !Is(text_[end], separator)) ++end;
        TakeBase64(start, end);
        start = end + 1;
      }
    }
    return to;
  }

  bool TakeHex(std::size_t from, std::size_t to) {
    std::size_t count = 0;
    std::string out;
    for (std::size_t i = from; i + 1 < to && Is(text_[i], kHex) && Is(text_[i + 1], kHex); i += 2) {
      out += static_cast<char>(HexValue(text_[i]) * 16U + HexValue(text_[i + 1]));
      if (!Is(out.back(), kPrintable)) return false;
      count += 2;
    }
    if (count < kMinHex) return false;
    Take(from, from + count, out, "hex");
    return true;
  }

  /// The end of what was decoded, where it was worth it.
  std::optional<std::size_t> TakeBase64(std::size_t from, std::size_t to) {
    // Most runs are names: the first few bytes tell.
    unsigned first = 0;
    for (std::size_t i = 0; i < 4; ++i) first = (first << 6U) | Base64Value(text_[from + i]);
    unsigned a = first >> 16U, b = (first >> 8U) & 0xffU, c = first & 0xffU;
    bool plain = IsText(a) && IsText(b) && IsText(c);
    if (!plain && a != 0 && b != 0 && first != kGzipMagic && first != kByteOrderMark) return std::nullopt;
    std::string head;
    std::size_t end = from;
    DecodeBase64(text_.substr(0, std::min(text_.size(), from + 16)), from, 12, head, end);
    bool gzip = IsGzip(head), text = TextLength(head) == head.size();
    bool wide = !gzip && !text && NarrowUtf16(head).size() >= 5;
    if (!gzip && !text && !wide) return std::nullopt;
    // The run may go on in the next lines; a part of a run does not.
    bool whole = to >= text_.size() || !Is(text_[to], kBase64);
    std::string out;
    DecodeBase64(whole ? text_ : text_.substr(0, to), from, Left(), out, end);
    if (gzip) {
      Take(from, end, Inflate(out, std::min(Left(), kMaxInflated)), "base64+gzip");
      return end;
    }
    if (wide) {
      Take(from, end, NarrowUtf16(out), "base64+utf-16");
      return end;
    }
    out.resize(TextLength(out));
    if (out.size() < kMinPlain) return std::nullopt;
    if (out.starts_with("H4sI")) {
      // Helm wraps its releases twice.
      std::string inner;
      std::size_t inner_end = 0;
      DecodeBase64(out, 0, Left(), inner, inner_end);
      if (IsGzip(inner)) Take(from, end, Inflate(inner, std::min(Left(), kMaxInflated)), "base64+gzip");
      return end;
    }
    Take(from, end, out, "base64");
    return end;
  }

  /// Tokens with %XX in them, as in URLs.
  void FindPercent() {
    auto is_token = [](char c) {
      return Is(c, kPrintable) && c > ' ' && c != '"' && c != '\'' && c != '<' && c != '>' && c != '`';
    };
    auto is_escape = [this](std::size_t at) {
      return at + 2 < text_.size() && text_[at] == '%' && Is(text_[at + 1], kHex) && Is(text_[at + 2], kHex);
    };
    for (std::size_t at = from_; at < to_;) {
      const void* sign = std::memchr(text_.data() + at, '%', to_ - at);
      if (sign == nullptr) return;
      at = static_cast<std::size_t>(static_cast<const char*>(sign) - text_.data());
      if (!is_escape(at)) {
        ++at;
        continue;
      }
      std::size_t start = at, low = at - std::min(at, kMaxTokenBefore);
      while (start > low && is_token(text_[start - 1])) --start;
      std::size_t end = at, high = std::min(text_.size(), at + kMaxToken);
      std::string out(text_.substr(start, at - start));
      std::size_t body_from = out.size(), body_to = out.size();
      while (end < high && is_token(text_[end])) {
        if (is_escape(end)) {
          out += static_cast<char>(HexValue(text_[end + 1]) * 16U + HexValue(text_[end + 2]));
          body_to = out.size();
          end += 3;
        } else {
          out += text_[end++];
        }
      }
      if (out.size() >= kMinPlain) {
        Wrapped wrapped;
        wrapped.from = start;
        wrapped.to = end;
        wrapped.text = out;
        wrapped.body_from = body_from;
        wrapped.body_to = body_to;
        wrapped.how = "percent";
        Give(wrapped);
      }
      at = end;
    }
  }

  /// Runs of characters with a zero byte between them.
  void FindUtf16() {
    if (std::memchr(text_.data() + from_, '\0', to_ - from_) == nullptr) return;
    constexpr std::uint64_t kOdd = 0xff00ff00ff00ff00ULL, kOnes = 0x0101010101010101ULL, kHigh = kOnes << 7U;
    // Every other byte zero, and none of those between. Branches here would be guessed wrong all the time.
    auto alternates = [](std::uint64_t word, std::uint64_t zeros) {
      std::uint64_t filled = word | zeros;
      return ((word & zeros) | (word & kHigh) | ((filled - kOnes) & ~filled & kHigh)) == 0;
    };
    for (std::size_t at = from_; at + 8 <= to_; at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, text_.data() + at, sizeof word);
      auto low = static_cast<unsigned>(alternates(word, kOdd)),
           high = static_cast<unsigned>(alternates(word, ~kOdd));
      if ((low | high) == 0) continue;
      std::size_t first = text_[at] != '\0' ? at : at + 1;
      bool all = true;
      for (std::size_t i = first; i < at + 8; i += 2) all = all && Is(text_[i], kPrintable);
      if (!all) continue;
      std::size_t last = first;
      while (first >= 2 && text_[first - 1] == '\0' && Is(text_[first - 2], kPrintable)) first -= 2;
      while (last + 2 < text_.size() && text_[last + 1] == '\0' && Is(text_[last + 2], kPrintable)) last += 2;
      if ((last - first) / 2 + 1 >= kMinUtf16) {
        std::string out;
        for (std::size_t i = first; i <= last; i += 2) out += text_[i];
        Wrapped wrapped;
        wrapped.from = first;
        wrapped.to = std::min(last + 2, text_.size());
        wrapped.text = out;
        wrapped.body_to = out.size();
        wrapped.how = "utf-16";
        wrapped.unit = 2;
        Give(wrapped);
      }
      at += (std::max(last, at) - at) / 8 * 8;
    }
  }

  /// PLAIN stood for [FROM, TO); with what is around it on its line, because rules look at that.
  void Take(std::size_t from, std::size_t to, std::string_view plain, std::string_view how) {
    if (plain.size() < kMinPlain) return;
    std::size_t low = from - std::min<std::size_t>(from, 64), high = std::min(text_.size(), to + 128);
    std::size_t newline = text_.substr(low, from - low).rfind('\n');
    if (newline != std::string_view::npos) low += newline + 1;
    newline = text_.substr(to, high - to).find('\n');
    if (newline != std::string_view::npos) high = to + newline;
    std::string out(text_.substr(low, from - low));
    Wrapped wrapped;
    wrapped.from = from;
    wrapped.to = to;
    wrapped.body_from = out.size();
    out += plain;
    wrapped.body_to = out.size();
    out += text_.substr(to, high - to);
    wrapped.text = out;
    wrapped.how = how;
    Give(wrapped);
  }

  std::size_t Left() const { return budget_ - std::min(budget_, used_); }
  void Give(const Wrapped& wrapped) {
    used_ += wrapped.text.size();
    take_(wrapped);
  }

  std::string_view text_;
  std::size_t from_, to_, budget_, used_ = 0;
  const TakeWrapped& take_;
};

}  // namespace

void FindWrapped(std::string_view text, std::size_t from, std::size_t to, std::size_t budget,
                 const TakeWrapped& take) {
  if (from < to) Finder(text, from, to, budget, take).Run();
}

}  // namespace weir::secret
