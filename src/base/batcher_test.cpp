#include "base/batcher.h"

#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace gamekeeper {
namespace {

using Doubler = Batcher<int, int>;

Task<void> ask(Doubler& batcher, int in, std::vector<Result<int>>& out) { out.push_back(co_await batcher.submit(in)); }

TEST(Batcher, WhatComesInDuringARoundMakesTheNext) {
  std::vector<size_t> rounds;
  Doubler batcher(
      [&rounds](std::vector<int> in, auto&) -> Task<std::vector<Result<int>>> {
        rounds.push_back(in.size());
        co_await sleep_for(std::chrono::milliseconds(5));
        co_return std::vector<Result<int>>(in.begin(), in.end());
      },
      4, 100);
  asio::io_context io;
  std::vector<Result<int>> out;
  for (int i = 0; i < 7; ++i) asio::co_spawn(io.get_executor(), ask(batcher, i, out), asio::detached);
  io.run();
  EXPECT_EQ(rounds, (std::vector<size_t>{1, 4, 2}));
  std::vector<int> values;
  for (const Result<int>& r : out) values.push_back(r.value());
  std::ranges::sort(values);
  EXPECT_EQ(values, (std::vector<int>{0, 1, 2, 3, 4, 5, 6}));
}

TEST(Batcher, OneRoundAtATimeOverManyThreads) {
  std::atomic<int> inside{0}, most{0}, done{0};
  Doubler batcher(
      [&](std::vector<int> in, auto&) -> Task<std::vector<Result<int>>> {
        most = std::max(most.load(), ++inside);
        std::vector<Result<int>> out;
        for (int n : in) out.push_back(2 * n);
        co_await sleep_for(std::chrono::microseconds(50));
        --inside;
        co_return out;
      },
      16, 10'000);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      asio::io_context io;
      for (int i = 0; i < 500; ++i) {
        asio::co_spawn(
            io.get_executor(),
            [&batcher, &done, n = t * 1000 + i]() -> Task<void> {
              auto twice = co_await batcher.submit(n);
              if (twice && *twice == 2 * n) ++done;
            },
            asio::detached);
      }
      io.run();
    });
  }
  threads.clear();
  EXPECT_EQ(done, 2000);
  EXPECT_EQ(most, 1);
}

TEST(Batcher, ATurnThatIsPassedOnLetsTheNextRoundBegin) {
  Future<int> second;
  Doubler batcher(
      [&](std::vector<int> in, Doubler::Turn& turn) -> Task<std::vector<Result<int>>> {
        std::vector<Result<int>> out(in.begin(), in.end());
        if (in.front() != 1) {
          Promise<int>(second).set(in.front());
          co_return out;
        }
        turn.pass_on();
        out.front() = co_await second.get();  // says nothing before the second round
        turn.pass_on();
        co_return out;
      },
      1, 100);
  asio::io_context io;
  std::vector<Result<int>> out;
  for (const int n : {1, 2}) asio::co_spawn(io.get_executor(), ask(batcher, n, out), asio::detached);
  io.run_for(std::chrono::seconds(60));
  ASSERT_EQ(out.size(), 2u) << "the first round waits for the second";
  EXPECT_EQ(out[0].value(), 2);
  EXPECT_EQ(out[1].value(), 2);
}

TEST(Batcher, AnswersWhenTheWorkThrowsAndWhenTooManyWait) {
  Doubler batcher(
      [](std::vector<int> in, auto&) -> Task<std::vector<Result<int>>> {
        co_await sleep_for(std::chrono::milliseconds(1));
        if (in.front() == 0) throw std::runtime_error("no");
        co_return std::vector<Result<int>>{};
      },
      10, 2);
  asio::io_context io;
  std::vector<Result<int>> out;
  for (int i = 0; i < 4; ++i) asio::co_spawn(io.get_executor(), ask(batcher, i, out), asio::detached);
  io.run();
  ASSERT_EQ(out.size(), 4u);
  int overloaded = 0;
  for (const Result<int>& r : out) {
    ASSERT_FALSE(r);
    overloaded += r.error().kind == ErrorKind::kOverloaded;
    if (r.error().kind != ErrorKind::kOverloaded) EXPECT_EQ(r.error().kind, ErrorKind::kInternal);
  }
  EXPECT_EQ(overloaded, 1);
}

}  // namespace
}  // namespace gamekeeper
