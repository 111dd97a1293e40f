// A text that is offered as a file though it lies in none: the environment of a
// process, a label of an image, the message of a commit.
// Threading: as File.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "target/visitor_set.h"
#include "target/walk_control.h"

namespace weir::target {

class TextFile final : public File {
 public:
  TextFile(const Entry& entry, std::string text, std::uint32_t mode = 0, std::uint32_t owner = 0)
      : entry_(entry), content_(MakeMemorySource(std::move(text))), mode_(mode), owner_(owner) {}
  const Entry& entry() const override { return entry_; }
  std::uint64_t size() const override { return content_->size(); }
  std::uint32_t mode() const override { return mode_; }
  std::uint32_t owner() const override { return owner_; }
  ByteSource& content() override { return *content_; }

 private:
  Entry entry_;
  std::unique_ptr<ByteSource> content_;
  std::uint32_t mode_, owner_;
};

/// The same, of bytes that must outlive it.
class BorrowedFile final : public File {
 public:
  BorrowedFile(const Entry& entry, std::string_view bytes, std::uint32_t mode)
      : entry_(entry), content_(MakeBorrowedSource(bytes)), mode_(mode) {}
  const Entry& entry() const override { return entry_; }
  std::uint64_t size() const override { return content_->size(); }
  std::uint32_t mode() const override { return mode_; }
  std::uint32_t owner() const override { return 0; }
  ByteSource& content() override { return *content_; }

 private:
  Entry entry_;
  std::unique_ptr<ByteSource> content_;
  std::uint32_t mode_;
};

/// Has FILE visited by the visitors in MASK, and counts it as read.
inline void VisitText(const VisitorSet& visitors, std::uint64_t mask, TextFile& file, WalkControl& control) {
  visitors.VisitFile(mask, file);
  model::WalkStats stats;
  stats.files_read = 1;
  stats.bytes_read = file.size();
  control.Count(stats);
}

}  // namespace weir::target
