#include "flow/refill.h"

#include "base/log.h"

namespace gamekeeper::flow {

void Refill::add(std::string name, std::function<Task<Result<void>>()> refill) {
  parts_.push_back({std::move(name), std::move(refill)});
}

Task<Result<void>> Refill::run_once() {
  auto now = co_await generation_();
  if (!now) co_return std::unexpected(now.error());
  if (looked_ && *now != seen_) {
    for (Part& part : parts_) part.due = true;
  }
  looked_ = true;
  seen_ = std::move(*now);
  Result<void> out;
  for (Part& part : parts_) {
    if (!part.due) continue;
    log::warning("flow", "refill", {log::text("name", part.name)});
    auto done = co_await part.refill();
    part.due = !done;
    if (!done) out = done;
  }
  co_return out;
}

}  // namespace gamekeeper::flow
