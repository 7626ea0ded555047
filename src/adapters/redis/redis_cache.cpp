#include "adapters/redis/redis_cache.h"

#include "adapters/kit/cache_checks.h"

namespace gamekeeper::adapters {

using Lost = RedisConnections::Lost;

namespace {

/// In one step: nobody sees half a record, or one that stays for ever.
const redis::Script& put_script() {
  static const redis::Script script(R"(
    redis.call('DEL', KEYS[1])
    for i = 2, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
    redis.call('PEXPIRE', KEYS[1], ARGV[1]))");
  return script;
}

}  // namespace

Task<Result<void>> RedisCache::put(std::string name, Record record, std::chrono::milliseconds keep) {
  if (auto ok = check_name(name); !ok) co_return ok;
  if (auto ok = check_record(record, keep); !ok) co_return ok;
  if (auto ok = connections_.reachable(); !ok) co_return ok;
  std::vector<std::string> keys{std::move(name)}, arguments{std::to_string(keep.count())};
  for (auto& [field, value] : record) {
    arguments.push_back(field);
    arguments.push_back(std::move(value));
  }
  auto done = co_await connections_.run(put_script(), std::move(keys), std::move(arguments), Lost::kRepeat);
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>();
}

Task<Result<std::optional<ports::Cache::Record>>> RedisCache::get(std::string name) {
  if (auto ok = check_name(name); !ok) co_return std::unexpected(ok.error());
  if (auto ok = connections_.reachable(); !ok) co_return std::unexpected(ok.error());
  redis::Command command{"HGETALL", std::move(name)};
  auto reply = co_await connections_.call(std::move(command), Lost::kRepeat);
  if (!reply) co_return std::unexpected(reply.error());
  if (reply->size() == 0) co_return std::nullopt;
  Record record;
  for (size_t i = 0; i + 1 < reply->size(); i += 2) record.emplace((*reply)[i].text(), (*reply)[i + 1].text());
  co_return record;
}

Task<Result<bool>> RedisCache::remove(std::string name) {
  if (auto ok = check_name(name); !ok) co_return std::unexpected(ok.error());
  if (auto ok = connections_.reachable(); !ok) co_return std::unexpected(ok.error());
  redis::Command command{"UNLINK", std::move(name)};
  auto reply = co_await connections_.call(std::move(command), Lost::kTell);
  if (!reply) co_return std::unexpected(reply.error());
  co_return reply->number() == 1;
}

}  // namespace gamekeeper::adapters
