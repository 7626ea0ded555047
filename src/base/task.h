#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

namespace gamekeeper {

namespace asio = boost::asio;

/// Every coroutine runs on the one thread of its io_context; the concrete executor is a third faster than
/// any_io_executor. State touched by one coroutine is therefore owned by one thread.
using Executor = asio::io_context::executor_type;

template <class T>
using Task = asio::awaitable<T, Executor>;

inline constexpr asio::use_awaitable_t<Executor> use_task{};

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// Waits; cancellable by asio cancellation.
inline Task<void> sleep_for(std::chrono::steady_clock::duration duration) {
  Timer timer(co_await asio::this_coro::executor, duration);
  co_await timer.async_wait(use_task);
}

/// A value handed once from any thread to one waiting coroutine, which resumes on its own thread.
///
///   auto [promise, future] = make_oneshot<int>();      // keep `future` here, give `promise` away
///   int n = co_await future.get();                     // at most once
///
/// set() may come before or after get(). A promise dropped without set() is a bug of its owner (the waiter would
/// wait for ever), so owners that shut down set an error.
template <class T>
class Promise;

template <class T>
class Future {
 public:
  Task<T> get() {
    auto executor = co_await asio::this_coro::executor;
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void(T)>(
        [](auto handler, std::shared_ptr<State> state, Executor ex) { state->wait(std::move(handler), ex); }, use_task,
        state_, executor);
  }

 private:
  friend class Promise<T>;
  struct Waiter {
    virtual ~Waiter() = default;
    virtual void wake(std::unique_ptr<Waiter> self, T value) = 0;
  };
  template <class Handler>
  struct WaiterOf final : Waiter {
    WaiterOf(Handler h, Executor ex) : handler(std::move(h)), work(ex) {}
    void wake(std::unique_ptr<Waiter> self, T value) override {
      // The waiter may run, end its context's last work and destroy the context while this thread is still inside
      // post(). Work of its own keeps run() from ending before this thread has left; work's end is its last touch.
      const Work leaving(work.executor);
      asio::post(leaving.executor, Resume{std::move(handler), std::move(value), std::move(self)});
    }
    struct Resume {
      Handler handler;
      T value;
      std::unique_ptr<Waiter> self;
      void operator()() { std::move(handler)(std::move(value)); }
    };
    struct Work {
      explicit Work(Executor ex) : executor(ex) { executor.on_work_started(); }
      ~Work() { executor.on_work_finished(); }
      Work(const Work&) = delete;
      Work& operator=(const Work&) = delete;
      Executor executor;
    };
    Handler handler;
    Work work;
  };
  struct State {
    template <class Handler>
    void wait(Handler handler, Executor executor) {
      auto waiter_now = std::make_unique<WaiterOf<Handler>>(std::move(handler), executor);
      std::unique_lock lock(mutex);
      if (!value) {
        waiter = std::move(waiter_now);
        return;
      }
      T ready = std::move(*value);
      lock.unlock();
      auto* raw = waiter_now.get();
      raw->wake(std::move(waiter_now), std::move(ready));
    }
    void set(T v) {
      std::unique_lock lock(mutex);
      if (!waiter) {
        value = std::move(v);
        return;
      }
      auto waiting = std::move(waiter);
      lock.unlock();
      auto* raw = waiting.get();
      raw->wake(std::move(waiting), std::move(v));
    }
    std::mutex mutex;
    std::optional<T> value;
    std::unique_ptr<Waiter> waiter;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

template <class T>
class Promise {
 public:
  explicit Promise(const Future<T>& future) : state_(future.state_) {}
  void set(T value) { state_->set(std::move(value)); }

 private:
  std::shared_ptr<typename Future<T>::State> state_;
};

}  // namespace gamekeeper
