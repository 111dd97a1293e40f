#define PCRE2_CODE_UNIT_WIDTH 8

#include "secret/regex.h"

#include <pcre2.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "secret/pattern.h"

namespace weir::secret {
namespace {

constexpr int kMaxRe2Memory = 4 << 20;  // of one expression, its DFA included
constexpr std::uint32_t kMatchLimit = 200'000, kDepthLimit = 2'000, kHeapLimitKib = 4'096;

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

}  // namespace

struct Regex::State {
  std::once_flag once;
  std::unique_ptr<re2::RE2> re2;
  std::unique_ptr<pcre2_code, FreePcre2> pcre2;
  std::unique_ptr<pcre2_match_context, FreePcre2> context;
  std::size_t groups = 0;
  std::string error;

  void Compile(const std::string& pattern, Rule::Syntax syntax);
  bool CompileRe2(const std::string& pattern);
  void CompilePcre2(const std::string& pattern);
};

bool Regex::State::CompileRe2(const std::string& pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxRe2Memory);
  options.set_encoding(NeedsUtf8(pattern) ? re2::RE2::Options::EncodingUTF8
                                          : re2::RE2::Options::EncodingLatin1);
  auto compiled = std::make_unique<re2::RE2>(pattern, options);
  if (!compiled->ok()) {
    if (error.empty()) error = compiled->error();
    return false;
  }
  groups = static_cast<std::size_t>(std::max(0, compiled->NumberOfCapturingGroups()));
  re2 = std::move(compiled);
  error.clear();
  return true;
}

void Regex::State::CompilePcre2(const std::string& pattern) {
  int code = 0;
  PCRE2_SIZE at = 0;
  pcre2.reset(pcre2_compile(static_cast<PCRE2_SPTR>(static_cast<const void*>(pattern.data())), pattern.size(),
                            PCRE2_NEVER_BACKSLASH_C, &code, &at, nullptr));
  if (!pcre2) {
    std::array<PCRE2_UCHAR, 128> text{};
    pcre2_get_error_message(code, text.data(), text.size());
    error += (error.empty() ? "" : "; ") +
             std::string(static_cast<const char*>(static_cast<const void*>(text.data())));
    return;
  }
  error.clear();
  pcre2_jit_compile(pcre2.get(), PCRE2_JIT_COMPLETE);  // the interpreter does where there is no JIT
  context.reset(pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(context.get(), kMatchLimit);
  pcre2_set_depth_limit(context.get(), kDepthLimit);
  pcre2_set_heap_limit(context.get(), kHeapLimitKib);
  std::uint32_t count = 0;
  pcre2_pattern_info(pcre2.get(), PCRE2_INFO_CAPTURECOUNT, &count);
  groups = count;
}

void Regex::State::Compile(const std::string& pattern, Rule::Syntax syntax) {
  if (CompileRe2(ToRe2(pattern, syntax))) return;
  CompilePcre2(pattern);
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

bool Regex::Find(std::string_view text, std::size_t from, std::size_t to, std::span<Group> out) const {
  State& state = Ready();
  std::size_t count = std::min({out.size(), state.groups + 1, kMaxGroups});
  std::fill(out.begin(), out.end(), Group{});
  if (state.re2) {
    std::array<re2::StringPiece, kMaxGroups> found;
    re2::StringPiece whole(text.data(), text.size());
    if (!state.re2->Match(whole, from, to, re2::RE2::UNANCHORED, found.data(), static_cast<int>(count)))
      return false;
    for (std::size_t i = 0; i < count; ++i) {
      if (found.at(i).data() == nullptr) continue;
      std::size_t start = static_cast<std::size_t>(found.at(i).data() - text.data());
      out[i] = {start, start + found.at(i).size()};
    }
    return true;
  }
  if (!state.pcre2) return false;
  std::unique_ptr<pcre2_match_data, FreePcre2> data(
      pcre2_match_data_create_from_pattern(state.pcre2.get(), nullptr));
  if (!data) return false;
  int got = pcre2_match(state.pcre2.get(), static_cast<PCRE2_SPTR>(static_cast<const void*>(text.data())), to,
                        from, to < text.size() ? PCRE2_NOTEOL : 0U, data.get(), state.context.get());
  if (got <= 0) return false;
  const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(data.get());
  for (std::size_t i = 0; i < std::min(count, static_cast<std::size_t>(got)); ++i)
    if (offsets[2 * i] != PCRE2_UNSET && offsets[2 * i] <= offsets[2 * i + 1])
      out[i] = {offsets[2 * i], offsets[2 * i + 1]};
  return out.empty() || out[0].matched();
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
