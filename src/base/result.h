// Errors as values: Result<T>, Error and the one table of what an error code
// means outside the program (process exit status, HTTP status).
//
// Errors of the environment and malformed input travel as Error; a bug in the
// program aborts (WEIR_CHECK). No exception crosses a room.
// Threading: values; safe to move between threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace weir {

enum class Code : std::uint8_t {
  kInvalidArgument,   // the caller's words are off
  kNotFound,          // the named thing is not there
  kPermissionDenied,  // it is there, we may not
  kUnauthenticated,   // credentials missing or refused
  kUnavailable,       // I/O or network failed; may go through later
  kDeadlineExceeded,  // a time limit ran out
  kMalformed,         // outside bytes do not have the format they claim
  kLimitExceeded,     // a bound on size, depth, count or ratio was met
  kUnsupported,       // a known format or feature that is not handled
  kCancelled,         // the user stopped it
  kInternal,          // anything else
};

/// Short lower-case name, e.g. "not-found"; used in logs and JSON.
std::string_view CodeName(Code code);
/// Process exit status for a command that ends with this error (1 or 64).
int ExitStatus(Code code);
/// HTTP status for an API answer that carries this error.
int HttpStatus(Code code);

struct Error {
  Code code = Code::kInternal;
  std::string message;
  /// Adds what was being done, outermost first: "reading X: open: ...".
  Error Context(std::string_view what) const { return {code, std::string(what) + ": " + message}; }
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> Err(Code code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}
inline tl::unexpected<Error> Err(Error error) { return tl::unexpected<Error>(std::move(error)); }
/// Error from an errno value; chooses the code from it.
Error ErrnoError(int error_number, std::string_view what);

[[noreturn]] void CheckFailed(const char* expression, const char* file, int line);

}  // namespace weir

#define WEIR_CONCAT_INNER(a, b) a##b
#define WEIR_CONCAT(a, b) WEIR_CONCAT_INNER(a, b)
/// Returns the error of EXPR, a Result, from the current function.
#define WEIR_TRY(expr)                                                            \
  do {                                                                            \
    if (auto weir_try_result = (expr); !weir_try_result)                          \
      return ::tl::unexpected<::weir::Error>(std::move(weir_try_result).error()); \
  } while (false)
/// LHS = value of EXPR, or returns its error.
#define WEIR_ASSIGN(lhs, expr) WEIR_ASSIGN_INNER(WEIR_CONCAT(weir_result_, __LINE__), lhs, expr)
#define WEIR_ASSIGN_INNER(tmp, lhs, expr)                                   \
  auto tmp = (expr);                                                        \
  if (!tmp) return ::tl::unexpected<::weir::Error>(std::move(tmp).error()); \
  lhs = std::move(*tmp)
#define WEIR_CHECK(expr) ((expr) ? static_cast<void>(0) : ::weir::CheckFailed(#expr, __FILE__, __LINE__))
