#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "play/accounts/record_page.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

inline constexpr int64_t kFirstRating = 1500;
inline constexpr const char* kMainQueue =
    "default";  // a player's current rating is that of this queue, if they play in it

struct RatingStep {
  UnixMillis at = 0;
  int64_t rating = 0, change = 0;
  bool operator==(const RatingStep&) const = default;
};

/// What the results of one queue add up to for one player. Written by play/results alone, in the write set of the result.
struct PlayerRating {
  static constexpr size_t kStepsKept = 20;

  std::string app, queue, player_id;
  double mean = kFirstRating, deviation = 350, volatility = 0.06;
  int64_t wins = 0, losses = 0, draws = 0;
  UnixMillis last_match = 0;  // its time
  UnixMillis last_settled = 0;  // when the last result was applied
  UnixMillis reached = 0;  // since when the shown rating is what it is
  std::vector<RatingStep> steps;  // newest first
  uint64_t version = 0;

  int64_t games() const { return wins + losses + draws; }
  int64_t shown() const;  // the rounded mean
};

inline constexpr const char* kRatings = "ratings";

/// The ratings of a queue, ordered by player: index and key range.
inline constexpr const char* kRatingsByQueue = "queue";
std::string ratings_key(std::string_view app, std::string_view queue);
std::string ratings_key_end(std::string_view app, std::string_view queue);

/// The document's id.
std::string rating_id(std::string_view app, std::string_view queue, std::string_view player_id);
/// Writes over the version that the record carries; 0: it must not exist yet.
ports::Put put_of(const PlayerRating& rating);
/// Errors: kCorrupt.
Result<PlayerRating> read_rating(const ports::Document& document);

using RatingPage = RecordPage<PlayerRating>;
/// A player's ratings in the queues that they have played in, by the queues' names. Errors: those of the store,
/// `bad_cursor`.
Task<Result<RatingPage>> ratings_page(ports::DocumentStore& documents, std::string app, std::string player_id,
                                      uint32_t limit, std::string cursor);
/// A player's ratings in all queues; at most the first thousand by the queues' names. Errors: those of the store.
Task<Result<std::vector<PlayerRating>>> ratings_of(ports::DocumentStore& documents, std::string app,
                                                   std::string player_id);

/// A player's ratings as one: what a profile shows.
struct Record {
  int64_t wins = 0, losses = 0, draws = 0;
  int64_t current_rating = kFirstRating;  // that of kMainQueue, else of the queue played last
  std::vector<RatingStep> steps;  // of all queues, newest first; at most PlayerRating::kStepsKept

  int64_t games() const { return wins + losses + draws; }
  double win_rate() const { return games() == 0 ? 0 : static_cast<double>(wins) / static_cast<double>(games()); }
};
Record record_of(const std::vector<PlayerRating>& ratings);
/// The same, read. Errors: those of the store, kCorrupt.
Task<Result<Record>> read_record(ports::DocumentStore& documents, std::string app, std::string player_id);

}  // namespace gamekeeper::play
