// The contract of RankedSet in memory.
#include "adapters/memory/memory_ranked_set.h"
#include "tests/contract/ranked_set_contract.h"

namespace gamekeeper::contract {
namespace {

struct MemoryRankedSetUnderTest final : RankedSetUnderTest {
  std::unique_ptr<ports::RankedSet> open() override { return std::make_unique<adapters::MemoryRankedSet>(); }
};
INSTANTIATE_TEST_SUITE_P(Memory, RankedSetContract, testing::Values(RankedSetFactory([] {
                           return std::make_unique<MemoryRankedSetUnderTest>();
                         })));

}  // namespace
}  // namespace gamekeeper::contract
