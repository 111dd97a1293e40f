// Who holds, may read or runs what was found in an asset: made once from a snapshot of
// what runs, asked for each place of each finding.
// Threading: read-only once built. RESULT and the findings must outlive it.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/scan_result.h"
#include "rank/exposure.h"
#include "rank/members.h"

namespace weir::rank {

/// A network-facing process that gets at a secret.
struct Reach {
  enum class Right : std::uint8_t {
    kNone,       // no such process, or not known
    kItself,     // it is the process that holds it
    kOwner,      // it runs as the file's owner
    kEverybody,  // anybody may read it
    kRoot,       // only because root reads everything
    kNeighbour,  // it sees the same files as the process that holds it, and may look into that one
  };
  Right right = Right::kNone;
  std::size_t process = 0;
  /// Of the weights of listening and being reached: less where any process of root's would do.
  double Share() const;
};

class ContentIndex {
 public:
  static constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

  ContentIndex(const model::ScanResult& result, std::span<const model::ContentFinding> findings);

  const model::Process& ProcessAt(std::size_t i) const { return processes_[i]; }
  const Exposure& ExposureAt(std::size_t i) const { return exposures_[i]; }
  /// Whether process I has power over the host beyond what its user has.
  bool Privileged(std::size_t i) const;

  /// The process that PLACE names by its pid, or kNobody.
  std::size_t HolderOf(const model::ContentPlace& place) const;
  /// The most exposed process that may read PLACE.
  Reach ReaderOf(const model::ContentPlace& place) const;
  /// Whether every user may read the file at PLACE, as far as its own mode and root's home tell.
  bool OpenToAll(const model::ContentPlace& place) const;
  /// Where the asset lies on the host, with a slash at the end; empty where its root is the root.
  const std::string& prefix() const { return viewers_.prefix; }
  /// A process that runs or has loaded the file at PLACE, the most exposed one; or kNobody.
  std::size_t RunnerOf(const model::ContentPlace& place) const;
  /// A process that was started with the path of PLACE as an argument, or kNobody.
  std::size_t NamedBy(const model::ContentPlace& place) const;

 private:
  /// Processes that see the same files.
  using Root = std::pair<std::uint64_t, std::string_view>;
  struct FileUse {
    std::size_t runner = kNobody, named_by = kNobody;
  };

  static Root RootOf(const model::Process& process) {
    return process.root_id != 0 ? Root{process.root_id, {}} : Root{0, process.container_id};
  }
  /// The more exposed of two, the first where they are alike.
  std::size_t Worse(std::size_t a, std::size_t b) const;
  void IndexListeners();
  void IndexWanted(std::span<const model::ContentFinding> findings);
  void IndexUses();
  void IndexArguments(std::size_t process);
  FileUse* Wanted(std::string_view path);
  const FileUse* UseOf(const model::ContentPlace& place) const;
  Reach ReaderOfFile(const model::ContentPlace& place) const;
  Reach ReaderOfProcess(const model::ContentPlace& place) const;
  void Choose(Reach& best, Reach::Right right, std::size_t process) const;

  const std::vector<model::Process>& processes_;
  Members viewers_;
  std::vector<Exposure> exposures_;
  std::vector<double> danger_;  // of each process, over the network
  std::unordered_map<std::uint32_t, std::size_t> by_pid_;
  std::unordered_map<std::string_view, bool> privileged_containers_;
  // The most exposed listeners: among those that see the asset's files, and in each root.
  std::unordered_map<std::uint32_t, std::size_t> listener_by_user_;
  std::size_t listener_ = kNobody;
  std::map<std::pair<Root, std::uint32_t>, std::size_t> root_listener_by_user_;
  std::map<Root, std::size_t> root_listener_;
  std::unordered_map<std::string, FileUse> uses_;  // of the files that were found
};

}  // namespace weir::rank
