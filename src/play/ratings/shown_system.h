#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "play/ratings/families.h"

namespace gamekeeper::play::ratings {

/// What may be chosen of a system; each has its own use for it, or none.
struct ShownOptions {
  double k = 32;               // elo: the largest move of a game, in points
  std::optional<double> beta;  // points by which a performance varies; nothing: the system's own
};

/// A classic system by its name as evaluate knows it, for players who are kept elsewhere between their matches. It moves
/// them by outcomes alone, as the model of that name does where no team has a side. Keeps room for numbers between
/// matches. One thread at a time.
class ShownSystem {
 public:
  /// Errors: kInvalid `unknown_model`.
  static Result<ShownSystem> make(std::string_view name, const ShownOptions& options);
  static std::span<const std::string_view> names();
  /// The beta that `name` goes by when none is chosen; nothing when it has none.
  static std::optional<double> usual_beta(std::string_view name);

  /// Moves the standings of a match's players; Member::player counts from 0 in `standings`. Games and the day of the last
  /// match are read, and left to the caller to change.
  void rate(const Match& match, std::span<Standing> standings);

 private:
  using Any = std::variant<EloFamily, Glicko2Family, WengLinFamily, EloMmFamily>;
  explicit ShownSystem(Any any) : any_(std::move(any)) {}
  Any any_;
};

}  // namespace gamekeeper::play::ratings
