#include "flow/lease.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "tests/support/documents/documents.h"
#include "tests/support/run_task.h"
#include "tests/support/temp_dir.h"

namespace gamekeeper::flow {
namespace {

using test::run;

class LeaseTest : public ::testing::Test {
 protected:
  static constexpr int64_t kLife = 10'000;
  std::optional<Fence> hold(Lease& lease) {
    auto held = run(lease.hold());
    EXPECT_TRUE(held) << held.error().message;
    return held ? *held : std::nullopt;
  }
  uint64_t writes() { return (*run(store->get("leases", "work")))->version; }

  test::TempDir folder;
  std::unique_ptr<ports::DocumentStore> store = test::open_documents(folder.path());
  ManualClock clock{1'800'000'000'000};
  Lease a{*store, clock, "work", kLife}, b{*store, clock, "work", kLife};
};

TEST_F(LeaseTest, OneHoldsAndTheOtherWaitsUntilItIsOver) {
  EXPECT_EQ(hold(a), 1u);
  EXPECT_EQ(hold(b), std::nullopt);
  clock.advance(kLife - 1);
  EXPECT_EQ(hold(b), std::nullopt);
  clock.advance(1);
  EXPECT_EQ(hold(b), 2u);
}

TEST_F(LeaseTest, AHolderGoesOnWithItsFenceAndWritesSeldom) {
  EXPECT_EQ(hold(a), 1u);
  const uint64_t before = writes();
  for (int i = 0; i < 100; ++i) {
    clock.advance(kLife / 50);
    EXPECT_EQ(hold(a), 1u);
    EXPECT_EQ(hold(b), std::nullopt);
  }
  EXPECT_EQ(writes() - before, 4u);
}

TEST_F(LeaseTest, WhoSleptPastTheirTimeHasLostAndHasAnOldFence) {
  const auto old = hold(a);
  clock.advance(kLife);
  const auto fresh = hold(b);
  ASSERT_TRUE(old && fresh);
  EXPECT_GT(*fresh, *old);
  EXPECT_EQ(hold(a), std::nullopt);
  EXPECT_TRUE(run(a.release())) << "of what is no longer held";
  EXPECT_EQ(hold(b), fresh) << "the late release took nothing from its successor";
}

TEST_F(LeaseTest, WhoSleptWhileNobodyCameIsStillTheSameHolder) {
  EXPECT_EQ(hold(a), 1u);
  clock.advance(3 * kLife);
  EXPECT_EQ(hold(a), 1u);
}

TEST_F(LeaseTest, AReleasedLeaseIsFreeAtOnceAndItsFenceGrows) {
  EXPECT_EQ(hold(a), 1u);
  ASSERT_TRUE(run(a.release()));
  EXPECT_EQ(hold(b), 2u);
  ASSERT_TRUE(run(b.release()));
  ASSERT_TRUE(run(b.release()));
  EXPECT_EQ(hold(a), 3u);
  ASSERT_TRUE(run(a.release()));
  EXPECT_EQ(hold(a), 4u) << "also for who had it before";
}

TEST_F(LeaseTest, LeasesOfOtherNamesAreApart) {
  Lease other(*store, clock, "other work", kLife);
  EXPECT_EQ(hold(a), 1u);
  EXPECT_EQ(hold(other), 1u);
}

TEST_F(LeaseTest, ItIsKeptOverARestartOfTheStore) {
  EXPECT_EQ(hold(a), 1u);
  store = nullptr;
  store = test::open_documents(folder.path());
  Lease next(*store, clock, "work", kLife);
  EXPECT_EQ(hold(next), std::nullopt);
  clock.advance(kLife);
  EXPECT_EQ(hold(next), 2u);
}

TEST_F(LeaseTest, OfManyAtOnceOneWins) {
  for (int round = 0; round < 20; ++round) {
    std::vector<std::unique_ptr<Lease>> leases;
    std::vector<std::optional<Fence>> got(4);
    for (size_t i = 0; i < got.size(); ++i) leases.push_back(std::make_unique<Lease>(*store, clock, "work", kLife));
    std::vector<std::thread> threads;
    for (size_t i = 0; i < got.size(); ++i)
      threads.emplace_back([&, i] { got[i] = run(leases[i]->hold()).value_or(std::nullopt); });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(std::ranges::count_if(got, [](const auto& fence) { return fence.has_value(); }), 1);
    clock.advance(kLife);
  }
}

}  // namespace
}  // namespace gamekeeper::flow
