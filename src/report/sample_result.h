// For tests: one small result with everything in it that reports must get right.
#pragma once

#include <string_view>

#include "model/scan_result.h"

namespace weir::report {

/// What a package may call itself: quotes, a line end, terminal and markup commands, bad UTF-8.
inline constexpr std::string_view kHostile =
    "evil\"name'\n\x1b[31m\xc2\x9b"
    "2J<script>alert(1)</script>\xff\xe2\x80\xae,x";

model::ScanResult SampleResult();
/// No findings, no packages, nothing asked: every field as it is by default.
model::ScanResult BareResult();
/// The sample, as a scan for secrets and malware alone gives it.
model::ScanResult ContentResult();

}  // namespace weir::report
