#include "play/ratings/elo.h"

#include <cmath>

namespace gamekeeper::play::ratings {

double elo_expectation(double rating_a, double rating_b) {
  return 1.0 / (1.0 + std::pow(10.0, (rating_b - rating_a) / 400.0));
}

Result<EloPair> update_elo(double rating_a, double rating_b, double score_a, double k) {
  if (!std::isfinite(rating_a) || !std::isfinite(rating_b)) {
    return fail(ErrorKind::kInvalid, "bad_rating", "A rating must be a finite number.", "rating");
  }
  if (!(score_a >= 0 && score_a <= 1)) {
    return fail(ErrorKind::kInvalid, "bad_outcome", "An outcome lies between 0 (loss) and 1 (win).", "outcome");
  }
  if (!(k > 0) || !std::isfinite(k)) return fail(ErrorKind::kInvalid, "bad_k", "K must be above 0.", "k");
  const double gain = k * (score_a - elo_expectation(rating_a, rating_b));
  return EloPair{rating_a + gain, rating_b - gain};
}

Result<int> calculate_rating_change(int player_rating, int opponent_rating, double outcome) {
  auto moved = update_elo(0.0, static_cast<double>(opponent_rating) - player_rating, outcome);
  if (!moved) return std::unexpected(moved.error());
  return static_cast<int>(std::lround(moved->a));
}

double decaying_k(double games) { return 250.0 / std::pow(games + 5.0, 0.4); }

}  // namespace gamekeeper::play::ratings
