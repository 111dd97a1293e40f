#include "model/purl.h"

#include <algorithm>

#include "base/strings.h"

namespace weir::model {
namespace {

struct TypeRow {
  PackageType type;
  std::string_view purl;
};
constexpr TypeRow kTypes[] = {
    {PackageType::kDeb, "deb"},         {PackageType::kRpm, "rpm"},
    {PackageType::kApk, "apk"},         {PackageType::kMaven, "maven"},
    {PackageType::kNpm, "npm"},         {PackageType::kPypi, "pypi"},
    {PackageType::kGolang, "golang"},   {PackageType::kCargo, "cargo"},
    {PackageType::kGem, "gem"},         {PackageType::kComposer, "composer"},
    {PackageType::kNuget, "nuget"},     {PackageType::kConda, "conda"},
    {PackageType::kBitnami, "bitnami"}, {PackageType::kWordpress, "wordpress-plugin"},
};

std::string PercentEncode(std::string_view text, std::string_view kept) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    if (IsAlpha(c) || IsDigit(c) || std::string_view("-._~").find(c) != std::string_view::npos ||
        kept.find(c) != std::string_view::npos) {
      out += c;
    } else {
      auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

std::string PercentDecode(std::string_view text) {
  auto digit = [](char c) -> int {
    if (IsDigit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// "a/b/c" to {"a/b", "c"}.
std::pair<std::string, std::string> SplitLast(std::string_view text, char separator) {
  std::size_t at = text.rfind(separator);
  if (at == std::string_view::npos) return {"", std::string(text)};
  return {std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
}

void AddQualifier(Purl& purl, std::string_view key, std::string_view value) {
  if (!value.empty()) purl.qualifiers.emplace_back(key, value);
}

/// "1:2.3-4" to {"1", "2.3-4"}.
std::pair<std::string_view, std::string_view> SplitEpoch(std::string_view version) {
  std::size_t colon = version.find(':');
  if (colon == std::string_view::npos || !ParseUint(version.substr(0, colon))) return {"", version};
  return {version.substr(0, colon), version.substr(colon + 1)};
}

}  // namespace

std::string Purl::ToString() const {
  std::string out = "pkg:" + type + "/";
  if (!namespace_path.empty()) out += PercentEncode(namespace_path, "/") + "/";
  out += PercentEncode(name, "");
  if (!version.empty()) out += "@" + PercentEncode(version, ":");
  char separator = '?';
  for (const auto& [key, value] : qualifiers) {
    out += separator + key + "=" + PercentEncode(value, ":/,");
    separator = '&';
  }
  if (!subpath.empty()) out += "#" + PercentEncode(subpath, "/");
  return out;
}

Result<Purl> ParsePurl(std::string_view text) {
  auto malformed = [&](std::string_view why) {
    return Err(Code::kMalformed,
               "not a package URL: " + ToValidUtf8(text.substr(0, 200)) + " (" + std::string(why) + ")");
  };
  std::string_view rest = text;
  if (!rest.starts_with("pkg:")) return malformed("no \"pkg:\"");
  rest.remove_prefix(4);
  while (rest.starts_with('/')) rest.remove_prefix(1);
  Purl purl;
  if (std::size_t hash = rest.find('#'); hash != std::string_view::npos) {
    purl.subpath = PercentDecode(rest.substr(hash + 1));
    rest = rest.substr(0, hash);
  }
  if (std::size_t question = rest.find('?'); question != std::string_view::npos) {
    for (std::string_view pair : Split(rest.substr(question + 1), '&')) {
      std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos) continue;
      AddQualifier(purl, ToLower(pair.substr(0, equals)), PercentDecode(pair.substr(equals + 1)));
    }
    std::sort(purl.qualifiers.begin(), purl.qualifiers.end());
    rest = rest.substr(0, question);
  }
  std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return malformed("no type");
  purl.type = ToLower(rest.substr(0, slash));
  rest.remove_prefix(slash + 1);
  // An '@' at the front of a path component belongs to an npm scope, not to a version.
  if (std::size_t at = rest.rfind('@'); at != std::string_view::npos && at > 0 && rest[at - 1] != '/' &&
                                        rest.find('/', at) == std::string_view::npos) {
    purl.version = PercentDecode(rest.substr(at + 1));
    rest = rest.substr(0, at);
  }
  while (rest.ends_with('/')) rest.remove_suffix(1);
  auto [space, name] = SplitLast(rest, '/');
  purl.namespace_path = PercentDecode(space);
  purl.name = PercentDecode(name);
  if (purl.name.empty()) return malformed("no name");
  return purl;
}

std::string BuildPurl(const Package& package, const Distro& distro) {
  Purl purl;
  purl.type = "generic";
  for (const TypeRow& row : kTypes)
    if (row.type == package.type) purl.type = row.purl;
  purl.name = package.name;
  purl.version = package.version;
  switch (package.type) {
    case PackageType::kDeb:
    case PackageType::kRpm:
    case PackageType::kApk: {
      purl.namespace_path = distro.id;
      AddQualifier(purl, "arch", package.arch);
      if (!distro.id.empty() && !distro.version_id.empty())
        AddQualifier(purl, "distro", distro.id + "-" + distro.version_id);
      if (package.type == PackageType::kRpm) {
        auto [epoch, version] = SplitEpoch(package.version);
        AddQualifier(purl, "epoch", epoch);
        purl.version = version;
        if (package.module_known) AddQualifier(purl, "rpmmod", package.module);
      }
      if (!package.source_name.empty() &&
          (package.source_name != package.name || !package.source_version.empty())) {
        std::string upstream = package.source_name;
        if (!package.source_version.empty()) upstream += "@" + package.source_version;
        AddQualifier(purl, "upstream", upstream);
      }
      break;
    }
    case PackageType::kMaven: {
      auto [group, artifact] = SplitLast(package.name, ':');
      purl.namespace_path = group;
      purl.name = artifact;
      break;
    }
    case PackageType::kNpm:
    case PackageType::kGolang:
    case PackageType::kComposer: {
      auto [space, name] = SplitLast(package.name, '/');
      purl.namespace_path = space;
      purl.name = name;
      break;
    }
    case PackageType::kPypi:
      purl.name = ReplaceAll(ToLower(package.name), "_", "-");
      break;
    default:
      break;
  }
  std::sort(purl.qualifiers.begin(), purl.qualifiers.end());
  return purl.ToString();
}

Result<Package> PackageFromPurl(std::string_view text) {
  WEIR_ASSIGN(Purl purl, ParsePurl(text));
  Package package;
  package.type = PackageType::kBinary;
  for (const TypeRow& row : kTypes)
    if (row.purl == purl.type) package.type = row.type;
  package.purl = std::string(text);
  package.version = purl.version;
  package.name = purl.name;
  bool joined = package.type == PackageType::kNpm || package.type == PackageType::kGolang ||
                package.type == PackageType::kComposer;
  if (!purl.namespace_path.empty() && package.type == PackageType::kMaven) {
    package.name = purl.namespace_path + ":" + purl.name;
  } else if (!purl.namespace_path.empty() && joined) {
    package.name = purl.namespace_path + "/" + purl.name;
  }
  for (const auto& [key, value] : purl.qualifiers) {
    if (key == "arch") {
      package.arch = value;
    } else if (key == "epoch" && package.type == PackageType::kRpm && value != "0") {
      package.version = value + ":" + package.version;
    } else if (key == "rpmmod") {
      package.module = value;
      package.module_known = true;
    } else if (key == "upstream") {
      std::size_t at = value.find('@');
      package.source_name = value.substr(0, at);
      if (at != std::string::npos) package.source_version = value.substr(at + 1);
      // syft names the source RPM file: "bash-5.1.8-6.el9.src.rpm".
      if (package.type == PackageType::kRpm && package.source_name.ends_with(".src.rpm")) {
        std::string stem = package.source_name.substr(0, package.source_name.size() - 8);
        std::size_t release = stem.rfind('-');
        std::size_t dash =
            release == std::string::npos || release == 0 ? release : stem.rfind('-', release - 1);
        if (dash != std::string::npos) {
          package.source_name = stem.substr(0, dash);
          package.source_version = stem.substr(dash + 1);
        }
      }
    }
  }
  return package;
}

Distro DistroFromPurl(std::string_view text) {
  Distro distro;
  Result<Purl> purl = ParsePurl(text);
  if (!purl) return distro;
  for (const auto& [key, value] : purl->qualifiers) {
    if (key != "distro") continue;
    std::size_t dash = value.rfind('-');
    distro.id = dash == std::string::npos ? purl->namespace_path : value.substr(0, dash);
    distro.version_id = dash == std::string::npos ? value : value.substr(dash + 1);
  }
  return distro;
}

}  // namespace weir::model
