#pragma once

#include <errno.h>

#include <mutex>
#include <string>

#include "tests/chaos/syscalls.h"

namespace gamekeeper::chaos {

/// Which call fails, and how.
struct Fault {
  Call call = Call::kWrite;
  uint64_t at = UINT64_MAX;   // the number of the call of this kind, from 1
  int error = EIO;            // 0: a write that stores only a few bytes and says so
  bool sticky = false;        // and all after it, until heal()
  std::string where = {};     // only paths that hold this text
};

/// Makes the n-th call of a kind fail; without a fault it only spares the disk the syncs. Safe from any thread.
class Faults final : public Watch {
 public:
  explicit Faults(Fault fault) : fault_(std::move(fault)) {}
  Verdict before(Call call, const std::string& path) override;

  bool struck() const;
  /// The next call of the kind fails.
  void strike_next();
  void heal();

 private:
  mutable std::mutex mutex_;
  Fault fault_;
  uint64_t seen_ = 0;
  bool struck_ = false, armed_ = true;
};

}  // namespace gamekeeper::chaos
