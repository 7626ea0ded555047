#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "ports/ranked_set.h"
#include "tests/support/run_task.h"

namespace gamekeeper::contract {

using ports::Board;
using ports::BoardOperator;
using ports::BoardOrder;
using ports::BoardRanking;
using ports::ScoreWrite;
using ports::Standing;

struct RankedSetUnderTest {
  virtual ~RankedSetUnderTest() = default;
  virtual std::unique_ptr<ports::RankedSet> open() = 0;  // empty
};
using RankedSetFactory = std::function<std::unique_ptr<RankedSetUnderTest>()>;

class RankedSetContract : public testing::TestWithParam<RankedSetFactory> {
 protected:
  void SetUp() override {
    storage_ = GetParam()();
    set_ = storage_->open();
  }
  Result<std::vector<Standing>> put(const Board& board, std::vector<ScoreWrite> writes) {
    return gamekeeper::test::run(set_->put(board, std::move(writes)));
  }
  std::optional<Standing> find(const Board& board, const std::string& member) {
    auto found = gamekeeper::test::run(set_->find(board, {member}));
    EXPECT_TRUE(found) << found.error().message;
    return found && found->size() == 1 ? (*found)[0] : std::nullopt;
  }
  std::vector<Standing> page(const Board& board, uint64_t position = 0, uint32_t limit = 100) {
    auto got = gamekeeper::test::run(set_->page(board, position, limit));
    EXPECT_TRUE(got) << got.error().message;
    return got ? *got : std::vector<Standing>();
  }
  /// "ann:9 bob:7 …"
  static std::string listed(const std::vector<Standing>& standings) {
    std::string text;
    for (const Standing& s : standings) text += (text.empty() ? "" : " ") + s.member + ":" + std::to_string(s.score);
    return text;
  }
  static std::vector<uint64_t> ranks(const std::vector<Standing>& standings) {
    std::vector<uint64_t> out;
    for (const Standing& s : standings) out.push_back(s.rank);
    return out;
  }
  std::unique_ptr<RankedSetUnderTest> storage_;
  std::unique_ptr<ports::RankedSet> set_;
};

TEST_P(RankedSetContract, ListsTheBetterFirstInBothOrders) {
  const Board high{.id = "high"}, low{.id = "low", .order = BoardOrder::kLowFirst};
  for (const Board& board : {high, low})
    ASSERT_TRUE(put(board, {{"ann", 5, 1}, {"bob", -7, 2}, {"cy", 9, 3}, {"dee", 0, 4}}));
  EXPECT_EQ(listed(page(high)), "cy:9 ann:5 dee:0 bob:-7");
  EXPECT_EQ(listed(page(low)), "bob:-7 dee:0 ann:5 cy:9");
}

TEST_P(RankedSetContract, TiesGoToWhoWasThereFirstThenToTheId) {
  const Board board{.id = "b", .op = BoardOperator::kLast};
  ASSERT_TRUE(put(board, {{"late", 5, 30}, {"b", 5, 10}, {"a", 5, 10}, {"B", 5, 10}, {"early", 5, -20}}));
  EXPECT_EQ(listed(page(board)), "early:5 B:5 a:5 b:5 late:5");
  ASSERT_TRUE(put(board, {{"early", 4, 40}}));
  ASSERT_TRUE(put(board, {{"early", 5, 50}}));
  EXPECT_EQ(listed(page(board)), "B:5 a:5 b:5 late:5 early:5") << "who lost a score and won it back reached it later";
  ASSERT_TRUE(put(board, {{"b", 5, 60}}));
  EXPECT_EQ(listed(page(board)), "B:5 a:5 b:5 late:5 early:5") << "the same again changes nothing";
  EXPECT_EQ(find(board, "b")->reached, 10);
}

TEST_P(RankedSetContract, RanksInThreeWays) {
  Board board{.id = "b"};
  ASSERT_TRUE(put(board, {{"a", 9, 1}, {"b", 7, 2}, {"c", 7, 3}, {"d", 5, 4}, {"e", 5, 5}, {"f", 1, 6}}));
  const std::map<BoardRanking, std::vector<uint64_t>> expected = {{BoardRanking::kCompetition, {1, 2, 2, 4, 4, 6}},
                                                                  {BoardRanking::kDense, {1, 2, 2, 3, 3, 4}},
                                                                  {BoardRanking::kOrdinal, {1, 2, 3, 4, 5, 6}}};
  for (const auto& [ranking, wanted] : expected) {
    board.ranking = ranking;
    EXPECT_EQ(ranks(page(board)), wanted);
    EXPECT_EQ(ranks(page(board, 2, 3)), std::vector<uint64_t>(wanted.begin() + 2, wanted.begin() + 5))
        << "a page begins in a tie";
    for (size_t i = 0; i < wanted.size(); ++i) {
      const auto standing = find(board, std::string(1, static_cast<char>('a' + i)));
      ASSERT_TRUE(standing);
      EXPECT_EQ(standing->rank, wanted[i]);
      EXPECT_EQ(standing->position, i);
    }
  }
}

TEST_P(RankedSetContract, PercentilesAreTheShareNoBetter) {
  const Board board{.id = "b"};
  ASSERT_TRUE(put(board, {{"a", 9, 1}, {"b", 7, 2}, {"c", 7, 3}, {"d", 5, 4}}));
  EXPECT_DOUBLE_EQ(find(board, "a")->percentile, 100);
  EXPECT_DOUBLE_EQ(find(board, "b")->percentile, 75);
  EXPECT_DOUBLE_EQ(find(board, "c")->percentile, 75);
  EXPECT_DOUBLE_EQ(find(board, "d")->percentile, 25);
  EXPECT_DOUBLE_EQ(page(board, 2, 1)[0].percentile, 75);
}

TEST_P(RankedSetContract, OperatorsDecideWhatStays) {
  const Board best{.id = "best"}, best_low{.id = "best low", .order = BoardOrder::kLowFirst},
      last{.id = "last", .op = BoardOperator::kLast}, sum{.id = "sum", .op = BoardOperator::kSum};
  for (const Board& board : {best, best_low, last, sum}) {
    for (int64_t score : {5, 9, 3}) ASSERT_TRUE(put(board, {{"ann", score, score}}));
  }
  EXPECT_EQ(find(best, "ann")->score, 9);
  EXPECT_EQ(find(best, "ann")->reached, 9);
  EXPECT_EQ(find(best_low, "ann")->score, 3);
  EXPECT_EQ(find(last, "ann")->score, 3);
  EXPECT_EQ(find(sum, "ann")->score, 17);
  ASSERT_TRUE(put(sum, {{"ann", -20, 99}, {"ann", 1, 100}}));
  EXPECT_EQ(find(sum, "ann")->score, -2);
  EXPECT_EQ(find(sum, "ann")->reached, 100);
}

TEST_P(RankedSetContract, AWriteAnswersWhereItsMembersStand) {
  const Board board{.id = "b"};
  ASSERT_TRUE(put(board, {{"ann", 5, 1}, {"bob", 7, 2}}));
  auto standings = put(board, {{"cy", 6, 3}, {"ann", 8, 4}});
  ASSERT_TRUE(standings);
  ASSERT_EQ(standings->size(), 2u);
  EXPECT_EQ((*standings)[0].rank, 3u) << "after all of them were written";
  EXPECT_EQ((*standings)[1].rank, 1u);
  EXPECT_EQ((*standings)[1].member, "ann");
  EXPECT_TRUE(put(board, {})->empty());
}

TEST_P(RankedSetContract, AWriteIsAllOrNone) {
  const Board board{.id = "b", .op = BoardOperator::kSum};
  ASSERT_TRUE(put(board, {{"ann", 5, 1}, {"big", ports::kBoardScoreMax, 1}}));
  const std::string before = listed(page(board));
  for (const ScoreWrite& wrong :
       {ScoreWrite{"", 1, 1}, ScoreWrite{std::string(257, 'x'), 1, 1}, ScoreWrite{"c", ports::kBoardScoreMax + 1, 1},
        ScoreWrite{"c", -ports::kBoardScoreMax - 1, 1}, ScoreWrite{"big", 1, 9}}) {
    auto refused = put(board, {{"ann", 1, 2}, {"new", 1, 2}, {"ann", 1, 3}, wrong});
    ASSERT_FALSE(refused) << wrong.member;
    EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
    EXPECT_EQ(listed(page(board)), before);
    EXPECT_EQ(find(board, "ann")->reached, 1);
  }
  ASSERT_TRUE(put(board, {{"low", -ports::kBoardScoreMax, 1}, {std::string(256, 'x'), 1, 1}}));
  EXPECT_EQ(find(board, "low")->score, -ports::kBoardScoreMax);
  EXPECT_TRUE(find(board, std::string(256, 'x')));
}

TEST_P(RankedSetContract, SumsKeepTheirBoundsOnBothSidesInBothOrders) {
  for (const BoardOrder order : {BoardOrder::kHighFirst, BoardOrder::kLowFirst}) {
    const Board board{.id = order == BoardOrder::kLowFirst ? "low" : "high", .order = order, .op = BoardOperator::kSum};
    for (const int64_t sign : {1, -1}) {
      const std::string member = sign > 0 ? "up" : "down";
      ASSERT_TRUE(put(board, {{member, sign * (ports::kBoardScoreMax - 1), 1}}));
      ASSERT_TRUE(put(board, {{member, sign, 2}}));
      auto refused = put(board, {{member, sign, 3}});
      ASSERT_FALSE(refused) << member;
      EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
      EXPECT_EQ(find(board, member)->score, sign * ports::kBoardScoreMax);
      EXPECT_EQ(find(board, member)->reached, 2);
    }
  }
}

/// A board that is read back in runs, asked and written to between them, is as one that was written.
TEST_P(RankedSetContract, AFilledBoardIsAsAWrittenOne) {
  std::mt19937_64 chance(5);
  for (const BoardOperator op : {BoardOperator::kLast, BoardOperator::kBest, BoardOperator::kSum}) {
    const Board filled{.id = "filled" + std::to_string(static_cast<int>(op)), .op = op};
    const Board written{.id = "written" + std::to_string(static_cast<int>(op)), .op = op};
    for (const int size : {700, 3, 40, 300, 1}) {
      std::vector<ScoreWrite> writes;
      for (int i = 0; i < size; ++i)
        writes.push_back({"m" + std::to_string(chance() % 1500), static_cast<int64_t>(chance() % 50),
                          static_cast<UnixMillis>(chance() % 9)});
      ASSERT_TRUE(gamekeeper::test::run(set_->fill(filled, writes)));
      ASSERT_TRUE(put(written, writes));
      if (size == 3) continue;
      EXPECT_EQ(*gamekeeper::test::run(set_->count(filled)), *gamekeeper::test::run(set_->count(written)));
      EXPECT_EQ(find(filled, writes[0].member)->position, find(written, writes[0].member)->position);
      EXPECT_EQ(listed(page(filled, 0, 1000)), listed(page(written, 0, 1000)));
      EXPECT_EQ(ranks(page(filled, 0, 1000)), ranks(page(written, 0, 1000)));
      for (const Board& board : {filled, written}) {
        ASSERT_TRUE(put(board, {{"late", 7, 1}}));
        ASSERT_TRUE(*gamekeeper::test::run(set_->remove(board, writes[0].member)));
      }
    }
    EXPECT_EQ(listed(page(filled, 0, 1000)), listed(page(written, 0, 1000)));
    ASSERT_TRUE(gamekeeper::test::run(set_->fill(filled, {{"last", 9, 1}})));
    ASSERT_TRUE(*gamekeeper::test::run(set_->remove(filled, "last"))) << "before anybody asked";
    EXPECT_EQ(listed(page(filled, 0, 1000)), listed(page(written, 0, 1000)));
  }
}

TEST_P(RankedSetContract, ShowsNeighbours) {
  const Board board{.id = "b"};
  std::vector<ScoreWrite> writes;
  for (int i = 0; i < 20; ++i) writes.push_back({std::string(1, static_cast<char>('a' + i)), 100 - i, i});
  ASSERT_TRUE(put(board, writes));
  auto around = [&](const std::string& member, uint32_t each_way) {
    return gamekeeper::test::run(set_->around(board, member, each_way));
  };
  EXPECT_EQ(listed(*around("k", 2)), "i:92 j:91 k:90 l:89 m:88");
  EXPECT_EQ(listed(*around("a", 2)), "a:100 b:99 c:98");
  EXPECT_EQ(listed(*around("t", 1)), "s:82 t:81");
  EXPECT_EQ(around("k", 500)->size(), 20u);
  EXPECT_EQ((*around("k", 1))[0].rank, 10u);
  EXPECT_EQ(around("nobody", 2).error().code, "not_on_board");
  EXPECT_EQ(around("k", 501).error().field, "each_way");
}

TEST_P(RankedSetContract, FindsManyAtOnceInTheOrderAsked) {
  const Board board{.id = "b"};
  ASSERT_TRUE(put(board, {{"ann", 5, 1}, {"bob", 7, 2}}));
  auto found = gamekeeper::test::run(set_->find(board, {"bob", "nobody", "ann", "bob"}));
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 4u);
  EXPECT_EQ((*found)[0]->rank, 1u);
  EXPECT_FALSE((*found)[1]);
  EXPECT_EQ((*found)[2]->rank, 2u);
  EXPECT_EQ((*found)[3]->member, "bob");
}

