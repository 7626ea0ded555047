#pragma once

#include "adapters/redis/redis_connections.h"
#include "ports/ranked_set.h"

namespace gamekeeper::adapters {

/// RankedSet in one Redis, shared by processes. A write, with the standings that it answers, is one script, and so one
/// step. What Redis loses (RedisConnections::generation) whoever writes a board has to write again.
class RedisRankedSet final : public ports::RankedSet {
 public:
  /// `connections` must outlive it.
  explicit RedisRankedSet(RedisConnections& connections) : connections_(connections) {}

  Task<Result<std::vector<ports::Standing>>> put(ports::Board board, std::vector<ports::ScoreWrite> writes) override;
  Task<Result<bool>> remove(ports::Board board, std::string member) override;
  Task<Result<std::vector<std::optional<ports::Standing>>>> find(ports::Board board,
                                                                 std::vector<std::string> members) override;
  Task<Result<std::vector<ports::Standing>>> page(ports::Board board, uint64_t position, uint32_t limit) override;
  Task<Result<std::vector<ports::Standing>>> around(ports::Board board, std::string member, uint32_t each_way) override;
  Task<Result<uint64_t>> count(ports::Board board) override;
  Task<Result<void>> drop(ports::Board board) override;

 private:
  Task<Result<redis::Reply>> run(const redis::Script& script, const ports::Board& board,
                                 std::vector<std::string> arguments, RedisConnections::Lost lost);

  RedisConnections& connections_;
};

}  // namespace gamekeeper::adapters
