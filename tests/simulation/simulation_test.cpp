// The program on a virtual clock, from one seed: see README.md. GK_SEEDS=10000 runs more; GK_SEED=7 GK_TRACE=1 runs one,
// aloud.
#include <gtest/gtest.h>

#include <cstdlib>

#include "checker.h"
#include "tests/contract/document_store_contract.h"

namespace gamekeeper::simulation {
namespace {

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::string said(const Verdict& verdict) {
  std::string all;
  for (size_t i = 0; i < verdict.complaints.size() && i < 8; ++i) all += "\n  " + verdict.complaints[i];
  return all;
}

TEST(Simulation, EverySeedKeepsWhatIsPromised) {
  const uint64_t only = from_environment("GK_SEED", 0);
  const uint64_t first = only != 0 ? only : 1, last = only != 0 ? only : from_environment("GK_SEEDS", 200);
  uint64_t kills = 0, events = 0, trace = 0;
  for (uint64_t seed = first; seed <= last; ++seed) {
    const Verdict verdict = simulate({.seed = seed});
    EXPECT_TRUE(verdict.complaints.empty()) << "GK_SEED=" << seed << said(verdict);
    trace = trace * 31 + verdict.trace_hash;
    kills += verdict.kills;
    events += verdict.events;
  }
  std::printf("%llu seeds, %llu events, %llu kills, trace %016llx\n", static_cast<unsigned long long>(last - first + 1),
              static_cast<unsigned long long>(events), static_cast<unsigned long long>(kills),
              static_cast<unsigned long long>(trace));
  if (only == 0) EXPECT_GT(kills, last / 4) << "so few faults prove nothing";
}

TEST(Simulation, ASeedIsTheWholeStory) {
  for (const uint64_t seed : {3, 14, 159}) {
    EXPECT_EQ(simulate({.seed = seed}).trace_hash, simulate({.seed = seed}).trace_hash) << "GK_SEED=" << seed;
  }
  EXPECT_NE(simulate({.seed = 3}).trace_hash, simulate({.seed = 4}).trace_hash);
}

/// A checker that never complains is worth nothing: each broken promise must be noticed within a few seeds. In a process
/// of its own, for some breaks make the program notice itself, and stop.
bool noticed(int status) { return !WIFEXITED(status) || WEXITSTATUS(status) != 0; }
void look_for_complaints(Plan plan) {
  for (plan.seed = 1; plan.seed <= 20; ++plan.seed) {
    if (!simulate(plan).complaints.empty()) std::exit(1);
  }
  std::exit(0);
}

TEST(SimulationMutation, AStoreWithoutAFenceIsNoticed) {
  EXPECT_EXIT(look_for_complaints({.store = StoreMutation::kNoFence}), noticed, "");
}
TEST(SimulationMutation, CellsWithoutTheirPositionAreNoticed) {
  EXPECT_EXIT(look_for_complaints({.store = StoreMutation::kForgetsPlace}), noticed, "");
}
TEST(SimulationMutation, APositionWithoutItsCellsIsNoticed) {
  EXPECT_EXIT(look_for_complaints({.store = StoreMutation::kForgetsCells}), noticed, "");
}
TEST(SimulationMutation, AnAnswerBeforeTheLogHasItIsNoticed) {
  EXPECT_EXIT(look_for_complaints({.log_forgets = true}), noticed, "");
}
TEST(SimulationMutation, NothingIsNoticedWhereNothingIsBroken) {
  EXPECT_EXIT(look_for_complaints({}), testing::ExitedWithCode(0), "");
}

struct MemoryDocumentsUnderTest final : contract::DocumentsUnderTest {
  /// The same memory again: what is durable here is what outlives the object that wrote it.
  struct View final : ports::DocumentStore {
    explicit View(MemoryDocuments& s) : store(s) {}
    Task<Result<std::vector<uint64_t>>> commit(ports::WriteSet set) override { return store.commit(std::move(set)); }
    Task<Result<std::optional<ports::Document>>> get(std::string c, std::string id, ports::Freshness f) override {
      return store.get(std::move(c), std::move(id), f);
    }
    Task<Result<ports::DocumentPage>> query(ports::Query q) override { return store.query(std::move(q)); }
    Task<Result<uint64_t>> count(std::string c, std::string i, std::string from, std::string to) override {
      return store.count(std::move(c), std::move(i), std::move(from), std::move(to));
    }
    Task<Result<std::vector<ports::OutboxEntry>>> outbox(uint32_t limit) override { return store.outbox(limit); }
    Task<Result<void>> outbox_done(uint64_t up_to) override { return store.outbox_done(up_to); }
    Task<Result<uint64_t>> version() override { return store.version(); }
    MemoryDocuments& store;
  };
  MemoryDocuments documents;
  std::unique_ptr<ports::DocumentStore> open() override { return std::make_unique<View>(documents); }
};

}  // namespace
}  // namespace gamekeeper::simulation

namespace gamekeeper::contract {
INSTANTIATE_TEST_SUITE_P(Memory, DocumentStoreContract, testing::Values(DocumentsFactory([] {
                           return std::make_unique<simulation::MemoryDocumentsUnderTest>();
                         })));
}  // namespace gamekeeper::contract
