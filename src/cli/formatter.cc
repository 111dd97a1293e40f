#include "cli/formatter.h"

#include <CLI/CLI.hpp>
#include <string>

#include "base/strings.h"

namespace weir::cli {
namespace {

class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(34); }
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
  // The footer holds the examples, shown first.
  std::string make_footer(const CLI::App* app) const override {
    static_cast<void>(app);
    return "";
  }
};

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

}  // namespace

std::shared_ptr<CLI::FormatterBase> MakeHelpFormatter() { return std::make_shared<HelpFormatter>(); }

}  // namespace weir::cli
