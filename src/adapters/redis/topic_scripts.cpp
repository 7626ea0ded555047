#include "adapters/redis/topic_scripts.h"

#include <charconv>

#include "adapters/redis/names.h"
#include "adapters/redis/redis_connections.h"

namespace gamekeeper::adapters::redis {
namespace {

/// The generation now and what the topic has of it; a topic of another one begins anew.
constexpr const char* kBegin = R"(
  local generation = redis.call('GET', KEYS[3])
  local function begin(fresh)
    if not generation then
      generation = fresh
      redis.call('SET', KEYS[3], generation)
    end
    local at = redis.call('HMGET', KEYS[2], 'g', 'n')
    if at[1] == generation then return at[2] end
    local now = redis.call('TIME')
    local first = now[1] .. string.format('%06d', now[2])
    redis.call('DEL', KEYS[1])
    redis.call('HSET', KEYS[2], 'g', generation, 'b', first, 'n', first)
    return first
  end
)";

}  // namespace

std::vector<std::string> topic_keys(const std::string& topic) {
  const std::string tag = "{topic:" + name_in_key(topic) + "}";
  return {tag, tag + ":at", RedisConnections::kGenerationKey};
}

std::string channel_of(const std::string& topic) { return topic_keys(topic)[0]; }

const Script& publish_script() {
  static const Script script(std::string(kBegin) + R"(
    local n = string.format('%.0f', begin(ARGV[4]) + 1)
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], n .. '-0', 'b', ARGV[1])
    redis.call('HSET', KEYS[2], 'n', n)
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
    redis.call('PEXPIRE', KEYS[2], ARGV[3])
    redis.call('PUBLISH', KEYS[1], generation .. ' ' .. n .. ' ' .. ARGV[1])
    return {generation, n})");
  return script;
}

const Script& position_script() {
  static const Script script(std::string(kBegin) + R"(
    local n = begin(ARGV[2])
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
    redis.call('PEXPIRE', KEYS[2], ARGV[1])
    return {generation, n})");
  return script;
}

/// Numbers have no gaps: what came after is there if the first of it is.
const Script& replay_script() {
  static const Script script(std::string(kBegin) + R"(
    local at = redis.call('HMGET', KEYS[2], 'g', 'b', 'n')
    local after = tonumber(ARGV[2])
    if generation ~= ARGV[1] or at[1] ~= generation then return false end
    if after < tonumber(at[2]) or after > tonumber(at[3]) then return false end
    if after == tonumber(at[3]) then return {} end
    local first = string.format('%.0f', after + 1)
    local entries = redis.call('XRANGE', KEYS[1], first, '+')
    if #entries == 0 or entries[1][1] ~= first .. '-0' then return false end
    return entries)");
  return script;
}

ports::TopicMessage read_told(std::string_view payload) {
  ports::TopicMessage out;
  const size_t one = payload.find(' '), two = payload.find(' ', one + 1);
  if (one == payload.npos || two == payload.npos) return out;
  out.at.epoch = payload.substr(0, one);
  std::from_chars(payload.data() + one + 1, payload.data() + two, out.at.n);
  out.body = std::make_shared<const std::string>(payload.substr(two + 1));
  return out;
}

ports::TopicPosition read_at(const Reply& reply) {
  return {.epoch = std::string(reply[0].text()), .n = static_cast<uint64_t>(reply[1].number())};
}

std::vector<ports::TopicMessage> read_entries(const Reply& entries, const std::string& generation) {
  std::vector<ports::TopicMessage> out;
  for (size_t i = 0; i < entries.size(); ++i) {
    const std::string_view id = entries[i][0].text();
    ports::TopicMessage message{.at = {.epoch = generation}};
    std::from_chars(id.data(), id.data() + id.find('-'), message.at.n);
    message.body = std::make_shared<const std::string>(entries[i][1][1].text());
    out.push_back(std::move(message));
  }
  return out;
}

}  // namespace gamekeeper::adapters::redis
