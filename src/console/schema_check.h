// For tests: whether an answer has the shape that docs/openapi.yaml says. Stricter
// than JSON Schema: a member that the document does not name is a fault, unless it
// allows additionalProperties. Threading: one thread.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "console/answer.h"

namespace weir::console {

class ApiDocument {
 public:
  explicit ApiDocument(std::string_view yaml);
  ~ApiDocument();
  ApiDocument(const ApiDocument&) = delete;
  ApiDocument& operator=(const ApiDocument&) = delete;

  struct Operation {
    std::string method, path, id, role;
    bool operator==(const Operation&) const = default;
    auto operator<=>(const Operation&) const = default;
  };
  std::vector<Operation> operations() const;
  /// Faults of an answer to OPERATION; empty where it is as documented.
  std::vector<std::string> Check(std::string_view operation, int status, std::string_view content_type,
                                 const std::string& body) const;
  /// Faults of VALUE against components/schemas/NAME.
  std::vector<std::string> CheckSchema(std::string_view name, const Json& value) const;

 private:
  const Json& Resolve(const Json& node) const;
  void CheckValue(const Json& schema, const Json& value, const std::string& at,
                  std::vector<std::string>& faults, bool open) const;
  /// Names of all members that SCHEMA knows; false where it allows others.
  bool Members(const Json& schema, std::set<std::string>& names) const;

  std::unique_ptr<Json> document_;
};

}  // namespace weir::console
