#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>
#include <tuple>

#include "secret/scan_state.h"
#include "secret/structured/structured.h"

namespace weir::secret {
namespace {

constexpr std::size_t kHeaderBytes = 8U << 10U;
constexpr std::size_t kStructuredHeaderBytes = 512;

std::uint64_t CountNewlines(std::string_view text) {
  std::uint64_t count = 0;
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    const void* next = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
    if (next == nullptr) break;
    ++count;
    at = static_cast<const char*>(next) + 1;
  }
  return count;
}

}  // namespace

Scanner::Impl::Impl(std::shared_ptr<const Engine> owner)
    : engine(std::move(owner)),
      rules(engine->impl()),
      applies(rules.ready.size(), Applies::kUnknown),
      path_hits(rules.path_tests.size(), 0),
      last_window(rules.probes.size(), 0),
      gate_open(rules.gated.size(), 0) {
  bool fits =
      scratch.Fit(rules.content.get()) && scratch.Fit(rules.heavy.get()) && scratch.Fit(rules.paths.get());
  for (const GatedProbe& gated : rules.gated) fits = scratch.Fit(gated.database.get()) && fits;
  WEIR_CHECK(fits);
}

void Scanner::Impl::Begin(const Source& source) {
  path = source.path;
  commit = source.commit;
  origin = source.origin;
  OPENSSL_cleanse(buffer.data(), buffer.size());
  buffer.clear();
  buffer_offset = next_block = 0;
  started = binary = structured = false;
  lines_passed = line_start = view_offset = 0;
  work = candidates_skipped = decoded_bytes = dropped = secret_bytes = 0;
  problem.clear();
  found.clear();
  for (std::uint32_t rule : applies_known) applies[rule] = Applies::kUnknown;
  applies_known.clear();
  file_applies = Applies::kUnknown;
  path_known = decoding_cut = false;
}

void Scanner::Impl::Feed(std::string_view bytes) {
  while (!bytes.empty()) {
    // Up to what the next block wants to see, and no further.
    std::uint64_t wanted = next_block + kBlockBytes + kMarginBytes;
    std::uint64_t have = buffer_offset + buffer.size();
    std::size_t take = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), wanted - have));
    buffer.append(bytes.substr(0, take));
    bytes.remove_prefix(take);
    if (have + take < wanted || bytes.empty()) continue;
    RunBlocks(buffer, buffer_offset, false);
  }
}

/// Runs the blocks that BYTES, from BYTES_OFFSET of the source on, hold whole with their margins; all that
/// are left where it is the LAST of the source.
void Scanner::Impl::RunBlocks(std::string_view bytes, std::uint64_t bytes_offset, bool last) {
  std::uint64_t end = bytes_offset + bytes.size();
  while (last ? next_block < end : next_block + kBlockBytes + kMarginBytes <= end) {
    std::uint64_t from = next_block > kMarginBytes ? next_block - kMarginBytes : 0;
    std::uint64_t own_to = std::min<std::uint64_t>(next_block + kBlockBytes, end);
    std::uint64_t to = std::min<std::uint64_t>(own_to + kMarginBytes, end);
    std::string_view view =
        bytes.substr(static_cast<std::size_t>(from - bytes_offset), static_cast<std::size_t>(to - from));
    if (from > view_offset) {
      PassLines(bytes.substr(static_cast<std::size_t>(view_offset - bytes_offset),
                             static_cast<std::size_t>(from - view_offset)));
      view_offset = from;
    }
    RunBlock(view, static_cast<std::size_t>(next_block - from), static_cast<std::size_t>(own_to - from),
             last && own_to == end);
    next_block += kBlockBytes;
  }
  if (last) return;
  // A structured file is wanted whole, if it is not too large.
  if (structured && end > kMaxStructuredBytes) structured = false;
  if (structured || bytes.data() != buffer.data()) return;
  std::uint64_t keep = next_block > kMarginBytes ? next_block - kMarginBytes : 0;
  keep = std::min(keep, view_offset + kBlockBytes);
  if (keep > buffer_offset) {
    if (keep > view_offset) {
      PassLines(bytes.substr(static_cast<std::size_t>(view_offset - bytes_offset),
                             static_cast<std::size_t>(keep - view_offset)));
      view_offset = keep;
    }
    buffer.erase(0, static_cast<std::size_t>(keep - buffer_offset));
    buffer_offset = keep;
  }
}

void Scanner::Impl::PassLines(std::string_view passed) {
  lines_passed += CountNewlines(passed);
  std::size_t newline = passed.rfind('\n');
  if (newline != std::string_view::npos) line_start = view_offset + newline + 1;
}

