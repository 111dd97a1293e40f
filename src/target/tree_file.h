// A regular file of a live tree, during its visit.
// Threading: as File.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>

#include "target/file_content.h"
#include "target/visitor_set.h"
#include "target/walk_control.h"

namespace weir::target {

class TreeFile final : public File {
 public:
  TreeFile(const Entry& entry, int folder, const char* name, const struct stat& info, bool change_times)
      : entry_(entry), info_(info), content_(folder, name, info), change_times_(change_times) {}
  const Entry& entry() const override { return entry_; }
  std::uint64_t size() const override { return content_.size(); }
  std::uint32_t mode() const override { return info_.st_mode & 07777U; }
  std::uint32_t owner() const override { return info_.st_uid; }
  LazyFileContent& content() override { return content_; }
  std::optional<FileIdentity> identity() const override {
    if (!change_times_) return std::nullopt;
    auto nanoseconds = [](const struct timespec& time) {
      return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    };
    return FileIdentity{info_.st_dev, info_.st_ino, static_cast<std::uint64_t>(info_.st_size),
                        nanoseconds(info_.st_mtim), nanoseconds(info_.st_ctim)};
  }
  bool failed() const override { return content_.first_error().has_value(); }

 private:
  Entry entry_;
  const struct stat& info_;
  LazyFileContent content_;
  bool change_times_;
};

/// Has FILE visited by the visitors in MASK, counts what was read of it and reports what could not be.
inline void VisitTreeFile(const VisitorSet& visitors, std::uint64_t mask, TreeFile& file,
                          WalkControl& control) {
  visitors.VisitFile(mask, file);
  model::WalkStats stats;
  stats.files_read = file.content().opened() ? 1 : 0;
  stats.bytes_read = file.content().bytes_read();
  control.Count(stats);
  if (std::optional<Error> error = file.content().first_error())
    control.problems().Add(*error, file.entry().path);
}

}  // namespace weir::target