TEST_P(RankedSetContract, RemovesAndDrops) {
  const Board board{.id = "b"}, other{.id = "other"};
  ASSERT_TRUE(put(board, {{"ann", 5, 1}, {"bob", 7, 2}, {"cy", 7, 3}}));
  ASSERT_TRUE(put(other, {{"ann", 1, 1}}));
  EXPECT_TRUE(*gamekeeper::test::run(set_->remove(board, "bob")));
  EXPECT_FALSE(*gamekeeper::test::run(set_->remove(board, "bob")));
  EXPECT_EQ(listed(page(board)), "cy:7 ann:5");
  EXPECT_EQ(*gamekeeper::test::run(set_->count(board)), 2u);
  ASSERT_TRUE(gamekeeper::test::run(set_->drop(board)));
  EXPECT_EQ(*gamekeeper::test::run(set_->count(board)), 0u);
  EXPECT_EQ(*gamekeeper::test::run(set_->count(other)), 1u);
  ASSERT_TRUE(put({.id = "b", .order = BoardOrder::kLowFirst}, {{"ann", 5, 1}}))
      << "a dropped board's rules are forgotten";
}

TEST_P(RankedSetContract, ABoardNeverWrittenIsEmpty) {
  const Board board{.id = "none"};
  EXPECT_TRUE(page(board).empty());
  EXPECT_FALSE(find(board, "ann"));
  EXPECT_EQ(*gamekeeper::test::run(set_->count(board)), 0u);
  EXPECT_FALSE(*gamekeeper::test::run(set_->remove(board, "ann")));
  EXPECT_EQ(gamekeeper::test::run(set_->around(board, "ann", 1)).error().kind, ErrorKind::kNotFound);
}

