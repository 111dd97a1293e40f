#include <unistd.h>

#include "advisory/updater.h"

namespace weir::advisory {

Result<std::shared_ptr<const Index>> OpenDatabase(const std::string& explicit_path,
                                                  const std::string& data_dir) {
  if (!explicit_path.empty()) return Index::Open(explicit_path);
  std::string path = data_dir + "/advisories.idx";
  if (!data_dir.empty() && ::access(path.c_str(), F_OK) == 0) {
    auto index = Index::Open(path);
    if (!index) return Err(index.error().Context("the advisory index (weir db update builds it anew)"));
    return index;
  }
  return Index::FromMemory(EmbeddedIndexBytes());
}

}  // namespace weir::advisory
