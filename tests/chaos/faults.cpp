#include "tests/chaos/faults.h"

namespace gamekeeper::chaos {

Verdict Faults::before(Call call, const std::string& path) {
  if (call != fault_.call || path.find(fault_.where) == path.npos) return {.skip = true};
  ++seen_;
  const bool strikes = fault_.sticky ? seen_ >= fault_.at : seen_ == fault_.at;
  if (!strikes) return {.skip = true};
  struck_ = true;
  if (fault_.error == 0) return {.bytes = 7, .skip = true};
  return {.error = fault_.error};
}

}  // namespace gamekeeper::chaos
