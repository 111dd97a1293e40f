#include "secret/engine.h"

#include <algorithm>
#include <bit>
#include <map>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/strings.h"
#include "secret/pattern.h"
#include "secret/structured/structured.h"

namespace weir::secret {
namespace {

/// Raised whenever the same rules would find something else than before.
constexpr std::uint64_t kEngineVersion = 1;

void Put(ByteWriter& out, const std::vector<std::string>& texts) {
  out.Uvarint(texts.size());
  for (const std::string& text : texts) out.Text(text);
}

void Put(ByteWriter& out, const std::vector<Allowlist>& lists) {
  out.Uvarint(lists.size());
  for (const Allowlist& list : lists) {
    out.U8(list.all ? 1 : 0);
    out.U8(static_cast<std::uint8_t>(list.target));
    Put(out, list.regexes);
    Put(out, list.paths);
    Put(out, list.stopwords);
    Put(out, list.commits);
  }
}

void Put(ByteWriter& out, const Rule& rule) {
  out.Text(rule.id);
  out.Text(rule.pattern);
  out.U8(static_cast<std::uint8_t>(rule.syntax));
  out.Text(rule.path_pattern);
  Put(out, rule.keywords);
  out.Le64(std::bit_cast<std::uint64_t>(rule.entropy));
  out.Uvarint(rule.secret_group);
  out.Text(rule.secret_group_name);
  Put(out, rule.allowlists);
  out.Uvarint(rule.required.size());
  for (const RequiredRule& required : rule.required) {
    out.Text(required.id);
    out.Uvarint(required.within_lines ? *required.within_lines + 1ULL : 0);
    out.Uvarint(required.within_columns ? *required.within_columns + 1ULL : 0);
  }
  out.U8(rule.skip_report ? 1 : 0);
  out.U8(static_cast<std::uint8_t>(rule.severity));
  out.U8(static_cast<std::uint8_t>(rule.confidence));
  out.U8(rule.generic ? 1 : 0);
  out.Text(rule.checksum);
}

std::string Digest(const Engine::Impl& impl) {
  ByteWriter out;
  out.Uvarint(kEngineVersion);
  out.Uvarint(impl.options.decode_depth);
  out.Uvarint(impl.options.max_decoded_bytes);
  out.Uvarint(impl.options.max_hits);
  out.U8(impl.options.honour_comments ? 1 : 0);
  out.U8(impl.options.structured ? 1 : 0);
  out.Uvarint(impl.rules.size());
  for (const Rule& rule : impl.rules) Put(out, rule);
  Put(out, impl.lists);
  return DigestHex(DigestKind::kSha256, AsBytes(out.text())).substr(0, 32);
}

/// Makes what is used of the rules, without compiling anything.
class Preparation {
 public:
  explicit Preparation(Engine::Impl& impl) : impl_(impl) {}

  void Run() {
    std::unordered_map<std::string_view, std::uint32_t> by_id;
    for (std::uint32_t i = 0; i < impl_.rules.size(); ++i) by_id.emplace(impl_.rules[i].id, i);
    for (const Rule& rule : impl_.rules) {
      ReadyRule ready;
      ready.rule = &rule;
      if (!rule.pattern.empty()) ready.regex = std::make_unique<Regex>(rule.pattern, rule.syntax);
      if (!rule.path_pattern.empty()) ready.path = PathTest(rule.path_pattern);
      ready.allowlists = Lists(rule.allowlists);
      for (const RequiredRule& required : rule.required) {
        auto at = by_id.find(required.id);
        ready.required.push_back(at == by_id.end() ? UINT32_MAX : at->second);
      }
      impl_.ready.push_back(std::move(ready));
    }
    impl_.global = Lists(impl_.lists);
  }

 private:
  std::uint32_t PathTest(const std::string& pattern) {
    auto [at, is_new] = paths_.emplace(pattern, static_cast<std::uint32_t>(impl_.path_tests.size()));
    if (is_new) impl_.path_tests.push_back(std::make_unique<Regex>(pattern));
    return at->second;
  }

  std::vector<ReadyAllowlist> Lists(const std::vector<Allowlist>& lists) {
    std::vector<ReadyAllowlist> out;
    for (const Allowlist& list : lists) {
      ReadyAllowlist ready;
      ready.list = &list;
      std::string any;
      for (const std::string& regex : list.regexes) any += (any.empty() ? "(?:" : "|(?:") + regex + ")";
      if (list.regexes.size() == 1) any = list.regexes.front();
      if (!any.empty()) ready.regex = std::make_unique<Regex>(any);
      for (const std::string& path : list.paths) ready.paths.push_back(PathTest(path));
      for (const std::string& word : list.stopwords) ready.stopwords.push_back(ToLower(word));
      out.push_back(std::move(ready));
    }
    return out;
  }

  Engine::Impl& impl_;
  std::map<std::string, std::uint32_t> paths_;
};

/// Why RULE cannot be used; also for its allowlists, without which it would say too much.
std::string CheckRule(const Engine::Impl& impl, const ReadyRule& rule) {
  if (rule.regex) {
    std::string error = rule.regex->Check();
    if (!error.empty()) return "pattern: " + error;
    if (rule.regex->Matches("")) return "pattern: matches where there is nothing";
  }
  if (rule.path != ReadyRule::kNoPath)
    if (std::string error = impl.path_tests[rule.path]->Check(); !error.empty()) return "path: " + error;
  for (const ReadyAllowlist& list : rule.allowlists)
    if (std::string error = list.regex ? list.regex->Check() : ""; !error.empty())
      return "allowlist: " + error;
  return {};
}

/// The databases of stage one in the order in which they are made and cached.
enum Group : std::size_t { kContentGroup, kHeavyGroup, kPathGroup, kFirstGatedGroup };

class StageOne {
 public:
  explicit StageOne(Engine::Impl& impl) : impl_(impl), groups_(kFirstGatedGroup) {}

