#include "net/event_reader.h"

#include "base/strings.h"

namespace weir::net {

Result<void> EventReader::Feed(std::string_view bytes, std::vector<ServerEvent>& events) {
  while (!bytes.empty()) {
    if (after_carriage_return_ && bytes.front() == '\n') bytes.remove_prefix(1);
    after_carriage_return_ = false;
    std::size_t end = bytes.find_first_of("\r\n");
    std::string_view piece = bytes.substr(0, end);
    if (line_.size() + piece.size() > limits_.line_bytes)
      return Err(Code::kLimitExceeded, "a line of the event stream is too long");
    line_.append(piece);
    if (end == std::string_view::npos) return {};
    after_carriage_return_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    TakeLine(line_, events);
    line_.clear();
    if (data_.size() > limits_.event_bytes)
      return Err(Code::kLimitExceeded, "an event of the stream is too large");
  }
  return {};
}

void EventReader::TakeLine(std::string_view line, std::vector<ServerEvent>& events) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (at_start_ && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  at_start_ = false;
  if (line.empty()) {
    if (has_data_) events.push_back({name_.empty() ? "message" : name_, std::move(data_), last_id_});
    name_.clear();
    data_.clear();
    has_data_ = false;
    return;
  }
  std::string_view value = line;
  std::string_view name = NextPiece(value, ':');
  if (name.empty()) return;  // a comment
  if (value.starts_with(' ')) value.remove_prefix(1);
  TakeField(name, value);
}

void EventReader::TakeField(std::string_view name, std::string_view value) {
  if (name == "data") {
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  } else if (name == "event") {
    name_ = value;
  } else if (name == "id") {
    if (value.find('\0') == value.npos) last_id_ = value;
  } else if (name == "retry") {
    constexpr std::uint64_t kLongest = 24ULL * 3600 * 1000;
    if (auto milliseconds = ParseUint(value); milliseconds && *milliseconds <= kLongest)
      retry_ = std::chrono::milliseconds(*milliseconds);
  }
}

std::string FormatEvent(std::string_view name, std::string_view id, std::string_view data) {
  std::string out;
  out.reserve(data.size() + name.size() + id.size() + 32);
  if (!id.empty()) out.append("id: ").append(id).append("\n");
  if (!name.empty()) out.append("event: ").append(name).append("\n");
  std::size_t start = 0;
  while (start <= data.size()) {
    std::size_t end = data.find_first_of("\r\n", start);
    out.append("data: ").append(data.substr(start, end - start)).append("\n");
    if (end == std::string_view::npos) break;
    start = end + (data.substr(end, 2) == "\r\n" ? 2 : 1);
  }
  out += '\n';
  return out;
}

}  // namespace weir::net
