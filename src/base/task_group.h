#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <exception>
#include <list>
#include <utility>

#include "base/log.h"
#include "base/task.h"

namespace gamekeeper {

/// The coroutines that a component has started on one io_context. Used only on that context's thread.
///
///   tasks_.spawn(poll_for_ever(...));     // runs until it returns, throws (logged as an error) or stop()
///   co_await tasks_.stop();               // asks all to end (asio cancellation) and waits until they have
class TaskGroup {
 public:
  explicit TaskGroup(Executor executor) : executor_(executor), ended_(executor, Timer::time_point::max()) {}
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  void spawn(Task<void> task) {
    auto running = running_.emplace(running_.end());
    asio::co_spawn(executor_, std::move(task),
                   asio::bind_cancellation_slot(running->slot(), [this, running](std::exception_ptr failure) {
                     running_.erase(running);
                     if (failure && !stopping_) report(failure);
                     if (running_.empty()) ended_.cancel();
                   }));
    if (stopping_) running->emit(asio::cancellation_type::all);
  }

  Task<void> stop() {
    stopping_ = true;
    // A task may end inside emit(), which takes it off the list: step first.
    for (auto it = running_.begin(); it != running_.end();) (it++)->emit(asio::cancellation_type::all);
    while (!running_.empty()) {
      boost::system::error_code ignored;
      co_await ended_.async_wait(asio::redirect_error(use_task, ignored));
    }
  }

  size_t size() const { return running_.size(); }

 private:
  static void report(const std::exception_ptr& failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& e) {
      log::error("task", "task_failed", {log::text("reason", e.what())});
    } catch (...) {
      log::error("task", "task_failed");
    }
  }

  Executor executor_;
  Timer ended_;  // never fires; cancelled when the last task ends
  std::list<asio::cancellation_signal> running_;
  bool stopping_ = false;
};

}  // namespace gamekeeper
