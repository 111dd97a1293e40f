#include "sbom/node_manifest.h"

#include <simdjson.h>

#include <algorithm>

#include "base/strings.h"
#include "sbom/license_names.h"
#include "sbom/url_text.h"

namespace weir::sbom {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kMaxDependencies = 5000;
constexpr std::size_t kMaxLicenses = 16;

/// The value as text, or empty where it is not a string.
std::string_view TextOf(ondemand::value value) {
  std::string_view text;
  return value.get_string().get(text) == simdjson::SUCCESS ? text : std::string_view();
}

bool IsObject(ondemand::value value) {
  ondemand::json_type type{};
  return value.type().get(type) == simdjson::SUCCESS && type == ondemand::json_type::object;
}
bool IsArray(ondemand::value value) {
  ondemand::json_type type{};
  return value.type().get(type) == simdjson::SUCCESS && type == ondemand::json_type::array;
}

/// Calls EACH with key and value of every member; false where the JSON is broken.
template <class Each>
bool ForMembers(ondemand::object object, Each each) {
  for (auto member : object) {
    std::string_view key;
    ondemand::value value;
    if (member.error() != simdjson::SUCCESS || member.unescaped_key().get(key) != simdjson::SUCCESS ||
        member.value().get(value) != simdjson::SUCCESS)
      return false;
    each(key, value);
  }
  return true;
}

void AddLicense(std::string_view text, NodeManifest& out) {
  // "SEE LICENSE IN <file>" names no licence.
  if (text.empty() || text.starts_with("SEE LICENSE") || out.licenses.size() >= kMaxLicenses) return;
  std::string license = NormalizeLicense(text);
  if (!license.empty() && std::find(out.licenses.begin(), out.licenses.end(), license) == out.licenses.end())
    out.licenses.push_back(std::move(license));
}

/// A name, {"type": name, "url": ...}, or a list of either: all three are in use.
void AddLicenses(ondemand::value value, NodeManifest& out, bool inner = false) {
  if (IsObject(value)) {
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return;
    ForMembers(object, [&](std::string_view key, ondemand::value member) {
      if (key == "type" || key == "name") AddLicense(TextOf(member), out);
    });
  } else if (IsArray(value) && !inner) {
    ondemand::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return;
    for (auto element : array) {
      ondemand::value member;
      if (element.get(member) != simdjson::SUCCESS) return;
      AddLicenses(member, out, true);
    }
  } else {
    AddLicense(TextOf(value), out);
  }
}

void AddDependencies(ondemand::value value, NodeManifest& out) {
  ondemand::object object;
  if (!IsObject(value) || value.get_object().get(object) != simdjson::SUCCESS) return;
  ForMembers(object, [&](std::string_view key, ondemand::value) {
    if (out.dependencies.size() < kMaxDependencies && IsNodeName(key)) out.dependencies.emplace_back(key);
  });
}

std::string AuthorOf(ondemand::value value) {
  std::string out;
  if (IsObject(value)) {
    ondemand::object object;
    if (value.get_object().get(object) == simdjson::SUCCESS)
      ForMembers(object, [&](std::string_view key, ondemand::value member) {
        if (key == "name") out = TextOf(member);
      });
  } else {
    out = TextOf(value);
  }
  return out.substr(0, 200);
}

}  // namespace

bool IsNodeName(std::string_view name) {
  static constexpr std::size_t kMaxBytes = 214;  // npm's own limit
  if (name.starts_with('@')) {
    std::size_t slash = name.find('/');
    if (slash == std::string_view::npos || slash < 2 || slash + 1 == name.size()) return false;
    if (name.find('/', slash + 1) != std::string_view::npos) return false;
  } else if (name.find('/') != std::string_view::npos) {
    return false;
  }
  return !name.empty() && name.size() <= kMaxBytes && name[0] != '.' &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return c > ' ' && c < 0x7f && c != '\\' && c != '"'; });
}

std::string CleanNodeVersion(std::string_view version) {
  version = Trim(version);
  while (version.starts_with('v') || version.starts_with('=')) version = Trim(version.substr(1));
  return ToValidUtf8(version.substr(0, 256));
}

Result<NodeManifest> ParseNodeManifest(std::string text) {
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object root;
  auto malformed = [] { return Err(Code::kMalformed, "package.json: not a JSON object"); };
  if (parser.iterate(text.data(), text.size(), text.capacity()).get(document) != simdjson::SUCCESS ||
      document.get_object().get(root) != simdjson::SUCCESS)
    return malformed();
  NodeManifest out;
  bool whole = ForMembers(root, [&](std::string_view key, ondemand::value value) {
    if (key == "name") out.name = TextOf(value);
    if (key == "version") out.version = CleanNodeVersion(TextOf(value));
    if (key == "license" || key == "licenses") AddLicenses(value, out);
    if (key == "author") out.author = AuthorOf(value);
    if (key == "_resolved") out.resolved = PublicUrl(TextOf(value));
    if (key == "dependencies" || key == "optionalDependencies") AddDependencies(value, out);
  });
  if (!whole) return malformed();
  return out;
}

}  // namespace weir::sbom
