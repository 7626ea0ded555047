#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace gamekeeper {

/// What went wrong, as far as a caller acts on it. A kind exists only because some caller treats it differently.
enum class ErrorKind : uint8_t {
  kInvalid,          // the request can never succeed as it stands                      400
  kUnprocessable,    // well formed, but meaningless here (e.g. idempotency key reused) 422
  kNotFound,         //                                                                 404
  kConflict,         // a precondition inside the store failed                          409
  kStale,            // If-Match named an older version                                 412
  kDenied,           // known caller, not allowed                                       403
  kUnauthenticated,  // unknown caller                                                  401
  kTooLarge,         //                                                                 413
  kRateLimited,      // wait `retry_after`                                              429
  kOverloaded,       // nothing was done; wait, then retry                              503
  kFull,             // the disk is full; nothing was done                              507
  kTimeout,          // a deadline passed; outcome unknown                              503
  kUnavailable,      // outcome unknown; a retry is safe                                503
  kCorrupt,          // stored bytes do not match their checksum                        500
  kInternal,         //                                                                 500
};

/// A failure that a person can read and a program can act on.
/// `code` is the contract's stable reason in snake_case (`time_out_of_range`); `message` is a full sentence;
/// `field` and `limit` name what was wrong and what would have been right, when that applies.
struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string code;
  std::string message;
  std::string field = {};
  std::string limit = {};
  std::chrono::milliseconds retry_after{0};
};

template <class T>
using Result = std::expected<T, Error>;

/// Shorthand: `return fail(ErrorKind::kInvalid, "bad_cursor", "The cursor is not one of ours.", "cursor");`
inline std::unexpected<Error> fail(ErrorKind kind, std::string code, std::string message, std::string field = {},
                                   std::string limit = {}) {
  return std::unexpected(Error{kind, std::move(code), std::move(message), std::move(field), std::move(limit),
                               std::chrono::milliseconds{0}});
}

/// An error as a stranger may read it: what a store or a bug says of itself (paths, SQL, addresses) is replaced by a
/// sentence ("Internal error." for kInternal and kCorrupt); the log is the place for the rest.
Error without_internals(Error error);

/// Stops the program with file, line and reason: a bug in our own code, never bad input. Active in release too.
[[noreturn]] void check_failed(const char* condition, const char* why, const char* file, int line);

}  // namespace gamekeeper

#define GK_CHECK(condition, why)                                       \
  do {                                                                 \
    if (!(condition)) [[unlikely]]                                     \
      ::gamekeeper::check_failed(#condition, why, __FILE__, __LINE__); \
  } while (false)
