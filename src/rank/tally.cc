#include "rank/tally.h"

#include <algorithm>
#include <cstdio>

namespace weir::rank {

using model::AddressScope;
using model::Severity;

std::string Number(double value, int decimals) {
  char text[32];
  int length = std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return {text, static_cast<std::size_t>(std::clamp(length, 0, 31))};
}

double MiddleOfWord(Severity severity) {
  switch (severity) {
    case Severity::kNegligible:
      return 0.5;
    case Severity::kLow:
      return 3;
    case Severity::kMedium:
      return 5.5;
    case Severity::kHigh:
      return 8;
    case Severity::kCritical:
      return 9.5;
    case Severity::kUnknown:
      break;
  }
  return 5;
}

const Factor& ListeningFactor(AddressScope scope) {
  switch (scope) {
    case AddressScope::kPublic:
      return kListeningPublic;
    case AddressScope::kAny:
      return kListeningAny;
    case AddressScope::kPrivate:
      return kListeningPrivate;
    case AddressScope::kLinkLocal:
      return kListeningLinkLocal;
    case AddressScope::kLoopback:
      break;
  }
  return kListeningLoopback;
}

void Tally::Record(std::string_view factor, std::string detail) {
  double score = std::clamp(std::round(10 * Exact()) / 10, 0.0, 100.0);
  rank_.reasons.push_back(
      {std::string(factor), std::round((score - rank_.score) * 10) / 10, std::move(detail)});
  rank_.score = score;
}

}  // namespace weir::rank
