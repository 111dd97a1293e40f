// Work that a tree walk still has to do, shared by its threads.
//
// Last in, first out, so that a walk goes deep before it goes wide and the
// waiting work stays small. Threading: safe from several threads.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.h"

namespace weir::target {

/// One folder on the way from the root; the chain gives its path.
struct Folder {
  std::shared_ptr<const Folder> parent;  // null for the root
  std::string name;
  dev_t device = 0;
  ino_t inode = 0;
  std::uint32_t depth = 0;
  std::size_t path_bytes = 0;
  // The same file's times tell whether it changed. On an overlay, files may show another device than folders.
  bool change_times = false, overlay = false;

  Folder() = default;
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  /// Lets go of the chain in a loop: a recursive release would use a stack frame for each level.
  ~Folder() {
    std::shared_ptr<const Folder> next = std::move(parent);
    while (next && next.use_count() == 1) {
      std::shared_ptr<const Folder> above = next->parent;
      next = std::move(above);
    }
  }
  std::string Path() const {
    std::string path(path_bytes, '/');
    std::size_t end = path_bytes;
    for (const Folder* at = this; at->parent != nullptr; at = at->parent.get()) {
      end -= at->name.size();
      std::memcpy(path.data() + end, at->name.data(), at->name.size());
      if (end > 0) --end;
    }
    return path;
  }
};

/// Names in one folder, packed: for files a mask of eight bytes each, then the name and a zero byte.
struct WorkBlock {
  std::shared_ptr<const Folder> folder;
  std::shared_ptr<UniqueFd> descriptor;  // of the folder; null where too many are open
  bool files = false;
  std::string packed;
  std::size_t position = 0;

  void AddFolder(const char* name) { packed.append(name, std::strlen(name) + 1); }
  void AddFile(std::uint64_t mask, const char* name) {
    char raw[sizeof mask];
    std::memcpy(raw, &mask, sizeof mask);
    packed.append(raw, sizeof raw).append(name, std::strlen(name) + 1);
  }
};

struct WorkItem {
  std::shared_ptr<const Folder> folder;
  std::shared_ptr<UniqueFd> descriptor;
  bool file = false;
  std::uint64_t mask = 0;
  std::string name;
};

class TreeQueue {
 public:
  void Push(WorkBlock block) {
    if (block.packed.empty()) return;
    {
      std::lock_guard lock(mutex_);
      if (block.files) ++file_blocks_;
      blocks_.push_back(std::move(block));
    }
    ready_.notify_all();
  }
  /// False when everything is done or the queue was stopped. Each true is answered by one Done.
  bool Pop(WorkItem& item) {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return stopped_ || !blocks_.empty() || active_ == 0; });
    if (stopped_ || blocks_.empty()) return false;
    WorkBlock& block = blocks_.back();
    item.folder = block.folder;
    item.descriptor = block.descriptor;
    item.file = block.files;
    if (block.files) {
      std::memcpy(&item.mask, block.packed.data() + block.position, sizeof item.mask);
      block.position += sizeof item.mask;
    }
    item.name.assign(block.packed.data() + block.position);
    block.position += item.name.size() + 1;
    if (block.position >= block.packed.size()) {
      if (block.files) --file_blocks_;
      blocks_.pop_back();
    }
    ++active_;
    return true;
  }
  void Done() {
    std::lock_guard lock(mutex_);
    if (--active_ == 0 && blocks_.empty()) ready_.notify_all();
  }
  void Stop() {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    ready_.notify_all();
  }
  /// Blocks of files that wait; a lister keeps its files to itself while there are many.
  std::size_t file_blocks() {
    std::lock_guard lock(mutex_);
    return file_blocks_;
  }

 private:
  std::mutex mutex_;  // guards everything below
  std::condition_variable ready_;
  std::vector<WorkBlock> blocks_;
  std::size_t active_ = 0, file_blocks_ = 0;
  bool stopped_ = false;
};

}  // namespace weir::target