TEST_P(RankedSetContract, ABoardKeepsItsRules) {
  ASSERT_TRUE(put({.id = "b"}, {{"ann", 5, 1}}));
  const Board other_order{.id = "b", .order = BoardOrder::kLowFirst},
      other_operator{.id = "b", .op = BoardOperator::kSum};
  for (const Board& board : {other_order, other_operator}) {
    EXPECT_EQ(put(board, {{"ann", 6, 1}}).error().code, "board_rules");
    EXPECT_EQ(gamekeeper::test::run(set_->page(board, 0, 1)).error().kind, ErrorKind::kConflict);
  }
  EXPECT_EQ(find({.id = "b"}, "ann")->score, 5);
}

TEST_P(RankedSetContract, PagesHaveALimitAndEnd) {
  const Board board{.id = "b"};
  ASSERT_TRUE(put(board, {{"ann", 5, 1}, {"bob", 7, 2}}));
  EXPECT_EQ(page(board, 1, 1000).size(), 1u);
  EXPECT_TRUE(page(board, 2, 10).empty());
  EXPECT_TRUE(page(board, UINT64_MAX, 10).empty());
  EXPECT_TRUE(page(board, 0, 0).empty());
  EXPECT_EQ(gamekeeper::test::run(set_->page(board, 0, 1001)).error().field, "limit");
}

