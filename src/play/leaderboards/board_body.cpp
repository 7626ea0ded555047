#include "play/leaderboards/board_body.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>

#include "base/json.h"
#include "net/json_body.h"
#include "play/leaderboards/queue_board.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;
using net::invalid;
using net::Request;

/// One of a few names; `fallback` when it is absent.
template <class Value, class Find>
Result<Value> choice(const json::object& body, const char* field, Value fallback, Find find, const char* allowed) {
  auto text = net::optional_text_field(body, field);
  if (!text) return std::unexpected(text.error());
  if (!*text) return fallback;
  const auto found = find(**text);
  if (!found) return invalid("bad_value", "The field has a value that is not known here.", field, allowed);
  return *found;
}

Result<std::optional<bool>> flag(const json::object& body, const char* field) {
  const json::value* value = body.if_contains(field);
  if (!value || value->is_null()) return std::optional<bool>();
  if (!value->is_bool()) return invalid("bad_type", "The field must be true or false.", field, "boolean");
  return std::optional(value->as_bool());
}

/// An integer of a score's size.
/// 1000.0 is the same number as 1000, and what programs write whose numbers all have a fraction.
Result<int64_t> whole_number(const json::value& given, const char* field) {
  const double* real = given.if_double();
  if (real && std::abs(*real) > static_cast<double>(ports::kBoardScoreMax))
    return invalid("score_out_of_range", "A score lies within 2^53 of zero.", field, "9007199254740992");
  const json::value value = real && std::trunc(*real) == *real ? json::value(static_cast<int64_t>(*real)) : given;
  if (value.is_int64() && value.as_int64() <= ports::kBoardScoreMax && value.as_int64() >= -ports::kBoardScoreMax)
    return value.as_int64();
  if (value.is_int64() || value.is_uint64())
    return invalid("score_out_of_range", "A score lies within 2^53 of zero.", field, "9007199254740992");
  return invalid("bad_type", "A score is an integer.", field, "integer");
}

struct Limits {
  std::optional<int64_t> min, max;
};

Result<Limits> limits_of(const json::object& body) {
  auto object = net::optional_object_field(body, "limits");
  if (!object) return std::unexpected(object.error());
  Limits limits;
  if (!*object) return limits;
  for (const auto& [name, value] : **object) {
    if (name != "min" && name != "max")
      return invalid("unknown_field", "Limits have a min and a max.", "limits." + std::string(name));
    auto number = whole_number(value, "limits");
    if (!number) return std::unexpected(number.error());
    (name == "min" ? limits.min : limits.max) = *number;
  }
  return limits;
}

std::unexpected<Error> bad_every() {
  return invalid("bad_value", "A season lasts a day, a week, a month or so many days.", "season.every",
                 "day | week | month | 1 to 366");
}

Result<std::optional<SeasonRule>> season_of(const json::object& body) {
  auto object = net::optional_object_field(body, "season");
  if (!object) return std::unexpected(object.error());
  if (!*object) return std::optional<SeasonRule>();
  SeasonRule rule{.timezone = {}};
  for (const auto& [name, value] : **object) {
    if (name != "every" && name != "timezone")
      return invalid("unknown_field", "A season has every and timezone.", "season." + std::string(name));
  }
  auto timezone = net::optional_text_field(**object, "timezone");
  if (!timezone) return std::unexpected(timezone.error());
  rule.timezone = std::move(*timezone).value_or("");
  const json::value* every = (*object)->if_contains("every");
  if (!every) return invalid("required", "The field is required.", "season.every");
  if (every->is_int64()) {
    if (every->as_int64() < 1 || every->as_int64() > SeasonRule::kDaysMax) return bad_every();
    rule.days = static_cast<int32_t>(every->as_int64());
  } else if (*every == "week") {
    rule.unit = SeasonRule::Unit::kWeek;
  } else if (*every == "month") {
    rule.unit = SeasonRule::Unit::kMonth;
  } else if (*every != "day") {
    return bad_every();
  }
  return std::optional(std::move(rule));
}

json::value show_every(const SeasonRule& rule) {
  if (rule.unit == SeasonRule::Unit::kWeek) return "week";
  if (rule.unit == SeasonRule::Unit::kMonth) return "month";
  return rule.days == 1 ? json::value("day") : json::value(rule.days);
}

json::object show_season(const Season& season, const char* status) {
  return {{"season", season.id},
          {"starts_at", format_time(season.starts)},
          {"ends_at", format_time(season.ends)},
          {"status", status}};
}

void append_row(std::string& out, const BoardRow& row) {
  out += fmt::format(R"({{"rank":{},"player_id":)", row.rank);
  append_json_string(out, row.player_id);
  if (!row.username.empty()) {
    out += R"(,"username":)";
    append_json_string(out, row.username);
  }
  out += fmt::format(R"(,"score":{},"reached_at":"{}"}})", row.score, format_time(row.reached_at));
}

void append_rows(std::string& out, const std::vector<BoardRow>& rows) {
  out += R"("items":[)";
  for (const BoardRow& row : rows) {
    if (out.back() != '[') out += ',';
    append_row(out, row);
  }
  out += ']';
}

std::string or_null(const std::string& text) { return text.empty() ? "null" : json_string(text); }

}  // namespace

