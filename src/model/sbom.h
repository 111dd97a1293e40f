// What was found in one asset: packages, relations, and everything that could
// not be read. Threading: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/distro.h"
#include "model/package.h"

namespace weir::model {

enum class AssetKind : std::uint8_t { kDirectory, kHost, kContainer, kImage, kProcess, kSbom };
std::string_view AssetKindName(AssetKind kind);

struct Layer {
  std::string diff_id;  // "sha256:..." of the uncompressed layer
  std::string digest;   // of the blob as stored
  std::string command;  // from the image history, if any
};

struct Asset {
  AssetKind kind = AssetKind::kDirectory;
  std::string id;             // stable: machine id, container id, image digest, canonical path
  std::string name;           // as the user named it
  std::string image;          // container: its image; image: its repository:tag
  std::vector<Layer> layers;  // images, base first
  std::vector<std::pair<std::string, std::string>> labels;  // sorted by key
};

/// Something that was not read, not understood or cut short. Never fatal, always shown.
struct Problem {
  Code code = Code::kMalformed;
  std::string path;         // in the target; may be empty
  std::string message;      // one line
  std::uint64_t count = 1;  // how many alike were folded into this one
};

struct WalkStats {
  std::uint64_t files = 0, directories = 0, symlinks = 0, other = 0;
  std::uint64_t files_read = 0, bytes_read = 0;
  std::uint64_t elapsed_us = 0;
};

/// Which package installed which file: sorted pairs of Hash64(path) and index
/// into Sbom::packages. Kept for joining running programs to packages; not written to reports.
/// A file list may name a file by a path through a linked folder (/bin/sh where bin is
/// a link to usr/bin) or the other way round: AddLink makes Find see both.
class FileOwners {
 public:
  static constexpr std::size_t kMaxLinks = 100'000;
  void Add(std::string_view path, std::uint32_t package);
  /// LINK, a path, leads to the folder FOLDER. Beyond kMaxLinks they are ignored.
  void AddLink(std::string_view link, std::string_view folder);
  void Sort();
  /// Package index, or -1. PATH from the root, no leading slash. Call Sort first. An owner of
  /// PATH itself comes before one of its other names.
  std::int64_t Find(std::string_view path) const;
  std::size_t size() const { return entries_.size(); }
  std::vector<std::pair<std::uint64_t, std::uint32_t>>& entries() { return entries_; }
  /// For keeping them and adding them again: pairs of a folder and a link to it.
  const std::vector<std::pair<std::string, std::string>>& links() const { return links_; }

 private:
  std::int64_t FindExactly(std::string_view path) const;
  std::vector<std::pair<std::string, std::string>> links_;  // folder, link
  std::vector<std::pair<std::uint64_t, std::uint32_t>> entries_;
};

struct Sbom {
  Asset asset;
  Distro distro;
  std::vector<Package> packages;    // sorted by type, name, version, first location
  std::vector<Relation> relations;  // sorted
  std::vector<Problem> problems;    // sorted by path, message
  WalkStats stats;
  FileOwners owners;
  std::vector<std::string> catalogers;  // that ran, sorted
};

}  // namespace weir::model
