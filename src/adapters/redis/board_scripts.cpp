#include "adapters/redis/board_scripts.h"

#include <fmt/format.h>

#include <charconv>

#include "adapters/redis/names.h"

namespace gamekeeper::adapters::redis {
namespace {

constexpr uint64_t kSign = uint64_t{1} << 63;

// Numbers of Lua are doubles, exact here; as text they must not become 9.007e15.
constexpr const char* kCommon = R"(
  local order, members, values, counts = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
  local rules = redis.call('HGET', counts, 'rules')
  if rules and rules ~= ARGV[1] then return redis.error_reply('GK board_rules') end
  local function text(number)
    if number == 0 then number = 0 end
    return string.format('%.0f', number)
  end
  local function split(held)
    local space = string.find(held, ' ', 1, true)
    return string.sub(held, 1, space - 1), string.sub(held, space + 1)
  end
  local function leave(member, value, hex)
    redis.call('ZREM', order, hex .. ':' .. member)
    if redis.call('HINCRBY', counts, value, -1) == 0 then
      redis.call('HDEL', counts, value)
      redis.call('ZREM', values, value)
    end
  end
  local function better(value)
    return redis.call('ZCOUNT', order, '-inf', '(' .. value)
  end
  local function distinct_better(value)
    return redis.call('ZCOUNT', values, '-inf', '(' .. value)
  end
  local function standing(member)
    local held = redis.call('HGET', members, member)
    if not held then return false end
    local value, hex = split(held)
    local position = redis.call('ZRANK', order, hex .. ':' .. member)
    return {member, value, hex, position, better(value), distinct_better(value)}
  end
  local function page(first, last)
    local out = {redis.call('ZCARD', order)}
    local places = redis.call('ZRANGE', order, first, last, 'WITHSCORES')
    local before, lower, distinct
    for i = 1, #places, 2 do
      local position = first + (i - 1) / 2
      local value = text(tonumber(places[i + 1]))
      if i == 1 then
        lower, distinct = better(value), distinct_better(value)
      elseif value ~= before then
        lower, distinct = position, distinct + 1
      end
      before = value
      out[#out + 1] = {string.sub(places[i], 18), value, string.sub(places[i], 1, 16), position, lower, distinct}
    end
    return out
  end
)";

Script with_common(const char* text) { return Script(std::string(kCommon) + text); }

}  // namespace

std::vector<std::string> board_keys(const std::string& board) {
  const std::string tag = "{board:" + name_in_key(board) + "}";
  return {tag + ":order", tag + ":members", tag + ":values", tag + ":counts"};
}

std::string rules_of(const ports::Board& board) {
  using ports::BoardOperator;
  const char* order = board.order == ports::BoardOrder::kHighFirst ? "high" : "low";
  const char* op = board.op == BoardOperator::kBest ? "best" : board.op == BoardOperator::kLast ? "last" : "sum";
  return fmt::format("{} {}", order, op);
}

std::string hex_of(UnixMillis reached) { return fmt::format("{:016x}", static_cast<uint64_t>(reached) ^ kSign); }

UnixMillis time_of(std::string_view hex) {
  uint64_t out = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), out, 16);
  return static_cast<UnixMillis>(out ^ kSign);
}

/// First all is worked out in `now`, then it is written.
const Script& put_script() {
  static const Script script = with_common(R"(
    local op, most = ARGV[2], 9007199254740992
    local was, now, touched = {}, {}, {}
    for i = 3, #ARGV, 3 do
      local value, hex, member = tonumber(ARGV[i]), ARGV[i + 1], ARGV[i + 2]
      if now[member] == nil then
        touched[#touched + 1] = member
        local held = redis.call('HGET', members, member)
        was[member] = held
        if held then
          local old, since = split(held)
          now[member] = {tonumber(old), since}
        else
          now[member] = false
        end
      end
      local has = now[member]
      if not has then
        now[member] = {value, hex}
      else
        local next = value
        if op == 'sum' then
          if (value > 0 and has[1] > most - value) or (value < 0 and has[1] < -most - value) then
            return redis.error_reply('GK score_out_of_range')
          end
          next = has[1] + value
        end
        if next ~= has[1] and not (op == 'best' and next > has[1]) then now[member] = {next, hex} end
      end
    end
    redis.call('HSET', counts, 'rules', ARGV[1])
    for _, member in ipairs(touched) do
      local value, hex = text(now[member][1]), now[member][2]
      local held = value .. ' ' .. hex
      if was[member] ~= held then
        if was[member] then leave(member, split(was[member])) end
        redis.call('ZADD', order, value, hex .. ':' .. member)
        redis.call('HSET', members, member, held)
        if redis.call('HINCRBY', counts, value, 1) == 1 then redis.call('ZADD', values, value, value) end
      end
    end
    local out = {redis.call('ZCARD', order)}
    for i = 5, #ARGV, 3 do out[#out + 1] = standing(ARGV[i]) end
    return out)");
  return script;
}

const Script& find_script() {
  static const Script script = with_common(R"(
    local out = {redis.call('ZCARD', order)}
    for i = 2, #ARGV do out[#out + 1] = standing(ARGV[i]) end
    return out)");
  return script;
}

const Script& page_script() {
  static const Script script = with_common("return page(tonumber(ARGV[2]), ARGV[2] + ARGV[3] - 1)");
  return script;
}

const Script& around_script() {
  static const Script script = with_common(R"(
    local middle = standing(ARGV[2])
    if not middle then return false end
    return page(math.max(0, middle[4] - ARGV[3]), middle[4] + ARGV[3]))");
  return script;
}

const Script& remove_script() {
  static const Script script = with_common(R"(
    local held = redis.call('HGET', members, ARGV[2])
    if not held then return 0 end
    leave(ARGV[2], split(held))
    redis.call('HDEL', members, ARGV[2])
    return 1)");
  return script;
}

const Script& count_script() {
  static const Script script = with_common("return redis.call('ZCARD', order)");
  return script;
}

}  // namespace gamekeeper::adapters::redis
