#include "cli/command.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "base/file.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "model/scan_result.h"

namespace weir::cli {
namespace {

bool IsSet(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

}  // namespace

int Fail(const Error& error) {
  std::string line = ToValidUtf8(error.message);
  for (std::size_t i = 0; i < line.size(); ++i) {
    auto byte = static_cast<unsigned char>(line[i]);
    if (byte < 0x20 || byte == 0x7f) line[i] = ' ';
    // U+0080 to U+009F: some terminals obey these as they do escape sequences.
    if (byte == 0xc2 && i + 1 < line.size() && static_cast<unsigned char>(line[i + 1]) < 0xa0)
      line[i] = line[i + 1] = ' ';
  }
  std::fprintf(stderr, "weir: %s\n", line.c_str());
  return ExitStatus(error.code);
}

std::string NowRfc3339() { return FormatRfc3339(std::time(nullptr)); }

Result<std::vector<Output>> ParseOutputs(const std::vector<std::string>& words) {
  std::vector<Output> outputs;
  bool to_stdout = false;
  for (const std::string& word : words) {
    std::size_t equals = word.find('=');
    WEIR_ASSIGN(report::Format format, report::ParseFormat(word.substr(0, equals)));
    Output output{format, equals == std::string::npos ? "" : word.substr(equals + 1)};
    if (equals != std::string::npos && output.path.empty())
      return Err(Code::kInvalidArgument, "-o " + word + ": no file after '='");
    if (output.path == "-") output.path.clear();
    if (output.path.empty() && std::exchange(to_stdout, true))
      return Err(Code::kInvalidArgument,
                 "two outputs want standard output; give all but one a file: -o FORMAT=FILE");
    outputs.push_back(std::move(output));
  }
  if (outputs.empty()) outputs.push_back({});
  return outputs;
}

Result<void> WriteOutputs(const std::vector<Output>& outputs, const model::ScanResult& result,
                          report::ReportOptions options) {
  for (const Output& output : outputs) {
    report::ReportOptions chosen = options;
    if (!output.path.empty()) {
      chosen.colour = false;
      chosen.limit = 0;
    }
    std::string text = report::Render(result, output.format, chosen);
    if (output.path.empty()) {
      WEIR_TRY(WriteAll(STDOUT_FILENO, text, "standard output"));
    } else {
      // What processes run with is not for every user of the host to read.
      WEIR_TRY(WriteFileAtomically(output.path, text, result.runtime.taken ? 0600U : 0644U));
    }
  }
  return {};
}

report::ReportOptions TerminalOptions() {
  report::ReportOptions options;
  bool terminal = ::isatty(STDOUT_FILENO) == 1;
  options.colour = (terminal && !IsSet("NO_COLOR")) || IsSet("CLICOLOR_FORCE");
  winsize size{};
  if (terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) {
    options.width = size.ws_col;
  } else if (const char* columns = std::getenv("COLUMNS")) {
    if (auto width = ParseUint(columns); width && *width >= 40 && *width <= 1000)
      options.width = static_cast<unsigned>(*width);
  }
  return options;
}

std::string DefaultDataDir() {
  if (IsSet("WEIR_DATA_DIR")) return std::getenv("WEIR_DATA_DIR");
  if (::geteuid() == 0) return "/var/lib/weir";
  if (IsSet("XDG_STATE_HOME")) return std::string(std::getenv("XDG_STATE_HOME")) + "/weir";
  return IsSet("HOME") ? std::string(std::getenv("HOME")) + "/.local/state/weir" : "/var/lib/weir";
}

CLI::App& AddCommand(CLI::App& parent, const std::string& name, const std::string& purpose,
                     const std::string& examples) {
  CLI::App* command = parent.add_subcommand(name, purpose);
  command->footer(examples);
  return *command;
}

}  // namespace weir::cli
