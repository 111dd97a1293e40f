// What this sensor looks for secrets and malware with: what its console has told it,
// and what was given to it here. Kept below the sensor's folder, so that a sensor
// whose console is away goes on as it was told last.
//
//   content.json                    as the console told it, with the key of fingerprints; 0600
//   rules/<digest>/secret/, malware/   people's rule files, for the engines to read
//
// Threading: safe from every thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "sensor/scan_job.h"
#include "wire/content.h"

namespace weir::sensor {

class ContentRulesFile {
 public:
  /// FOLDER: of the sensor's state.
  explicit ContentRulesFile(std::string folder);
  /// What was told before; nothing where there is nothing (of use).
  void Load();
  /// TEXT as the console sends it. An Error changes nothing.
  Result<void> Take(std::string_view text);
  /// Of what was told; empty: nothing was.
  std::string digest() const;
  /// How a scan is to look. Without a key there is no looking for secrets: what it finds could not be told
  /// apart from one scan to the next.
  ScanContent Setup(const Scanners& scanners, const std::vector<std::string>& own_rules,
                    const std::string& clamd_socket, bool process_memory) const;

 private:
  Result<void> WriteFiles(const wire::ContentRules& rules) const;
  void RemoveOthers(const std::string& keep, const std::string& also) const;

  const std::string folder_;
  mutable std::mutex mutex_;  // guards rules_
  std::shared_ptr<const wire::ContentRules> rules_;
};

/// Whether NAME is that of a YARA file ("*.yar", "*.yara").
bool IsYaraName(std::string_view name);

}  // namespace weir::sensor
