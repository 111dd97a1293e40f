// The options that console and up share.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "console/console.h"

namespace CLI {
class App;
}

namespace weir::cli {

struct ConsoleFlags {
  std::string data_dir, db, tls_certificate, tls_key;
  std::vector<std::string> listen, names;
  bool offline = false, reset_admin = false;
};

/// LISTEN is where it listens unless told otherwise.
void AddConsoleFlags(CLI::App& command, ConsoleFlags& flags, const std::string& listen);
/// Reads the files that the flags name.
Result<console::ConsoleOptions> MakeConsoleOptions(const ConsoleFlags& flags);
/// Address and, where this start made one, the one-time password, on standard output.
void PrintWelcome(const console::Console& console);

}  // namespace weir::cli
