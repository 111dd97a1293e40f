// Parts of a SARIF 2.1.0 run. Source: docs.oasis-open.org/sarif/sarif/v2.1.0.
// Threading: one thread an object.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/scan_result.h"
#include "report/json_writer.h"

namespace weir::report {

std::string_view SarifLevel(model::Severity severity);
/// "security-severity", as code scanning pages read it, of a word alone.
double ScoreOfWord(model::Severity severity);
void WriteNotification(JsonWriter& json, std::string_view text);
/// "suppressions" of a closed result.
void WriteSuppression(JsonWriter& json, std::string_view justification);
/// Opens the document up to the members of its one run, which CloseSarif closes.
void OpenSarif(JsonWriter& json);
void CloseSarif(JsonWriter& json);

/// Rules and results of secrets and malware. FINDINGS must outlive it.
class SarifContent {
 public:
  /// FIRST_RULE: how many rules stand before its own.
  explicit SarifContent(std::size_t first_rule) : first_rule_(first_rule) {}
  /// ASSET: its name where a run has results of several; else empty.
  void Add(const model::ContentFinding& finding, std::string_view asset, const model::Asset& layers);
  void WriteRules(JsonWriter& json) const;
  void WriteResults(JsonWriter& json) const;

 private:
  struct Row {
    const model::ContentFinding* finding;
    std::string_view asset;
    const model::Asset* layers;
    std::size_t rule;
  };
  std::size_t first_rule_;
  std::map<std::pair<model::ContentKind, std::string_view>, std::size_t> index_;
  std::vector<const model::ContentFinding*> rules_;  // the first finding of each
  std::vector<Row> rows_;
};

}  // namespace weir::report
