// The contract of TicketPool in memory.
#include "adapters/memory/memory_ticket_pool.h"
#include "tests/contract/ticket_pool_contract.h"

namespace gamekeeper::contract {
namespace {

struct MemoryTicketPoolUnderTest final : TicketPoolUnderTest {
  std::unique_ptr<ports::TicketPool> open() override { return std::make_unique<adapters::MemoryTicketPool>(); }
};
INSTANTIATE_TEST_SUITE_P(Memory, TicketPoolContract, testing::Values(TicketPoolFactory([] {
                           return std::make_unique<MemoryTicketPoolUnderTest>();
                         })));

}  // namespace
}  // namespace gamekeeper::contract
