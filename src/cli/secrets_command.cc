// weir secrets
#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/command.h"
#include "cli/rules_output.h"
#include "cli/run_scan.h"
#include "secret/cases.h"
#include "secret/formats/lint.h"
#include "secret/rules.h"
#include "secret/structured/structured.h"

namespace weir::cli {
namespace {

Result<secret::RuleSet> RulesOf(const ContentFlags& flags) {
  secret::RuleSet rules;
  if (flags.secret_rules.empty()) rules = secret::BuiltInRules();
  for (const std::string& path : flags.secret_rules.empty() ? flags.extra_secret_rules : flags.secret_rules) {
    Result<secret::RuleSet> more = secret::ReadRules(path);
    if (!more) return Err(more.error().Context(path));
    secret::MergeRules(rules, std::move(*more));
  }
  return rules;
}

/// --stdin-cases: {"id","text"} lines in, {"id","rules"} lines out.
Result<int> RunStdinCases(const ContentFlags& flags) {
  WEIR_ASSIGN(secret::RuleSet rules, RulesOf(flags));
  secret::EngineOptions options;
  options.structured = flags.secret_rules.empty();
  options.decode_depth = flags.no_decode ? 0 : 1;
  WEIR_ASSIGN(std::shared_ptr<const secret::Engine> engine, secret::Engine::Make(std::move(rules), options));
  for (const secret::RuleRemark& remark : engine->remarks())
    if (remark.left_out) std::cerr << "weir: " << remark.rule << ": " << remark.message << "\n";
  secret::CaseCounts counts = secret::RunCases(engine, std::cin, std::cout, std::cerr);
  return static_cast<int>(counts.malformed == 0 ? kDone : kError);
}

Result<int> ListRules(const ContentFlags& flags, bool json) {
  WEIR_ASSIGN(secret::RuleSet rules, RulesOf(flags));
  std::vector<RuleLine> lines;
  for (const secret::Rule& rule : rules.rules)
    lines.push_back({rule.id, rule.title, rule.severity, rule.confidence, rule.source, rule.tags, ""});
  if (flags.secret_rules.empty())
    for (const secret::Rule& rule : secret::StructuredRules())
      lines.push_back({rule.id, rule.title, rule.severity, rule.confidence, "built-in", rule.tags, ""});
  PrintRules(lines, json);
  for (const secret::RuleRemark& remark : rules.remarks)
    if (remark.left_out) std::cerr << "weir: not in use: " << remark.rule << ": " << remark.message << "\n";
  return static_cast<int>(kDone);
}

}  // namespace

void AddSecretsCommand(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<ScanArguments>();
  arguments->content.scanners = "secrets";
  auto cases = std::make_shared<bool>(false);
  CLI::App& command =
      AddCommand(app, "secrets",
                 "Find secrets: keys, tokens and passwords in files, images, processes and git histories.",
                 "weir secrets .\n"
                 "weir secrets docker-image:team/app:1.4\n"
                 "weir secrets host --fail-on high\n"
                 "weir secrets git:. -o sarif=secrets.sarif\n"
                 "weir secrets . --write-baseline known.json\n"
                 "weir secrets . --baseline known.json --fail-on low\n"
                 "weir secrets . --rules gitleaks.toml\n"
                 "weir secrets rules lint my-rules.toml");
  command.require_subcommand(0, 1);
  CLI::Option* target = command.add_option("TARGET", arguments->target, kTargetHelp);
  AddOutputFlags(command, *arguments, true);
  AddTargetFlags(command, arguments->flags);
  AddStateFlags(command, arguments->flags);
  AddContentFlags(command, arguments->content, ContentCommand::kSecrets);
  command
      .add_flag("--stdin-cases", *cases,
                "test rules: read lines {\"id\", \"text\"} and print {\"id\", \"rules\"} for each")
      ->group("Rules");
  command.callback([arguments, cases, target, &command, &session] {
    if (!command.get_subcommands().empty()) return;
    if (*cases) {
      session.action = [arguments] {
        Result<int> status = RunStdinCases(arguments->content);
        return status ? *status : Fail(status.error());
      };
      return;
    }
    if (target->count() == 0) throw CLI::RequiredError("TARGET");
    SetRun(arguments, session);
  });

  CLI::App& rules = AddCommand(command, "rules", "The rules that secrets are found with.",
                               "weir secrets rules list\n"
                               "weir secrets rules lint my-rules.toml");
  rules.require_subcommand(1);
  auto json = std::make_shared<bool>(false);
  CLI::App& list = AddCommand(rules, "list", "List the rules in use.", "weir secrets rules list --json");
  list.add_flag("--json", *json, "as JSON");
  list.add_option("--rules", arguments->content.secret_rules,
                  "of these files or folders instead of the built-in ones");
  list.callback([arguments, json, &session] {
    session.action = [arguments, json] {
      Result<int> status = ListRules(arguments->content, *json);
      return status ? *status : Fail(status.error());
    };
  });
  auto file = std::make_shared<std::string>();
  CLI::App& lint = AddCommand(rules, "lint", "Say what of a rule file is taken, and what is wrong with it.",
                              "weir secrets rules lint gitleaks.toml\n"
                              "weir secrets rules lint rules/ --json");
  lint.add_option("FILE", *file, "a rule file, or a folder of them")->required();
  lint.add_flag("--json", *json, "as JSON");
  lint.callback([file, json, &session] {
    session.action = [file, json] {
      Result<secret::LintReport> report = secret::LintRules(*file);
      if (!report) return Fail(report.error());
      std::cout << (*json ? report->Json() : report->Text());
      return static_cast<int>(report->clean() ? kDone : kError);
    };
  });
}

}  // namespace weir::cli
