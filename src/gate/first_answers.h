#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "gate/secrets.h"
#include "net/guard.h"
#include "ports/document_store.h"

namespace gamekeeper::gate {

/// The first answer of every write that named an Idempotency-Key, for 24 hours: repeated by the same principal on the same
/// route, it is sent again instead of being done again. Kept in the store, so it outlives the process. Answers that a retry
/// should improve on (429 and 5xx) are not kept. An answer may hold a secret, so it lies sealed under a key made from the
/// Idempotency-Key, which the store never sees: whoever reads the store alone reads nothing. Thread-safe.
///
/// What it cannot promise: when the process dies between the act and the keeping of its answer, the repeat is done once more;
/// and two processes on one store do not wait for each other's twins.
class FirstAnswers {
 public:
  static constexpr int64_t kKeptMs = 24 * 3600 * 1000;

  FirstAnswers(ports::DocumentStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  /// The answer to repeat, or a ticket for finish() when this is the first. While a twin is under way it waits for the twin's
  /// answer. Errors: kInvalid `bad_idempotency_key`; kUnprocessable `idempotency_key_reused` when the key came with another
  /// body or query before (bodies are compared as canonical JSON); the store's.
  Task<Result<net::Guard::Replay>> begin(const net::Request& request, const Principal& who);
  /// Must follow every begin() that gave a ticket, exactly once.
  Task<void> finish(std::string ticket, const net::Response& response);
  /// Forgets answers that are too old; at most 500 a call, how many.
  Task<Result<size_t>> sweep();

 private:
  /// A write under way, and those who wait for its answer (nullopt: it came to nothing; try yourself).
  struct Flight {
    Digest fingerprint{};
    Digest seal{};
    std::vector<Promise<std::optional<net::Response>>> waiting;
  };
  struct Names {
    std::string id;  // of the document
    Digest fingerprint, seal;
  };
  struct Joined {
    bool first = false;
    std::optional<Future<std::optional<net::Response>>> answer;  // of the twin, unless it had another body
  };
  static Names names_of(const net::Request& request, const Principal& who, std::string_view key);
  Joined join(const Names& names);
  void land(const std::string& id, const std::optional<net::Response>& answer);
  Task<Result<std::optional<net::Response>>> look_up(Names names);

  ports::DocumentStore& store_;
  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Flight> flights_;  // by document id
};

}  // namespace gamekeeper::gate
