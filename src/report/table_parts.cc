#include "report/table_parts.h"

#include <algorithm>

#include "base/strings.h"
#include "report/text.h"

namespace weir::report {

using model::Severity;

std::string Colour(Severity severity, const std::string& text, bool on) {
  if (!on) return text;
  const char* code = "0";
  switch (severity) {
    case Severity::kCritical:
      code = "1;31";
      break;
    case Severity::kHigh:
      code = "31";
      break;
    case Severity::kMedium:
      code = "33";
      break;
    case Severity::kLow:
      code = "36";
      break;
    default:
      code = "2";
      break;
  }
  return std::string("\033[") + code + "m" + text + "\033[0m";
}

std::string Bold(const std::string& text, bool on) { return on ? "\033[1m" + text + "\033[0m" : text; }

std::string SeverityCounts(const std::array<std::size_t, 6>& counts, bool colour) {
  constexpr Severity kDown[] = {Severity::kCritical, Severity::kHigh,       Severity::kMedium,
                                Severity::kLow,      Severity::kNegligible, Severity::kUnknown};
  std::string out, separator = ": ";
  for (Severity severity : kDown) {
    std::size_t n = counts[static_cast<std::size_t>(severity)];
    if (n == 0) continue;
    out += separator +
           Colour(severity, std::to_string(n) + " " + std::string(model::SeverityName(severity)), colour);
    separator = ", ";
  }
  return out;
}

void Columns::Add(std::vector<std::string> cells, Severity severity, std::string note) {
  Measure(cells);
  rows_.push_back({std::move(cells), severity, std::move(note)});
}

std::string Columns::ToText(const std::vector<std::size_t>& most, std::size_t severity_column,
                            const ReportOptions& options) const {
  std::vector<std::size_t> widths = widths_;
  std::size_t used = 2;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    widths[i] = std::min(widths[i], most[i]);
    if (i + 1 < widths.size()) used += widths[i] + 2;
  }
  widths.back() = std::max<std::size_t>(options.width > used ? options.width - used : 0, 10);
  std::string out = Bold(Line(head_, widths), options.colour) + "\n";
  const std::size_t indent = 2 + widths.front() + 2;
  for (const Row& row : rows_) {
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      std::string text = Cut(row.cells[i], widths[i]);
      if (i + 1 < row.cells.size()) text = PadRight(text, widths[i]);
      shown.push_back(i == severity_column ? Colour(row.severity, text, options.colour) : text);
    }
    out += "  " + Join(shown, "  ") + "\n";
    if (row.note.empty()) continue;
    constexpr std::size_t kNarrowest = 20;
    std::size_t room = std::max<std::size_t>(options.width > indent ? options.width - indent : 0, kNarrowest);
    out += std::string(indent, ' ') + Cut(row.note, room) + "\n";
  }
  return out;
}

void Columns::Measure(const std::vector<std::string>& cells) {
  widths_.resize(std::max(widths_.size(), cells.size()));
  for (std::size_t i = 0; i < cells.size(); ++i) widths_[i] = std::max(widths_[i], Width(cells[i]));
}

std::string Columns::Line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string out = "  ";
  for (std::size_t i = 0; i < cells.size(); ++i)
    out += i + 1 == cells.size() ? cells[i] : PadRight(cells[i], widths[i]) + "  ";
  return out;
}

}  // namespace weir::report
