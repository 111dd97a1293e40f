// Reads what a caller sent: JSON bodies and query parameters, held to types and
// bounds. The first fault is kept with the name of its field; unknown members are
// faults too, so that a misspelt one is not silently nothing.
//
//   BodyFields body(request);                  QueryFields query(request);
//   std::string name = body.Text("name", 1, 100);     auto limit = query.Number("limit", 50, 1, 500);
//   if (auto fault = body.Fault()) return ...  if (auto fault = query.Fault()) return ...
//
// Threading: one thread each.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "console/answer.h"
#include "store/ids.h"

namespace weir::console {

using Words = std::span<const std::string_view>;

class BodyFields {
 public:
  /// The body must be a JSON object of at most 32 levels, sent as application/json.
  explicit BodyFields(const net::ServerRequest& request);
  ~BodyFields();
  BodyFields(const BodyFields&) = delete;
  BodyFields& operator=(const BodyFields&) = delete;

  /// A missing one is a fault.
  std::string Text(std::string_view name, std::size_t min, std::size_t max);
  std::optional<std::string> OptionalText(std::string_view name, std::size_t min, std::size_t max);
  std::optional<std::string> OptionalWord(std::string_view name, Words allowed);
  std::optional<std::int64_t> OptionalNumber(std::string_view name, std::int64_t min, std::int64_t max);
  std::optional<double> OptionalReal(std::string_view name, double min, double max);
  std::optional<bool> OptionalBool(std::string_view name);
  std::optional<std::vector<std::string>> OptionalTexts(std::string_view name, std::size_t max_count,
                                                        std::size_t max_bytes);
  bool Has(std::string_view name) const;
  void Complain(std::string_view name, std::string detail);
  /// Call after all members were asked for.
  std::optional<Problem> Fault();

 private:
  const Json* Find(std::string_view name);
  std::unique_ptr<Json> json_;
  std::set<std::string, std::less<>> known_;
  std::optional<Problem> fault_;
};

class QueryFields {
 public:
  explicit QueryFields(const net::ServerRequest& request) : request_(request) {}

  std::string Text(std::string_view name, std::size_t max);
  std::int64_t Number(std::string_view name, std::int64_t fallback, std::int64_t min, std::int64_t max);
  /// Empty where absent.
  std::string Word(std::string_view name, Words allowed);
  std::optional<bool> Bool(std::string_view name);
  /// An id as this API writes them; 0 where absent.
  std::uint32_t Id(std::string_view name);
  store::PageRequest Page(std::size_t fallback = 50);
  /// A parameter that may be there and means nothing here.
  void Ignore(std::string_view name) { known_.emplace(name); }
  void Complain(std::string_view name, std::string detail);
  /// Call after all parameters were asked for.
  std::optional<Problem> Fault();

 private:
  std::optional<std::string_view> Find(std::string_view name);
  const net::ServerRequest& request_;
  std::set<std::string, std::less<>> known_;
  std::optional<Problem> fault_;
};

/// An id of the path or a body; nothing for anything but a number from 1.
std::optional<std::uint32_t> ParseId(std::string_view text);
/// "ASSET-MATCH"
struct FindingName {
  store::AssetId asset = 0;
  store::MatchId match = 0;
};
std::optional<FindingName> ParseFindingName(std::string_view text);

}  // namespace weir::console
