#pragma once

#include <memory>
#include <shared_mutex>
#include <unordered_map>

#include "adapters/memory/score_board.h"
#include "ports/ranked_set.h"

namespace gamekeeper::adapters {

/// RankedSet in this process: one counted B+-tree a board, some 60 bytes a member. Nothing waits for a disk or a network;
/// nothing survives the process. A board has one lock, which readers share.
class MemoryRankedSet final : public ports::RankedSet {
 public:
  MemoryRankedSet();

  Task<Result<std::vector<ports::Standing>>> put(ports::Board board, std::vector<ports::ScoreWrite> writes) override;
  Task<Result<void>> fill(ports::Board board, std::vector<ports::ScoreWrite> writes) override;
  Task<Result<bool>> remove(ports::Board board, std::string member) override;
  Task<Result<std::vector<std::optional<ports::Standing>>>> find(ports::Board board,
                                                                 std::vector<std::string> members) override;
  Task<Result<std::vector<ports::Standing>>> page(ports::Board board, uint64_t position, uint32_t limit) override;
  Task<Result<std::vector<ports::Standing>>> around(ports::Board board, std::string member, uint32_t each_way) override;
  Task<Result<uint64_t>> count(ports::Board board) override;
  Task<Result<void>> drop(ports::Board board) override;

  /// Bytes that all boards hold.
  size_t bytes() const;

 private:
  struct Held {
    Held(const ports::Board& board, uint64_t seed) : scores(board.order, board.op, seed) {}
    mutable std::shared_mutex mutex;
    ScoreBoard scores;
  };
  /// Null when there is no such board.
  Result<std::shared_ptr<Held>> held(const ports::Board& board) const;
  Result<std::shared_ptr<Held>> made(const ports::Board& board);
  static std::shared_lock<std::shared_mutex> read(Held& held);

  const uint64_t seed_;
  mutable std::shared_mutex mutex_;  // of the map
  std::unordered_map<std::string, std::shared_ptr<Held>> boards_;
};

}  // namespace gamekeeper::adapters
