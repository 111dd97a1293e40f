// One encoder a version scheme; version.cc holds the table. Each .cc names the
// reference whose order it follows.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::advisory {

Result<std::string> EncodeDeb(std::string_view version);
Result<std::string> EncodeRpm(std::string_view version);
Result<std::string> EncodeApk(std::string_view version);
Result<std::string> EncodeSemver(std::string_view version);
Result<std::string> EncodeNpm(std::string_view version);
Result<std::string> EncodePep440(std::string_view version);
Result<std::string> EncodeMaven(std::string_view version);
Result<std::string> EncodeGem(std::string_view version);
Result<std::string> EncodeGo(std::string_view version);
Result<std::string> EncodeNuget(std::string_view version);
Result<std::string> EncodeComposer(std::string_view version);
Result<std::string> EncodeFuzzy(std::string_view version);

/// Maven's own comparison is not transitive (maven.cc says where), so no key can hold all
/// of it; asked for a single pair, Weir answers as Maven does.
std::strong_ordering CompareMaven(std::string_view a, std::string_view b);

}  // namespace weir::advisory
