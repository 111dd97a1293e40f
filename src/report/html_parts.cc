#include "report/html_parts.h"

#include "report/text.h"

namespace weir::report {

std::string EscapeHtml(std::string_view text) {
  std::string out;
  for (char c : OneLine(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string SeverityBadge(model::Severity severity) {
  std::string name(model::SeverityName(severity));
  return "<span class=\"badge " + name + "\">" + name + "</span>";
}

std::string ReasonsHtml(const model::Rank& rank) {
  std::string out = "<table class=\"reasons\">";
  for (const model::RankReason& reason : rank.reasons)
    out += "<tr><td class=\"number\">" + Decimal(reason.points, 1) + "</td><td>" + EscapeHtml(reason.factor) +
           "</td><td>" + EscapeHtml(reason.detail) + "</td></tr>";
  return out + "</table>";
}

}  // namespace weir::report
