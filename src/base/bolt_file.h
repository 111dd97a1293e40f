// Reads databases of bbolt (containerd's and its snapshotters' metadata) without
// the program that owns them: bytes of the file, no locks, nothing written.
// Source: github.com/etcd-io/bbolt, page.go, db.go, bucket.go.
//
// Everything in the file is outside bytes. Threading: a BoltFile never changes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace weir {

class BoltFile {
 public:
  struct Item {
    std::string_view key, value;  // into the file
    bool bucket = false;
  };

  /// Reads PATH while its owner may be writing; kUnavailable where it changes too fast.
  static Result<BoltFile> Open(const std::string& path, std::uint64_t max_bytes);
  static Result<BoltFile> Parse(std::string bytes);

  /// What is directly in the bucket at PATH, by key; kNotFound where there is no such bucket.
  Result<std::vector<Item>> List(std::span<const std::string_view> path) const;
  /// The value of KEY in the bucket at PATH.
  Result<std::string_view> Get(std::span<const std::string_view> path, std::string_view key) const;

 private:
  /// A page in the file, or one inside a value.
  Result<Bytes> Page(std::uint64_t id) const;
  Result<void> Collect(Bytes page, int depth, std::size_t& visited, std::vector<Item>& out) const;
  Result<std::vector<Item>> ListBucket(std::string_view bucket) const;

  std::string bytes_;
  std::uint64_t page_size_ = 0, root_ = 0;
};

}  // namespace weir
