#include "base/result.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace weir {
namespace {

struct CodeRow {
  Code code;
  std::string_view name;
  int exit_status;
  int http_status;
};

constexpr CodeRow kCodes[] = {
    {Code::kInvalidArgument, "invalid-argument", 64, 400},
    {Code::kNotFound, "not-found", 1, 404},
    {Code::kPermissionDenied, "permission-denied", 1, 403},
    {Code::kUnauthenticated, "unauthenticated", 1, 401},
    {Code::kUnavailable, "unavailable", 1, 503},
    {Code::kDeadlineExceeded, "deadline-exceeded", 1, 504},
    {Code::kMalformed, "malformed", 1, 422},
    {Code::kLimitExceeded, "limit-exceeded", 1, 413},
    {Code::kUnsupported, "unsupported", 1, 501},
    {Code::kCancelled, "cancelled", 1, 499},
    {Code::kInternal, "internal", 1, 500},
};

const CodeRow& Row(Code code) {
  for (const CodeRow& row : kCodes)
    if (row.code == code) return row;
  return kCodes[std::size(kCodes) - 1];
}

}  // namespace

std::string_view CodeName(Code code) { return Row(code).name; }
int ExitStatus(Code code) { return Row(code).exit_status; }
int HttpStatus(Code code) { return Row(code).http_status; }

Error ErrnoError(int error_number, std::string_view what) {
  Code code = Code::kUnavailable;
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    case ESRCH:
      code = Code::kNotFound;
      break;
    case EACCES:
    case EPERM:
      code = Code::kPermissionDenied;
      break;
    case EINVAL:
    case ELOOP:
    case ENAMETOOLONG:
      code = Code::kMalformed;
      break;
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case ENOSPC:
      code = Code::kLimitExceeded;
      break;
    default:
      break;
  }
  return {code, std::string(what) + ": " + std::system_category().message(error_number)};
}

void CheckFailed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "weir: bug: %s is false at %s:%d\n", expression, file, line);
  std::abort();
}

}  // namespace weir
