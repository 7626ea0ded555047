#include "tests/chaos/faults.h"

namespace gamekeeper::chaos {

Verdict Faults::before(Call call, const std::string& path) {
  std::lock_guard lock(mutex_);
  if (call != fault_.call || path.find(fault_.where) == path.npos) return {.skip = true};
  ++seen_;
  const bool strikes = armed_ && (fault_.sticky ? seen_ >= fault_.at : seen_ == fault_.at);
  if (!strikes) return {.skip = true};
  struck_ = true;
  if (fault_.error == 0) return {.bytes = 7, .skip = true};
  return {.error = fault_.error};
}

bool Faults::struck() const {
  std::lock_guard lock(mutex_);
  return struck_;
}

void Faults::strike_next() {
  std::lock_guard lock(mutex_);
  fault_.at = seen_ + 1;
  armed_ = true;
}

void Faults::heal() {
  std::lock_guard lock(mutex_);
  armed_ = false;
}

}  // namespace gamekeeper::chaos
