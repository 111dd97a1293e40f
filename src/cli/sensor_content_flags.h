// What a sensor looks for besides packages, as weir sensor and weir up are told it.
// Threading: one thread.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace CLI {
class App;
}
namespace weir::sensor {
struct SensorOptions;
}

namespace weir::cli {

struct SensorContentFlags {
  std::vector<std::string> scanners, rules;
  std::string clamd;
  bool process_memory = false;
};

void AddSensorContentFlags(CLI::App& command, SensorContentFlags& flags, const char* group);
Result<void> ApplySensorContentFlags(const SensorContentFlags& flags, sensor::SensorOptions& options);

}  // namespace weir::cli
