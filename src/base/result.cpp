#include "base/result.h"

#include <cstdio>
#include <cstdlib>

namespace gamekeeper {

Error without_internals(Error error) {
  switch (error.kind) {
    case ErrorKind::kFull:
      error.message = "The disk is full: free space, then send all of it again.";
      break;
    case ErrorKind::kUnavailable:
      error.message = "Something that this call needs does not answer; sending it again is safe.";
      break;
    case ErrorKind::kTimeout:
      error.message = "This took too long; sending it again is safe.";
      break;
    case ErrorKind::kCorrupt:
    case ErrorKind::kInternal:
      return {ErrorKind::kInternal, "internal", "Internal error."};
    default:
      return error;
  }
  error.field.clear();
  error.limit.clear();
  return error;
}

void check_failed(const char* condition, const char* why, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: CHECK(%s) failed: %s\n", file, line, condition, why);
  std::abort();
}

}  // namespace gamekeeper
