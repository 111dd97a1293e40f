#include "base/hash.h"
#include "sbom/cataloger.h"

namespace weir::sbom {
namespace {

constexpr std::size_t kMostKeptProblems = 1000;  // of one file

}  // namespace

bool Emitter::HasRoom(std::atomic<std::size_t>& used, std::size_t more, std::size_t limit,
                      std::atomic<bool>& told, std::string_view what) {
  if (used.fetch_add(more) + more <= limit) return true;
  used -= more;
  can_be_kept_ = false;
  if (!told.exchange(true))
    totals_.problems.Add(
        Code::kLimitExceeded, "",
        "more than " + std::to_string(limit) + " " + std::string(what) + "; the rest was left out");
  return false;
}

bool Emitter::HasRoomForFiles(std::size_t more) {
  return HasRoom(totals_.owned_files, more, totals_.limits.owned_files, totals_.told_files,
                 "files of packages");
}

std::string Emitter::Add(model::Package package) {
  WEIR_CHECK(!package.locations.empty());
  package.id = model::ComputePackageId(package);
  std::string id = package.id;
  if (HasRoom(totals_.packages, 1, totals_.limits.packages, totals_.told_packages, "packages"))
    found_.packages.push_back(std::move(package));
  return id;
}

void Emitter::Relate(std::string_view from, std::string_view to, model::RelationKind kind) {
  if (HasRoom(totals_.relations, 1, totals_.limits.relations, totals_.told_relations,
              "relations of packages"))
    found_.relations.push_back({std::string(from), std::string(to), kind});
}

void Emitter::Own(std::string_view package_id, std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  if (path.empty() || !HasRoomForFiles(1)) return;
  if (found_.owned.empty() || found_.owned.back().owner != package_id)
    found_.owned.push_back({std::string(package_id), {}});
  found_.owned.back().path_hashes.push_back(Hash64(path));
}

void Emitter::OwnMany(std::string_view package_id, std::vector<std::uint64_t> path_hashes) {
  if (!path_hashes.empty() && HasRoomForFiles(path_hashes.size()))
    found_.owned.push_back({std::string(package_id), std::move(path_hashes)});
}

void Emitter::Problem(Code code, std::string_view path, std::string_view message) {
  totals_.problems.Add(code, path, message);
  if (found_.problems.size() < kMostKeptProblems) {
    found_.problems.push_back({code, std::string(path), std::string(message), 1});
  } else {
    can_be_kept_ = false;
  }
}

void Emitter::Replay(Contribution&& earlier) {
  for (model::Package& package : earlier.packages)
    if (HasRoom(totals_.packages, 1, totals_.limits.packages, totals_.told_packages, "packages"))
      found_.packages.push_back(std::move(package));
  for (model::Relation& relation : earlier.relations)
    if (HasRoom(totals_.relations, 1, totals_.limits.relations, totals_.told_relations,
                "relations of packages"))
      found_.relations.push_back(std::move(relation));
  for (OwnedFiles& files : earlier.owned)
    if (HasRoomForFiles(files.path_hashes.size())) found_.owned.push_back(std::move(files));
  for (const model::Problem& problem : earlier.problems)
    totals_.problems.Add(problem.code, problem.path, problem.message);
  for (std::string& note : earlier.notes) found_.notes.push_back(std::move(note));
}

}  // namespace weir::sbom
