// Parts of the table for terminals. Threading: plain values.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "model/severity.h"
#include "report/report.h"

namespace weir::report {

std::string Colour(model::Severity severity, const std::string& text, bool on);
std::string Bold(const std::string& text, bool on);
/// ": 1 critical, 3 high" from counts by severity, the worst first; empty where all are 0.
std::string SeverityCounts(const std::array<std::size_t, 6>& counts, bool colour);

/// Rows of cells under a head; the last column takes what is left of the width.
class Columns {
 public:
  explicit Columns(std::vector<std::string> head) : head_(std::move(head)) { Measure(head_); }
  /// NOTE: a line of its own below the row; none where it is empty.
  void Add(std::vector<std::string> cells, model::Severity severity = model::Severity::kUnknown,
           std::string note = "");
  bool empty() const { return rows_.empty(); }
  std::size_t size() const { return rows_.size(); }
  /// MOST: the widest that each column may be.
  std::string ToText(const std::vector<std::size_t>& most, std::size_t severity_column,
                     const ReportOptions& options) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    model::Severity severity;
    std::string note;
  };
  void Measure(const std::vector<std::string>& cells);
  static std::string Line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths);

  std::vector<std::string> head_;
  std::vector<std::size_t> widths_;
  std::vector<Row> rows_;
};

}  // namespace weir::report
