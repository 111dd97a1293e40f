// Help texts: purpose, examples, usage, options, in this order.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace weir::cli {

class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(34); }
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
  std::string make_footer(const CLI::App* app) const override;
};

}  // namespace weir::cli