Result<NewBoard> new_board_of(const Request& request) {
  auto body = net::object_body(request, {"id", "order", "operator", "ranking", "season", "limits", "client_writes"});
  if (!body) return std::unexpected(body.error());
  auto id = net::text_field(*body, "id");
  if (!id) return std::unexpected(id.error());
  auto order = choice(*body, "order", ports::BoardOrder::kHighFirst, order_of, "high_first | low_first");
  if (!order) return std::unexpected(order.error());
  auto op = choice(*body, "operator", ports::BoardOperator::kBest, operator_of, "best | last | sum");
  if (!op) return std::unexpected(op.error());
  auto ranking =
      choice(*body, "ranking", ports::BoardRanking::kCompetition, ranking_of, "competition | dense | ordinal");
  if (!ranking) return std::unexpected(ranking.error());
  auto season = season_of(*body);
  if (!season) return std::unexpected(season.error());
  auto limits = limits_of(*body);
  if (!limits) return std::unexpected(limits.error());
  auto client_writes = flag(*body, "client_writes");
  if (!client_writes) return std::unexpected(client_writes.error());
  return NewBoard{.id = std::move(*id),
                  .order = *order,
                  .op = *op,
                  .ranking = *ranking,
                  .seasons = std::move(*season),
                  .score_min = limits->min.value_or(-ports::kBoardScoreMax),
                  .score_max = limits->max.value_or(ports::kBoardScoreMax),
                  .client_writes = client_writes->value_or(false)};
}

Result<BoardChange> board_change_of(const Request& request) {
  auto body = net::object_body(request, {"id", "order", "operator", "ranking", "season", "limits", "client_writes"});
  if (!body) return std::unexpected(body.error());
  for (const char* fixed : {"id", "order", "operator", "season"}) {
    if (body->contains(fixed))
      return invalid("read_only", "A leaderboard keeps its id, order, operator and seasons.", fixed,
                     "ranking, limits, client_writes");
  }
  BoardChange change;
  if (body->contains("ranking")) {
    auto ranking =
        choice(*body, "ranking", ports::BoardRanking::kCompetition, ranking_of, "competition | dense | ordinal");
    if (!ranking) return std::unexpected(ranking.error());
    change.ranking = *ranking;
  }
  auto limits = limits_of(*body);
  if (!limits) return std::unexpected(limits.error());
  change.score_min = limits->min;
  change.score_max = limits->max;
  auto client_writes = flag(*body, "client_writes");
  if (!client_writes) return std::unexpected(client_writes.error());
  change.client_writes = *client_writes;
  return change;
}

Result<int64_t> score_of(const Request& request) {
  auto body = net::object_body(request, {"score"});
  if (!body) return std::unexpected(body.error());
  const json::value* score = body->if_contains("score");
  if (!score) return invalid("required", "The field is required.", "score");
  return whole_number(*score, "score");
}

std::string show(const BoardRecord& b) {
  json::object out{{"id", b.id},
                   {"order", name_of(b.order)},
                   {"operator", name_of(b.op)},
                   {"ranking", name_of(b.ranking)},
                   {"season", nullptr},
                   {"limits", json::object{{"min", b.score_min}, {"max", b.score_max}}},
                   {"client_writes", b.client_writes},
                   {"created_at", b.created_at == 0 ? json::value(nullptr) : json::value(format_time(b.created_at))},
                   {"queue", nullptr},
                   {"version", b.version}};
  if (is_queue_board(b.id)) out["queue"] = std::string_view(b.id).substr(kQueueBoardPrefix.size());
  if (b.seasons) out["season"] = json::object{{"every", show_every(*b.seasons)}, {"timezone", b.seasons->timezone}};
  return json::serialize(out);
}

std::string show(const BoardRows& rows) {
  std::string out = "{";
  append_rows(out, rows.items);
  out += fmt::format(R"(,"total":{},"season":{},"next_cursor":{}}})", rows.total, or_null(rows.season),
                     or_null(rows.next_cursor));
  return out;
}

std::string show(const BoardAround& around, bool with_neighbours) {
  const BoardRow& p = around.player;
  std::string out = R"({"player_id":)" + json_string(p.player_id);
  if (!p.username.empty()) out += R"(,"username":)" + json_string(p.username);
  out += fmt::format(R"(,"rank":{},"score":{},"percentile":{},"total":{},"reached_at":"{}","season":{})", p.rank,
                     p.score, p.percentile, around.rows.total, format_time(p.reached_at), or_null(around.rows.season));
  if (with_neighbours) {
    out += ',';
    append_rows(out, around.rows.items);
  }
  return out += '}';
}

std::string show(const std::string& player, const Placed& placed) {
  return fmt::format(R"({{"player_id":{},"rank":{},"score":{},"percentile":{},"total":{}}})", json_string(player),
                     placed.standing.rank, placed.standing.score, placed.standing.percentile, placed.total);
}

std::string show(const SeasonPage& page) {
  json::array items;
  if (page.current) items.push_back(show_season(*page.current, "under_way"));
  for (const EndedSeason& e : page.ended) {
    json::object one = show_season(e.season, "ended");
    one["players"] = e.players;
    items.push_back(std::move(one));
  }
  return json::serialize(
      json::object{{"items", std::move(items)},
                   {"next_cursor", page.next_cursor.empty() ? json::value(nullptr) : json::value(page.next_cursor)}});
}

}  // namespace gamekeeper::play
