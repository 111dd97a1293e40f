// A line of a spool, the state of an asset, and what passes between a sensor and its scan child.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sensor/asset_state.h"
#include "sensor/identity.h"
#include "sensor/scan_job.h"
#include "sensor/spool.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(weir::sensor::ParseSpoolLine(text));
  static_cast<void>(weir::sensor::UnpackAssetState(text));
  static_cast<void>(weir::sensor::ParseScanJob(text));
  static_cast<void>(weir::sensor::ParseScanReport(text));
  static_cast<void>(weir::sensor::ConsoleAddress(text));
  return 0;
}
