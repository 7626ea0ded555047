#include "play/accounts/player_rating.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "base/exact_number.h"
#include "base/json.h"
#include "gate/records.h"
#include "play/accounts/record_page.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

/// Ids hold no control characters: this one keeps the parts of a key apart, and the character after it ends a range.
constexpr char kApart = '\x1f';
constexpr char kAfter = '\x20';

std::string pair_of(std::string_view a, std::string_view b) {
  std::string out(a);
  out += kApart;
  out += b;
  return out;
}

double exact_of(const json::object& o, std::string_view name, double otherwise) {
  const json::value* value = o.if_contains(name);
  if (!value || !value->is_string()) return otherwise;
  return read_exact(value->as_string()).value_or(otherwise);
}

/// Steps lie as what they differ by from what is to be expected, newest first: how long before the one after it, the change,
/// and how far its rating is from what the one after it began with (0, but where a season ended in between). With ids of
/// usual length a rating then lies in one page of an embedded store.
void append_steps(std::string& out, const PlayerRating& r) {
  UnixMillis at = r.last_match;
  int64_t rating = r.shown();
  const char* separator = "";
  for (const RatingStep& step : r.steps) {
    for (const int64_t number : {at - step.at, step.change, rating - step.rating}) {
      out.append(separator).append(std::to_string(number));
      separator = ",";
    }
    at = step.at;
    rating = step.rating - step.change;
  }
}

bool read_steps(const json::value* value, PlayerRating& r) {
  const json::array* numbers = value ? value->if_array() : nullptr;
  if (!numbers || numbers->size() % 3 != 0) return false;
  UnixMillis at = r.last_match;
  int64_t rating = r.shown();
  for (size_t i = 0; i < numbers->size(); i += 3) {
    const int64_t *since = (*numbers)[i].if_int64(), *change = (*numbers)[i + 1].if_int64(),
                  *gap = (*numbers)[i + 2].if_int64();
    if (!since || !change || !gap) return false;
    at -= *since;
    r.steps.push_back({at, rating - *gap, *change});
    rating = r.steps.back().rating - *change;
  }
  return true;
}

}  // namespace

int64_t PlayerRating::shown() const { return std::llround(mean); }

std::string ratings_key(std::string_view app, std::string_view queue) { return scoped(app, queue) + kApart; }
std::string ratings_key_end(std::string_view app, std::string_view queue) { return scoped(app, queue) + kAfter; }

std::string rating_id(std::string_view app, std::string_view queue, std::string_view player_id) {
  return scoped(app, pair_of(queue, player_id));
}

/// Written by hand: every result writes one for each of its players.
ports::Put put_of(const PlayerRating& r) {
  std::string body;
  body.reserve(320 + r.steps.size() * 16);
  const auto text = [&body](std::string_view name, std::string_view value) {
    body.append(body.empty() ? "{" : ",").append("\"").append(name).append("\":");
    append_json_string(body, value);
  };
  const auto number = [&body](std::string_view name, int64_t value) {
    body.append(",\"").append(name).append("\":").append(std::to_string(value));
  };
  text("queue", r.queue);
  text("player_id", r.player_id);
  text("mean", exact_text(r.mean));
  text("deviation", exact_text(r.deviation));
  text("volatility", exact_text(r.volatility));
  number("wins", r.wins);
  number("losses", r.losses);
  number("draws", r.draws);
  number("last_match", r.last_match);
  number("last_settled", r.last_settled);
  number("reached", r.reached);
  body += ",\"steps\":[";
  append_steps(body, r);
  body += "]}";
  return {.collection = kRatings,
          .id = rating_id(r.app, r.queue, r.player_id),
          .body = std::move(body),
          .entries = {{kRatingsByQueue, scoped(r.app, pair_of(r.queue, r.player_id))},
                      {"player", scoped(r.app, pair_of(r.player_id, r.queue))}},
          .expected = r.version};
}

Result<PlayerRating> read_rating(const ports::Document& d) {
  auto o = gate::parse_record(d);
  if (!o) return std::unexpected(o.error());
  PlayerRating r{.app = d.id.substr(0, d.id.find('/')),
                 .queue = gate::text_of(*o, "queue"),
                 .player_id = gate::text_of(*o, "player_id"),
                 .version = d.version};
  r.mean = exact_of(*o, "mean", NAN);
  r.deviation = exact_of(*o, "deviation", NAN);
  r.volatility = exact_of(*o, "volatility", NAN);
  r.wins = gate::number_of(*o, "wins");
  r.losses = gate::number_of(*o, "losses");
  r.draws = gate::number_of(*o, "draws");
  r.last_match = gate::number_of(*o, "last_match");
  r.last_settled = gate::number_of(*o, "last_settled");
  r.reached = gate::number_of(*o, "reached");
  if (!std::isfinite(r.mean + r.deviation + r.volatility) || !read_steps(o->if_contains("steps"), r))
    return fail(ErrorKind::kCorrupt, "corrupt", "A stored rating cannot be read.", d.id);
  return r;
}

Task<Result<RatingPage>> ratings_page(ports::DocumentStore& documents, std::string app, std::string player_id,
                                      uint32_t limit, std::string cursor) {
  const std::string player = scoped(app, player_id);
  ports::Query query{.collection = kRatings,
                     .index = "player",
                     .from = player + kApart,
                     .to = player + kAfter,
                     .limit = limit,
                     .cursor = std::move(cursor)};
  co_return co_await read_page(documents, std::move(query), read_rating);
}

Task<Result<std::vector<PlayerRating>>> ratings_of(ports::DocumentStore& documents, std::string app,
                                                   std::string player_id) {
  auto page = co_await ratings_page(documents, std::move(app), std::move(player_id), 1000, {});
  if (!page) co_return std::unexpected(page.error());
  co_return std::move(page->items);
}

Record record_of(const std::vector<PlayerRating>& ratings) {
  Record sum;
  const PlayerRating* best = nullptr;
  for (const PlayerRating& r : ratings) {
    sum.wins += r.wins;
    sum.losses += r.losses;
    sum.draws += r.draws;
    const auto weight = [](const PlayerRating& p) { return std::pair(p.queue == kMainQueue, p.last_settled); };
    if (!best || weight(r) > weight(*best)) best = &r;
  }
  if (best) sum.current_rating = best->shown();
  // A queue's steps stay in the order in which they were applied, whatever the times of the matches are.
  std::vector<size_t> next(ratings.size());
  while (sum.steps.size() < PlayerRating::kStepsKept) {
    size_t newest = ratings.size();
    for (size_t i = 0; i < ratings.size(); ++i) {
      if (next[i] == ratings[i].steps.size()) continue;
      if (newest == ratings.size() || ratings[i].steps[next[i]].at > ratings[newest].steps[next[newest]].at) newest = i;
    }
    if (newest == ratings.size()) break;
    sum.steps.push_back(ratings[newest].steps[next[newest]++]);
  }
  return sum;
}

Task<Result<Record>> read_record(ports::DocumentStore& documents, std::string app, std::string player_id) {
  auto ratings = co_await ratings_of(documents, std::move(app), std::move(player_id));
  if (!ratings) co_return std::unexpected(ratings.error());
  co_return record_of(*ratings);
}

}  // namespace gamekeeper::play
