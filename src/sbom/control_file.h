// Debian control files: stanzas of "Field: value" lines, parted by empty lines.
// dpkg's status, the files of status.d and opkg's databases are all of this form.
// Source: deb-control(5), Debian Policy chapter 5.
// Threading: one reader a thread; the views live as long as the text.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace weir::sbom {

class ControlReader {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;  // continuation lines included, as they are in the file
  };

  explicit ControlReader(std::string_view text) : rest_(text) {}
  /// Moves to the next stanza; false at the end of the text.
  bool Next();
  /// Value of the field of that name (letter case ignored), or empty. The first one counts.
  std::string_view Get(std::string_view name) const;
  const std::vector<Field>& fields() const { return fields_; }
  /// Lines of this stanza that are neither a field, nor a continuation, nor a comment.
  std::uint32_t bad_lines() const { return bad_lines_; }
  /// A field that is there twice in this stanza, or empty.
  std::string_view repeated() const;

 private:
  std::string_view rest_;
  std::vector<Field> fields_;
  std::uint32_t bad_lines_ = 0;
};

}  // namespace weir::sbom
