#include "base/task.h"

#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>

#include <atomic>
#include <thread>

#include "base/blocking_pool.h"
#include "base/task_group.h"

namespace gamekeeper {
namespace {

using namespace std::chrono_literals;

Task<void> await_into(Future<int> future, std::thread::id& resumed_on, int& value) {
  value = co_await future.get();
  resumed_on = std::this_thread::get_id();
}

TEST(Future, ResumesOnItsOwnThreadWheneverSet) {
  for (int round = 0; round < 300; ++round) {
    asio::io_context io;
    Future<int> future;
    Promise<int> promise(future);
    std::thread::id where;
    int value = 0;
    asio::co_spawn(io.get_executor(), await_into(future, where, value), asio::detached);
    std::thread setter([&] {
      if (round % 3 == 0) std::this_thread::sleep_for(1ms);
      promise.set(round);
    });
    io.run();  // the waiting coroutine keeps it running
    setter.join();
    EXPECT_EQ(value, round);
    EXPECT_EQ(where, std::this_thread::get_id());
  }
}

TEST(Future, HandsOnAValueSetBefore) {
  asio::io_context io;
  Future<int> future;
  Promise<int>(future).set(7);
  std::thread::id where;
  int value = 0;
  asio::co_spawn(io.get_executor(), await_into(future, where, value), asio::detached);
  io.run();
  EXPECT_EQ(value, 7);
}

// A context that is gone as soon as its coroutine has its value, while the setter may still be leaving set(): what
// shows it is a run under a sanitizer (make sanitize).
TEST(Future, SetterNeedsNoContextThatOutlivesTheWaiter) {
  std::atomic<Promise<int>*> next{nullptr};
  std::jthread setter([&next](std::stop_token stop) {
    while (!stop.stop_requested()) {
      if (Promise<int>* promise = next.exchange(nullptr)) promise->set(1);
    }
  });
  std::vector<std::unique_ptr<Promise<int>>> promises;
  for (int round = 0; round < 500; ++round) {
    auto io = std::make_unique<asio::io_context>(1);
    Future<int> future;
    promises.push_back(std::make_unique<Promise<int>>(future));
    std::thread::id where;
    int value = 0;
    asio::co_spawn(io->get_executor(), await_into(future, where, value), asio::detached);
    io->poll();
    next = promises.back().get();
    io->run();
    EXPECT_EQ(value, 1);
  }
}

Task<void> run_in(BlockingPool& pool, std::atomic<int>& gate, int& done, int& refused) {
  auto job = [&gate]() -> Result<int> {
    while (gate == 0) std::this_thread::sleep_for(1ms);
    return 1;
  };
  auto result = co_await pool.run(job);
  (result ? done : refused) += 1;
}

TEST(BlockingPool, RefusesWhenItsQueueIsFull) {
  asio::io_context io;
  BlockingPool pool(1, 2);
  std::atomic<int> gate{0};
  int done = 0, refused = 0;
  for (int i = 0; i < 6; ++i) asio::co_spawn(io.get_executor(), run_in(pool, gate, done, refused), asio::detached);
  io.run_for(50ms);
  EXPECT_GE(refused, 3);
  gate = 1;
  io.restart();
  io.run();
  EXPECT_EQ(done + refused, 6);
  EXPECT_GE(done, 2);
  pool.stop();
  io.restart();
  const int before = refused;
  asio::co_spawn(io.get_executor(), run_in(pool, gate, done, refused), asio::detached);
  io.run();
  EXPECT_EQ(refused, before + 1);
}

TEST(BlockingPool, TurnsAThrowIntoAnError) {
  asio::io_context io;
  BlockingPool pool(1, 2);
  std::string code;
  auto ask = [](BlockingPool& p, std::string& out) -> Task<void> {
    auto job = []() -> Result<int> { throw std::runtime_error("no"); };
    auto result = co_await p.run(job);
    out = result ? "none" : result.error().code;
  };
  asio::co_spawn(io.get_executor(), ask(pool, code), asio::detached);
  io.run();
  EXPECT_EQ(code, "internal");
}

Task<void> wait_for_ever(int& ended) {
  struct Count {
    int& n;
    ~Count() { ++n; }
  } count{ended};
  for (;;) co_await sleep_for(1h);
}

Task<void> end_at_once(int& ended) {
  ++ended;
  co_return;
}

TEST(TaskGroup, StopsAndWaits) {
  asio::io_context io;
  TaskGroup tasks(io.get_executor());
  int ended = 0;
  tasks.spawn(wait_for_ever(ended));
  tasks.spawn(wait_for_ever(ended));
  tasks.spawn(end_at_once(ended));
  io.run_for(20ms);
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(tasks.size(), 2u);
  bool stopped = false;
  auto stop = [](TaskGroup& group, bool& flag) -> Task<void> {
    co_await group.stop();
    flag = true;
  };
  asio::co_spawn(io.get_executor(), stop(tasks, stopped), asio::detached);
  io.restart();
  io.run_for(1s);
  EXPECT_TRUE(stopped);
  EXPECT_EQ(ended, 3);
}

}  // namespace
}  // namespace gamekeeper
