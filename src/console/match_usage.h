// How the packages of one asset are used, as its sensor tells it: by the ids of the
// packages in its SBOM, whole or as changes. Threading: a value.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/sbom.h"
#include "model/usage.h"
#include "store/packages.h"
#include "wire/messages.h"

namespace weir::console {

class UsageTable {
 public:
  UsageTable() = default;
  /// Text as Save gave it; empty: nothing is known.
  static Result<UsageTable> Load(std::string_view bytes);
  std::string Save() const;

  void Apply(const wire::UsageChange& change);
  /// Forgets packages that SBOM does not have.
  void KeepOnly(const model::Sbom& sbom);

  const model::Usage& others() const { return others_; }
  const model::Usage& Of(const std::string& package_id) const;
  /// For each distinct package that is used otherwise than the others: its most exposed instance's usage.
  /// IDS are the distinct packages of PACKAGE_IDS.
  std::vector<store::PackageUsage> ByDistinct(std::span<const std::string> package_ids,
                                              std::span<const store::PackageId> ids) const;

 private:
  model::Usage others_;
  std::map<std::string, model::Usage> packages_;
};

}  // namespace weir::console
