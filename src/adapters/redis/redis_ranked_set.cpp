#include "adapters/redis/redis_ranked_set.h"

#include <algorithm>
#include <iterator>

#include "adapters/kit/board_checks.h"
#include "adapters/redis/board_scripts.h"

namespace gamekeeper::adapters {

using ports::Board;
using ports::BoardRanking;
using ports::ScoreWrite;
using ports::Standing;
using redis::Reply;
using Lost = RedisConnections::Lost;

namespace {

constexpr uint64_t kPositionMax = uint64_t{1} << 52;  // what Lua counts exactly, and no board is so long

int64_t turned(const Board& board, int64_t score) {
  return board.order == ports::BoardOrder::kHighFirst ? -score : score;
}

Standing read(const Board& board, const Reply& reply, int64_t size) {
  Standing out;
  out.member = reply[0].text();
  out.score = turned(board, reply[1].number());
  out.reached = redis::time_of(reply[2].text());
  out.position = static_cast<uint64_t>(reply[3].number());
  const int64_t better = reply[4].number(), distinct = reply[5].number();
  switch (board.ranking) {
    case BoardRanking::kCompetition:
      out.rank = static_cast<uint64_t>(better) + 1;
      break;
    case BoardRanking::kDense:
      out.rank = static_cast<uint64_t>(distinct) + 1;
      break;
    case BoardRanking::kOrdinal:
      out.rank = out.position + 1;
      break;
  }
  const auto total = static_cast<double>(size);
  out.percentile = 100.0 * (total - static_cast<double>(better)) / total;
  return out;
}

std::vector<Standing> read_list(const Board& board, const Reply& reply) {
  std::vector<Standing> out;
  for (size_t i = 1; i < reply.size(); ++i) out.push_back(read(board, reply[i], reply[0].number()));
  return out;
}

}  // namespace

Task<Result<Reply>> RedisRankedSet::run(const redis::Script& script, const Board& board,
                                        std::vector<std::string> arguments, Lost lost) {
  arguments.insert(arguments.begin(), redis::rules_of(board));
  auto reply = co_await connections_.run(script, redis::board_keys(board.id), std::move(arguments), lost);
  if (!reply && reply.error().code == "board_rules") co_return other_rules();
  if (!reply && reply.error().code == "score_out_of_range") co_return score_too_large();
  co_return reply;
}

Task<Result<std::vector<Standing>>> RedisRankedSet::put(Board board, std::vector<ScoreWrite> writes) {
  if (auto ok = check_writes(writes); !ok) co_return std::unexpected(ok.error());
  if (writes.empty()) {
    auto size = co_await count(board);  // for its rules
    if (!size) co_return std::unexpected(size.error());
    co_return std::vector<Standing>();
  }
  const std::string rules = redis::rules_of(board);
  std::vector<std::string> arguments{rules.substr(rules.find(' ') + 1)};
  for (ScoreWrite& write : writes) {
    arguments.push_back(std::to_string(turned(board, write.score)));
    arguments.push_back(redis::hex_of(write.reached));
    arguments.push_back(std::move(write.member));
  }
  const bool counts_again = board.op == ports::BoardOperator::kSum;
  auto reply =
      co_await run(redis::put_script(), board, std::move(arguments), counts_again ? Lost::kTell : Lost::kRepeat);
  if (!reply) co_return std::unexpected(reply.error());
  co_return read_list(board, *reply);
}

Task<Result<bool>> RedisRankedSet::remove(Board board, std::string member) {
  std::vector<std::string> arguments{std::move(member)};
  auto reply = co_await run(redis::remove_script(), board, std::move(arguments), Lost::kTell);
  if (!reply) co_return std::unexpected(reply.error());
  co_return reply->number() == 1;
}

Task<Result<std::vector<std::optional<Standing>>>> RedisRankedSet::find(Board board, std::vector<std::string> members) {
  auto reply = co_await run(redis::find_script(), board, std::move(members), Lost::kRepeat);
  if (!reply) co_return std::unexpected(reply.error());
  std::vector<std::optional<Standing>> out;
  for (size_t i = 1; i < reply->size(); ++i) {
    const Reply each = (*reply)[i];
    out.push_back(each.nothing() ? std::nullopt : std::optional(read(board, each, (*reply)[0].number())));
  }
  co_return out;
}

Task<Result<std::vector<Standing>>> RedisRankedSet::page(Board board, uint64_t position, uint32_t limit) {
  if (auto ok = check_page(limit); !ok) co_return std::unexpected(ok.error());
  std::vector<std::string> arguments{std::to_string(std::min(position, kPositionMax)),
                                     std::to_string(std::max(limit, 1u))};
  auto reply = co_await run(redis::page_script(), board, std::move(arguments), Lost::kRepeat);
  if (!reply) co_return std::unexpected(reply.error());
  auto places = read_list(board, *reply);
  if (limit == 0) places.clear();  // the rules were asked all the same
  co_return places;
}

Task<Result<std::vector<Standing>>> RedisRankedSet::around(Board board, std::string member, uint32_t each_way) {
  if (auto ok = check_around(each_way); !ok) co_return std::unexpected(ok.error());
  std::vector<std::string> arguments{std::move(member), std::to_string(each_way)};
  auto reply = co_await run(redis::around_script(), board, std::move(arguments), Lost::kRepeat);
  if (!reply) co_return std::unexpected(reply.error());
  if (reply->nothing()) co_return not_on_board();
  co_return read_list(board, *reply);
}

Task<Result<uint64_t>> RedisRankedSet::count(Board board) {
  auto reply = co_await run(redis::count_script(), board, {}, Lost::kRepeat);
  if (!reply) co_return std::unexpected(reply.error());
  co_return static_cast<uint64_t>(reply->number());
}

Task<Result<void>> RedisRankedSet::drop(Board board) {
  std::vector<std::string> command = redis::board_keys(board.id);
  command.insert(command.begin(), "UNLINK");
  auto reply = co_await connections_.call(std::move(command), Lost::kRepeat);
  if (!reply) co_return std::unexpected(reply.error());
  co_return Result<void>();
}

}  // namespace gamekeeper::adapters
