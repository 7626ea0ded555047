#include "adapters/redis/redis_ticket_pool.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/redis/names.h"
#include "adapters/redis/ticket_text.h"

namespace gamekeeper::adapters {

using ports::PooledTicket;
using ports::QueueId;
using redis::Command;
using redis::Script;
using Lost = RedisConnections::Lost;

namespace {

/// All queues that ever had a ticket: app, a zero byte, queue.
constexpr const char* kQueues = "gamekeeper:queues";

Script with_common(const char* text) {
  return Script(std::string(R"(
    local players, tickets, since, newest = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
    local function take(id)
      local text = redis.call('HGET', tickets, id)
      if not text then return 0 end
      for _, player in ipairs(cjson.decode(text).players) do redis.call('ZREM', players, player) end
      redis.call('HDEL', tickets, id)
      redis.call('ZREM', since, id)
      return 1
    end
  )") + text);
}

const Script& add_script() {  // id, ticket, since, rating, players
  static const Script script = with_common(R"(
    take(ARGV[1])
    redis.call('HSET', tickets, ARGV[1], ARGV[2])
    redis.call('ZADD', since, ARGV[3], ARGV[1])
    for i = 5, #ARGV do redis.call('ZADD', players, ARGV[4], ARGV[i]) end)");
  return script;
}

const Script& remove_script() {  // id
  static const Script script = with_common("return take(ARGV[1])");
  return script;
}

const Script& claim_script() {  // fence, ids
  static const Script script = with_common(R"(
    local seen = redis.call('GET', newest)
    if seen and tonumber(seen) > tonumber(ARGV[1]) then return redis.error_reply('GK fenced') end
    redis.call('SET', newest, ARGV[1])
    for i = 2, #ARGV do
      if redis.call('HEXISTS', tickets, ARGV[i]) == 0 then return redis.error_reply('GK claimed') end
    end
    for i = 2, #ARGV do take(ARGV[i]) end)");
  return script;
}

const Script& place_script() {  // id
  static const Script script = with_common(R"(
    local position = redis.call('ZRANK', since, ARGV[1])
    if not position then return false end
    return {position, redis.call('ZCARD', since)})");
  return script;
}

}  // namespace

std::vector<std::string> RedisTicketPool::keys(const QueueId& queue) const {
  std::string players =
      queue.app == plain_app_ ? "queue:matchmaking" : redis::name_in_key(queue.app) + ":queue:matchmaking";
  if (queue.queue != "default") players += ":" + redis::name_in_key(queue.queue);
  const std::string tag = "{" + players + "}";  // the slot of the key without braces
  return {std::move(players), tag + ":tickets", tag + ":since", tag + ":fence"};
}

Task<Result<void>> RedisTicketPool::add(QueueId queue, PooledTicket ticket) {
  Command known{"SADD", kQueues, queue.app + '\0' + queue.queue};
  if (auto done = co_await connections_.call(std::move(known), Lost::kRepeat); !done)
    co_return std::unexpected(done.error());
  std::vector<std::string> arguments{ticket.id, redis::to_text(ticket), std::to_string(ticket.since),
                                     fmt::format("{}", ticket.rating)};
  arguments.insert(arguments.end(), ticket.players.begin(), ticket.players.end());
  auto done = co_await connections_.run(add_script(), keys(queue), std::move(arguments), Lost::kRepeat);
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>();
}

Task<Result<bool>> RedisTicketPool::remove(QueueId queue, std::string ticket_id) {
  std::vector<std::string> arguments{std::move(ticket_id)};
  auto was_there = co_await connections_.run(remove_script(), keys(queue), std::move(arguments), Lost::kTell);
  if (!was_there) co_return std::unexpected(was_there.error());
  co_return was_there->number() == 1;
}

Task<Result<void>> RedisTicketPool::claim(QueueId queue, std::vector<std::string> ticket_ids, ports::Fence fence) {
  ticket_ids.insert(ticket_ids.begin(), std::to_string(fence));
  auto done = co_await connections_.run(claim_script(), keys(queue), std::move(ticket_ids), Lost::kTell);
  if (done) co_return Result<void>();
  if (done.error().code == "claimed")
    co_return fail(ErrorKind::kConflict, "claimed", "A ticket is no longer in the pool.", "ticket_ids");
  if (done.error().code == "fenced")
    co_return fail(ErrorKind::kConflict, "fenced", "Another matchmaker has taken over.", "fence");
  co_return std::unexpected(done.error());
}

Task<Result<std::vector<PooledTicket>>> RedisTicketPool::snapshot(QueueId queue) {
  Command command{"HVALS", keys(queue)[1]};
  auto all = co_await connections_.call(std::move(command), Lost::kRepeat);
  if (!all) co_return std::unexpected(all.error());
  std::vector<PooledTicket> out;
  for (size_t i = 0; i < all->size(); ++i) {
    auto ticket = redis::read_ticket((*all)[i].text());
    if (!ticket) co_return std::unexpected(ticket.error());
    out.push_back(std::move(*ticket));
  }
  std::ranges::sort(out, [](const PooledTicket& a, const PooledTicket& b) {
    return a.rating != b.rating ? a.rating < b.rating : a.id < b.id;
  });
  co_return out;
}

Task<Result<ports::TicketPool::Place>> RedisTicketPool::place(QueueId queue, std::string ticket_id) {
  std::vector<std::string> arguments{std::move(ticket_id)};
  auto reply = co_await connections_.run(place_script(), keys(queue), std::move(arguments), Lost::kRepeat);
  if (!reply) co_return std::unexpected(reply.error());
  if (reply->nothing())
    co_return fail(ErrorKind::kNotFound, "not_queued", "The ticket is not in the pool.", "ticket_id");
  co_return Place{.position = static_cast<uint64_t>((*reply)[0].number()),
                  .size = static_cast<uint64_t>((*reply)[1].number())};
}

Task<Result<std::vector<QueueId>>> RedisTicketPool::queues() {
  Command command{"SMEMBERS", kQueues};
  auto known = co_await connections_.call(std::move(command), Lost::kRepeat);
  if (!known) co_return std::unexpected(known.error());
  std::vector<QueueId> all, out;
  std::vector<Command> sizes;
  for (size_t i = 0; i < known->size(); ++i) {
    const std::string name((*known)[i].text());
    const size_t zero = name.find('\0');
    if (zero == name.npos) continue;
    all.push_back({.app = name.substr(0, zero), .queue = name.substr(zero + 1)});
    sizes.push_back({"HLEN", keys(all.back())[1]});
  }
  if (all.empty()) co_return out;
  auto counted = co_await connections_.call(std::move(sizes), Lost::kRepeat);
  if (!counted) co_return std::unexpected(counted.error());
  for (size_t i = 0; i < all.size(); ++i) {
    if ((*counted)[i].number() > 0) out.push_back(all[i]);
  }
  co_return out;
}

Task<Result<void>> RedisTicketPool::clear(QueueId queue) {
  std::vector<std::string> names = keys(queue);
  Command command{"UNLINK", names[0], names[1], names[2]};
  auto done = co_await connections_.call(std::move(command), Lost::kRepeat);
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>();
}

}  // namespace gamekeeper::adapters
