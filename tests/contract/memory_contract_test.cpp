// The contracts of RankedSet and Cache in memory.
#include "adapters/memory/memory_cache.h"
#include "adapters/memory/memory_ranked_set.h"
#include "tests/contract/cache_contract.h"
#include "tests/contract/ranked_set_contract.h"

namespace gamekeeper::contract {
namespace {

struct MemoryRankedSetUnderTest final : RankedSetUnderTest {
  std::unique_ptr<ports::RankedSet> open() override { return std::make_unique<adapters::MemoryRankedSet>(); }
};
INSTANTIATE_TEST_SUITE_P(Memory, RankedSetContract, testing::Values(RankedSetFactory([] {
                           return std::make_unique<MemoryRankedSetUnderTest>();
                         })));

struct MemoryCacheUnderTest final : CacheUnderTest {
  std::unique_ptr<ports::Cache> open() override { return std::make_unique<adapters::MemoryCache>(); }
};
INSTANTIATE_TEST_SUITE_P(Memory, CacheContract,
                         testing::Values(CacheFactory([] { return std::make_unique<MemoryCacheUnderTest>(); })));

TEST(MemoryCache, ForgetsWhatWasPutLongestAgoWhenThereIsTooMuch) {
  adapters::MemoryCache cache(3);
  const auto put = [&](const std::string& name) {
    ASSERT_TRUE(gamekeeper::test::run(cache.put(name, {{"x", name}}, std::chrono::hours(1))));
  };
  for (const char* name : {"a", "b", "c", "a", "d"}) put(name);
  EXPECT_FALSE(*gamekeeper::test::run(cache.get("b")));
  for (const char* name : {"a", "c", "d"}) EXPECT_TRUE(*gamekeeper::test::run(cache.get(name))) << name;
}

}  // namespace
}  // namespace gamekeeper::contract
