#include "sbom/control_file.h"

#include <algorithm>

#include "base/strings.h"

namespace weir::sbom {
namespace {

// Far above any real stanza; keeps repeated() cheap on hostile text.
constexpr std::size_t kMaxFields = 256;

}  // namespace

bool ControlReader::Next() {
  fields_.clear();
  bad_lines_ = 0;
  while (!rest_.empty()) {
    std::string_view line = NextLine(rest_);
    if (Trim(line).empty()) {
      if (!fields_.empty() || bad_lines_ > 0) return true;
      continue;
    }
    if (line.front() == '#') continue;
    if (line.front() == ' ' || line.front() == '\t') {
      if (fields_.empty()) {
        ++bad_lines_;
        continue;
      }
      Field& last = fields_.back();
      last.value = {last.value.data(),
                    static_cast<std::size_t>(line.data() + line.size() - last.value.data())};
      continue;
    }
    std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || fields_.size() >= kMaxFields) {
      ++bad_lines_;
      continue;
    }
    // An empty value must still point into the text, for continuation lines to grow it.
    fields_.push_back({Trim(line.substr(0, colon)), line.substr(colon + 1)});
    std::string_view& value = fields_.back().value;
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  }
  return !fields_.empty() || bad_lines_ > 0;
}

std::string_view ControlReader::Get(std::string_view name) const {
  for (const Field& field : fields_)
    if (EqualsIgnoreCase(field.name, name)) return field.value;
  return {};
}

std::string_view ControlReader::repeated() const {
  for (std::size_t i = 0; i < fields_.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (EqualsIgnoreCase(fields_[i].name, fields_[j].name)) return fields_[i].name;
  return {};
}

}  // namespace weir::sbom
