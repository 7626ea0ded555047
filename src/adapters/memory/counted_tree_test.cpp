// The tree and the table of members against plain containers, over long random lives, with every node checked.
#include "adapters/memory/counted_tree.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <tuple>

#include "adapters/memory/memory_ranked_set.h"

namespace gamekeeper::adapters {
namespace {

using Slot = BoardMembers::Slot;

std::string uuid_of(uint64_t n) {
  char text[37];
  std::snprintf(text, sizeof text, "%08x-0000-4000-8000-%012llx", static_cast<unsigned>(n * 2654435761u),
                static_cast<unsigned long long>(n));
  return text;
}

/// Ids of all kinds: short, UUIDs, almost UUIDs, long.
std::string id_of(uint64_t n) {
  switch (n % 5) {
    case 0:
      return "p" + std::to_string(n);
    case 1:
      return uuid_of(n);
    case 2:
      return "A" + uuid_of(n).substr(1);
    case 3:
      return "someone with a long name, number " + std::to_string(n);
    default:
      return std::string(16 - std::to_string(n).size(), 'x') + std::to_string(n);
  }
}

TEST(BoardMembers, RemembersIdsOfAllKindsThroughRemovals) {
  BoardMembers members(7);
  std::map<std::string, Slot> model;
  std::mt19937_64 chance(1);
  for (int step = 0; step < 300000; ++step) {
    const std::string id = id_of(chance() % 90000);
    const auto known = model.find(id);
    ASSERT_EQ(members.find(id), known == model.end() ? BoardMembers::kNone : known->second) << id;
    if (known == model.end()) {
      model[id] = members.add(id);
    } else if (chance() % 3 == 0) {
      members.remove(known->second);
      model.erase(known);
    }
  }
  ASSERT_EQ(members.size(), model.size());
  for (const auto& [id, slot] : model) {
    ASSERT_EQ(members.id(slot), id);
    ASSERT_EQ(members.find(id), slot);
  }
  auto previous = model.begin();
  for (auto next = std::next(previous); next != model.end(); previous = next++) {
    ASSERT_TRUE(members.id_before(previous->second, next->second));
    ASSERT_FALSE(members.id_before(next->second, previous->second));
  }
}

TEST(BoardMembers, KeepsKeysToTheirLimits) {
  BoardMembers members(7);
  const Slot slot = members.add("ann");
  for (int64_t value : {int64_t{0}, ports::kBoardScoreMax, -ports::kBoardScoreMax}) {
    for (int64_t reached : {int64_t{0}, (int64_t{1} << 55) - 1, -(int64_t{1} << 55) + 1}) {
      members.set(slot, value, reached);
      EXPECT_EQ(members.value(slot), value);
      EXPECT_EQ(members.reached(slot), reached);
      EXPECT_EQ(members.id(slot), "ann");
    }
  }
}

/// A life of inserts, moves and removals; `values`: how many distinct ones, few means many ties.
void live(uint64_t seed, int steps, uint64_t players, int64_t values, int shape) {
  std::mt19937_64 chance(seed);
  BoardMembers members(seed);
  CountedTree tree(members);
  std::set<std::tuple<int64_t, int64_t, std::string>> model;
  std::map<std::string, std::tuple<int64_t, int64_t, std::string>> entries;
  for (int step = 0; step < steps; ++step) {
    const std::string id = id_of(chance() % players);
    const Slot known = members.find(id);
    const bool shrinking = step > steps * 2 / 3;
    if (known != BoardMembers::kNone) {
      tree.remove(known);
      model.erase(entries[id]);
      if (chance() % 4 < (shrinking ? 3u : 1u)) {
        members.remove(known);
        entries.erase(id);
        continue;
      }
    } else if (shrinking && chance() % 4) {
      continue;
    }
    const Slot slot = known == BoardMembers::kNone ? members.add(id) : known;
    const int64_t value = shape == 0 ? static_cast<int64_t>(chance() % static_cast<uint64_t>(values)) - values / 2
                                     : shape * (step / 3 % values);
    members.set(slot, value, static_cast<int64_t>(chance() % 3));
    tree.insert(slot);
    entries[id] = {value, members.reached(slot), id};
    model.insert(entries[id]);
    if (step % (steps / 8) == 0) tree.check();
  }
  tree.check();
  ASSERT_EQ(tree.size(), model.size());
  uint64_t position = 0, lower = 0, distinct = 0;
  int64_t last = INT64_MIN;
  auto walk = tree.from(0);
  for (const auto& [value, reached, id] : model) {
    if (value != last) lower = position, distinct += last != INT64_MIN, last = value;
    ASSERT_FALSE(walk.at_end());
    ASSERT_EQ(members.id(walk.slot()), id);
    ASSERT_EQ(tree.position(walk.slot()), position);
    ASSERT_EQ(tree.lower_than(value), lower);
    ASSERT_EQ(tree.distinct_lower_than(value), distinct);
    ASSERT_EQ(members.id(tree.from(position).slot()), id);
    walk.next();
    ++position;
  }
  EXPECT_TRUE(walk.at_end());
  EXPECT_TRUE(tree.from(position).at_end());
  EXPECT_EQ(tree.lower_than(INT64_MAX), model.size());
  for (const auto& [id, entry] : entries) {
    const Slot slot = members.find(id);
    tree.remove(slot);
    members.remove(slot);
  }
  tree.check();
  EXPECT_EQ(tree.size(), 0u);
  EXPECT_TRUE(tree.from(0).at_end());
}

TEST(CountedTree, AgreesWithASetOverRandomLives) {
  live(1, 60000, 20000, 1 << 30, 0);
  live(2, 60000, 20000, 40, 0);
  live(3, 60000, 20000, 1, 0);
  for (uint64_t seed = 10; seed < 40; ++seed) live(seed, 600, 200, 1 + static_cast<int64_t>(seed % 7) * 9, 0);
}

TEST(CountedTree, AgreesWhenScoresOnlyRiseOrFall) {
  live(4, 40000, 20000, 1 << 20, 1);
  live(5, 40000, 20000, 1 << 20, -1);
}

TEST(CountedTree, ManyAtOnceStandAsOneByOne) {
  std::mt19937_64 chance(6);
  for (const size_t first : {0, 1, 55, 56, 57, 64, 3000, 60000}) {
    BoardMembers members(7);
    CountedTree tree(members), one_by_one(members);
    size_t made = 0;
    const auto add = [&](size_t count) {
      std::vector<Slot> slots;
      for (size_t i = 0; i < count; ++i) {
        slots.push_back(members.add(id_of(made++)));
        members.set(slots.back(), static_cast<int64_t>(chance() % 5000), static_cast<int64_t>(chance() % 3));
        one_by_one.insert(slots.back());
      }
      tree.insert_all(slots);
      tree.check();
    };
    add(first);
    add(3);  // few
    for (int i = 0; i < 500; ++i) {  // among those that were laid out
      const Slot slot = static_cast<Slot>(chance() % made);
      for (CountedTree* each : {&tree, &one_by_one}) each->remove(slot);
      members.set(slot, static_cast<int64_t>(chance() % 5000), 1);
      for (CountedTree* each : {&tree, &one_by_one}) each->insert(slot);
    }
    add(first / 2 + 20);
    ASSERT_EQ(tree.size(), made);
    auto a = tree.from(0), b = one_by_one.from(0);
    for (; !a.at_end() && !b.at_end(); a.next(), b.next()) ASSERT_EQ(a.slot(), b.slot());
    EXPECT_TRUE(a.at_end() && b.at_end());
  }
}

TEST(CountedTree, RandomMovesLeaveFewHoles) {
  std::mt19937_64 chance(8);
  BoardMembers members(7);
  CountedTree tree(members);
  constexpr Slot kMembers = 50000;
  for (Slot i = 0; i < kMembers; ++i) {
    members.set(members.add(uuid_of(i)), static_cast<int64_t>(chance() % 1'000'000), i);
    tree.insert(i);
  }
  EXPECT_LT(tree.bytes(), kMembers * 17u);
  for (int i = 0; i < 300000; ++i) {
    const Slot slot = static_cast<Slot>(chance() % kMembers);
    tree.remove(slot);
    members.set(slot, static_cast<int64_t>(chance() % 1'000'000), i);
    tree.insert(slot);
  }
  tree.check();
  EXPECT_LT(tree.bytes(), kMembers * 20u);
}

TEST(CountedTree, RunsInOrderLeaveFullLeaves) {
  for (int64_t direction : {1, -1}) {
    BoardMembers members(7);
    CountedTree tree(members);
    for (int64_t i = 0; i < 50000; ++i) {
      const Slot slot = members.add(uuid_of(static_cast<uint64_t>(i)));
      members.set(slot, direction * i, i);
      tree.insert(slot);
    }
    tree.check();
    EXPECT_LT(tree.bytes(), 50000u * 15);
  }
}

TEST(MemoryRankedSet, AMemberCostsWhatItMay) {
  ScoreBoard board(ports::BoardOrder::kHighFirst, ports::BoardOperator::kLast, 1);
  std::mt19937_64 chance(2);
  constexpr size_t kMembers = 300000;
  for (size_t i = 0; i < kMembers; ++i) {
    const ports::ScoreWrite write{uuid_of(i), static_cast<int64_t>(chance() % 1000000), static_cast<UnixMillis>(i)};
    ASSERT_FALSE(board.put({&write, 1}));
  }
  board.check();
  EXPECT_LT(static_cast<double>(board.bytes()) / kMembers, 72) << "with the UUID's 16 bytes";
}

}  // namespace
}  // namespace gamekeeper::adapters