  Result<void> Make() {
    for (std::uint32_t i = 0; i < impl_.ready.size(); ++i) AddRule(i);
    for (const auto& [word, gate] : gates_) {
      Expression expression;
      expression.text = word;
      expression.id = kFirstGate + gate;
      expression.literal = expression.caseless = expression.once = true;
      groups_[kContentGroup].push_back(std::move(expression));
    }
    for (std::uint32_t i = 0; i < impl_.path_tests.size(); ++i) {
      Expression expression;
      expression.text = impl_.path_tests[i]->pattern();
      expression.id = i;
      expression.subject = kFirstPathSubject + i;
      expression.exact = expression.once = true;
      groups_[kPathGroup].push_back(std::move(expression));
    }
    WEIR_ASSIGN(
        DatabaseSet set, MakeDatabases(groups_, impl_.options.cache_dir, [this](std::uint32_t subject) {
          return subject < impl_.ready.size() ? CheckRule(impl_, impl_.ready[subject]) : std::string();
        }));
    impl_.content = std::move(set.databases.at(kContentGroup));
    impl_.heavy = std::move(set.databases.at(kHeavyGroup));
    impl_.paths = std::move(set.databases.at(kPathGroup));
    for (std::size_t i = 0; i < impl_.gated.size(); ++i)
      impl_.gated[i].database = std::move(set.databases.at(kFirstGatedGroup + i));
    for (const Refusal& refusal : set.refusals) {
      if (refusal.subject >= kFirstPathSubject &&
          refusal.subject - kFirstPathSubject < impl_.path_tests.size())
        impl_.slow_paths.push_back(refusal.subject - kFirstPathSubject);
      if (refusal.subject >= impl_.rules.size()) continue;
      ReadyRule& rule = impl_.ready[refusal.subject];
      if (rule.regex) impl_.remarks.push_back({rule.rule->id, refusal.message, true});
      rule.regex.reset();
    }
    return {};
  }

 private:
  void AddRule(std::uint32_t index) {
    const ReadyRule& ready = impl_.ready[index];
    Expression expression;
    expression.subject = index;
    if (!ready.regex) {
      if (ready.path != ReadyRule::kNoPath) impl_.by_path.push_back(index);
      return;
    }
    for (Probe& probe : MakeProbes(ready.rule->pattern, ready.rule->syntax)) {
      expression.id = static_cast<std::uint32_t>(impl_.probes.size());
      expression.text = probe.expression;
      expression.fallback = ready.rule->pattern;
      impl_.probes.push_back({index, std::move(probe.reach)});
      if (!probe.heavy)
        groups_[kContentGroup].push_back(expression);
      else if (IsGate(ready.rule->keywords))
        AddGated(expression, ready.rule->keywords);
      else
        groups_[kHeavyGroup].push_back(expression);
    }
  }

  /// Words so short are in every file, and slow to look for.
  bool IsGate(const std::vector<std::string>& keywords) const {
    return impl_.gated.size() < kMaxGated && !keywords.empty() &&
           std::all_of(
               keywords.begin(), keywords.end(), [](const std::string& word) { return word.size() >= 3; });
  }

  void AddGated(const Expression& expression, const std::vector<std::string>& keywords) {
    auto gated = static_cast<std::uint32_t>(impl_.gated.size());
    impl_.gated.push_back({expression.id, nullptr});
    groups_.push_back({expression});
    for (const std::string& word : keywords) {
      auto [at, is_new] = gates_.emplace(ToLower(word), static_cast<std::uint32_t>(impl_.gates.size()));
      if (is_new) impl_.gates.emplace_back();
      impl_.gates[at->second].push_back(gated);
    }
  }

  static constexpr std::size_t kMaxGated = 64;
  static constexpr std::uint32_t kFirstPathSubject = 1U << 30U;
  Engine::Impl& impl_;
  std::vector<std::vector<Expression>> groups_;
  std::map<std::string, std::uint32_t> gates_;
};

}  // namespace

Engine::Engine() : impl_(std::make_unique<Impl>()) {}
Engine::~Engine() = default;
const std::vector<Rule>& Engine::rules() const { return impl_->rules; }
const std::vector<RuleRemark>& Engine::remarks() const { return impl_->remarks; }
const std::string& Engine::digest() const { return impl_->digest; }

Result<std::shared_ptr<const Engine>> Engine::Make(RuleSet rules, const EngineOptions& options) {
  std::shared_ptr<Engine> engine(new Engine());
  Impl& impl = *engine->impl_;
  impl.options = options;
  impl.rules = std::move(rules.rules);
  impl.lists = std::move(rules.allowlists);
  std::size_t given = impl.rules.size();
  if (options.structured)
    for (Rule& rule : StructuredRules()) impl.rules.push_back(std::move(rule));
  impl.digest = Digest(impl);
  Preparation(impl).Run();
  for (std::uint32_t i = 0; i < impl.rules.size(); ++i)
    if (i >= given) impl.structured.emplace(impl.rules[i].id, i);
  WEIR_TRY(StageOne(impl).Make());
  bool any = std::any_of(impl.ready.begin(), impl.ready.end(),
                         [](const ReadyRule& rule) { return rule.regex != nullptr; });
  if (!any && impl.by_path.empty() && impl.structured.empty())
    return Err(Code::kInvalidArgument, "no rule for secrets can be used");
  return std::shared_ptr<const Engine>(std::move(engine));
}

}  // namespace weir::secret
