// The Linux distribution of a target, from os-release and its older relatives.
// Threading: plain values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::model {

struct Distro {
  std::string id;  // "debian", "ubuntu", "alpine", "rhel", "almalinux" ...; empty = none found
  std::vector<std::string> id_like;
  std::string version_id;  // "12", "22.04", "3.18.4", "9.3"
  std::string codename;    // "bookworm"
  std::string pretty_name;
  bool empty() const { return id.empty(); }
};

/// Parses the text of os-release(5). Never fails: what is not there stays empty.
Distro ParseOsRelease(std::string_view text);

}  // namespace weir::model
