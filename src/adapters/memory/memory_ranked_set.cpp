#include "adapters/memory/memory_ranked_set.h"

#include <algorithm>
#include <mutex>
#include <random>

#include "adapters/kit/board_checks.h"

namespace gamekeeper::adapters {

using ports::Board;
using ports::ScoreWrite;
using ports::Standing;

namespace {

uint64_t random_seed() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

}  // namespace

MemoryRankedSet::MemoryRankedSet() : seed_(random_seed()) {}

Result<std::shared_ptr<MemoryRankedSet::Held>> MemoryRankedSet::held(const Board& board) const {
  std::shared_lock lock(mutex_);
  const auto found = boards_.find(board.id);
  if (found == boards_.end()) return std::shared_ptr<Held>();
  if (found->second->scores.is_kept_as(board)) return found->second;
  return other_rules();
}

Result<std::shared_ptr<MemoryRankedSet::Held>> MemoryRankedSet::made(const Board& board) {
  auto found = held(board);
  if (!found || *found) return found;
  {
    std::unique_lock lock(mutex_);
    boards_.try_emplace(board.id, std::make_shared<Held>(board, seed_));
  }
  return held(board);  // whoever made it
}

/// Who asks first after a fill() waits until its members are in order.
std::shared_lock<std::shared_mutex> MemoryRankedSet::read(Held& held) {
  std::shared_lock lock(held.mutex);
  while (!held.scores.is_settled()) {
    lock.unlock();
    {
      std::unique_lock writing(held.mutex);
      held.scores.settle();
    }
    lock.lock();
  }
  return lock;
}

Task<Result<std::vector<Standing>>> MemoryRankedSet::put(Board board, std::vector<ScoreWrite> writes) {
  if (auto ok = check_writes(writes); !ok) co_return std::unexpected(ok.error());
  auto found = writes.empty() ? held(board) : made(board);
  if (!found) co_return std::unexpected(found.error());
  std::vector<Standing> standings;
  if (writes.empty()) co_return standings;
  Held& held = **found;
  std::unique_lock lock(held.mutex);
  if (held.scores.put(writes)) co_return score_too_large();
  for (const ScoreWrite& write : writes) standings.push_back(*held.scores.find(write.member, board.ranking));
  co_return standings;
}

Task<Result<void>> MemoryRankedSet::fill(Board board, std::vector<ScoreWrite> writes) {
  if (auto ok = check_writes(writes); !ok) co_return ok;
  if (writes.empty()) co_return Result<void>();
  auto found = made(board);
  if (!found) co_return std::unexpected(found.error());
  Held& held = **found;
  const std::vector<BoardMembers::Id> ids = held.scores.ready(writes);
  std::unique_lock lock(held.mutex);
  if (held.scores.fill(writes, ids)) co_return score_too_large();
  co_return Result<void>();
}

Task<Result<bool>> MemoryRankedSet::remove(Board board, std::string member) {
  auto found = held(board);
  if (!found) co_return std::unexpected(found.error());
  if (!*found) co_return false;
  std::unique_lock lock((*found)->mutex);
  co_return (*found)->scores.remove(member);
}

Task<Result<std::vector<std::optional<Standing>>>> MemoryRankedSet::find(Board board,
                                                                         std::vector<std::string> members) {
  auto found = held(board);
  if (!found) co_return std::unexpected(found.error());
  std::vector<std::optional<Standing>> standings(members.size());
  if (!*found) co_return standings;
  const auto lock = read(**found);
  for (size_t i = 0; i < members.size(); ++i) standings[i] = (*found)->scores.find(members[i], board.ranking);
  co_return standings;
}

Task<Result<std::vector<Standing>>> MemoryRankedSet::page(Board board, uint64_t position, uint32_t limit) {
  if (auto ok = check_page(limit); !ok) co_return std::unexpected(ok.error());
  auto found = held(board);
  if (!found) co_return std::unexpected(found.error());
  if (!*found) co_return std::vector<Standing>();
  const auto lock = read(**found);
  co_return (*found)->scores.page(position, limit, board.ranking);
}

Task<Result<std::vector<Standing>>> MemoryRankedSet::around(Board board, std::string member, uint32_t each_way) {
  if (auto ok = check_around(each_way); !ok) co_return std::unexpected(ok.error());
  auto found = held(board);
  if (!found) co_return std::unexpected(found.error());
  if (!*found) co_return not_on_board();
  const auto lock = read(**found);
  const auto standing = (*found)->scores.find(member, board.ranking);
  if (!standing) co_return not_on_board();
  const uint64_t before = std::min<uint64_t>(standing->position, each_way);
  co_return (*found)->scores.page(standing->position - before, before + 1 + each_way, board.ranking);
}

Task<Result<uint64_t>> MemoryRankedSet::count(Board board) {
  auto found = held(board);
  if (!found) co_return std::unexpected(found.error());
  if (!*found) co_return 0u;
  std::shared_lock lock((*found)->mutex);
  co_return (*found)->scores.size();
}

Task<Result<void>> MemoryRankedSet::drop(Board board) {
  std::unique_lock lock(mutex_);
  boards_.erase(board.id);
  co_return Result<void>();
}

size_t MemoryRankedSet::bytes() const {
  std::shared_lock lock(mutex_);
  size_t sum = 0;
  for (const auto& [id, held] : boards_) {
    std::shared_lock board(held->mutex);
    sum += held->scores.bytes();
  }
  return sum;
}

}  // namespace gamekeeper::adapters
