#include "secret/engine.h"

#include <algorithm>
#include <bit>

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

std::vector<ReadyAllowlist> Ready(const std::vector<Allowlist>& lists) {
  std::vector<ReadyAllowlist> out;
  for (const Allowlist& list : lists) {
    ReadyAllowlist ready;
    ready.list = &list;
    for (const std::string& regex : list.regexes) ready.regexes.push_back(std::make_unique<Regex>(regex));
    for (const std::string& path : list.paths) ready.paths.push_back(std::make_unique<Regex>(path));
    for (const std::string& word : list.stopwords) ready.stopwords.push_back(ToLower(word));
    out.push_back(std::move(ready));
  }
  return out;
}

/// Why RULE cannot be used; also for expressions of its allowlists, without which it would say too much.
std::string CheckRule(const ReadyRule& rule) {
  if (rule.regex) {
    std::string error = rule.regex->Check();
    if (!error.empty()) return "pattern: " + error;
    if (rule.regex->Matches("")) return "pattern: matches where there is nothing";
  }
  if (rule.path)
    if (std::string error = rule.path->Check(); !error.empty()) return "path: " + error;
  for (const ReadyAllowlist& list : rule.allowlists)
    for (const auto* regexes : {&list.regexes, &list.paths})
      for (const RegexPtr& regex : *regexes)
        if (std::string error = regex->Check(); !error.empty()) return "allowlist: " + error;
  return {};
}

void Prepare(Engine::Impl& impl) {
  std::unordered_map<std::string_view, std::uint32_t> by_id;
  for (std::uint32_t i = 0; i < impl.rules.size(); ++i) by_id.emplace(impl.rules[i].id, i);
  for (const Rule& rule : impl.rules) {
    ReadyRule ready;
    ready.rule = &rule;
    if (!rule.pattern.empty()) ready.regex = std::make_unique<Regex>(rule.pattern, rule.syntax);
    if (!rule.path_pattern.empty()) ready.path = std::make_unique<Regex>(rule.path_pattern);
    ready.allowlists = Ready(rule.allowlists);
    for (const RequiredRule& required : rule.required) {
      auto at = by_id.find(required.id);
      ready.required.push_back(at == by_id.end() ? UINT32_MAX : at->second);
    }
    impl.ready.push_back(std::move(ready));
  }
  impl.global = Ready(impl.lists);
}

Result<void> MakeStageOne(Engine::Impl& impl) {
  std::vector<std::vector<Expression>> groups(2);
  for (std::uint32_t i = 0; i < impl.ready.size(); ++i) {
    const ReadyRule& ready = impl.ready[i];
    if (ready.regex) {
      Expression expression;
      expression.text = ready.rule->pattern;
      expression.id = i;
      groups[0].push_back(std::move(expression));
    } else if (ready.path) {
      Expression expression;
      expression.text = ready.rule->path_pattern;
      expression.id = i;
      expression.once = true;
      groups[1].push_back(std::move(expression));
    }
  }
  WEIR_ASSIGN(DatabaseSet set, MakeDatabases(groups, impl.options.cache_dir, [&impl](std::uint32_t id) {
                return CheckRule(impl.ready.at(id));
              }));
  impl.content = std::move(set.databases.at(0));
  impl.paths = std::move(set.databases.at(1));
  for (const Refusal& refusal : set.refusals) {
    if (refusal.id >= impl.rules.size()) continue;
    impl.remarks.push_back({impl.rules[refusal.id].id, refusal.message, true});
    impl.ready[refusal.id].regex.reset();
    impl.ready[refusal.id].path.reset();
  }
  return {};
}

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
  Prepare(impl);
  for (std::uint32_t i = 0; i < impl.rules.size(); ++i)
    if (i >= given) impl.structured.emplace(impl.rules[i].id, i);
  WEIR_TRY(MakeStageOne(impl));
  if (!impl.content && !impl.paths && impl.structured.empty())
    return Err(Code::kInvalidArgument, "no rule for secrets can be used");
  return std::shared_ptr<const Engine>(std::move(engine));
}

}  // namespace weir::secret
