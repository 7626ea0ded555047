#include "play/matchmaking/wait_table.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <limits>

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr double kBorrowed = 6;      // matches' worth of the whole queue that every band starts from
constexpr double kBandPoints = 100, kLowestBand = 700;
// Ends of the ages in seconds: by the quarter second at first, then about half as long again each time.
constexpr double kEnds[] = {0.25, 0.5, 1,  1.5, 2,   3,   4,   6,   8,   12,  16,  24,
                            32,   48,  64, 96,  128, 192, 256, 384, 512, 768, 1024};

}  // namespace

size_t WaitTable::age_of(double seconds) {
  return static_cast<size_t>(std::ranges::upper_bound(kEnds, seconds) - std::ranges::begin(kEnds));
}

double WaitTable::age_ends(size_t age) {
  return age < std::size(kEnds) ? kEnds[age] : std::numeric_limits<double>::infinity();
}

size_t WaitTable::band_of(double rating) {
  return static_cast<size_t>(std::clamp((rating - kLowestBand) / kBandPoints, 0.0, static_cast<double>(kBands - 1)));
}

void WaitTable::fade(double seconds) {
  const double factor = std::exp2(-std::max(0.0, seconds) / kHalfLifeSeconds);
  const auto fade_row = [factor](Row& row) {
    for (Cell& cell : row) cell.seconds *= factor, cell.matched *= factor;
  };
  fade_row(all_);
  for (Row& row : bands_) fade_row(row);
}

void WaitTable::observe(double rating, double age, double exposure, bool was_matched) {
  const size_t at = age_of(std::max(0.0, age));
  for (Row* row : {&all_, &bands_[band_of(rating)]}) {
    (*row)[at].seconds += exposure;
    (*row)[at].matched += was_matched ? 1 : 0;
  }
}

bool WaitTable::knows_anything() const {
  double matched = 0;
  for (const Cell& cell : all_) matched += cell.matched;
  return matched > 0.5;
}

/// Matches a second for a ticket of this age. Where nobody has been that long, a match in `prior` seconds is supposed.
double WaitTable::hazard(const Row& own, size_t age, double prior) const {
  const Cell& whole = all_[age];
  const double base = (whole.matched + 1) / (whole.seconds + prior);
  return (own[age].matched + kBorrowed) / (own[age].seconds + kBorrowed / base);
}

WaitEstimate WaitTable::estimate(double rating, double age, double prior) const {
  prior = std::max(prior, 1.0);
  if (!knows_anything()) return {prior, prior};
  const Row& own = bands_[band_of(rating)];
  constexpr double kShares[] = {0.1, 0.5, 0.9};
  double waits[3] = {};
  double survived = 0;  // sum of hazards: the share still waiting is exp(−that)
  double at = std::max(0.0, age);
  size_t next = 0;
  for (size_t bin = age_of(at); next < 3; ++bin) {
    const double rate = hazard(own, bin, prior), length = age_ends(bin) - at;
    while (next < 3 && -std::log1p(-kShares[next]) <= survived + rate * length) {
      waits[next] = at + (-std::log1p(-kShares[next]) - survived) / rate - age;
      ++next;
    }
    survived += rate * length;
    at = age_ends(bin);
  }
  return {waits[1], (waits[2] - waits[0]) / 2};
}

json::object WaitTable::to_json() const {
  json::array rows;
  const auto add = [&rows](const Row& row) {
    for (const Cell& cell : row) {
      rows.emplace_back(std::round(cell.seconds * 1000) / 1000);
      rows.emplace_back(std::round(cell.matched * 1000) / 1000);
    }
  };
  add(all_);
  for (const Row& row : bands_) add(row);
  return {{"cells", std::move(rows)}};
}

WaitTable WaitTable::from_json(const json::object& object) {
  WaitTable out;
  const json::value* cells = object.if_contains("cells");
  if (!cells || !cells->is_array() || cells->as_array().size() != 2 * kAges * (kBands + 1)) return out;
  const json::array& numbers = cells->as_array();
  for (const json::value& number : numbers) {
    if (!number.is_number() || !(number.to_number<double>() >= 0)) return out;
  }
  size_t at = 0;
  const auto take = [&](Row& row) {
    for (Cell& cell : row) {
      cell.seconds = numbers[at++].to_number<double>();
      cell.matched = numbers[at++].to_number<double>();
    }
  };
  take(out.all_);
  for (Row& row : out.bands_) take(row);
  return out;
}

}  // namespace gamekeeper::play
