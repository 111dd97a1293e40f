// What a rule file says, before anyone asks what it means: one plain tree for TOML
// and YAML, made within bounds. Threading: pure functions and plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::secret {

struct Member;

struct Value {
  Value();
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();

  enum class Kind : std::uint8_t { kNull, kScalar, kArray, kTable };
  Kind kind = Kind::kNull;
  std::string text;  // of a scalar, as written but unquoted
  std::vector<Value> items;
  std::vector<Member> members;
  std::uint32_t line = 0;  // from 1; 0 where not known

  bool IsTable() const { return kind == Kind::kTable; }
  bool IsArray() const { return kind == Kind::kArray; }
  bool IsScalar() const { return kind == Kind::kScalar; }
  /// The member of that name; where there is none, one that differs in case only: gitleaks reads
  /// "secretgroup" as "secretGroup". Null where there is neither.
  const Value* Find(std::string_view name) const;
};

struct Member {
  std::string key;
  Value value;
};

struct ValueLimits {
  std::size_t max_bytes = 16U << 20U;
  std::size_t max_nodes = 1'000'000;
  int max_depth = 32;
};

/// Errors: kMalformed with the line, kLimitExceeded.
Result<Value> ReadToml(std::string_view text, const ValueLimits& limits);
/// The first document. Anchors and aliases are refused (kUnsupported): they can blow up.
Result<Value> ReadYaml(std::string_view text, const ValueLimits& limits);

}  // namespace weir::secret
