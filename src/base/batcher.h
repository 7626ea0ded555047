#pragma once

#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/task.h"

namespace gamekeeper {

/// Work that is cheaper, or only right, when done together: one round at a time, and what comes in while a round is under
/// way waits for the next. Rounds follow one another in the order of arrival, whichever threads their callers are on; the
/// first of a round does the work for all of it. Thread-safe. Must outlive its callers.
template <class In, class Out>
class Batcher {
 public:
  /// The right to be the only round.
  class Turn {
   public:
    explicit Turn(Batcher& batcher) : batcher_(batcher) {}
    /// Lets the next round begin while this one has nothing left to do but wait. Again is harmless.
    void pass_on() {
      if (!std::exchange(passed_, true)) batcher_.hand_over();
    }

   private:
    Batcher& batcher_;
    bool passed_ = false;
  };

  /// An answer to each, in their order. What it throws, all of the round get as kInternal.
  using Work = std::function<Task<std::vector<Result<Out>>>(std::vector<In>, Turn&)>;

  /// At most `round_max` a round; kOverloaded when `waiting_max` wait already.
  Batcher(Work work, size_t round_max, size_t waiting_max)
      : work_(std::move(work)), round_max_(round_max), waiting_max_(waiting_max) {}

  Task<Result<Out>> submit(In in) {
    Future<std::optional<Result<Out>>> answer;
    bool leads = false;
    {
      std::lock_guard lock(mutex_);
      if (waiting_.size() >= waiting_max_)
        co_return fail(ErrorKind::kOverloaded, "overloaded", "Too much is waiting for this already; try again.");
      waiting_.push_back({std::move(in), Promise<std::optional<Result<Out>>>(answer)});
      leads = !std::exchange(busy_, true);
    }
    if (!leads) {
      if (auto done = co_await answer.get()) co_return std::move(*done);
    }
    co_return co_await lead();
  }

 private:
  struct Waiting {
    In in;
    Promise<std::optional<Result<Out>>> promise;  // of the answer; nothing: it is this one's turn to lead
  };

  /// The leader's own is the first that waits.
  Task<Result<Out>> lead() {
    std::vector<Waiting> round = take_round();
    std::vector<In> ins;
    for (Waiting& w : round) ins.push_back(std::move(w.in));
    std::vector<Result<Out>> answers;
    std::string trouble = "The round gave too few answers.";
    Turn turn(*this);
    try {
      answers = co_await work_(std::move(ins), turn);
    } catch (const std::exception& e) {
      trouble = e.what();
    }
    while (answers.size() < round.size()) answers.push_back(fail(ErrorKind::kInternal, "internal", trouble));
    for (size_t i = 1; i < round.size(); ++i) round[i].promise.set(std::move(answers[i]));
    turn.pass_on();
    co_return std::move(answers.front());
  }

  std::vector<Waiting> take_round() {
    std::lock_guard lock(mutex_);
    std::vector<Waiting> round;
    while (!waiting_.empty() && round.size() < round_max_) {
      round.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return round;
  }

  void hand_over() {
    std::optional<Promise<std::optional<Result<Out>>>> next;
    {
      std::lock_guard lock(mutex_);
      if (waiting_.empty()) {
        busy_ = false;
      } else {
        next = waiting_.front().promise;
      }
    }
    if (next) next->set(std::nullopt);
  }

  const Work work_;
  const size_t round_max_, waiting_max_;
  std::mutex mutex_;
  std::deque<Waiting> waiting_;
  bool busy_ = false;
};

}  // namespace gamekeeper
