#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ports/ranked_set.h"

namespace gamekeeper::test {

/// Hands everything on to another ranked set: what tests that break one call derive from.
class PassingRankedSet : public ports::RankedSet {
 public:
  explicit PassingRankedSet(ports::RankedSet& ranked) : ranked_(ranked) {}

  Task<Result<std::vector<ports::Standing>>> put(ports::Board board, std::vector<ports::ScoreWrite> writes) override {
    return ranked_.put(std::move(board), std::move(writes));
  }
  Task<Result<void>> fill(ports::Board board, std::vector<ports::ScoreWrite> writes) override {
    return ranked_.fill(std::move(board), std::move(writes));
  }
  Task<Result<bool>> remove(ports::Board board, std::string member) override {
    return ranked_.remove(std::move(board), std::move(member));
  }
  Task<Result<std::vector<std::optional<ports::Standing>>>> find(ports::Board board,
                                                                 std::vector<std::string> members) override {
    return ranked_.find(std::move(board), std::move(members));
  }
  Task<Result<std::vector<ports::Standing>>> page(ports::Board board, uint64_t position, uint32_t limit) override {
    return ranked_.page(std::move(board), position, limit);
  }
  Task<Result<std::vector<ports::Standing>>> around(ports::Board board, std::string member,
                                                    uint32_t each_way) override {
    return ranked_.around(std::move(board), std::move(member), each_way);
  }
  Task<Result<uint64_t>> count(ports::Board board) override { return ranked_.count(std::move(board)); }
  Task<Result<void>> drop(ports::Board board) override { return ranked_.drop(std::move(board)); }

 protected:
  ports::RankedSet& ranked_;
};

}  // namespace gamekeeper::test
