// Which installed package gives a name that others depend on: its own name, a
// virtual package, a shared library or a command.
// Threading: one thread. The views given to Add must outlive the index.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace weir::sbom {

class ProvidesIndex {
 public:
  void AddName(std::string_view name, std::uint32_t package) { names_.emplace(name, package); }
  void AddProvided(std::string_view name, std::uint32_t package) { provided_.emplace(name, package); }
  /// The package of that name, else the first that provides it.
  std::optional<std::uint32_t> Find(std::string_view name) const {
    if (auto at = names_.find(name); at != names_.end()) return at->second;
    if (auto at = provided_.find(name); at != provided_.end()) return at->second;
    return std::nullopt;
  }

 private:
  std::unordered_map<std::string_view, std::uint32_t> names_, provided_;
};

}  // namespace weir::sbom
