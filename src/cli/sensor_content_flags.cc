#include "cli/sensor_content_flags.h"

#include <CLI/CLI.hpp>
#include <filesystem>

#include "sensor/sensor.h"

namespace weir::cli {

void AddSensorContentFlags(CLI::App& command, SensorContentFlags& flags, const char* group) {
  command
      .add_option("--scanners", flags.scanners,
                  "what is looked for: vulnerabilities, secrets, malware; separated by commas (default: all)")
      ->delimiter(',')
      ->check(CLI::IsMember({"vulnerabilities", "secrets", "malware"}))
      ->type_name("LIST")
      ->group(group);
  command
      .add_option("--rules", flags.rules,
                  "rule file or folder besides the console's: *.toml, *.yaml for secrets, *.yar for malware; "
                  "repeatable")
      ->type_name("PATH")
      ->group(group);
  command.add_option("--clamd", flags.clamd, "socket of a clamd that is asked about files as well")
      ->type_name("SOCKET")
      ->group(group);
  command
      .add_flag("--process-memory", flags.process_memory,
                "look for secrets and malware in the memory of processes, too")
      ->group(group);
}

Result<void> ApplySensorContentFlags(const SensorContentFlags& flags, sensor::SensorOptions& options) {
  if (!flags.scanners.empty()) {
    options.scanners = {false, false, false};
    for (const std::string& word : flags.scanners) {
      options.scanners.vulnerabilities = options.scanners.vulnerabilities || word == "vulnerabilities";
      options.scanners.secrets = options.scanners.secrets || word == "secrets";
      options.scanners.malware = options.scanners.malware || word == "malware";
    }
  }
  for (const std::string& path : flags.rules) {
    std::error_code failed;
    std::filesystem::path whole = std::filesystem::canonical(path, failed);
    if (failed) return Err(Code::kNotFound, "--rules " + path + ": " + failed.message());
    options.rules.push_back(whole.string());
  }
  options.clamd_socket = flags.clamd;
  options.process_memory = flags.process_memory;
  return {};
}

}  // namespace weir::cli
