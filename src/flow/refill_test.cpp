#include "flow/refill.h"

#include <gtest/gtest.h>

#include "tests/support/run_task.h"

namespace gamekeeper::flow {
namespace {

struct Engine {
  Task<Result<std::string>> generation() {
    if (away) co_return fail(ErrorKind::kUnavailable, "storage_unavailable", "It is away.");
    co_return name;
  }
  Task<Result<void>> fill(int& times) {
    ++times;
    if (refuses) co_return fail(ErrorKind::kUnavailable, "storage_unavailable", "It is away.");
    co_return Result<void>();
  }
  std::string name = "a";
  bool away = false, refuses = false;
};

TEST(Refill, FillsWhenTheEngineIsAnotherOne) {
  Engine engine;
  int boards = 0, tickets = 0;
  Refill refill([&] { return engine.generation(); });
  refill.add("boards", [&] { return engine.fill(boards); });
  refill.add("tickets", [&] { return engine.fill(tickets); });
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(test::run(refill.run_once()));
  EXPECT_EQ(boards, 0) << "services have filled it when they started";
  engine.away = true;
  EXPECT_FALSE(test::run(refill.run_once()));
  engine.away = false;
  EXPECT_TRUE(test::run(refill.run_once()));
  EXPECT_EQ(boards, 0) << "it came back with all that it had";
  engine.name = "b";
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(test::run(refill.run_once()));
  EXPECT_EQ(boards, 1);
  EXPECT_EQ(tickets, 1);
}

TEST(Refill, OneThatFailsIsBegunAgain) {
  Engine engine, other;
  int boards = 0, tickets = 0;
  Refill refill([&] { return engine.generation(); });
  refill.add("boards", [&] { return engine.fill(boards); });
  refill.add("tickets", [&] { return other.fill(tickets); });
  EXPECT_TRUE(test::run(refill.run_once()));
  engine.name = "b";
  engine.refuses = true;
  EXPECT_FALSE(test::run(refill.run_once()));
  engine.refuses = false;
  EXPECT_TRUE(test::run(refill.run_once()));
  EXPECT_EQ(boards, 2);
  EXPECT_EQ(tickets, 1) << "this one was filled";
}

}  // namespace
}  // namespace gamekeeper::flow
