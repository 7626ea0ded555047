#pragma once

#include <optional>
#include <span>
#include <vector>

#include "adapters/memory/counted_tree.h"
#include "ports/ranked_set.h"

namespace gamekeeper::adapters {

/// One board in memory: members, their scores and their order. The caller has checked the writes' fields; not safe from
/// several threads.
class ScoreBoard {
 public:
  ScoreBoard(ports::BoardOrder order, ports::BoardOperator op, uint64_t seed);

  bool is_kept_as(const ports::Board& board) const { return board.order == order_ && board.op == op_; }
  uint64_t size() const { return members_.size(); }
  /// Writes all, or none when a sum grows too large; says which write it was.
  std::optional<size_t> put(std::span<const ports::ScoreWrite> writes);
  /// The members of writes, made ready. From any thread.
  std::vector<BoardMembers::Id> ready(std::span<const ports::ScoreWrite> writes) const;
  /// As put(), but one may be refused: then those before it may have been done. New members are taken in without a place
  /// in the order: settle() gives them theirs, all at once. It must have been done before anybody is found or listed;
  /// writes and removals do it themselves.
  std::optional<size_t> fill(std::span<const ports::ScoreWrite> writes, std::span<const BoardMembers::Id> ids);
  bool is_settled() const { return loose_.empty(); }
  void settle();
  bool remove(std::string_view member);
  std::optional<ports::Standing> find(std::string_view member, ports::BoardRanking ranking) const;
  /// `limit` standings from `position` on.
  std::vector<ports::Standing> page(uint64_t position, uint64_t limit, ports::BoardRanking ranking) const;

  size_t bytes() const { return members_.bytes() + tree_.bytes() + loose_.capacity() * sizeof(Slot); }
  void check() const { tree_.check(); }

 private:
  using Slot = BoardMembers::Slot;
  struct Undo {
    Slot slot;
    bool is_new;
    int64_t value, reached;
  };
  int64_t value_of(int64_t score) const { return order_ == ports::BoardOrder::kHighFirst ? -score : score; }
  int64_t score_of(int64_t value) const { return order_ == ports::BoardOrder::kHighFirst ? -value : value; }
  void move(Slot slot, int64_t value, int64_t reached);
  bool put_one(const ports::ScoreWrite& write, std::vector<Undo>& undo);
  void take_back(const std::vector<Undo>& undo);
  uint64_t rank(int64_t value, uint64_t position, ports::BoardRanking ranking) const;
  ports::Standing standing(Slot slot, uint64_t position, uint64_t rank, uint64_t lower) const;

  ports::BoardOrder order_;
  ports::BoardOperator op_;
  BoardMembers members_;
  CountedTree tree_;
  std::vector<Slot> loose_;  // members that are not in the tree yet
};

}  // namespace gamekeeper::adapters
