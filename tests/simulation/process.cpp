#include "process.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace gamekeeper::simulation {

Faults Faults::draw(Dice& dice) {
  Faults f;
  // A third of all runs is calm in each respect, so that faults are met alone as well as together.
  auto chance = [&dice](int64_t most) { return dice.percent(33) ? 0 : dice.below(most + 1); };
  f.die_in_call = chance(15);
  f.request_lost = chance(40);
  f.answer_lost = chance(40);
  f.refused = chance(60);
  f.delay_ms_max = chance(400);
  return f;
}

Trace::Trace(const VirtualTime& time) : time_(time), aloud_(std::getenv("GK_TRACE") != nullptr) {}

void Trace::note(std::string_view who, std::string_view what, uint64_t detail) {
  const auto add = [this](uint64_t byte) { hash_ = (hash_ ^ byte) * 0x100000001b3u; };
  const int64_t at = time_.elapsed_us();
  for (const char c : who) add(static_cast<uint8_t>(c));
  for (const char c : what) add(static_cast<uint8_t>(c));
  for (int i = 0; i < 64; i += 8) add((static_cast<uint64_t>(at) >> i) & 255), add((detail >> i) & 255);
  if (!aloud_) return;
  std::fprintf(stderr, "%10.3f %-12.*s %.*s %llu\n", static_cast<double>(at) / 1e6, static_cast<int>(who.size()),
               who.data(), static_cast<int>(what.size()), what.data(), static_cast<unsigned long long>(detail));
}

Fate::Fate(uint64_t seed, UnixMillis wall_start)
    : time(wall_start), dice(seed), faults(Faults::draw(dice)), trace(time) {}

void Fate::later(int64_t us, std::function<void()> effect) {
  effects_.push_back({time.elapsed_us() + us, order_++, std::move(effect)});
}

bool Fate::run_due() {
  bool any = false;
  for (;;) {
    auto first = std::min_element(effects_.begin(), effects_.end(), [](const Effect& a, const Effect& b) {
      return std::pair(a.due, a.order) < std::pair(b.due, b.order);
    });
    if (first == effects_.end() || first->due > time.elapsed_us()) return any;
    auto run = std::move(first->run);
    effects_.erase(first);
    run();
    any = true;
  }
}

void Process::start() {
  fate_.trace.note(name_, "starts");
  context_ = std::make_unique<asio::io_context>(1);
  context_->get_executor().on_work_started();  // it lives until it is killed, busy or not
  doomed_ = false;
  ++life_;
}

void Process::kill() {
  fate_.trace.note(name_, "is killed");
  context_.reset();
}

bool Process::step() { return alive() && !doomed_ && context_->poll_one() > 0; }

Task<void> Process::moment(std::string_view what) {
  fate_.trace.note(name_, what);
  const Faults& faults = fate_.faults;
  if (!faults.on) co_return;
  if (fate_.dice.per_mille(faults.die_in_call)) {
    doomed_ = true;
    Timer never(co_await asio::this_coro::executor, Timer::time_point::max());
    co_await never.async_wait(use_task);
  }
  if (faults.delay_ms_max > 0 && fate_.dice.percent(20)) {
    co_await sleep_for(std::chrono::microseconds(fate_.dice.below(faults.delay_ms_max * 1000)));
  }
}

}  // namespace gamekeeper::simulation
