#pragma once

#include "adapters/redis/redis_connections.h"
#include "ports/cache.h"

namespace gamekeeper::adapters {

/// Cache in a Redis: a record is a hash under its name, which other programs may read.
class RedisCache final : public ports::Cache {
 public:
  /// `connections` must outlive it.
  explicit RedisCache(RedisConnections& connections) : connections_(connections) {}

  Task<Result<void>> put(std::string name, Record record, std::chrono::milliseconds keep) override;
  Task<Result<std::optional<Record>>> get(std::string name) override;
  Task<Result<bool>> remove(std::string name) override;

 private:
  RedisConnections& connections_;
};

}  // namespace gamekeeper::adapters