TEST_P(RankedSetContract, AgreesWithAPlainListOverARandomLife) {
  for (const BoardOrder order : {BoardOrder::kHighFirst, BoardOrder::kLowFirst}) {
    for (const BoardOperator op : {BoardOperator::kBest, BoardOperator::kLast, BoardOperator::kSum}) {
      Board board{.id = "b" + std::to_string(static_cast<int>(order)) + std::to_string(static_cast<int>(op)),
                  .order = order,
                  .op = op};
      const int64_t sign = order == BoardOrder::kHighFirst ? -1 : 1;
      std::map<std::string, std::pair<int64_t, int64_t>> model;  // member: score, reached
      std::mt19937_64 chance(static_cast<uint64_t>(order) * 3 + static_cast<uint64_t>(op));
      for (int step = 0; step < 40; ++step) {
        std::vector<ScoreWrite> writes;
        for (uint64_t n = chance() % 12; n > 0; --n) {
          const ScoreWrite write{"player " + std::to_string(chance() % 60), static_cast<int64_t>(chance() % 9) - 4,
                                 step};
          writes.push_back(write);
          auto [entry, fresh] = model.try_emplace(write.member, write.score, step);
          if (fresh) continue;
          auto& [score, reached] = entry->second;
          const int64_t next = op == BoardOperator::kSum ? score + write.score : write.score;
          if (next == score || (op == BoardOperator::kBest && sign * next > sign * score)) continue;
          score = next, reached = step;
        }
        if (step % 3 == 0)
          ASSERT_TRUE(gamekeeper::test::run(set_->fill(board, writes)));
        else
          ASSERT_TRUE(put(board, writes));
        const std::string leaver = "player " + std::to_string(chance() % 60);
        ASSERT_EQ(*gamekeeper::test::run(set_->remove(board, leaver)), model.erase(leaver) == 1);
      }
      std::vector<std::tuple<int64_t, int64_t, std::string>> expected;
      for (const auto& [member, entry] : model) expected.emplace_back(sign * entry.first, entry.second, member);
      std::sort(expected.begin(), expected.end());
      for (const BoardRanking ranking : {BoardRanking::kCompetition, BoardRanking::kDense, BoardRanking::kOrdinal}) {
        board.ranking = ranking;
        const auto all = page(board);
        ASSERT_EQ(all.size(), expected.size());
        uint64_t rank = 0;
        for (size_t i = 0; i < all.size(); ++i) {
          const auto& [value, reached, member] = expected[i];
          const bool same = i > 0 && std::get<0>(expected[i - 1]) == value;
          if (ranking == BoardRanking::kOrdinal || !same) rank = ranking == BoardRanking::kDense ? rank + 1 : i + 1;
          ASSERT_EQ(all[i].member, member);
          ASSERT_EQ(all[i].score, sign * value);
          ASSERT_EQ(all[i].reached, reached);
          ASSERT_EQ(all[i].rank, rank);
          const auto one = find(board, member);
          ASSERT_TRUE(one);
          ASSERT_EQ(one->rank, rank);
          ASSERT_EQ(one->position, i);
          ASSERT_EQ(one->percentile, all[i].percentile);
        }
      }
    }
  }
}

TEST_P(RankedSetContract, ManyMayWriteAndReadAtOnce) {
  const Board board{.id = "b", .op = BoardOperator::kSum};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        EXPECT_TRUE(gamekeeper::test::run(set_->put(board, {{"shared", 1, i}, {"own " + std::to_string(t), 2, i}})));
        auto all = gamekeeper::test::run(set_->page(board, 0, 10));
        ASSERT_TRUE(all);
        for (size_t k = 1; k < all->size(); ++k) EXPECT_LE((*all)[k].score, (*all)[k - 1].score);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(find(board, "shared")->score, 800);
  for (int t = 0; t < 4; ++t) EXPECT_EQ(find(board, "own " + std::to_string(t))->score, 400);
}

}  // namespace gamekeeper::contract
