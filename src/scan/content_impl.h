// What is behind ContentEngines, for the files of this room.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "scan/content.h"

namespace weir::scan {

struct ContentEngines::Impl {
  ContentSetup setup;
  std::shared_ptr<const secret::Engine> secrets;  // null: not looked for
  std::unique_ptr<malware::Service> malware;      // null: not looked for
  std::optional<secret::FingerprintKey> key;
  std::vector<std::string> remarks;  // of rules that are not in use
};

}  // namespace weir::scan
