#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.h"

namespace gamekeeper::play {

struct WaitEstimate {
  double seconds = 0;  // as likely too long as too short
  double error = 0;    // half the width of the interval that holds eight waits of ten
};

/// How long the tickets of a queue wait, learned from all that wait and not only from those that were matched: a life table.
/// For each age, and each band of ratings, it keeps how long tickets of that age were seen waiting and how many of them were
/// matched; both fade with a half-life of half an hour. A band with little of its own borrows from the whole queue.
/// Not thread-safe. Source of the method: docs/matchmaking.md.
class WaitTable {
 public:
  static constexpr double kHalfLifeSeconds = 1800;

  /// `seconds` have passed since the last look: the past fades by that.
  void fade(double seconds);
  /// A ticket of this rating was seen `exposure` seconds long at this age, and was then matched or not.
  void observe(double rating, double age, double exposure, bool was_matched);
  /// What is left to wait for a ticket of this age. Before anything is known: `prior` seconds, and as much of error.
  WaitEstimate estimate(double rating, double age, double prior) const;
  /// Whether anybody was matched within memory.
  bool knows_anything() const;

  boost::json::object to_json() const;
  /// Nothing but what to_json() gave; anything else is an empty table.
  static WaitTable from_json(const boost::json::object& object);

 private:
  static constexpr size_t kAges = 24, kBands = 16;
  struct Cell {
    double seconds = 0, matched = 0;
  };
  using Row = std::array<Cell, kAges>;
  static size_t age_of(double seconds);
  static double age_ends(size_t age);
  static size_t band_of(double rating);
  double hazard(const Row& own, size_t age, double prior) const;

  Row all_{};
  std::array<Row, kBands> bands_{};
};

}  // namespace gamekeeper::play
