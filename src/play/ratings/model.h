#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "play/ratings/calibrated.h"
#include "play/ratings/core.h"

namespace gamekeeper::play::ratings {

/// Every rating model behind one interface. A model belongs to one queue, learns its matches in order, and answers two
/// questions: how strong is each team here, and (the classic systems only) which rating to show for a player.
/// The same matches in the same order give the same bits. One thread at a time.
class Model {
 public:
  /// Errors: kInvalid `unknown_model` with the names there are.
  static Result<Model> make(std::string_view name);
  /// All names, the one to predict with first.
  static std::span<const std::string_view> names();

  /// Makes room for the players and labels below these numbers. Must come before a match names them.
  void grow(size_t players, size_t labels);
  /// Writes each team's strength before the match; changes nothing that a later call could see.
  void predict(const Match& match, std::span<double> strengths);
  /// Writes what predict() says, then learns the result. The result has no part in what is written.
  void learn(const Match& match, std::span<double> strengths);
  /// The rating to show, on the scale on which newcomers stand at 1500. The core is no number to show: its unit is a
  /// standardised margin. It answers a newcomer's.
  Standing shown(PlayerIndex player) const;

 private:
  using Any = std::variant<Core, Calibrated<EloFamily>, Calibrated<Glicko2Family>, Calibrated<WengLinFamily>,
                           Calibrated<EloMmFamily>>;
  explicit Model(Any any) : any_(std::move(any)) {}
  Any any_;
};

/// The probability that a team of strength `a` does better than one of strength `b`.
double win_probability(double a, double b);

}  // namespace gamekeeper::play::ratings
