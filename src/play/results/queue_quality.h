#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "play/ratings/scorecard.h"
#include "play/results/match_record.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// What was played in one span of time, as sums.
struct RatingPeriod {
  double matches = 0;                             // applied
  double duels = 0, loss = 0;                     // those of two teams that were foretold, and their log loss
  double seats = 0;                               // players in matches: who played twice sits twice
  double rating = 0, squares = 0, deviation = 0;  // of the seats, after the match: shown ratings, their squares, doubts
};

/// How a queue's ratings fare, by its matches alone: whether chances came true, and where ratings stood over time.
/// Derived: it can always be made again. Holds nothing of single players.
struct QueueQuality {
  static constexpr size_t kPeriodsMax = 200;  // beyond, periods become longer

  std::string app, queue;
  uint64_t counted = 0;  // the number of the last match that was looked at
  uint64_t recomputed = 0;  // QueueRecord's, when counting began: with another it begins anew
  UnixMillis as_of = 0;  // when it was written; 0: never
  int64_t matches = 0;  // applied, as they stood when they were counted
  int64_t foretold = 0;  // those of them whose chances were known before
  ratings::Scorecard card;
  int64_t period_ms = 3'600'000;
  std::map<UnixMillis, RatingPeriod> periods;  // by their beginning; those in which somebody played
  uint64_t version = 0;

  /// The next match in `applied` order. Void ones and resets only count as looked at.
  void add(const Match& match);

 private:
  RatingPeriod& period_at(UnixMillis time);
  void lengthen_periods();
};

inline constexpr const char* kRatingQuality = "rating_quality";

/// Writes over the version that the record carries; 0: it must not exist yet.
ports::Put put_of(const QueueQuality& quality);
/// Errors: kCorrupt.
Result<QueueQuality> read_queue_quality(const ports::Document& document);

}  // namespace gamekeeper::play
