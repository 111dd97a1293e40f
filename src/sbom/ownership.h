// Who installed what: joins packages found in files to the OS package whose
// file list has those files, so that one piece of software is not reported twice.
// Threading: LinkedFolders::Add from any thread; the rest on one.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/sbom.h"
#include "target/target.h"

namespace weir::sbom {

/// Folders that are links ("bin" to "usr/bin"), so that a file list that says
/// bin/sh owns the file that the walk saw as usr/bin/sh.
class LinkedFolders {
 public:
  void Add(const target::Entry& entry, std::string_view link_target);
  void MoveTo(model::FileOwners& owners);

 private:
  std::mutex mutex_;
  std::vector<std::pair<std::string, std::string>> links_;  // link, folder
  std::size_t at_root_ = 0;
};

/// Adds a kOwns relation for every package whose files an OS package installed. It
/// also sets owned_by, which takes the package out of matching, where the owner's
/// advisories can be trusted to speak for it: not for third-party OS packages, that
/// no distribution watches. SBOM's owners must be sorted.
void MarkOwned(model::Sbom& sbom);

/// Removes what only ELF notes tell of OS packages whose database is there. To be called
/// before owners are set, which are indices of packages.
void DropRepeatedNotes(model::Sbom& sbom);

/// True where OWNER, which installed PATH, comes from DISTRO itself as far as can be told.
bool IsFromDistro(const model::Package& owner, std::string_view path, const model::Distro& distro);

}  // namespace weir::sbom
