#define PCRE2_CODE_UNIT_WIDTH 8

#include "secret/regex.h"

#include <pcre2.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>

#include "secret/pattern.h"

namespace weir::secret {
namespace {

constexpr int kMaxRe2Memory = 4 << 20;  // of one expression, its DFA included
constexpr std::uint32_t kQuickMatchLimit = 20'000, kMatchLimit = 200'000, kDepthLimit = 2'000,
                        kHeapLimitKib = 4'096;

struct FreePcre2 {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};

/// Whether PATTERN speaks of characters beyond a byte, so that only UTF-8 can match it.
bool NeedsUtf8(std::string_view pattern) {
  return pattern.find("\\p") != std::string_view::npos || pattern.find("\\P") != std::string_view::npos ||
         pattern.find("\\x{") != std::string_view::npos ||
         std::any_of(pattern.begin(), pattern.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x80U; });
}

using Pcre2 = std::unique_ptr<pcre2_code, FreePcre2>;

PCRE2_SPTR Units(std::string_view text) {
  return static_cast<PCRE2_SPTR>(static_cast<const void*>(text.data()));
}

/// Memory for PCRE2's answers; one a thread is enough for all expressions.
pcre2_match_data* MatchData() {
  thread_local std::unique_ptr<pcre2_match_data, FreePcre2> data(
      pcre2_match_data_create(Regex::kMaxGroups, nullptr));
  return data.get();
}

Pcre2 CompilePcre2(const std::string& pattern, std::string& error) {
  int code = 0;
  PCRE2_SIZE at = 0;
  Pcre2 out(pcre2_compile(Units(pattern), pattern.size(), PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY,
                          &code, &at, nullptr));
  if (!out) {
    std::array<PCRE2_UCHAR, 128> text{};
    pcre2_get_error_message(code, text.data(), text.size());
    error = static_cast<const char*>(static_cast<const void*>(text.data()));
  }
  return out;
}

std::unique_ptr<pcre2_match_context, FreePcre2> MakeContext(std::uint32_t matches) {
  std::unique_ptr<pcre2_match_context, FreePcre2> context(pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(context.get(), matches);
  pcre2_set_depth_limit(context.get(), kDepthLimit);
  pcre2_set_heap_limit(context.get(), kHeapLimitKib);
  return context;
}

}  // namespace

struct Regex::State {
  enum class Answer : std::uint8_t { kYes, kNo, kLimit };

  std::once_flag once, re2_once;
  std::string text;  // for RE2 and, where it was understood, for PCRE2: without its lead
  Lead lead;
  std::unique_ptr<re2::RE2> re2;
  Pcre2 pcre2;
  bool quick = false;  // PCRE2 is for speed only: RE2 takes over at its bounds
  std::unique_ptr<pcre2_match_context, FreePcre2> context;
  std::size_t groups = 0;
  std::string error;

  void Compile(const std::string& pattern, Rule::Syntax syntax);
  bool CompileRe2();
  Answer AskPcre2(std::string_view text, std::size_t from, std::size_t to, std::span<Group> out,
                  pcre2_match_context* with) const;
  bool AskRe2(std::string_view text, std::size_t from, std::size_t to, std::span<Group> out) const;
};

bool Regex::State::CompileRe2() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxRe2Memory);
  options.set_encoding(NeedsUtf8(text) ? re2::RE2::Options::EncodingUTF8 : re2::RE2::Options::EncodingLatin1);
  auto compiled = std::make_unique<re2::RE2>(text, options);
  if (!compiled->ok()) {
    error = compiled->error();
    return false;
  }
  groups = static_cast<std::size_t>(std::max(0, compiled->NumberOfCapturingGroups()));
  re2 = std::move(compiled);
  return true;
}

void Regex::State::Compile(const std::string& pattern, Rule::Syntax syntax) {
  std::optional<Node> tree = ParsePattern(pattern, syntax);
  if (tree) {
    lead = TakeLead(*tree);
    text = PrintPattern(*tree, true);
  } else {
    text = pattern;
    std::call_once(re2_once, [this] { CompileRe2(); });
    if (re2) return;
  }
  std::string refused;
  pcre2 = CompilePcre2(text, refused);
  bool compiled = pcre2 && pcre2_jit_compile(pcre2.get(), PCRE2_JIT_COMPLETE) == 0;
  quick = tree && compiled;
  if (tree && !compiled) {
    // Without a compiler for this processor it is the slower of the two.
    std::call_once(re2_once, [this] { CompileRe2(); });
    if (re2) {
      pcre2.reset();
      return;
    }
  }
  if (!pcre2) {
    error += (error.empty() ? "" : "; ") + refused;
    return;
  }
  error.clear();
  context = MakeContext(quick ? kQuickMatchLimit : kMatchLimit);
  std::uint32_t count = 0;
  pcre2_pattern_info(pcre2.get(), PCRE2_INFO_CAPTURECOUNT, &count);
  groups = count;
}

