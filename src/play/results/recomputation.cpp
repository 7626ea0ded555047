#include "play/results/recomputation.h"

#include <boost/asio/post.hpp>
#include <unordered_set>

#include "base/crash_point.h"
#include "play/accounts/player.h"
#include "play/results/queue_replay.h"

namespace gamekeeper::play {
namespace {

constexpr uint32_t kPageOfMatches = 500, kPageOfRatings = 1000;
constexpr size_t kPutsAPart = 5'000;

/// Others on this thread have their turn.
Task<void> let_others() { co_await asio::post(co_await asio::this_coro::executor, use_task); }

}  // namespace

Task<Result<Recomputed>> Recomputation::run() {
  QueueReplay replay(record_.app, record_.queue, record_.rules);
  if (auto ok = co_await replay_matches(replay); !ok) co_return std::unexpected(ok.error());
  if (auto ok = co_await write_ratings(replay); !ok) co_return std::unexpected(ok.error());
  if (auto ok = co_await flush(true); !ok) co_return std::unexpected(ok.error());
  co_return done_;
}

Task<Result<void>> Recomputation::replay_matches(QueueReplay& replay) {
  ports::Query query{.collection = kMatches,
                     .index = kMatchesByNumber,
                     .from = match_number_key(record_.app, record_.queue, 0),
                     .to = match_number_key(record_.app, record_.queue, record_.applied + 1),
                     .limit = kPageOfMatches};
  do {
    auto page = co_await documents_.query(query);
    if (!page) co_return std::unexpected(page.error());
    for (const ports::Document& document : page->items) {
      auto match = read_match(document);
      if (!match) co_return std::unexpected(match.error());
      replay.add(*match);
      if (learn) learn(*match);
      ++done_.matches;
      ports::Put put = put_of(*match);
      if (put.body == document.body) continue;
      ++done_.changed_matches;
      if (auto ok = co_await add(std::move(put)); !ok) co_return ok;
    }
    query.cursor = std::move(page->next_cursor);
    co_await let_others();
  } while (!query.cursor.empty());
  co_return Result<void>{};
}

Task<Result<void>> Recomputation::write_ratings(const QueueReplay& replay) {
  std::unordered_set<std::string> seen;
  ports::Query query{.collection = kRatings,
                     .index = kRatingsByQueue,
                     .from = ratings_key(record_.app, record_.queue),
                     .to = ratings_key_end(record_.app, record_.queue),
                     .limit = kPageOfRatings};
  do {
    auto page = co_await documents_.query(query);
    if (!page) co_return std::unexpected(page.error());
    for (const ports::Document& document : page->items) {
      auto rating = read_rating(document);
      if (!rating) co_return std::unexpected(rating.error());
      seen.insert(rating->player_id);
      ports::Put put{.collection = kRatings, .id = document.id, .expected = document.version, .remove = true};
      if (auto now = replay.ratings().find(rating->player_id); now != replay.ratings().end()) {
        PlayerRating anew = now->second;
        anew.version = document.version;
        put = put_of(anew);
        if (put.body == document.body) continue;
      }
      if (put.remove) gone_.push_back(rating->player_id);
      ++done_.changed_ratings;
      if (auto ok = co_await add(std::move(put)); !ok) co_return ok;
    }
    query.cursor = std::move(page->next_cursor);
    co_await let_others();
  } while (!query.cursor.empty());
  for (const auto& [player, rating] : replay.ratings()) {
    if (seen.contains(player)) continue;
    ++done_.changed_ratings;
    if (auto ok = co_await add(put_of(rating)); !ok) co_return ok;
  }
  co_return Result<void>{};
}

Task<Result<void>> Recomputation::add(ports::Put put) {
  set_.puts.push_back(std::move(put));
  if (set_.puts.size() < kPutsAPart) co_return Result<void>{};
  record_.recompute = true;
  co_return co_await flush(false);
}

Task<Result<void>> Recomputation::flush(bool is_last) {
  if (is_last) {
    record_.recompute = false;
    ++record_.recomputed;
  }
  set_.puts.push_back(put_of(record_));
  auto versions = co_await documents_.commit(std::exchange(set_, {}));
  if (!versions) co_return std::unexpected(versions.error());
  record_.version = versions->back();
  crash_point("results.recomputed");
  co_return Result<void>{};
}

}  // namespace gamekeeper::play
