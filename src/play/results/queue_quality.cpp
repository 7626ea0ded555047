#include "play/results/queue_quality.h"

#include <array>
#include <boost/json.hpp>
#include <vector>

#include "base/exact_number.h"
#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr int64_t kHourMs = 3'600'000;

/// Each a multiple of the one before, so that periods can be put together.
int64_t longer_than(int64_t period_ms) {
  for (int64_t hours : {3, 6, 12, 24}) {
    if (hours * kHourMs > period_ms) return hours * kHourMs;
  }
  return 2 * period_ms;
}

UnixMillis floor_to(UnixMillis time, int64_t unit) { return time - ((time % unit) + unit) % unit; }

void add_to(RatingPeriod& all, const RatingPeriod& more) {
  all.matches += more.matches, all.duels += more.duels, all.loss += more.loss;
  all.seats += more.seats, all.rating += more.rating, all.squares += more.squares, all.deviation += more.deviation;
}

using Numbers = std::vector<double>;

/// Exact numbers as texts: a sum stays what it was, however often it is read and written.
json::array list_of_sums(std::initializer_list<double> sums) {
  json::array out;
  for (double sum : sums) out.push_back(json::string(exact_text(sum)));
  return out;
}

/// False when the list holds anything else.
bool read_numbers(const json::value* value, Numbers& into) {
  if (!value || !value->is_array()) return false;
  into.clear();
  for (const json::value& number : value->as_array()) {
    const auto exact = number.is_string() ? read_exact(number.as_string()) : std::nullopt;
    if (!exact) return false;
    into.push_back(*exact);
  }
  return true;
}

/// Rows of such numbers, each list of `size` numbers.
bool read_rows(const json::value* value, size_t size, std::vector<Numbers>& into) {
  if (!value || !value->is_array()) return false;
  for (const json::value& row : value->as_array()) {
    if (!read_numbers(&row, into.emplace_back()) || into.back().size() != size) return false;
  }
  return true;
}

bool read_card(const json::object& o, ratings::Scorecard& card) {
  Numbers sums;
  std::vector<Numbers> bins;
  if (!read_numbers(o.if_contains("card"), sums) || sums.size() != 8) return false;
  if (!read_rows(o.if_contains("bins"), 3, bins) || bins.size() != card.bins.size()) return false;
  card = {.games = sums[0],
          .loss = sums[1],
          .brier = sums[2],
          .decisive = sums[3],
          .decisive_loss = sums[4],
          .right = sums[5],
          .pairs = sums[6],
          .pairs_right = sums[7],
          .bins = {}};
  for (size_t i = 0; i < bins.size(); ++i) card.bins[i] = {bins[i][0], bins[i][1], bins[i][2]};
  return true;
}

}  // namespace

RatingPeriod& QueueQuality::period_at(UnixMillis time) {
  RatingPeriod& period = periods[floor_to(time, period_ms)];
  if (periods.size() <= kPeriodsMax) return period;
  while (periods.size() > kPeriodsMax) lengthen_periods();
  return periods[floor_to(time, period_ms)];
}

void QueueQuality::lengthen_periods() {
  period_ms = longer_than(period_ms);
  std::map<UnixMillis, RatingPeriod> longer;
  for (const auto& [from, period] : periods) add_to(longer[floor_to(from, period_ms)], period);
  periods = std::move(longer);
}

void QueueQuality::add(const Match& m) {
  counted = m.applied;
  if (m.status != MatchStatus::kApplied || m.reset_keep) return;
  ++matches;
  RatingPeriod& period = period_at(m.time);
  period.matches += 1;
  for (const MatchTeam& team : m.result.teams) {
    for (const MatchPlayer& p : team.players) {
      const auto rating = static_cast<double>(p.after);
      period.seats += 1, period.rating += rating, period.squares += rating * rating, period.deviation += p.deviation;
    }
  }
  const auto& teams = m.result.teams;
  if (m.predicted.size() != teams.size()) return;  // nothing was foretold, or of another result
  ++foretold;
  if (teams.size() == 2) {
    const double had = teams[0].rank < teams[1].rank ? 1 : teams[0].rank > teams[1].rank ? 0 : 0.5;
    period.loss += card.add_duel(m.predicted[0], had);
    period.duels += 1;
    return;
  }
  std::vector<uint32_t> ranks;
  for (const MatchTeam& team : teams) ranks.push_back(team.rank);
  card.add_field(m.predicted, ranks);
}

ports::Put put_of(const QueueQuality& q) {
  json::array bins, periods;
  for (const auto& bin : q.card.bins) bins.push_back(list_of_sums({bin.foretold, bin.happened, bin.games}));
  for (const auto& [from, p] : q.periods)
    periods.push_back(list_of_sums(
        {static_cast<double>(from), p.matches, p.duels, p.loss, p.seats, p.rating, p.squares, p.deviation}));
  const ratings::Scorecard& c = q.card;
  json::object body{
      {"counted", static_cast<int64_t>(q.counted)},
      {"recomputed", static_cast<int64_t>(q.recomputed)},
      {"as_of", q.as_of},
      {"matches", q.matches},
      {"foretold", q.foretold},
      {"period_ms", q.period_ms},
      {"card", list_of_sums({c.games, c.loss, c.brier, c.decisive, c.decisive_loss, c.right, c.pairs, c.pairs_right})},
      {"bins", std::move(bins)},
      {"periods", std::move(periods)}};
  return {.collection = kRatingQuality,
          .id = scoped(q.app, q.queue),
          .body = json::serialize(body),
          .entries = {},
          .expected = q.version};
}

Result<QueueQuality> read_queue_quality(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  const size_t slash = d.id.find('/');
  QueueQuality q{.app = d.id.substr(0, slash),
                 .queue = slash == d.id.npos ? std::string() : d.id.substr(slash + 1),
                 .counted = static_cast<uint64_t>(gate::number_of(*o, "counted")),
                 .recomputed = static_cast<uint64_t>(gate::number_of(*o, "recomputed")),
                 .as_of = gate::number_of(*o, "as_of"),
                 .matches = gate::number_of(*o, "matches"),
                 .foretold = gate::number_of(*o, "foretold"),
                 .card = {},
                 .period_ms = gate::number_of(*o, "period_ms"),
                 .periods = {},
                 .version = d.version};
  std::vector<Numbers> periods;
  if (q.period_ms < kHourMs || !read_card(*o, q.card) || !read_rows(o->if_contains("periods"), 8, periods))
    return fail(ErrorKind::kCorrupt, "corrupt", "A stored count of predictions cannot be read.", d.id);
  for (const Numbers& p : periods)
    q.periods[static_cast<UnixMillis>(p[0])] = {p[1], p[2], p[3], p[4], p[5], p[6], p[7]};
  return q;
}

}  // namespace gamekeeper::play