void Scanner::Impl::RunBlock(std::string_view view, std::size_t own_from, std::size_t own_to, bool last) {
  static_cast<void>(last);
  if (!started) {
    started = true;
    binary = view.substr(0, kHeaderBytes).find('\0') != std::string_view::npos;
    structured = rules.options.structured && !rules.structured.empty() &&
                 WantsStructured(path, view.substr(0, kStructuredHeaderBytes));
  }
  std::size_t first_found = found.size();
  work = 0;
  walked = 0;
  FindWindows(view, own_from - std::min(own_from, kKeywordReach), own_to);
  Piece piece;
  piece.text = view;
  piece.offset = view_offset;
  piece.body_to = view.size();
  for (const Window& window : windows) Confirm(piece, window);
  if (rules.options.decode_depth > 0) ScanUnwrapped(view, own_from, own_to);
  PlaceOnLines(view, first_found);
}

/// Stage one over TEXT from FROM to TO: fills the windows.
void Scanner::Impl::FindWindows(std::string_view text, std::size_t from, std::size_t to) {
  windows.clear();
  if (exhaustive) {
    for (std::uint32_t i = 0; i < rules.ready.size(); ++i)
      windows.push_back({i, true, false, 0, text.size()});
    return;
  }
  RunProbes(rules.content.get(), text, from, to);
  RunProbes(rules.heavy.get(), text, from, to);
  if (any_gate_open) {
    for (std::size_t i = 0; i < gate_open.size(); ++i) {
      if (gate_open[i] == 0) continue;
      gate_open[i] = 0;
      RunProbes(rules.gated[i].database.get(), text, from, to);
    }
    any_gate_open = false;
  }
  for (std::uint32_t probe : seen_probes) last_window[probe] = 0;
  seen_probes.clear();
  // Probes of one rule see the same places.
  std::sort(windows.begin(), windows.end(), [](const Window& a, const Window& b) {
    return std::tie(a.rule, a.from, a.to) < std::tie(b.rule, b.from, b.to);
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    if (kept > 0 && windows[kept - 1].rule == windows[i].rule && windows[i].from <= windows[kept - 1].to) {
      windows[kept - 1].to = std::max(windows[kept - 1].to, windows[i].to);
      windows[kept - 1].grow = windows[kept - 1].grow || windows[i].grow;
      windows[kept - 1].exact = windows[kept - 1].exact && windows[i].exact;
    } else {
      windows[kept++] = windows[i];
    }
  }
  windows.resize(kept);
}

void Scanner::Impl::RunProbes(const hs_database* database, std::string_view text, std::size_t from,
                              std::size_t to) {
  struct Call {
    Impl* self;
    std::string_view text;
    std::size_t from;
  } call{this, text, from};
  auto on_match = [](void* context, std::uint32_t id, std::uint64_t end) {
    const Call& made = *static_cast<const Call*>(context);
    made.self->OnProbe(made.text, id, made.from + static_cast<std::size_t>(end));
    return false;
  };
  if (!ScanBytes(database, text.substr(from, to - from), scratch, on_match, &call))
    problem = "the rule database failed";
}

void Scanner::Impl::OnProbe(std::string_view text, std::uint32_t id, std::size_t end) {
  if (id >= kFirstGate) {
    for (std::uint32_t gated : rules.gates[id - kFirstGate]) gate_open[gated] = 1;
    any_gate_open = true;
    return;
  }
  const ReadyProbe& probe = rules.probes[id];
  std::uint32_t& last = last_window[id];
  Window* before = last != 0 ? &windows[last - 1] : nullptr;
  // What crowds together is one window, and is not measured again and again.
  if (walked > kMaxWorkBytes && before != nullptr && end >= before->from && end <= before->to) {
    before->exact = false;
    return;
  }
  Window window;
  window.rule = probe.rule;
  window.grow = probe.reach.grow;
  window.exact = probe.reach.exact && !window.grow;
  if (probe.reach.exact) {
    window.from = end;
    for (const Step& step : probe.reach.before) {
      std::size_t low = window.from - std::min<std::size_t>(window.from, step.max);
      while (window.from > low && step.set.test(static_cast<unsigned char>(text[window.from - 1])))
        --window.from;
    }
    window.to = end;
    for (const Step& step : probe.reach.after) {
      std::size_t high = std::min<std::size_t>(text.size(), window.to + step.max);
      while (window.to < high && step.set.test(static_cast<unsigned char>(text[window.to]))) ++window.to;
    }
    walked += window.to - window.from;
  } else {
    window.from = end - std::min<std::size_t>(end, Reach::kDefaultBefore);
    window.to = std::min<std::size_t>(text.size(), end + Reach::kDefaultAfter);
  }
  if (before != nullptr && window.from <= before->to && window.to >= before->from) {
    before->from = std::min(before->from, window.from);
    before->to = std::max(before->to, window.to);
    return;
  }
  windows.push_back(window);
  if (last == 0) seen_probes.push_back(id);
  last = static_cast<std::uint32_t>(windows.size());
}

void Scanner::Impl::FindByPath() {
  for (std::uint32_t rule : rules.by_path) {
    if (!AppliesToFile(rule)) continue;
    Found one;
    one.rule = rule;
    one.hit.rule = rules.ready[rule].rule;
    one.hit.severity = one.hit.rule->severity;
    one.hit.confidence = one.hit.rule->confidence;
    Add(std::move(one));
  }
}

void Scanner::Impl::FindInStructure(std::string_view whole) {
  std::size_t first_found = found.size();
  for (StructuredHit& hit : FindStructured(path, whole)) {
    auto rule = rules.structured.find(hit.rule);
    if (rule == rules.structured.end() || hit.offset > whole.size() ||
        hit.length > whole.size() - hit.offset || !AppliesToFile(rule->second))
      continue;
    Piece piece;
    piece.text = whole;
    std::string_view line;
    Group place{hit.offset, hit.offset + hit.length};
    Found one;
    one.hit.allowed = CommentAt(piece, place, line);
    Candidate candidate{hit.secret, whole.substr(hit.offset, hit.length), line, commit, &PathHits()};
    if (IsAllowedByRules(rules.ready[rule->second], candidate)) continue;
    one.rule = rule->second;
    one.hit.rule = rules.ready[rule->second].rule;
    one.hit.offset = one.match_offset = hit.offset;
    one.hit.length = hit.length;
    one.hit.severity = hit.severity != model::Severity::kUnknown ? hit.severity : one.hit.rule->severity;
    one.hit.confidence = hit.confidence;
    one.hit.facts = std::move(hit.facts);
    if (one.hit.allowed.empty()) one.hit.allowed = KnownSample(hit.secret);
    one.hit.secret = std::move(hit.secret);
    Add(std::move(one));
  }
  view_offset = lines_passed = line_start = 0;
  PlaceOnLines(whole, first_found);
}

/// Lines and columns of what was found since FIRST_FOUND in VIEW.
void Scanner::Impl::PlaceOnLines(std::string_view view, std::size_t first_found) {
  if (first_found == found.size()) return;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order;  // offset; index * 2 + (0: match, 1: secret)
  for (std::size_t i = first_found; i < found.size(); ++i) {
    order.emplace_back(found[i].match_offset, static_cast<std::uint32_t>(i * 2));
    order.emplace_back(found[i].hit.offset, static_cast<std::uint32_t>(i * 2 + 1));
  }
  std::sort(order.begin(), order.end());
  std::uint64_t line = lines_passed + 1, start = line_start;
  std::size_t counted = 0;
  for (const auto& [offset, which] : order) {
    std::size_t at = static_cast<std::size_t>(offset - std::min(offset, view_offset));
    at = std::min(at, view.size());
    std::string_view between = view.substr(counted, at - std::min(counted, at));
    line += CountNewlines(between);
    std::size_t newline = between.rfind('\n');
    if (newline != std::string_view::npos) start = view_offset + counted + newline + 1;
    counted = std::max(counted, at);
    Found& one = found[which / 2];
    auto column = static_cast<std::uint32_t>(offset - std::min(offset, start) + 1);
    if (which % 2 == 0) {
      one.match_line = static_cast<std::uint32_t>(line);
      one.match_column = column;
    } else {
      one.hit.line = static_cast<std::uint32_t>(line);
      one.hit.column = column;
    }
  }
}

/// REST: the end of the source, from REST_OFFSET on; with what the blocks still to come want to see.
Scanner::Result Scanner::Impl::Finish(std::string_view rest, std::uint64_t rest_offset) {
  RunBlocks(rest, rest_offset, true);
  if (structured && rest_offset == 0 && rest.size() <= kMaxStructuredBytes) FindInStructure(rest);
  FindByPath();
  Settle();
  Scanner::Result result;
  result.hits.reserve(found.size());
  for (Found& one : found) result.hits.push_back(std::move(one.hit));
  result.dropped = dropped;
  if (candidates_skipped > 0)
    problem = std::to_string(candidates_skipped) + " places were not looked at closely: too many in one file";
  if (decoding_cut)
    problem += std::string(problem.empty() ? "" : "; ") +
               "what is wrapped was not all unwrapped: too much in one file";
  result.problem = problem;
  found.clear();
  OPENSSL_cleanse(buffer.data(), buffer.size());
  buffer.clear();
  return result;
}

Scanner::Scanner(std::shared_ptr<const Engine> engine) : impl_(std::make_unique<Impl>(std::move(engine))) {}
Scanner::~Scanner() = default;
Scanner::Scanner(Scanner&&) noexcept = default;
Scanner& Scanner::operator=(Scanner&&) noexcept = default;
void Scanner::Begin(const Source& source) { impl_->Begin(source); }
void Scanner::Feed(Bytes bytes) { impl_->Feed(AsText(bytes)); }
Scanner::Result Scanner::Finish() { return impl_->Finish(impl_->buffer, impl_->buffer_offset); }
Scanner::Result Scanner::Scan(const Source& source, Bytes whole) {
  impl_->Begin(source);
  return impl_->Finish(AsText(whole), 0);
}

}  // namespace weir::secret
