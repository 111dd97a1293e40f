// weir completion: shell completions, made from the tree of commands itself so
// that they cannot fall behind it.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/file.h"
#include "base/strings.h"
#include "cli/command.h"

namespace weir::cli {
namespace {

struct Words {
  std::string path;  // "weir db"
  std::vector<std::string> commands, options;
};

bool IsForPeople(const CLI::App* command) { return !command->get_group().empty(); }

void Collect(const CLI::App& app, const std::string& path, std::vector<Words>& out) {
  Words words{path, {}, {}};
  for (const CLI::App* sub : app.get_subcommands(IsForPeople)) words.commands.push_back(sub->get_name());
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words.options.push_back("--" + name);
    for (const std::string& name : option->get_snames()) words.options.push_back("-" + name);
  }
  out.push_back(words);
  for (const CLI::App* sub : app.get_subcommands(IsForPeople))
    Collect(*sub, path + " " + sub->get_name(), out);
}

/// A function that prints the words that may follow PATH; shared by bash and zsh.
std::string WordsFunction(const std::vector<Words>& tree) {
  std::string out = "_weir_words() {\n  case \"$1\" in\n";
  for (const Words& words : tree) {
    std::vector<std::string> all = words.commands;
    all.insert(all.end(), words.options.begin(), words.options.end());
    out += "    \"" + words.path + "\") echo \"" + Join(all, " ") + "\" ;;\n";
  }
  return out + "  esac\n}\n";
}

std::string Bash(const std::vector<Words>& tree) {
  return WordsFunction(tree) +
         "_weir() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} path=weir i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    [[ ${COMP_WORDS[i]} == -* ]] && continue\n"
         "    [[ -n $(_weir_words \"$path ${COMP_WORDS[i]}\") ]] && path+=\" ${COMP_WORDS[i]}\"\n"
         "  done\n"
         "  COMPREPLY=($(compgen -W \"$(_weir_words \"$path\")\" -- \"$current\"))\n"
         "  [[ ${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- \"$current\"))\n"
         "}\n"
         "complete -o filenames -F _weir weir\n";
}

std::string Zsh(const std::vector<Words>& tree) {
  return "#compdef weir\n" + WordsFunction(tree) +
         "_weir() {\n"
         "  local path_so_far=weir i\n"
         "  for ((i = 2; i < CURRENT; i++)); do\n"
         "    [[ ${words[i]} == -* ]] && continue\n"
         "    [[ -n $(_weir_words \"$path_so_far ${words[i]}\") ]] && path_so_far+=\" ${words[i]}\"\n"
         "  done\n"
         "  compadd -- ${=$(_weir_words \"$path_so_far\")}\n"
         "  _files\n"
         "}\n"
         "compdef _weir weir\n";
}

std::string Fish(const std::vector<Words>& tree) {
  std::string out = "complete -c weir -n __fish_use_subcommand -f\n";
  for (const Words& words : tree) {
    std::string_view path = words.path;
    std::size_t space = path.rfind(' ');
    bool top = space == std::string_view::npos;
    std::string when =
        top ? "__fish_use_subcommand" : "__fish_seen_subcommand_from " + std::string(path.substr(space + 1));
    for (const std::string& command : words.commands)
      out += "complete -c weir -n '" + when + "' -a " + command + "\n";
    for (const std::string& option : words.options)
      out += "complete -c weir -n '" + when + "' " +
             (option.starts_with("--") ? "-l " + option.substr(2) : "-s " + option.substr(1)) + "\n";
  }
  return out;
}

}  // namespace

void AddCompletionCommand(CLI::App& app, Session& session) {
  auto shell = std::make_shared<std::string>();
  CLI::App& command = AddCommand(app, "completion", "Print the completions for a shell.",
                                 "source <(weir completion bash)\n"
                                 "weir completion zsh > ~/.zfunc/_weir\n"
                                 "weir completion fish > ~/.config/fish/completions/weir.fish");
  command.add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command.callback([shell, &session, &app] {
    session.action = [shell, &app] {
      std::vector<Words> tree;
      Collect(app, "weir", tree);
      std::string text = *shell == "bash" ? Bash(tree) : *shell == "zsh" ? Zsh(tree) : Fish(tree);
      Result<void> written = WriteAll(STDOUT_FILENO, text, "standard output");
      return written ? static_cast<int>(kDone) : Fail(written.error());
    };
  });
}

}  // namespace weir::cli
