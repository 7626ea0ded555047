#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/task.h"
#include "dice.h"
#include "virtual_time.h"

namespace gamekeeper::simulation {

/// What goes wrong, as chances per mille of one call, drawn anew for each seed.
struct Faults {
  bool on = true;
  int64_t die_in_call = 0;     // the calling process is killed, just before or just after the effect
  int64_t request_lost = 0;    // no effect, outcome unknown
  int64_t answer_lost = 0;     // effect, outcome unknown
  int64_t refused = 0;         // no effect, and that is known: overloaded, full
  int64_t delay_ms_max = 0;    // of a request and of an answer, each

  static Faults draw(Dice& dice);
};

/// Everything that happened, as one number; equal numbers mean equal runs.
class Trace {
 public:
  /// With GK_TRACE set, lines go to standard error as well.
  explicit Trace(const VirtualTime& time);
  void note(std::string_view who, std::string_view what, uint64_t detail = 0);
  uint64_t hash() const { return hash_; }

 private:
  const VirtualTime& time_;
  uint64_t hash_ = 0xcbf29ce484222325u;
  bool aloud_;
};

/// Time, chance, faults, the trace, and effects that are under way: what all processes of a simulation share.
struct Fate {
  explicit Fate(uint64_t seed, UnixMillis wall_start);

  VirtualTime time;
  Dice dice;
  Faults faults;
  Trace trace;

  /// Does `effect` after `us`, whoever is alive then: a request on its way outlives its sender.
  void later(int64_t us, std::function<void()> effect);
  /// Does what is due, in order. Answers whether anything was.
  bool run_due();

 private:
  struct Effect {
    int64_t due;
    uint64_t order;
    std::function<void()> run;
  };
  std::vector<Effect> effects_;
  uint64_t order_ = 0;
};

/// One process: an io_context that can be taken away at any moment with everything that runs on it. What runs on it
/// waits only by timers, so that nothing outside holds a piece of it.
class Process {
 public:
  Process(Fate& fate, std::string name) : fate_(fate), name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  Fate& fate() { return fate_; }
  bool alive() const { return context_ != nullptr; }
  bool doomed() const { return doomed_; }
  /// Counts up with every start: an answer from an earlier life is no answer.
  int life() const { return life_; }
  asio::io_context& context() { return *context_; }

  void start();
  void kill();
  /// Runs one ready handler. Answers whether there was one.
  bool step();

  /// A moment at which the process may be slow, or be killed and never go on.
  Task<void> moment(std::string_view what);
  /// Asks something outside the process for `effect`. The request and the answer take their time; either may be lost,
  /// then the answer is `unknown`.
  template <class T>
  Task<T> ask(std::string_view what, std::function<T()> effect, T unknown);

 private:
  Fate& fate_;
  std::string name_;
  std::unique_ptr<asio::io_context> context_;
  bool doomed_ = false;
  int life_ = 0;
};

template <class T>
Task<T> Process::ask(std::string_view what, std::function<T()> effect, T unknown) {
  co_await moment(what);
  Dice& dice = fate_.dice;
  const Faults& faults = fate_.faults;
  const bool request_lost = faults.on && dice.per_mille(faults.request_lost);
  const bool answer_lost = faults.on && dice.per_mille(faults.answer_lost);
  auto answer = std::make_shared<std::optional<T>>();
  fate_.later(faults.on ? dice.below(1 + faults.delay_ms_max * 1000) : 0,
              [answer, effect = std::move(effect), request_lost, answer_lost, unknown] {
                if (request_lost) return answer->emplace(unknown), void();
                T result = effect();
                answer->emplace(answer_lost ? unknown : std::move(result));
              });
  while (!answer->has_value()) co_await sleep_for(std::chrono::milliseconds(1));
  co_await moment(what);
  co_return std::move(**answer);
}

}  // namespace gamekeeper::simulation
