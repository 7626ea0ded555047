#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/task.h"

namespace gamekeeper {

/// A few threads for calls that block. The queue is bounded: when it is full run() answers kOverloaded at once.
class BlockingPool {
 public:
  BlockingPool(int threads, size_t queue_max) : queue_max_(queue_max) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }
  ~BlockingPool() { stop(); }

  /// Runs `job` (returning Result<T>) on a thread of the pool; the coroutine resumes on its own thread.
  template <class Job>
  Task<std::invoke_result_t<Job>> run(Job job) {
    using R = std::invoke_result_t<Job>;
    Future<R> future;
    if (!post(answering(std::move(job), Promise<R>(future)))) {
      co_return fail(ErrorKind::kOverloaded, "overloaded", "Too much is waiting for this already; try again.");
    }
    co_return co_await future.get();
  }

  /// The same, but waits no longer than `patience`: kTimeout then, while the job goes on in the background.
  template <class Job>
  Task<std::invoke_result_t<Job>> run(Job job, std::chrono::milliseconds patience) {
    using R = std::invoke_result_t<Job>;
    Future<R> future;  // set by the job or by the timer: whichever comes first counts
    if (!post(answering(std::move(job), Promise<R>(future))))
      co_return fail(ErrorKind::kOverloaded, "overloaded", "Too much is waiting for this already; try again.");
    Timer timer(co_await asio::this_coro::executor, patience);
    timer.async_wait([promise = Promise<R>(future)](const boost::system::error_code& error) mutable {
      if (!error) promise.set(fail(ErrorKind::kTimeout, "timeout", "It did not answer in time."));
    });
    co_return co_await future.get();
  }

  /// Finishes what is queued, then ends the threads.
  void stop() {
    {
      std::lock_guard lock(mutex_);
      if (stopped_) return;
      stopped_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  template <class Job, class R>
  static auto answering(Job job, Promise<R> promise) {
    return [job = std::move(job), promise = std::move(promise)]() mutable {
      try {
        promise.set(job());
      } catch (const std::exception& e) {  // a driver's; without an answer the caller would wait for ever
        promise.set(fail(ErrorKind::kInternal, "internal", e.what()));
      }
    };
  }

  bool post(std::move_only_function<void()> job) {
    {
      std::lock_guard lock(mutex_);
      if (stopped_ || queue_.size() >= queue_max_) return false;
      queue_.push_back(std::move(job));
    }
    wake_.notify_one();
    return true;
  }

  void work() {
    for (;;) {
      std::move_only_function<void()> job;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
        if (queue_.empty()) return;
        job = std::move(queue_.front());
        queue_.pop_front();
      }
      job();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::move_only_function<void()>> queue_;
  size_t queue_max_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace gamekeeper
