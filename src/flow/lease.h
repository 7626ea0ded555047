#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "ports/document_store.h"

namespace gamekeeper::flow {

/// Grows with every new holder. Whoever keeps the newest it has seen can refuse a holder who has slept past their time.
using Fence = uint64_t;

/// One of several processes does a work at a time: a document names the holder and until when. The processes' clocks
/// decide when it is over, so that a holder whose clock is late may believe a little longer; what the holder does must
/// therefore be safe against a second one (expected versions, fences), which the lease makes rare. One caller at a time.
class Lease {
 public:
  /// `name` is the same in all processes. A holder that dies is followed after `life_ms`.
  Lease(ports::DocumentStore& documents, const Clock& clock, std::string name, int64_t life_ms);

  /// Takes the lease when it is free or over, and renews it when half of its life has passed: a write then, else none.
  /// Nothing while somebody else holds it. Errors: those of the store; the lease counts as not held.
  Task<Result<std::optional<Fence>>> hold();
  /// Gives it up, so that the next need not wait. Harmless when it is not held.
  Task<Result<void>> release();

 private:
  struct Record {
    std::string holder;
    UnixMillis until = 0;
    Fence fence = 0;
    uint64_t version = 0;  // of the document; 0: there is none
  };
  Task<Result<Record>> read();
  Task<Result<std::optional<Fence>>> write(Record next);

  ports::DocumentStore& documents_;
  const Clock& clock_;
  const std::string name_, self_;
  const int64_t life_ms_;
  std::optional<Record> held_;
};

}  // namespace gamekeeper::flow
