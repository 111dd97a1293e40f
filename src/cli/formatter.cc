#include "cli/formatter.h"

#include "base/strings.h"

namespace weir::cli {

std::string HelpFormatter::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const {
  if (mode == CLI::AppFormatMode::Sub) return CLI::Formatter::make_help(app, std::move(name), mode);
  std::string out = app->get_description() + "\n";
  std::string examples = app->get_footer();
  if (!examples.empty()) {
    out += "\nExamples:\n";
    std::string_view rest = examples;
    while (!rest.empty()) out += "  " + std::string(NextLine(rest)) + "\n";
  }
  // The name of a subcommand alone would read as a program: show the way to it.
  std::string path = app->get_name();
  for (const CLI::App* parent = app->get_parent(); parent != nullptr; parent = parent->get_parent())
    path = parent->get_name() + " " + path;
  out += "\n" + std::string(Trim(make_usage(app, path))) + "\n";
  out += make_positionals(app);
  out += make_groups(app, mode);
  out += make_subcommands(app, mode);
  return out;
}

std::string HelpFormatter::make_footer(const CLI::App* app) const {
  static_cast<void>(app);
  return "";  // the footer holds the examples, shown first
}

}  // namespace weir::cli
