#include "adapters/memory/score_board.h"

#include <algorithm>
#include <utility>

namespace gamekeeper::adapters {

using ports::BoardOperator;
using ports::BoardRanking;
using ports::ScoreWrite;
using ports::Standing;

ScoreBoard::ScoreBoard(ports::BoardOrder order, BoardOperator op, uint64_t seed)
    : order_(order), op_(op), members_(seed), tree_(members_) {}

void ScoreBoard::move(Slot slot, int64_t value, int64_t reached) {
  tree_.remove(slot);
  members_.set(slot, value, reached);
  tree_.insert(slot);
}

/// False when a sum grows too large.
bool ScoreBoard::put_one(const ScoreWrite& write, std::vector<Undo>& undo) {
  Slot slot = members_.find(write.member);
  if (slot == BoardMembers::kNone) {
    slot = members_.add(write.member);
    members_.set(slot, value_of(write.score), write.reached);
    tree_.insert(slot);
    undo.push_back({slot, true, 0, 0});
    return true;
  }
  const int64_t old = members_.value(slot);
  int64_t value = value_of(write.score);
  if (op_ == BoardOperator::kSum) value += old;
  if (value > ports::kBoardScoreMax || value < -ports::kBoardScoreMax) return false;
  if (value == old || (op_ == BoardOperator::kBest && value > old)) return true;
  undo.push_back({slot, false, old, members_.reached(slot)});
  move(slot, value, write.reached);
  return true;
}

std::optional<size_t> ScoreBoard::put(std::span<const ScoreWrite> writes) {
  settle();
  std::vector<Undo> undo;
  undo.reserve(writes.size());
  for (size_t i = 0; i < writes.size(); ++i) {
    if (put_one(writes[i], undo)) continue;
    take_back(undo);
    return i;
  }
  return std::nullopt;
}

void ScoreBoard::take_back(const std::vector<Undo>& undo) {
  for (auto step = undo.rbegin(); step != undo.rend(); ++step) {
    if (!step->is_new) {
      move(step->slot, step->value, step->reached);
      continue;
    }
    tree_.remove(step->slot);
    members_.remove(step->slot);
  }
}

std::vector<BoardMembers::Id> ScoreBoard::ready(std::span<const ScoreWrite> writes) const {
  std::vector<BoardMembers::Id> ids;
  ids.reserve(writes.size());
  for (const ScoreWrite& write : writes) ids.push_back(members_.ready(write.member));
  return ids;
}

std::optional<size_t> ScoreBoard::fill(std::span<const ScoreWrite> writes, std::span<const BoardMembers::Id> ids) {
  constexpr size_t kAhead = 16;  // writes: what they need has come from memory by then
  std::vector<size_t> known;
  for (size_t i = 0; i < writes.size(); ++i) {
    if (i + kAhead < writes.size()) members_.prefetch(ids[i + kAhead]);
    Slot slot = members_.find(ids[i]);
    if (slot != BoardMembers::kNone) {
      if (op_ == BoardOperator::kSum || members_.value(slot) != value_of(writes[i].score)) known.push_back(i);
      continue;
    }
    slot = members_.add(ids[i]);
    members_.set(slot, value_of(writes[i].score), writes[i].reached);
    loose_.push_back(slot);
  }
  if (known.empty()) return std::nullopt;
  settle();
  std::vector<Undo> ignored;
  for (const size_t i : known) {
    if (!put_one(writes[i], ignored)) return i;
  }
  return std::nullopt;
}

void ScoreBoard::settle() {
  if (!loose_.empty()) tree_.insert_all(std::exchange(loose_, {}));
}

bool ScoreBoard::remove(std::string_view member) {
  settle();
  const Slot slot = members_.find(member);
  if (slot == BoardMembers::kNone) return false;
  tree_.remove(slot);
  members_.remove(slot);
  return true;
}

uint64_t ScoreBoard::rank(int64_t value, uint64_t position, BoardRanking ranking) const {
  if (ranking == BoardRanking::kOrdinal) return position + 1;
  return 1 + (ranking == BoardRanking::kDense ? tree_.distinct_lower_than(value) : tree_.lower_than(value));
}

Standing ScoreBoard::standing(Slot slot, uint64_t position, uint64_t rank, uint64_t lower) const {
  const double total = static_cast<double>(size());
  return {members_.id(slot),
          score_of(members_.value(slot)),
          members_.reached(slot),
          rank,
          position,
          100.0 * (total - static_cast<double>(lower)) / total};
}

std::optional<Standing> ScoreBoard::find(std::string_view member, BoardRanking ranking) const {
  const Slot slot = members_.find(member);
  if (slot == BoardMembers::kNone) return std::nullopt;
  const int64_t value = members_.value(slot);
  const uint64_t position = tree_.position(slot), lower = tree_.lower_than(value);
  return standing(slot, position, ranking == BoardRanking::kCompetition ? lower + 1 : rank(value, position, ranking),
                  lower);
}

std::vector<Standing> ScoreBoard::page(uint64_t position, uint64_t limit, BoardRanking ranking) const {
  std::vector<Standing> standings;
  auto walk = tree_.from(position);
  if (walk.at_end()) return standings;
  standings.reserve(std::min(limit, size() - position));
  int64_t value = walk.value();
  uint64_t lower = tree_.lower_than(value), rank_now = rank(value, position, ranking);
  for (; !walk.at_end() && standings.size() < limit; walk.next(), ++position) {
    const bool next_value = walk.value() != value;
    if (next_value) value = walk.value(), lower = position;
    if (ranking == BoardRanking::kOrdinal)
      rank_now = position + 1;
    else if (next_value)
      rank_now = ranking == BoardRanking::kDense ? rank_now + 1 : position + 1;
    standings.push_back(standing(walk.slot(), position, rank_now, lower));
  }
  return standings;
}

}  // namespace gamekeeper::adapters