Regex::State::Answer Regex::State::AskPcre2(std::string_view in, std::size_t from, std::size_t to,
                                            std::span<Group> out, pcre2_match_context* with) const {
  pcre2_match_data* data = MatchData();
  // One byte more, for a border or an end there hangs on it.
  std::size_t end = std::min(in.size(), to + 1);
  int got = pcre2_match(pcre2.get(), Units(in), end, from, 0, data, with);
  if (got < 0) return got == PCRE2_ERROR_NOMATCH ? Answer::kNo : Answer::kLimit;
  // 0: more groups than there is room for, which nobody asks for.
  std::size_t known = got == 0 ? kMaxGroups : static_cast<std::size_t>(got);
  const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(data);
  if (offsets[1] > to) return Answer::kLimit;
  for (std::size_t i = 0; i < std::min(out.size(), known); ++i)
    if (offsets[2 * i] != PCRE2_UNSET && offsets[2 * i] <= offsets[2 * i + 1])
      out[i] = {offsets[2 * i], offsets[2 * i + 1]};
  return Answer::kYes;
}

bool Regex::State::AskRe2(std::string_view in, std::size_t from, std::size_t to, std::span<Group> out) const {
  std::array<re2::StringPiece, kMaxGroups> found;
  re2::StringPiece whole(in.data(), in.size());
  std::size_t count = std::min({out.size(), groups + 1, kMaxGroups});
  if (!re2->Match(whole, from, to, re2::RE2::UNANCHORED, found.data(), static_cast<int>(count))) return false;
  for (std::size_t i = 0; i < count; ++i) {
    if (found.at(i).data() == nullptr) continue;
    std::size_t start = static_cast<std::size_t>(found.at(i).data() - in.data());
    out[i] = {start, start + found.at(i).size()};
  }
  return true;
}

Regex::Regex(std::string pattern, Rule::Syntax syntax)
    : pattern_(std::move(pattern)), syntax_(syntax), state_(std::make_unique<State>()) {}
Regex::~Regex() = default;

Regex::State& Regex::Ready() const {
  std::call_once(state_->once, [this] { state_->Compile(pattern_, syntax_); });
  return *state_;
}

std::string Regex::Check() const { return Ready().error; }
std::size_t Regex::groups() const { return Ready().groups; }

bool Regex::Find(std::string_view text, std::size_t from, std::size_t to, std::span<Group> out,
                 bool* hard) const {
  State& state = Ready();
  std::fill(out.begin(), out.end(), Group{});
  bool found = false;
  State::Answer answer = State::Answer::kLimit;
  if (state.pcre2) answer = state.AskPcre2(text, from, to, out, state.context.get());
  if (answer == State::Answer::kLimit && state.quick) {
    if (hard != nullptr) *hard = true;
    std::call_once(state.re2_once, [&state] { state.CompileRe2(); });
    if (!state.re2) answer = state.AskPcre2(text, from, to, out, MakeContext(kMatchLimit).get());
  }
  if (answer != State::Answer::kLimit)
    found = answer == State::Answer::kYes;
  else if (state.re2)
    found = state.AskRe2(text, from, to, out);
  if (found && !out.empty() && state.lead.max > 0) {
    std::size_t low = std::max(from, out[0].from - std::min<std::size_t>(out[0].from, state.lead.max));
    while (out[0].from > low && state.lead.set.test(static_cast<unsigned char>(text[out[0].from - 1])))
      --out[0].from;
  }
  return found;
}

bool Regex::Matches(std::string_view text) const { return Find(text, 0, text.size(), {}); }

std::size_t Regex::GroupNamed(std::string_view name) const {
  State& state = Ready();
  if (state.re2) {
    const auto& names = state.re2->NamedCapturingGroups();
    auto at = names.find(std::string(name));
    return at == names.end() ? 0 : static_cast<std::size_t>(at->second);
  }
  if (!state.pcre2) return 0;
  int number = pcre2_substring_number_from_name(
      state.pcre2.get(), static_cast<PCRE2_SPTR>(static_cast<const void*>(std::string(name).c_str())));
  return number > 0 ? static_cast<std::size_t>(number) : 0;
}

}  // namespace weir::secret
