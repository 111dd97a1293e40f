#include "sbom/program/java_release.h"

#include <algorithm>

#include "base/strings.h"
#include "sbom/program/version_strings.h"

namespace weir::sbom {
namespace {

std::string_view Unquoted(std::string_view text) {
  text = Trim(text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return text;
}

/// NVD writes Java 8 as version 1.8.0 with the update in a field of its own, for
/// OpenJDK as 8 with the update; later releases have plain versions.
std::string JavaCpe(std::string_view vendor_product, std::string_view version) {
  std::size_t underscore = version.find('_');
  if (!version.starts_with("1.") || underscore == std::string_view::npos)
    return MakeCpe(vendor_product, version.substr(0, underscore));
  std::string_view base = version.substr(0, underscore);
  if (vendor_product == "oracle:openjdk" && base.size() >= 3) {
    base.remove_prefix(2);
    base = base.substr(0, base.find('.'));
  }
  std::string_view update = version.substr(underscore + 1);
  update = update.substr(0, update.find_first_not_of("0123456789"));
  return "cpe:2.3:a:" + std::string(vendor_product) + ":" + std::string(base) + ":update" +
         std::string(update) + ":*:*:*:*:*:*";
}

bool IsPlainVersion(std::string_view version) {
  return !version.empty() && IsDigit(version.front()) &&
         std::all_of(version.begin(), version.end(),
                     [](char c) { return IsDigit(c) || IsAlpha(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace

Result<JavaRelease> ParseJavaRelease(std::string_view text) {
  JavaRelease release;
  std::string_view image_type, graal;
  while (!text.empty()) {
    std::string_view line = NextLine(text);
    std::string_view key = NextPiece(line, '=');
    std::string_view value = Unquoted(line);
    if (key == "JAVA_VERSION") release.version = value;
    if (key == "IMPLEMENTOR") release.vendor = value;
    if (key == "JAVA_RUNTIME_VERSION") release.runtime_version = value;
    if (key == "IMAGE_TYPE") image_type = value;
    if (key == "GRAALVM_VERSION") graal = value;
  }
  if (!IsPlainVersion(release.version)) return Err(Code::kNotFound, "not a Java release file");
  if (release.vendor.starts_with("Oracle") && graal.empty()) {
    release.package = "oracle-java";
    release.cpes = {JavaCpe(image_type == "JRE" ? "oracle:jre" : "oracle:jdk", release.version),
                    JavaCpe("oracle:openjdk", release.version)};
  } else {
    release.package = graal.empty() ? "openjdk" : "graalvm";
    release.cpes = {JavaCpe("oracle:openjdk", release.version)};
    if (!graal.empty()) release.cpes.push_back(MakeCpe("oracle:graalvm", graal));
  }
  return release;
}

}  // namespace weir::sbom
